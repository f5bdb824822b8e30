"""A trained network as an ONNX file with its card."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np

from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.window import WindowCard
from numberplate.models.initial import EMPTY, card_of, with_heads, with_network
from numberplate.models.manifest import MANIFEST, Manifest
from numberplate.training.checkpoints import REST_OF, load_run
from numberplate.training.compression import factor, store_in_few_bits
from numberplate.training.graph import write_onnx
from numberplate.training.interrupts import Interrupts
from numberplate.training.quantization import quantize
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import Task, task

_PATHS = ("fonts", "backgrounds", "designs", "added", "labelled")
"""What a recipe says of the machine that it was trained on."""

TOLERANCE = 1e-4
"""Greatest difference between an output of the ONNX network and of the Keras one, absolute and relative."""


class ExportError(RuntimeError):
    """The ONNX file does not give what the Keras network gives, by as much as the message says."""


def export(
    run: Path, folder: Path, keep: float = 0.0, fonts: tuple[str, ...] = (), backgrounds: str | None = None
) -> Path:
    """Writes `{kind}.onnx` and how it was made, `{kind}.json`, from the last checkpoint of `run`.

    The manifest of `folder`, `bundle.json`, says from then on how the network is used; what is to be fitted
    to it has its starting values, for `numberplate calibrate`. Where heads learnt alone, and all else is of
    the recognizer that `folder` has, these are the heads' temperatures alone.

    All is made first and put in place at the end, in one go that Ctrl-C and SIGTERM wait for: new weights
    never stand beside an old card. The file is run against the Keras network before it is kept. One that is
    then made faster (`quantize`) or smaller (`compression`) is compared before it is; the temperature and the
    figures on its card are those of the file as written. `keep`: how much the weights count that the run
    started from; see `load_run`. `fonts`, `backgrounds`: of the samples that it is measured and made faster
    by; those of the run where none are given, and a start names none. Returns the file's path. Raises
    RecipeError where the run has no checkpoint, or nothing to keep, and ExportError where the outputs differ
    by more than TOLERANCE.
    """
    recipe, network, state = load_run(run, keep)
    recipe = recipe.changed(fonts=fonts or recipe.fonts, backgrounds=backgrounds or recipe.backgrounds)
    state = state | {"kept_of_start": keep}
    work = task(recipe)
    folder.mkdir(parents=True, exist_ok=True)
    manifest_before(folder)  # where that fails, nothing is made in vain
    with TemporaryDirectory(prefix=f".{recipe.kind}-", dir=folder) as scratch, Interrupts() as interrupts:
        made = _make(run, recipe, network, state, work, Path(scratch))
        before = manifest_before(folder)  # as it is now: another network may have come meanwhile
        after = None
        if isinstance(made.card, RecognizerCard) and _is_of(folder / f"{recipe.kind}.json", state):
            after = with_heads(before, made.card, recipe.heads)
        (after or with_network(before, made.card)).write(Path(scratch) / MANIFEST)
        with interrupts.held():
            for name in (made.path.name, made.path.with_suffix(".json").name, MANIFEST):
                (Path(scratch) / name).replace(folder / name)
    return folder / made.path.name


def manifest_before(folder: Path) -> Manifest:
    """Of the bundle that a network is to be written to, EMPTY where there is none. Raises WeightsError."""
    place = folder / MANIFEST
    return Manifest.read(place) if place.is_file() else EMPTY


def _is_of(path: Path, state: Mapping[str, Any]) -> bool:
    """Whether the network of a card has the weights that a run of heads alone leaves as they are."""
    if REST_OF not in state or not path.is_file():
        return False
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return bool(state[REST_OF] == card.get(REST_OF, card["date"]))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return False  # of another network, or another's card


@dataclass(frozen=True)
class _Made:
    """An ONNX file, with its JSON file beside it, and the manifest's part of it."""

    path: Path
    card: DetectorCard | RecognizerCard | WindowCard


def _make(
    run: Path, recipe: Recipe, network: keras.Model, state: Mapping[str, Any], work: Task, folder: Path
) -> _Made:
    """Writes the files of a network to an empty folder. Raises ExportError."""
    fresh = folder / f"{recipe.kind}.onnx"
    samples = work.validation()
    pictures = work.batch(samples)[0]
    outputs = network.predict(pictures, batch_size=16, verbose=0)
    bare = work.exported(network)
    write_onnx(bare, fresh)
    difference = greatest_difference(bare, fresh)
    if difference > TOLERANCE:
        raise ExportError(f"{run}: the exported network's outputs differ by {difference:.2g}")
    if work.quantized:
        calibration = work.as_exported(work.batch(work.calibration())[0])
        quantize(fresh, calibration[:, None], work.float_first, work.zero)
        outputs = _run(fresh, work.as_exported(pictures))
    if work.rank:
        calibration = work.as_exported(work.batch(work.calibration())[0])
        factor(fresh, calibration[:, None], work.rank)
        store_in_few_bits(fresh)
        outputs = _run(fresh, work.as_exported(pictures))
    temperature = work.temperature(samples, outputs)
    card = {
        "network": recipe.kind,
        **work.card(),
        "temperature": temperature,
        "weights": int(network.count_params()),
        "recipe": {k: v for k, v in asdict(recipe).items() if k not in _PATHS},
        # Photographs of plates, if it was trained on any.
        "real_plates": state.get("real_plates", {"trained_on": 0}),
        "kept_of_start": state["kept_of_start"],
        # Where the weights are a mean: the steps that those had seen which it is of, and their shares.
        "mean_of": state.get("mean_of", []),
        "steps": state["step"],
        "samples_seen": state["samples"],
        "samples_made": state["made"],
        "training_seconds": round(state["seconds"]),
        "date": state["date"],
        **({REST_OF: state[REST_OF]} if REST_OF in state else {}),
        "keras": keras.__version__,
        # A figure is not a number where no held-out sample is of its kind; JSON has no such thing.
        "figures": {
            "synthetic validation": {
                name: round(value, 4)
                for name, value in work.figures(samples, outputs).items()
                if math.isfinite(value)
            }
        },
    }
    write_card(fresh.with_suffix(".json"), card)
    return _Made(fresh, card_of(recipe.kind, card))


def _run(path: Path, pictures: np.ndarray) -> Any:
    """What an ONNX network gives for pictures: an array, or a mapping of them where it gives several."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    taken, given = session.get_inputs()[0], [output.name for output in session.get_outputs()]
    if taken.type == "tensor(uint8)":
        pictures = pictures.astype(np.uint8)
    outputs = [session.run(None, {taken.name: picture[None]}) for picture in pictures]
    arrays = [np.concatenate(parts) for parts in zip(*outputs, strict=True)]
    return arrays[0] if len(arrays) == 1 else dict(zip(given, arrays, strict=True))


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Writes a card as JSON."""
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def greatest_difference(network: keras.Model, path: Path) -> float:
    """Greatest difference of their outputs on random pictures, in parts of 1 + the output's size."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pictures = _probe(network)
    expected = network.predict(pictures, verbose=0)
    got = session.run(None, {session.get_inputs()[0].name: pictures})
    if isinstance(expected, dict):
        named = dict(zip((output.name for output in session.get_outputs()), got, strict=True))
        pairs = [(named[name], value) for name, value in expected.items()]
    else:
        pairs = [(got[0], expected)]
    return max(float((np.abs(one - other) / (1 + np.abs(other))).max()) for one, other in pairs)


def _probe(network: keras.Model, size: tuple[int, ...] = (2, 96, 160, 1)) -> np.ndarray:
    """Random pictures, of this size where the network takes any: what was fixed by mistake shows."""
    shape = [side or other for side, other in zip(network.input_shape, size, strict=True)]
    return np.random.default_rng(0).uniform(0, 255, shape).astype(np.float32)
