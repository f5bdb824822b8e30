"""The whole of a plan, from fresh weights to a bundle, with networks that learn nothing in so few steps."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.models.bundle import load_recognizer
from numberplate.training.checkpoints import load_run
from numberplate.training.fit import Run
from numberplate.training.interrupts import Stopped
from numberplate.training.tasks import RecognizerTask

SMALL = {"batch": 4, "width": 0.17, "pool": 64}

PLAN = {
    "about": "a test",
    "networks": {
        "recognizer": [
            {"name": "first", "share": 0.25, "steps": 200, "batch": 4, "width": 0.17, "pool": 64, "seed": 5},
            {
                "name": "second",
                "share": 0.25,
                "steps": 100,
                "batch": 4,
                "width": 0.17,
                "pool": 64,
                "generic": 0.9,
            },
            {
                "name": "third",
                "from_mean": True,
                "share": 0.5,
                "steps": 100,
                "batch": 4,
                "width": 0.17,
                "pool": 64,
            },
        ],
    },
    "seconds_per_sample": {"recognizer": 0.01},
    "calibration": {"scenes": 20, "clips": 2, "checks": 1, "seed": 3},
    "content": {"backgrounds": {"files": 7, "sha256": "0" * 64}},
}


@pytest.fixture(autouse=True)
def few_validation_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RecognizerTask, "validation_size", 8)
    monkeypatch.setattr(RecognizerTask, "calibration_size", 4)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN), encoding="utf-8")
    return tmp_path / "plan.json"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["reproduce", *map(str, arguments)])


def test_from_nothing_to_a_bundle_and_on_after_a_stop(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (
        "--plan",
        plan,
        "--resume",
        tmp_path / "runs",
        "--out",
        tmp_path / "weights",
        "--scale",
        "0.01",
    )
    stages = []
    fit = Run.fit

    def stopped_once(self: Run, *args: object, **options: object) -> object:
        stages.append((self.recipe.kind, self.state["step"], self.recipe.steps))
        if len(stages) == 2:
            raise Stopped(signal.SIGTERM)
        return fit(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "fit", stopped_once)
    first = run(*arguments)
    assert first.exit_code == 128 + signal.SIGTERM
    assert "everything is kept" in first.stderr
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    # The stage that was stopped is gone on with, and none is done twice.
    assert stages == [("recognizer", start, end) for start, end in ((0, 2), (2, 3), (2, 3), (3, 4))]
    assert "the mean of the weights at the ends of 2 stages, to go on from" in result.stdout
    assert "not calibrated: a bundle needs a detector" in result.stdout
    assert "backgrounds: none, not the 7 files" in result.stdout
    assert load_run(tmp_path / "runs" / "recognizer")[0].generic == 0.9
    load_recognizer(tmp_path / "weights")
    card = json.loads((tmp_path / "weights" / "recognizer.json").read_text(encoding="utf-8"))
    assert card["mean_of"] == [
        {"steps": 2, "share": 0.25},
        {"steps": 3, "share": 0.25},
        {"steps": 4, "share": 0.5},
    ]
    record = json.loads((tmp_path / "weights" / "reproduced.json").read_text(encoding="utf-8"))
    assert [stage["name"] for stage in record["networks"]["recognizer"]] == ["first", "second", "third"]
    assert record["libraries"]["keras"]
    assert record["training_hours"].keys() == {"recognizer"}

    shutil.rmtree(tmp_path / "runs" / "recognizer" / "ends" / "1")
    result = run(*arguments)
    assert result.exit_code == 1
    assert "recognizer/ends/1: the weights at the end of stage 1 are missing" in result.stderr

    other = json.loads(plan.read_text())
    other["networks"]["recognizer"][1]["generic"] = 0.2
    plan.write_text(json.dumps(other))
    result = run("recognizer", *arguments)
    assert result.exit_code == 1
    assert "holds a run of another recipe" in result.stderr


def test_a_dry_run_says_what_it_takes() -> None:
    result = run("--dry-run")
    assert result.exit_code == 0
    assert "recognizer: all scripts (45000 × 64)" in result.stdout
    assert "hours on two cores" in result.stdout
    assert "SHA-256" in result.stdout


def test_a_dry_run_without_keras() -> None:
    without = "import sys; sys.modules['keras'] = None; from numberplate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", without, "reproduce", "window", "--dry-run"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("window: ")


def test_a_bundle_that_cannot_be_written_is_said_before_anything_is_trained(
    plan: Path, tmp_path: Path
) -> None:
    (tmp_path / "weights").touch()
    result = run("--plan", plan, "--resume", tmp_path / "runs", "--out", tmp_path / "weights")
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {tmp_path / 'weights'}: File exists\n"
    assert not (tmp_path / "runs").exists()


def test_a_bundle_of_an_earlier_version_is_said_before_anything_is_trained(
    plan: Path, tmp_path: Path
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "bundle.json").write_text('{"version": 1}')
    result = run("--plan", plan, "--resume", tmp_path / "runs", "--out", tmp_path / "weights")
    assert result.exit_code == 1
    assert "bundle.json: of an earlier version: `numberplate calibrate --convert " in result.stderr
    assert not (tmp_path / "runs").exists()


def test_a_plan_without_the_network(plan: Path) -> None:
    result = run("window", "--plan", plan)
    assert result.exit_code == 1
    assert result.stderr.endswith("plan.json: has no window\n")
