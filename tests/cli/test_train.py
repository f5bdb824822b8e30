import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.models.bundle import load_recognizer
from numberplate.training.checkpoints import load_run
from numberplate.training.tasks import RecognizerTask

DESIGN = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [300, 110],
    "lines": [{"pattern": "[AT][17]", "height": 75, "y": 55}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
}
SMALL = ("--batch", "4", "--width", "0.17", "--pool", "64")


@pytest.fixture(scope="module", autouse=True)
def few_validation_samples() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecognizerTask, "validation_size", 24)
        yield


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.parametrize("command", ["train recognizer --resume run", "finetune --labelled plates --out out"])
@pytest.mark.parametrize("name", ["foo", "numpy"])
def test_a_backend_that_trains_nothing(command: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    result = run(*command.split())
    assert result.exit_code == 1
    expected = f"KERAS_BACKEND: expected one of tensorflow, torch, jax, got '{name}'"
    assert result.stderr.splitlines()[-1] == f"numberplate: {expected}"


def test_train_resume_and_export(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    result = run("train", "recognizer", "--resume", folder, "--steps", "2", *SMALL)
    assert result.exit_code == 0, result.stderr
    assert any(line.startswith("step 2  samples 8  loss ") for line in result.stdout.splitlines())
    assert result.stdout.splitlines()[-1].startswith(f"Trained; `numberplate export {folder} ")

    # Options that are not given keep what the run was started with.
    result = run("train", "recognizer", "--resume", folder, "--steps", "3")
    assert result.exit_code == 0, result.stderr
    assert any(line.startswith("step 3  samples 12  ") for line in result.stdout.splitlines())
    recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["steps"], recipe["batch"], recipe["width"], recipe["scripts"]) == (3, 4, 0.17, ["latin"])

    # More steps are a schedule of their own, and designs are added to those that were added before.
    for name in ("one", "two"):
        design = {**DESIGN, "name": name}
        (tmp_path / f"{name}.yaml").write_text(json.dumps(design), encoding="utf-8")
        result = run(
            "train",
            "recognizer",
            "--resume",
            folder,
            "--more",
            "1",
            "--add-design",
            tmp_path / f"{name}.yaml",
        )
        assert result.exit_code == 0, result.stderr
    recipe = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["begin"], recipe["steps"]) == (4, 5)
    assert recipe["added"] == [str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml")]
    assert "preparing samples for validation" in result.stdout
    result = run("train", "recognizer", "--resume", folder, "--more", "1", "--steps", "9")
    assert result.exit_code == 2

    result = run("export", folder, "--out", tmp_path / "weights")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-1] == str(tmp_path / "weights" / "recognizer.onnx")
    network, card = load_recognizer(tmp_path / "weights")
    assert [head.script for head in card.heads] == ["latin"]
    crops = np.random.default_rng(1).uniform(0, 255, (2, 48, 144, 1)).astype(np.float32)
    expected = load_run(folder)[1].predict(crops, verbose=0)
    logits = expected["logits"]
    # It computes in 8 bits.
    assert np.abs(network.outputs(crops)["logits"] - logits).max() < 0.05 * np.ptp(logits)

    # A bundle that cannot be read, and a design that is gone, are one clear line.
    for path, content, named in (
        (tmp_path / "two.yaml", None, "two.yaml: No such file"),
        (tmp_path / "weights" / "bundle.json", "{", "bundle.json: not a manifest"),
    ):
        path.write_text(content) if content else path.unlink()
        result = run("export", folder, "--out", tmp_path / "weights")
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
        assert named in result.stderr.splitlines()[-1]

    result = run("train", "detector", "--resume", folder)
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {folder}: holds the training of a recognizer\n"

    result = run("train", "recognizer", "--resume", folder, "--width", "0.5")
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {folder}: its width is 0.17; start a new folder\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--backgrounds", "{tmp}/none"), "{tmp}/none: No such file"),
        (("--backgrounds", "{tmp}/one"), "{tmp}/one: too few pictures (1)"),  # none is left for validation
        (("--fonts", "{tmp}/none"), "{tmp}/none: no such folder"),
        (("--design", "{tmp}/none.yaml"), "{tmp}/none.yaml: No such file"),
        (("--resume", "{tmp}/bad"), "{tmp}/bad/recipe.json: not a recipe: stepz: "),
        (("--resume", "{tmp}/text.txt"), "{tmp}/text.txt: "),  # a file where the folder should be
    ],
)
def test_what_stops_training_is_one_clear_line(
    tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    for name in ("one", "bad"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "one" / "a.png"), np.zeros((9, 9, 3), np.uint8))
    (tmp_path / "bad" / "recipe.json").write_text('{"kind": "recognizer", "stepz": 1}')
    (tmp_path / "text.txt").write_text("text")
    given = [argument.format(tmp=tmp_path) for argument in arguments]
    result = run("train", "recognizer", "--resume", tmp_path / "run", "--steps", "2", *SMALL, *given)
    assert result.exit_code == 1, result.stdout
    assert result.stdout in ("", "preparing samples for validation\n")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"numberplate: {named.format(tmp=tmp_path)}")


def test_new_heads_are_given_to_a_start(tmp_path: Path) -> None:
    folder, start = tmp_path / "run", tmp_path / "start"
    assert run("train", "recognizer", "--resume", folder, "--steps", "1", *SMALL).exit_code == 0
    assert run("export", folder, "--out", tmp_path / "weights", "--start", start).exit_code == 0
    alone = ("train", "recognizer", "--resume", start, "--heads", "han")
    result = run(*alone, "--more", "1", "--design", "han/cn-blue-bold", *SMALL[:2], *SMALL[4:])
    assert result.exit_code == 0, result.stderr
    assert "exact_han " in result.stdout
    recipe = json.loads((start / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["scripts"], recipe["heads"]) == (["latin", "han"], ["han"])
    assert recipe["rate"] > 5e-4  # of a start, which is to forget nothing


def test_an_export_is_measured_by_the_samples_that_are_given(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert run("train", "recognizer", "--resume", folder, "--steps", "2", *SMALL).exit_code == 0
    roads = tmp_path / "roads"
    roads.mkdir()
    for i in range(24):
        cv2.imwrite(str(roads / f"{i}.png"), np.full((90, 120, 3), 10 * i, np.uint8))
    for name in ("--fonts", "--backgrounds"):
        result = run("export", folder, "--out", tmp_path / "none", name, tmp_path / "missing")
        assert result.exit_code == 1
        assert str(tmp_path / "missing") in result.stderr
    cards = []
    for options in ((), ("--backgrounds", roads)):
        result = run("export", folder, "--out", tmp_path / "weights", *options)
        assert result.exit_code == 0, result.stderr
        cards.append(json.loads((tmp_path / "weights" / "recognizer.json").read_text(encoding="utf-8")))
    assert cards[0]["figures"] != cards[1]["figures"] or cards[0]["temperature"] != cards[1]["temperature"]
    assert str(tmp_path) not in json.dumps(cards[1])


def test_what_stops_an_export_is_one_clear_line(tmp_path: Path) -> None:
    result = run("export", tmp_path / "none", "--out", tmp_path / "out")
    assert result.exit_code == 1
    path = tmp_path / "none" / "recipe.json"
    assert result.stderr == f"numberplate: {path}: No such file or directory\n"


@pytest.mark.parametrize("option", [("--reuse", "0"), ("--width", "0"), ("--rate", "-1"), ("--pool", "5")])
def test_values_that_make_no_sense(tmp_path: Path, option: tuple[str, str]) -> None:
    result = run("train", "recognizer", "--resume", tmp_path / "run", *option)
    assert result.exit_code == 2
    assert option[0] in result.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["train", "export", "finetune", "reproduce", "synthesize"])
def test_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"numberplate {command} " in result.stdout  # an example
