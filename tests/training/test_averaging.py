import json
from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.networks.kernels import BatchNormalization
from numberplate.training.averaging import write_mean
from numberplate.training.checkpoints import load_run, named_weights, write_start
from numberplate.training.export import export
from numberplate.training.fit import Run
from numberplate.training.makers import Maker
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks import RecognizerTask


def test_weights_are_the_mean_and_statistics_are_estimated_anew(
    trained: Path, recipe: Recipe, tmp_path: Path
) -> None:
    write_start(trained, tmp_path / "start")
    one = named_weights(load_run(trained)[1])
    other = {name: 2 * weights if weights.ndim == 4 else weights for name, weights in one.items()}
    np.savez(tmp_path / "start" / "start.npz", **other)
    write_mean([trained, tmp_path / "start"], [0.25, 0.75], recipe, tmp_path / "mean", samples=24)
    _, network, state = load_run(tmp_path / "mean")
    mean = named_weights(network)
    assert any(weights.ndim == 4 for weights in one.values())
    for name, weights in one.items():
        if weights.ndim == 4:
            assert mean[name] == pytest.approx(1.75 * weights, rel=1e-3, abs=1e-4)
    assert state["mean_of"] == [{"steps": 30, "share": 0.25}, {"steps": 30, "share": 0.75}]
    card = json.loads(export(tmp_path / "mean", tmp_path / "weights").with_suffix(".json").read_text())
    assert card["mean_of"] == state["mean_of"]

    # By the samples that they were estimated on it gives the same whether it trains or not.
    make, work = Maker(recipe)(), RecognizerTask(recipe)
    made = [make(state["made"] + i) for i in range(24)]
    pictures, _ = work.batch({name: np.stack([sample[name] for sample in made]) for name in work.fields})
    layers = [layer for layer in network.layers if isinstance(layer, BatchNormalization)]
    assert layers
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    as_read, in_training = (
        np.asarray(network(pictures, training=training)["logits"]) for training in (False, True)
    )
    assert np.abs(as_read - in_training).max() < 0.05 * np.ptp(in_training)


def test_what_is_trained_on_is_no_mean(trained: Path, recipe: Recipe, tmp_path: Path) -> None:
    write_mean([trained, trained], [0.5, 0.5], recipe, tmp_path / "mean", samples=8)
    Run(tmp_path / "mean", recipe.changed(steps=recipe.steps + 1)).fit(lambda line: None)
    assert "mean_of" not in load_run(tmp_path / "mean")[2]


def test_of_what_there_is_no_mean(trained: Path, recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none.*No such file"):
        write_mean([trained, tmp_path / "none"], [0.5, 0.5], recipe, tmp_path / "mean")
    with pytest.raises(RecipeError, match=r"its network is not the recipe's, by"):
        write_mean([trained], [1.0], recipe.changed(width=0.5), tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
