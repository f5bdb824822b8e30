import json
import os
import shutil
from dataclasses import replace
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
    # What was not fitted anew is from where it was from.
    place = [head.script for head in before.recognizer.heads].index("thai")
    (fit,) = (fit for fit in before.fits if f"recognizer.heads[{place}].temperature" in fit.numbers)
    assert fit in after.fits
    names = [name for fit in after.fits for name in fit.numbers]
    assert len(names) == len({*names})


def test_a_head_that_learnt_alone_is_fitted_alone(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(str(resources.files("numberplate").joinpath("weights")), folder)
    before = load_manifest(folder)
    assert before.recognizer is not None
    place = [head.script for head in before.recognizer.heads].index("han")  # which is drawn without a font
    result = run(folder, "--samples", 20, "--heads", "han", "--heads", "han")
    assert result.exit_code == 0, result.stderr
    after = load_manifest(folder)
    assert after.recognizer is not None
    heads = (*before.recognizer.heads[:place], after.recognizer.heads[place])
    heads += before.recognizer.heads[place + 1 :]
    assert heads[place] != before.recognizer.heads[place]
    own = {f"recognizer.heads[{place}].{name}" for name in ("temperature", "views_temperature")}
    rest = tuple(fit for fit in before.fits if own.isdisjoint(fit.numbers))
    assert after.fits[:-1] == rest
    assert {*after.fits[-1].numbers} == own
    changed = replace(before.recognizer, heads=heads)
    assert after == replace(before, recognizer=changed, fits=after.fits)


def test_a_head_that_cannot_be_drawn_is_not_fitted(tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    shutil.copytree(str(resources.files("numberplate").joinpath("weights")), folder)
    before = (folder / MANIFEST).read_bytes()
    result = run(folder, "--samples", 20, "--heads", "thai")
    assert result.exit_code == 1
    assert "no font has the characters of Thai plates" in result.stdout
    assert result.stderr.endswith(": not all of thai could be fitted; the reason is above\n")
    assert (folder / MANIFEST).read_bytes() == before


@pytest.mark.parametrize("script", ["latin", "klingon"])
def test_a_head_that_is_not_there(tmp_path: Path, script: str) -> None:
    folder = save_weights(tmp_path / "weights")
    before = (folder / MANIFEST).read_bytes()
    result = run(folder, "--heads", script)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"numberplate: {folder}: heads: expected those but latin, ")
    assert (folder / MANIFEST).read_bytes() == before
