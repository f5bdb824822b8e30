"""The experiments on the article's claims: each is whole, and the quick one still runs."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(folder for folder in (ROOT / "experiments").iterdir() if (folder / "run.py").is_file())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_has_its_command_result_and_what_was_learnt(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "run.py").read_text(encoding="utf-8"))) or ""
    assert f"python experiments/{folder.name}/run.py" in said
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert f"python experiments/{folder.name}/run.py" in text
    json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for picture in [*folder.glob("*.png"), *folder.glob("*.jpg")]:
        assert f"]({picture.name})" in text


def test_levels_that_are_too_far_apart_pass_over_plates(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    place = shutil.copytree(ROOT / "experiments" / "2026-11-28-zoom", tmp_path / "zoom")
    committed = json.loads((place / "result.json").read_text(encoding="utf-8"))
    ran = subprocess.run(
        [sys.executable, str(place / "run.py")],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads((place / "result.json").read_text(encoding="utf-8"))
    assert found == committed
    assert found["shown"]["1.3000"] == 1.0 > found["shown"]["1.4142"]
