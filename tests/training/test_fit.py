"""Training itself, and what is exported of it."""

import csv
import json
import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from filelock import FileLock

from numberplate.models.bundle import load_detector, load_manifest, load_recognizer, load_window
from numberplate.models.codec.detector import in_blocks
from numberplate.models.manifest import Fit, WeightsError
from numberplate.networks.window import sliding_window
from numberplate.plates.design import DesignError
from numberplate.synthesis.type.lettering import FontError
from numberplate.synthesis.world.backgrounds import BackgroundError
from numberplate.training.checkpoints import load_run, named_weights, write_start
from numberplate.training.export import ExportError, export
from numberplate.training.fit import Run, rate_at
from numberplate.training.interrupts import Stopped
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks import RecognizerTask

STEPS = 30
"""Of the recipe in conftest.py."""

pytestmark = pytest.mark.usefixtures("few_validation_samples")


def curve(run: Path) -> list[dict[str, float]]:
    with (run / "curves.csv").open(encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]


def moments(network: keras.Model) -> dict[str, np.ndarray]:
    """The optimizer's variables, without the part of their names that numbers the optimizer."""
    return {
        name: np.array(keras.ops.convert_to_numpy(v))
        for v in network.optimizer.variables
        if (name := v.path.partition("/")[2]) != "learning_rate"  # which the run sets step by step
    }


def silent(line: str) -> None:
    pass


class Stop(Exception):
    """Ends a run where it stands, as a kill does: nothing of it is caught."""


def raising(error: type[BaseException], step: int) -> Callable[[str], None]:
    """A report that raises when figures of `step` are reported."""

    def report(line: str) -> None:
        if line.startswith(f"step {step} "):
            raise error

    return report


def test_it_learns(trained: Path) -> None:
    rows = curve(trained)
    assert [row["step"] for row in rows] == [10, 20, 30]
    assert rows[-1]["samples"] == STEPS * 16
    losses = [row["loss"] for row in rows]
    assert losses[2] < 0.6 * losses[0]
    assert all(0 <= row["exact"] <= row["exact_folded"] <= row["right_length"] <= 1 for row in rows)


def test_what_a_run_leaves(trained: Path, recipe: Recipe) -> None:
    assert Recipe.read(trained / "recipe.json") == recipe
    assert {"fixed_exact", "exact"} <= curve(trained)[0].keys()
    assert cv2.imread(str(trained / "curves.png")) is not None
    state = json.loads((trained / "state.json").read_text(encoding="utf-8"))
    assert state["step"] == STEPS
    assert state["made"] * recipe.reuse >= state["samples"] == STEPS * recipe.batch
    assert state["figures"]["exact"] == curve(trained)[-1]["exact"]
    misses = cv2.imread(str(trained / "misses.png"))
    assert misses is not None
    assert list((trained / "tensorboard").iterdir())
    assert not list(trained.glob("*.new.*"))


def test_a_finished_run_is_left_as_it_is(copy: Path, recipe: Recipe) -> None:
    before = (copy / "checkpoint.keras").read_bytes()
    figures = Run(copy, recipe).fit(silent)
    assert (copy / "checkpoint.keras").read_bytes() == before
    assert figures["exact"] == curve(copy)[-1]["exact"]


def test_a_run_that_was_killed_goes_on_from_its_checkpoint(copy: Path, recipe: Recipe) -> None:
    longer = recipe.changed(steps=STEPS + 6)
    with pytest.raises(Stop):
        # A checkpoint after each step; validation, which ends it, comes before step 33's.
        Run(copy, longer).fit(raising(Stop, STEPS + 3), checkpoint_every=0.0, validate_every=3)
    saved = keras.saving.load_model(copy / "checkpoint.keras")
    run = Run(copy, longer)
    assert run.state["step"] == int(run.network.optimizer.iterations) == STEPS + 2
    for one, other in zip(saved.get_weights(), run.network.get_weights(), strict=True):
        assert (one == other).all()
    before, after = moments(saved), moments(run.network)
    assert before.keys() == after.keys()
    assert len([name for name in before if np.abs(before[name]).max() > 0]) > 10
    for name, value in before.items():
        assert (value == after[name]).all(), name
    # The samples go on too.
    assert run.state["samples"] == (STEPS + 2) * recipe.batch
    assert run.state["made"] >= json.loads((copy / "state.json").read_text())["made"] > 0
    run.fit(silent)
    assert load_run(copy)[2]["step"] == STEPS + 6
    assert [row["step"] for row in curve(copy)] == [10, 20, 30, 36]


def test_more_steps_lengthen_a_run(copy: Path, recipe: Recipe) -> None:
    before = load_run(copy)[1].get_weights()
    rate = Run(copy, recipe).network.optimizer.learning_rate
    assert float(rate) < 1e-3  # it has fallen to zero
    run = Run(copy, recipe.changed(steps=2 * STEPS))
    assert float(run.network.optimizer.learning_rate) == pytest.approx(recipe.rate)
    assert all((a == b).all() for a, b in zip(before, run.network.get_weights(), strict=True))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_stop_keep_everything(copy: Path, recipe: Recipe, number: int) -> None:
    def report(line: str) -> None:
        if line.startswith(f"step {STEPS + 2} "):
            os.kill(os.getpid(), number)

    with pytest.raises(Stopped) as raised:
        Run(copy, recipe.changed(steps=500)).fit(report, validate_every=2)
    assert raised.value.signal == number
    recipe_, network, state = load_run(copy)
    assert state["step"] == int(network.optimizer.iterations) == STEPS + 2
    assert recipe_.steps == 500


@pytest.mark.parametrize(
    ("key", "value"), [("width", 0.3), ("scripts", ("latin", "han")), ("kind", "detector")]
)
def test_another_network_needs_another_folder(copy: Path, recipe: Recipe, key: str, value: object) -> None:
    with pytest.raises(RecipeError, match=f"its {key} is .*; start a new folder"):
        Run(copy, recipe.changed(**{key: value}))
    assert Recipe.read(copy / "recipe.json") == recipe


def test_two_do_not_train_in_one_folder(copy: Path, recipe: Recipe) -> None:
    with (
        FileLock(copy / "lock"),
        pytest.raises(RecipeError, match="another process is training in this folder"),
    ):
        Run(copy, recipe.changed(steps=STEPS + 5)).fit(silent)
    assert load_run(copy)[0].steps == STEPS
    Run(copy, recipe.changed(steps=STEPS + 1)).fit(silent)
    assert load_run(copy)[2]["step"] == load_run(copy)[0].steps == STEPS + 1


def test_who_does_not_train_changes_nothing(trained: Path, recipe: Recipe, tmp_path: Path) -> None:
    write_start(trained, tmp_path)
    before = Recipe.read(tmp_path / "recipe.json")
    with FileLock(tmp_path / "lock"), pytest.raises(RecipeError, match="another process"):
        Run(tmp_path, recipe.changed(steps=STEPS + 5)).fit(silent)
    assert Recipe.read(tmp_path / "recipe.json") == before


@pytest.mark.parametrize("key", ["fonts", "backgrounds", "designs", "added"])
def test_what_was_mistyped_is_not_kept(copy: Path, recipe: Recipe, key: str) -> None:
    none = str(copy / "none")
    mistyped = recipe.changed(steps=STEPS + 2, **{key: none if key == "backgrounds" else (none,)})
    for folder in (copy, copy.parent / "new"):
        with pytest.raises((BackgroundError, DesignError, FontError), match=r"none: [Nn]o such f"):
            Run(folder, mistyped).fit(silent)
    assert Recipe.read(copy / "recipe.json") == recipe
    assert not (copy.parent / "new" / "recipe.json").exists()
    # Nor what is of no use, where nothing is left to train.
    Run(copy, mistyped.changed(steps=STEPS)).fit(silent)
    assert Recipe.read(copy / "recipe.json") == recipe


def test_another_schedule_has_a_rate_of_its_own(copy: Path, recipe: Recipe) -> None:
    longer = recipe.lasting(STEPS, 20)
    assert (longer.begin, longer.steps) == (STEPS, STEPS + 20)
    assert longer.lasting(STEPS + 5, 20) == longer  # the same command goes on with it
    assert longer.lasting(STEPS + 20, 20).begin == STEPS + 20
    assert longer.lasting(STEPS + 5, 30).begin == STEPS + 5
    run = Run(copy, longer)
    # As at the beginning: it rises over the first three steps.
    assert float(run.network.optimizer.learning_rate) == pytest.approx(recipe.rate / 3)
    rates = [rate_at(longer, (step - STEPS) / 20, step, STEPS) for step in range(STEPS, STEPS + 20)]
    assert max(rates) == recipe.rate
    assert rates[-1] < 0.2 * recipe.rate


def test_the_fixed_validation_set_does_not_depend_on_the_recipe(recipe: Recipe) -> None:
    one = RecognizerTask(recipe).fixed_validation()
    other = RecognizerTask(Recipe(kind="recognizer", seed=99, generic=1.0, batch=3)).fixed_validation()
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f") for name in one)


def test_the_rate_rises_stays_and_falls(recipe: Recipe) -> None:
    recipe = recipe.changed(rate=2.0, warmup=10, steps=100, decay=0.2)
    rates = [rate_at(recipe, step / 100, step) for step in range(101)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9:81] == pytest.approx([2.0] * 72)
    assert rates[90] == pytest.approx(1.0)
    assert rates[100] == 0
    assert max(rates) <= 2.0
    later = [rate_at(recipe, step / 100, step, begin=50) for step in (50, 54, 59, 90)]
    assert later == pytest.approx([0.2, 1.0, 2.0, 1.0])


def test_a_run_that_is_given_so_long_ends_then(tmp_path: Path, recipe: Recipe) -> None:
    lines: list[str] = []
    Run(tmp_path / "run", recipe.changed(steps=100_000)).fit(lines.append, validate_every=10**6, seconds=6.0)
    step = load_run(tmp_path / "run")[2]["step"]
    assert 1 <= step < 100_000
    assert lines[-1].startswith(f"step {step} ")


def test_heads_are_added_to_a_start(trained: Path, recipe: Recipe, tmp_path: Path) -> None:
    write_start(trained, tmp_path)
    before = load_run(tmp_path)[1]
    wider = Run(tmp_path, recipe.changed(scripts=("latin", "han"), precision="float32")).network
    assert "logits_han" in wider.output_names
    picture = np.random.default_rng(0).uniform(0, 255, (1, 48, 144, 1)).astype(np.float32)
    one, other = before.predict(picture, verbose=0), wider.predict(picture, verbose=0)
    assert np.abs(one["logits"] - other["logits"]).max() < 1e-4


@pytest.mark.parametrize("scripts", [("latin", "han", "thai"), ("latin", "han")])
def test_heads_learn_alone(trained: Path, recipe: Recipe, tmp_path: Path, scripts: tuple[str, ...]) -> None:
    write_start(trained, tmp_path)
    alone = recipe.changed(scripts=scripts, heads=("han",), designs=("sk", "han/cn-blue-bold"), pool=64)
    alone = alone.changed(begin=STEPS, steps=STEPS + 8)
    run = Run(tmp_path, alone)
    before = named_weights(run.network)
    run.fit(silent)
    after = named_weights(load_run(tmp_path)[1])
    learnt = {name.split("/")[0] for name in before if not np.array_equal(before[name], after[name])}
    own = {f"head_han{part}" for part in ("", "_context", "_context_norm")}
    # What another head uses too stays as it is, or that head would read otherwise.
    row = {f"scripts{part}{norm}" for part in ("", "_1", "_2") for norm in ("", "_norm")}
    assert learnt == (own if "thai" in scripts else own | row)
    with pytest.raises(RecipeError, match=r"its heads is .*; start a new folder"):
        Run(tmp_path, alone.changed(heads=()))


def test_heads_do_not_learn_alone_where_nothing_else_has(tmp_path: Path, recipe: Recipe) -> None:
    alone = recipe.changed(scripts=("latin", "han"), heads=("han",), designs=("han/cn-blue-bold",))
    with pytest.raises(RecipeError, match="run: heads learn alone where all else has learnt"):
        Run(tmp_path / "run", alone)


def test_a_head_that_learnt_alone_leaves_the_numbers_of_the_rest(
    trained: Path, recipe: Recipe, tmp_path: Path
) -> None:
    run, bundle = tmp_path / "run", tmp_path / "weights"
    write_start(trained, run)
    export(trained, bundle)
    started = load_manifest(bundle)
    assert started.recognizer is not None
    assert started.acceptance is not None
    assert started.vote is not None
    fit = Fit(("recognizer.heads[0].temperature", "vote.floor"), "loss", 1.0, 0.5, "600 scenes", 1)
    of_head = replace(fit, numbers=("recognizer.heads[1].temperature",))
    latin = replace(started.recognizer.heads[0], temperature=1.7)
    fitted = replace(
        started,
        recognizer=replace(
            started.recognizer, heads=(latin,), prior=replace(started.recognizer.prior, power=0.7)
        ),
        acceptance=replace(started.acceptance, bias=0.6),
        vote=replace(started.vote, floor=2e-4),
        fits=(fit,),
    )
    fitted.write(bundle / "bundle.json")
    other = shutil.copytree(bundle, tmp_path / "other")
    card = json.loads((other / "recognizer.json").read_text())
    (other / "recognizer.json").write_text(json.dumps(card | {"date": "2001-01-01T00:00:00+00:00"}))

    alone = recipe.changed(scripts=("latin", "han"), heads=("han",), designs=("han/cn-blue-bold",), pool=64)
    Run(run, alone.changed(begin=STEPS, steps=STEPS + 2)).fit(silent)
    export(run, bundle)
    found = load_manifest(bundle)
    assert fitted.recognizer is not None
    assert found.recognizer is not None
    assert [head.script for head in found.recognizer.heads] == ["latin", "han"]
    assert found.recognizer.heads[0] == latin
    assert found == replace(fitted, recognizer=replace(fitted.recognizer, heads=found.recognizer.heads))
    # Again, when the head has learnt more; what was fitted to it alone is to be fitted anew.
    replace(found, fits=(fit, of_head)).write(bundle / "bundle.json")
    export(run, bundle)
    assert load_manifest(bundle) == found
    # Of another network the numbers are another's; and all else than heads may learn after them.
    export(run, other)
    again = load_manifest(other)
    assert (again.acceptance, again.vote, again.fits) == (started.acceptance, started.vote, ())
    write_start(run, tmp_path / "all")
    whole = alone.changed(heads=(), begin=STEPS + 2, steps=STEPS + 3)
    Run(tmp_path / "all", whole).fit(silent)
    export(tmp_path / "all", bundle)
    assert load_manifest(bundle).fits == ()


def run_onnx(path: Path, pictures: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: pictures})[0]


def assert_nearly(one: np.ndarray, other: np.ndarray) -> None:
    """That what a network gives in 8 bits is what it gives in floats, but for rounding."""
    assert one.shape == other.shape
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8
    # Corners of a network of few steps are nearly one number: 8 bits are coarser than what they differ by.
    assert np.abs(one - other).max() < 0.2 * np.ptp(other) + 0.05 * np.abs(other).max()


def test_exported_recognizer(trained: Path, recipe: Recipe, tmp_path: Path) -> None:
    path = export(trained, tmp_path / "a" / "weights")
    assert path == tmp_path / "a" / "weights" / "recognizer.onnx"
    pictures = np.random.default_rng(1).uniform(0, 255, (3, 48, 144, 1)).astype(np.float32)
    outputs = load_run(trained)[1].predict(pictures, verbose=0)
    # What reading needs is on the card, and it takes the file as it is.
    network, card = load_recognizer(path.parent)
    assert ([head.script for head in card.heads], card.height, card.width) == (["latin"], 48, 144)
    for name, expected in outputs.items():
        assert_nearly(network.outputs(pictures)[name], expected)
    # Contrast is evened in floats, that of faint crops too.
    model = onnx.load(path).graph
    first = next(i for i, node in enumerate(model.node) if node.op_type == "Conv")
    assert "QuantizeLinear" not in {node.op_type for node in model.node[:first]}
    stated = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert (stated["steps"], stated["samples_seen"]) == (STEPS, STEPS * recipe.batch)
    assert stated["recipe"]["seed"] == recipe.seed
    assert "exact" in stated["figures"]["synthetic validation"]
    assert 0.25 <= stated["temperature"] <= 4
    assert "/" not in json.dumps(stated["recipe"])  # no path of the machine that trained it
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "bundle.json",
        "recognizer.json",
        "recognizer.onnx",
    ]


def test_exported_detector(tmp_path: Path) -> None:
    recipe = Recipe(kind="detector", steps=2, batch=2, width=0.17, height=64, pool=64)
    Run(tmp_path / "run", recipe).fit(silent)
    (row,) = curve(tmp_path / "run")
    assert {"recall", "false_cells", "corner_error"} <= row.keys()
    path = export(tmp_path / "run", tmp_path)
    # At a size that training did not show, and several at once.
    pictures = np.random.default_rng(1).integers(0, 256, (3, 32, 224), np.uint8)
    floats = pictures[..., None].astype(np.float32)
    expected = keras.ops.convert_to_numpy(load_run(tmp_path / "run")[1](floats, training=False))
    assert expected.shape == (3, 4, 28, 9)
    network, card = load_detector(tmp_path)
    assert network.takes_bytes
    computed = network(in_blocks(pictures))
    for channel in range(9):
        assert_nearly(computed[..., channel], expected[..., channel])
    operators = {node.op_type for node in onnx.load(path).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= operators
    assert (card.stride, card.corner_scale) == (8, 32)
    assert 0 < card.min_width < card.max_width


def test_window_learns_and_is_exported(tmp_path: Path) -> None:
    # Few pictures, seen again and again: it learns them by heart.
    recipe = Recipe(
        kind="window", steps=60, batch=16, rate=3e-3, warmup=3, width=0.06, pool=64, reuse=1000, easing=1000
    )
    Run(tmp_path / "run", recipe).fit(silent, validate_every=20)
    rows = curve(tmp_path / "run")
    assert {"presence", "all_right", "characters"} <= rows[0].keys()
    assert all(0 <= row["all_right"] <= row["presence"] <= 1 for row in rows)
    assert rows[-1]["loss"] < 0.85 * rows[0]["loss"]
    path = export(tmp_path / "run", tmp_path)
    trained = load_run(tmp_path / "run")[1]
    # A byte a weight, and the rest of the graph.
    assert path.stat().st_size < 1.5 * trained.count_params()
    pictures = np.random.default_rng(1).uniform(0, 255, (1, 92 + 24, 148 + 40, 1)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(sliding_window(trained)(pictures, training=False))
    assert expected.shape == (1, 4, 6, 253)
    # It is rounded to 8 bits a weight, and nothing else: its largest layer is too small to be factored.
    off = run_onnx(path, pictures) - expected
    assert np.sqrt((off**2).mean()) < 0.05 * expected.std()
    card = load_window(tmp_path)[1]
    assert (card.width, card.height, card.margin_x, card.margin_y, card.stride) == (128, 64, 10, 14, 8)
    assert card.characters == 7


def test_another_run_goes_on_from_a_start(trained: Path, tmp_path: Path, recipe: Recipe) -> None:
    write_start(trained, tmp_path / "start")
    start = tmp_path / "start"
    light = sum(file.stat().st_size for file in start.iterdir())
    assert light < 0.25 * (trained / "checkpoint.keras").stat().st_size
    expected = load_run(trained)[1].get_weights()
    _, network, state = load_run(start)
    for one, other in zip(expected, network.get_weights(), strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-3)
    assert int(network.optimizer.iterations) == state["step"] == STEPS
    run = Run(start, recipe.changed(steps=STEPS + 5, warmup=10, rate=1e-3, decay=0.01))
    # The optimizer has no moments yet: the rate rises anew.
    assert float(run.network.optimizer.learning_rate) == pytest.approx(1e-4)
    run.fit(silent, validate_every=5)
    rows = curve(start)
    assert [row["step"] for row in rows] == [10, 20, 30, 35]
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert load_run(start)[2]["samples"] == (STEPS + 5) * recipe.batch  # now from its own checkpoint
    with pytest.raises(RecipeError, match="No such file"):
        write_start(tmp_path / "none", tmp_path / "other")


def test_a_run_from_a_start_that_is_stopped_while_its_rate_rises_rises_on(
    trained: Path, tmp_path: Path, recipe: Recipe
) -> None:
    write_start(trained, tmp_path / "start")
    start, longer = tmp_path / "start", recipe.changed(steps=STEPS + 50, warmup=10, rate=1e-3, decay=0.01)
    with pytest.raises(Stop):
        Run(start, longer).fit(raising(Stop, STEPS + 3), checkpoint_every=0.0, validate_every=3)
    run = Run(start, longer)
    assert run.state["step"] == STEPS + 2
    assert float(run.network.optimizer.learning_rate) == pytest.approx(3e-4)
    # Another schedule has its own rise.
    again = Run(start, longer.lasting(STEPS + 2, 20))
    assert float(again.network.optimizer.learning_rate) == pytest.approx(1e-4)


def test_export_compares_before_it_keeps(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("numberplate.training.export.TOLERANCE", -1.0)  # that no file can meet
    with pytest.raises(ExportError, match="outputs differ by"):
        export(trained, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_is_interrupted_leaves_what_was_there(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(trained, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def stopped(*arguments: object) -> float:
        raise KeyboardInterrupt

    monkeypatch.setattr(RecognizerTask, "temperature", stopped)  # when the new file is written already
    with pytest.raises(KeyboardInterrupt):
        export(trained, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_no_network_can_be_written_to_is_said_before_one_is_made(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bundle.json").write_text("{")
    monkeypatch.setattr(RecognizerTask, "validation", lambda task: pytest.fail("samples were made"))
    with pytest.raises(WeightsError, match=r"bundle\.json: not a manifest"):
        export(trained, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle.json"]


def test_export_of_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="No such file"):
        export(tmp_path / "none", tmp_path / "out")
    assert not (tmp_path / "out").exists()
