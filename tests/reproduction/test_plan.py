import itertools
import json
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from numberplate.reproduction.plan import KINDS, PlanError, read_plan
from numberplate.training.recipe import Kind

SMALL: dict[str, Any] = {
    "about": "a test",
    "networks": {
        "recognizer": [
            {"name": "first", "steps": 100, "batch": 4, "width": 0.17, "pool": 1000},
            {"name": "second", "steps": 50, "batch": 8, "width": 0.17, "generic": 0.1},
        ]
    },
    "seconds_per_sample": {"recognizer": 0.01},
    "calibration": {"scenes": 20, "clips": 2, "checks": 1, "seed": 3},
    "content": {},
}


STAGE = {"name": "a", "steps": 1, "batch": 1}


def stages(*shares: object) -> dict[str, Any]:
    return {"networks": {"recognizer": [{**STAGE, "share": share} for share in shares]}}


def write(folder: Path, whole: object) -> Path:
    path = folder / "plan.json"
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def test_the_packages_own_plan_is_one_of_all_networks() -> None:
    plan = read_plan()
    assert {*plan.networks} == {*KINDS}
    for kind in KINDS:
        for stage in range(len(plan.networks[kind])):
            recipe = plan.recipe(kind, stage)
            assert recipe.begin < recipe.steps
            assert not recipe.designs  # the shipped ones, whatever folder it runs in
    assert 3 < sum(plan.hours(kind) for kind in KINDS) < 24


@pytest.mark.parametrize("kind", KINDS)
def test_what_ships_was_made_by_the_plan(kind: Kind) -> None:
    plan = read_plan()
    stages = plan.networks[kind]
    card = json.loads(resources.files("numberplate.weights").joinpath(f"{kind}.json").read_text("utf-8"))
    ends = [*itertools.accumulate(stage.steps for stage in stages)]
    assert (card["steps"], card["samples_seen"]) == (ends[-1], sum(stage.samples for stage in stages))
    shares = [
        {"steps": end, "share": stage.share}
        for end, stage in zip(ends, stages, strict=True)
        if 0 < stage.share < 1
    ]
    assert card.get("mean_of", []) == shares
    planned = json.loads(json.dumps(asdict(plan.recipe(kind, len(stages) - 1))))
    assert {key: planned[key] for key in card["recipe"]} == card["recipe"]
    assert card["real_plates"]["trained_on"] == 0
    # A start is of the weights that ship. By the date `export` knows beside which a head learnt alone.
    start = Path(__file__).parents[2] / "checkpoints" / kind / "state.json"
    assert json.loads(start.read_text("utf-8"))["date"] == card["date"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_plan_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(PlanError, match=r"^/dev/zero: not a plan: larger than 1 MB$"):
        read_plan(Path("/dev/zero"))


def test_stages_follow_each_other(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, SMALL))
    first, second = plan.recipe("recognizer", 0), plan.recipe("recognizer", 1)
    assert (first.begin, first.steps, first.batch, first.generic) == (0, 100, 4, 0.5)
    assert (second.begin, second.steps, second.batch, second.generic) == (100, 150, 8, 0.1)
    assert plan.hours("recognizer") == pytest.approx(8 / 3600)
    assert plan.gpu_minutes("recognizer") is None
    measured = read_plan(write(tmp_path, {**SMALL, "gpu_samples_per_second": {"recognizer": 100}}))
    assert measured.gpu_minutes("recognizer") == pytest.approx((100 * 4 + 50 * 8) / 100 / 60)


def test_settings_are_taken_as_recipes_have_them(tmp_path: Path) -> None:
    stage = {**STAGE, "rate": "1e-3", "warmup": 3.0, "added": ["gb"]}
    plan = read_plan(write(tmp_path, {**SMALL, "networks": {"recognizer": [stage]}}))
    recipe = plan.recipe("recognizer", 0)
    assert (recipe.rate, recipe.warmup, recipe.added) == (1e-3, 3, ("gb",))


def test_a_rehearsal_is_small(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, SMALL))
    second = plan.recipe("recognizer", 1, scale=0.1)
    assert (second.begin, second.steps) == (10, 15)
    assert plan.recipe("recognizer", 0, scale=0.1).pool == 100
    assert plan.recipe("recognizer", 1, scale=1e-6).steps == 2  # each stage is gone through
    window = {"networks": {"window": [{**STAGE, "easing": 6000}]}, "seconds_per_sample": {"window": 0.01}}
    assert read_plan(write(tmp_path, {**SMALL, **window})).recipe("window", 0, scale=0.1).easing == 600


def test_the_network_is_the_last_stages_or_a_mean(tmp_path: Path) -> None:
    plan = read_plan(write(tmp_path, SMALL))
    assert [stage.share for stage in plan.networks["recognizer"]] == [0, 1]
    plan = read_plan(write(tmp_path, {**SMALL, **stages(0.3, 0, 0.7)}))
    assert [stage.share for stage in plan.networks["recognizer"]] == [0.3, 0, 0.7]
    assert "share" not in plan.networks["recognizer"][0].settings


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"networks": {"reader": []}}, "networks.reader: expected one of detector"),
        ({"networks": {"recognizer": []}}, "networks.recognizer: no stage"),
        (
            {"networks": {"recognizer": [{"name": "a", "steps": 1, "batch": 1, "stepz": 1}]}},
            "stepz is no setting",
        ),
        (
            {"networks": {"recognizer": [{"name": "a", "steps": 1, "batch": 1, "fonts": []}]}},
            "fonts is no setting",
        ),
        (
            {"networks": {"recognizer": [{"name": "a", "steps": 0, "batch": 1}]}},
            "steps must be a whole number",
        ),
        ({"networks": {"recognizer": [{"steps": 1, "batch": 1}]}}, "name is missing"),
        (
            {
                "networks": {
                    "recognizer": [SMALL["networks"]["recognizer"][0], {"name": "b", "steps": 1, "batch": 1}]
                }
            },
            "width differs between stages",
        ),
        (
            {"networks": {"recognizer": [STAGE, {**STAGE, "precision": "bfloat16"}]}},
            "precision differs between stages",
        ),
        (
            {"networks": {"recognizer": [STAGE, {**STAGE, "name": "b", "from_mean": True, "share": 1}]}},
            "b: no stage before it has a share in a mean",
        ),
        (
            {"networks": {"recognizer": [STAGE, {**STAGE, "from_mean": "yes"}]}},
            "from_mean must be true or false",
        ),
        (stages(0.5, 0.4), "the shares of its stages must be 1 in all"),
        (stages(0.5, 1.5), "share must be between 0 and 1"),
        (stages(float("nan")), "share must be between 0 and 1"),
        (stages("much"), "could not convert"),
        (stages(None), "float"),
        (
            {"networks": {"recognizer": [{**STAGE, "rate": "fast"}]}},
            "networks.recognizer: rate: Input should be a valid number",
        ),
        ({"networks": {"recognizer": [{**STAGE, "added": "gb"}]}}, "networks.recognizer: added: "),
        ({"networks": {"recognizer": [{**STAGE, "decay": 2}]}}, "decay: expected 0 to 1, got 2"),
        ({"networks": {"recognizer": [{**STAGE, "scripts": ["han"]}]}}, "scripts: expected latin"),
        ({"calibration": {**SMALL["calibration"], "seed": -1}}, "calibration.seed: expected a number of at"),
        ({"calibration": {}}, "scenes is missing"),
        ({"calibration": {**SMALL["calibration"], "clips": float("inf")}}, "infinity"),
        ({"seconds_per_sample": {"recognizer": 10**400}}, "too large"),
        ({"content": {"fonts": {"files": 1}}}, "sha256 is missing"),
    ],
)
def test_what_is_no_plan(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(PlanError) as raised:
        read_plan(write(tmp_path, {**SMALL, **change}))
    assert "plan.json: not a plan: " in str(raised.value)
    assert reason in str(raised.value)
    (tmp_path / "plan.json").write_text("[")
    with pytest.raises(PlanError, match="not a plan"):
        read_plan(tmp_path / "plan.json")
    with pytest.raises(PlanError, match="No such file"):
        read_plan(tmp_path / "none.json")
