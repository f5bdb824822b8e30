import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from numberplate.training.checkpoints import load_run, named_weights, write_start
from numberplate.training.export import export
from numberplate.training.recipe import Recipe, RecipeError


def test_checkpoints_that_cannot_be_loaded(copy: Path, tmp_path: Path, recipe: Recipe) -> None:
    with pytest.raises(RecipeError, match=r"recipe\.json: No such file"):
        load_run(tmp_path / "none")
    (tmp_path / "fresh").mkdir()
    recipe.write(tmp_path / "fresh" / "recipe.json")
    with pytest.raises(RecipeError, match="fresh: no checkpoint yet"):
        load_run(tmp_path / "fresh")
    whole = (copy / "checkpoint.keras").read_bytes()
    middle = len(whole) // 2
    for damaged in (b"cut short", whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]):
        (copy / "checkpoint.keras").write_bytes(damaged)
        with pytest.raises(RecipeError, match="the checkpoint cannot be loaded"):
            load_run(copy)
    (copy / "state.json").write_text("{}")
    with pytest.raises(RecipeError, match=r"state\.json: not a run's state: 'step'"):
        load_run(copy)


def test_starts_that_cannot_be_loaded(copy: Path, tmp_path: Path) -> None:
    write_start(copy, tmp_path / "start")
    start = tmp_path / "start" / "start.npz"
    for damaged in (b"PK\3\4 cut short", b"no archive", b""):
        start.write_bytes(damaged)
        with pytest.raises(RecipeError, match=r"start\.npz: cannot be loaded"):
            load_run(start.parent)
        shutil.copy(start, copy)
        with pytest.raises(RecipeError, match=r"start\.npz: cannot be loaded"):
            load_run(copy, keep=0.5)


def test_a_start_of_another_network_is_refused(trained: Path, tmp_path: Path) -> None:
    write_start(trained, tmp_path)
    with np.load(tmp_path / "start.npz") as halves:
        np.savez(tmp_path / "start.npz", **{f"other{i}": halves[name] for i, name in enumerate(halves.files)})
    with pytest.raises(RecipeError, match="has no weights of this network"):
        load_run(tmp_path)


def test_a_share_of_the_start_is_kept(copy: Path, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="it began from nothing"):
        load_run(copy, keep=0.5)
    learnt = named_weights(load_run(copy)[1])
    start = {name: np.zeros_like(w) if w.ndim == 4 else w for name, w in learnt.items()}
    np.savez(copy / "start.npz", **start)
    mean = named_weights(load_run(copy, keep=0.25)[1])
    assert any(w.ndim == 4 for w in learnt.values())
    for name, weights in learnt.items():
        kept = 0.75 * weights if weights.ndim == 4 else weights
        assert mean[name] == pytest.approx(kept, rel=1e-5, abs=1e-6)
    card = json.loads(export(copy, tmp_path / "weights", keep=0.25).with_suffix(".json").read_text())
    assert card["kept_of_start"] == 0.25
