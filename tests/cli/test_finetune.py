"""A tiny recognizer, a few labelled pictures: all of the way from labels to a bundle."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.training.checkpoints import load_run, named_weights, write_start
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import RecognizerTask, task

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(autouse=True)
def few_validation_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecognizerTask, "validation_size", 8)
    monkeypatch.setattr(RecognizerTask, "calibration_size", 4)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["finetune", *map(str, arguments)])


def start_at(folder: Path, recipe: Recipe) -> None:
    """Puts a start with fresh weights there."""
    folder.mkdir()
    recipe.write(folder / "recipe.json")
    np.savez(folder / "start.npz", **named_weights(task(recipe).network()))  # type: ignore[arg-type]
    state = {"step": 1, "samples": 4, "made": 4, "seconds": 1.0, "figures": {}}
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")


def test_from_labels_to_a_bundle_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start_at(tmp_path / "start", Recipe(kind="recognizer", width=0.17))
    arguments = (
        *("--labelled", SAMPLES, "--start", tmp_path / "start", "--resume", tmp_path / "run"),
        *("--out", tmp_path / "weights", "--held-out", "0.4", "--share", "0.5"),
        *("--steps", "3", "--batch", "4", "--pool", "64"),
    )
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert "its card says that it was trained on real plates" in result.stdout

    trained, _, state = load_run(tmp_path / "run")
    assert (trained.begin, trained.steps, state["step"]) == (1, 4, 4)
    assert (trained.labelled_share, trained.batch) == (0.5, 4)
    card = json.loads((tmp_path / "weights" / "recognizer.json").read_text(encoding="utf-8"))
    said = card["real_plates"]
    assert said["trained_on"] + said["held_out"] == 6
    assert said["trained_on"] > 0 < said["held_out"]
    assert str(tmp_path) not in json.dumps(card)
    figures = json.loads((tmp_path / "weights" / "finetuned.json").read_text(encoding="utf-8"))
    assert figures["before"]["pictures"] == figures["after"]["pictures"] == said["held_out"]
    assert figures["before"]["exact_folded"] == 1  # the package's own
    with (tmp_path / "run" / "curves.csv").open(encoding="utf-8") as file:
        assert {"exact", "fixed_exact", "real_exact"} <= {*next(csv.reader(file))}

    # The same command again has nothing to train; with more held out it would measure what it was trained on.
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    assert load_run(tmp_path / "run")[2]["step"] == 4
    result = run(*arguments, "--held-out", "0.9")
    assert result.exit_code == 1
    assert "run: was trained on plates that are held out now, such as " in result.stderr

    # What another process trains on does not change.
    labelled = (tmp_path / "run" / "labelled.npz").read_bytes()
    with FileLock(tmp_path / "run" / "lock"):
        result = run(*arguments, "--held-out", "0.2")
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {tmp_path / 'run'}: another process is training in this folder\n"
    assert (tmp_path / "run" / "labelled.npz").read_bytes() == labelled

    # What fails at the end leaves the bundle as it is.
    before = {path.name: path.read_bytes() for path in (tmp_path / "weights").iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr("numberplate.training.export.TOLERANCE", -1.0)
        result = run(*arguments)
    assert result.exit_code == 1
    assert "outputs differ by" in result.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "weights").iterdir()} == before

    # A start of the run still knows what it saw.
    write_start(tmp_path / "run", tmp_path / "next")
    assert load_run(tmp_path / "next")[2]["real_plates"] == said


def test_a_start_of_another_network_is_left_where_it_is(tmp_path: Path) -> None:
    start_at(tmp_path / "detector", Recipe(kind="detector", width=0.17))
    result = run(
        *("--labelled", SAMPLES, "--start", tmp_path / "detector", "--resume", tmp_path / "run"),
        *("--out", tmp_path / "weights", "--held-out", "0.4"),
    )
    assert result.exit_code == 1
    last = result.stderr.splitlines()[-1]
    assert last == (
        f"numberplate: {tmp_path / 'detector'}: holds the training of a detector, not of a recognizer"
    )
    assert not (tmp_path / "run").exists()  # with the right start, the same command begins


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"--labelled": "{tmp}/empty"}, "no labels.csv, nor labels of another format"),
        ({"--start": "{tmp}/empty"}, "empty: no checkpoint and no start of a run"),
        ({"--held-out": "0.01"}, "too few pictures to keep some from training"),
        ({"--weights": "{tmp}/empty"}, "bundle.json"),
        ({"--start": "{tmp}/begun", "--out": "{tmp}/few/labels.csv"}, "labels.csv: File exists"),
    ],
)
def test_what_stops_it_is_one_clear_line(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "few").mkdir()
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "start.npz").touch()
    for name in ("gb.jpg", "de.jpg"):
        shutil.copy(SAMPLES / name, tmp_path / "few")
    rows = [
        r for r in (SAMPLES / "labels.csv").read_text().splitlines() if r.startswith(("image", "gb", "de"))
    ]
    (tmp_path / "few" / "labels.csv").write_text("\n".join(rows) + "\n")
    options = {
        "--labelled": "{tmp}/few",
        "--start": "{tmp}/empty",
        "--out": "{tmp}/out",
        "--resume": "{tmp}/run",
        "--held-out": "0.5",
        **change,
    }
    result = run(*(part.format(tmp=tmp_path) for pair in options.items() for part in pair))
    assert result.exit_code == 1
    assert reason in result.stderr.splitlines()[-1]
    assert not (tmp_path / "out").exists()
