import json
import os
import shutil
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.models.bundle import load_manifest
from numberplate.models.manifest import MANIFEST

from ..live.conftest import save_weights
from ..reading.conftest import change_card


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of weights of before there were manifests."""
    folder = save_weights(tmp_path / "weights")
    (folder / MANIFEST).unlink()
    card = {"stride": 8, "corner_scale": 32.0, "min_width": 20, "max_width": 256}
    (folder / "detector.json").write_text(json.dumps(card))
    card = {"head": "ctc", "height": 48, "width": 144, "temperature": 1.25}
    (folder / "recognizer.json").write_text(json.dumps(card))
    return folder


def test_an_old_folder_is_converted_once(old: Path) -> None:
    result = run(old)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].endswith(f"`numberplate calibrate --convert {old}` writes it")
    result = run(old, "--convert")
    assert (result.exit_code, result.stdout) == (0, f"{old / MANIFEST}\n")
    manifest = load_manifest(old)
    assert manifest.recognizer is not None
    assert manifest.recognizer.latin.temperature == 1.25
    result = run(old, "--convert")
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {old / MANIFEST}: is there already\n"


def test_a_folder_of_nothing(tmp_path: Path) -> None:
    for options in ([], ["--convert"]):
        result = run(tmp_path, *options)
        assert result.exit_code == 1
        assert str(tmp_path) in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_bundle_that_cannot_be_written_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_weights(tmp_path / "weights")
    access = os.access  # a test that runs as root may write everywhere
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK and access(path, mode))
    result = run(folder, "--samples", 20, "--clips", 2, "--checks", 1)
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {folder}: cannot be written: copy it to a folder of your own\n"


def test_weights_that_find_nothing_cannot_be_fitted(tmp_path: Path) -> None:
    folder = save_weights(tmp_path / "weights")
    change_card(folder, "detector", mean=255.0)  # it knows red squares, which are black to it now
    before = (folder / MANIFEST).read_bytes()
    result = run(folder, "--samples", 20, "--clips", 2, "--checks", 1)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"numberplate: {folder}: its detector finds ")
    assert (folder / MANIFEST).read_bytes() == before


def test_scripts_without_a_font_keep_their_numbers_and_the_rest_is_fitted(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(str(resources.files("numberplate").joinpath("weights")), folder)
    before = load_manifest(folder)
    result = run(folder, "--samples", 20, "--clips", 2, "--checks", 1)
    assert result.exit_code == 0, result.stderr
    assert (
        "thai: no font has the characters of Thai plates: the temperatures of its head stay" in result.stdout
    )
    after = load_manifest(folder)
    assert before.recognizer is not None
    assert after.recognizer is not None
    kept = {head.script: head for head in before.recognizer.heads}
    assert [head for head in after.recognizer.heads if head.script == "thai"] == [kept["thai"]]
    assert (after.recognizer.scripts, after.recognizer.refinement) == (
        before.recognizer.scripts,
        before.recognizer.refinement,
    )
    assert {"detector.temperature", "vote.temperature"} <= {n for fit in after.fits for n in fit.numbers}
