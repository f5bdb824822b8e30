"""Trained networks: an ONNX file, and beside it a JSON card that says how to use it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from numberplate.models.onnx_file import ModelError, check_self_contained
from numberplate.plates.alphabet import ALPHABET

_UNUSABLE = (
    faults.EPFail,
    faults.Fail,
    faults.InvalidArgument,
    faults.InvalidGraph,
    faults.InvalidProtobuf,
    faults.NoModel,
    faults.NotImplemented,
    faults.RuntimeException,
)
"""What ONNX Runtime raises for a file that is no network; they have no base class but Exception."""


_MOST_MODEL_BYTES = 256_000_000
_MOST_CARD_BYTES = 4_000_000
"""Of a file; ours have a hundredth."""

_LEAST_VALUE, _MOST_VALUE = 0.001, 1024
"""Of a number of a card: all are pixels, factors or counts of that order, and arrays are made by them."""


class WeightsError(ValueError):
    """A network's file or card is missing, damaged, or does not fit. The message names the file."""


@dataclass(frozen=True)
class DetectorCard:
    """How to use a detector. Lengths are pixels of the network's input.

    Attributes:
        stride: from one cell of the grid to the next.
        corner_scale: what one unit of a corner's offset stands for.
        min_width, max_width: of the plates that the network was trained to find.
        mean: subtracted from a picture's 0..255 before the network sees it.
        temperature: divides the logit of presence, so that the probability is calibrated.
    """

    stride: int
    corner_scale: float
    min_width: float
    max_width: float
    mean: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True)
class RecognizerCard:
    """How to use a recognizer.

    Attributes:
        head: "ctc" or "slots", what the logits mean; see `numberplate.reading.recognizer`.
        height, width: of the crops that it takes, in pixels.
        temperature: divides the logits, so that the confidence is calibrated.
    """

    head: Literal["ctc", "slots"]
    height: int
    width: int
    temperature: float = 1.0


@dataclass(frozen=True)
class WindowCard:
    """How to use a window network. Lengths are pixels of its input.

    Attributes:
        width, height: of the window.
        margin: what the network sees beyond the window on the left and right, and above and below.
        stride: from one window to the next, in both directions.
        characters: how many it reads.
        temperature: divides the logits, so that the probabilities are calibrated.
    """

    width: int
    height: int
    margin: tuple[int, int]
    stride: int
    characters: int
    temperature: float = 1.0


class Network:
    """A network ready to run: one float32 array in, one or more out. Nothing else runs one to read pictures.

    It can be copied, which shares it, and pickled: it is loaded again from the folder that it came from.

    Args:
        name: of its file, without the suffix.
        folder: where it lies; None for the package's own.
        threads: to run on, 1 or more.

    Attributes:
        source: the file's path, for messages.
        input_shape, output_shapes: as the file states them, the latter by name; a size that it leaves open is
            a name, or None.

    Raises WeightsError when it cannot be used.
    """

    def __init__(self, name: str, folder: str | Path | None = None, threads: int = 1):
        if threads < 1:
            raise ValueError(f"threads: expected at least 1, got {threads}")
        # Absolute: a copy may be made where another folder is the current one.
        self._made_from = name, None if folder is None else Path(folder).absolute(), threads
        file = _place(folder).joinpath(f"{name}.onnx")
        self.source = str(file)
        self._session = _session(_read(file, name, _MOST_MODEL_BYTES), self.source, threads)
        (given,) = self._session.get_inputs()[:1]
        self._input = given.name
        self.input_shape: list[Any] = given.shape
        self.output_shapes: dict[str, list[Any]] = {o.name: o.shape for o in self._session.get_outputs()}

    def __call__(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Its first output, float32 (n, ...), for a batch, float32 (n, ...)."""
        return next(iter(self.outputs(batch).values()))

    def outputs(self, batch: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        """All that it gives for a batch, by name: float32 (n, ...) each. A batch may be empty."""
        if len(batch):
            return self._run(batch)
        # On an empty batch ONNX Runtime crashes where it has several threads: one input tells the shapes.
        one = self._run(np.zeros((1, *batch.shape[1:]), np.float32))
        return {name: output[:0] for name, output in one.items()}

    def _run(self, batch: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        try:
            given = self._session.run(None, {self._input: batch})
        except _UNUSABLE as error:
            raise WeightsError(f"{self.source}: fails on {batch.shape}: {_reason(error)}") from error
        return dict(zip(self.output_shapes, given, strict=True))

    def __copy__(self) -> "Network":
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> "Network":
        return self  # nothing of it ever changes

    def __reduce__(self) -> tuple[type["Network"], tuple[Any, ...]]:
        return Network, self._made_from


def load_detector(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, DetectorCard]:
    """The detector of a folder (None: of the package) on so many threads. Raises WeightsError."""
    network, values = _load("detector", folder, threads)
    card = DetectorCard(
        stride=_whole(network, values, "stride"),
        corner_scale=_positive(network, values, "corner_scale"),
        min_width=_positive(network, values, "min_width"),
        max_width=_positive(network, values, "max_width"),
        mean=_positive(network, values, "mean") if "mean" in values else 0.0,
        temperature=_positive(network, values, "temperature", 1.0),
    )
    if card.max_width < 4 * card.min_width:
        raise WeightsError(f"{network.source}: the card's max_width must be at least four times min_width")
    _check(network, "input", network.input_shape, (None, None, None, 1))
    _check(network, "output", next(iter(network.output_shapes.values())), (None, None, None, 9))
    return network, card


def load_recognizer(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, RecognizerCard]:
    """The recognizer of a folder (None: of the package) on so many threads. Raises WeightsError.

    It gives `logits`, and it may give `corners`, by how much each crop was off.
    """
    network, values = _load("recognizer", folder, threads)
    head = values.get("head")
    if head not in ("ctc", "slots"):
        raise WeightsError(f"{network.source}: the card's head must be 'ctc' or 'slots', not {head!r}")
    card = RecognizerCard(
        head=head,
        height=_whole(network, values, "height"),
        width=_whole(network, values, "width"),
        temperature=_positive(network, values, "temperature", 1.0),
    )
    _check(network, "input", network.input_shape, (None, card.height, card.width, 1))
    outputs = network.output_shapes
    if "logits" not in outputs:
        raise WeightsError(f"{network.source}: expected an output called logits, got {', '.join(outputs)}")
    _check(network, "logits", outputs["logits"], (None, None, len(ALPHABET) + 1))
    if "corners" in outputs:
        _check(network, "corners", outputs["corners"], (None, 8))
    return network, card


def load_window(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, WindowCard]:
    """The window network of a folder (None: of the package) on so many threads. Raises WeightsError."""
    network, values = _load("window", folder, threads)
    card = WindowCard(
        width=_whole(network, values, "width"),
        height=_whole(network, values, "height"),
        margin=(_whole(network, values, "margin_x"), _whole(network, values, "margin_y")),
        stride=_whole(network, values, "stride"),
        characters=_whole(network, values, "characters"),
        temperature=_positive(network, values, "temperature", 1.0),
    )
    outputs = 1 + card.characters * len(ALPHABET)
    _check(network, "input", network.input_shape, (None, None, None, 1))
    _check(network, "output", next(iter(network.output_shapes.values())), (None, None, None, outputs))
    _check_windows(network, card)
    return network, card


def _check_windows(network: Network, card: WindowCard) -> None:
    """Whether two windows by two are what the network makes of as many: its file states no such size."""
    height, width = (
        side + 2 * margin + card.stride
        for side, margin in zip((card.height, card.width), card.margin[::-1], strict=True)
    )
    try:
        rows, columns = network(np.zeros((1, height, width, 1), np.float32)).shape[1:3]
    except WeightsError:  # of a picture smaller than its first window
        rows, columns = 0, 0
    if (rows, columns) != (2, 2):
        raise WeightsError(
            f"{network.source}: expected 2×2 windows in {width}×{height} pixels, got {rows}×{columns}: the "
            "card does not fit the network"
        )


def _load(name: str, folder: str | Path | None, threads: int) -> tuple[Network, Mapping[str, Any]]:
    """The network of that name and what its card says, not yet checked."""
    file = _place(folder).joinpath(f"{name}.json")
    try:
        values = json.loads(_read(file, name, _MOST_CARD_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:  # text that is not UTF-8, not JSON, or nested without end
        raise WeightsError(f"{file}: not a card: {error}") from error
    if not isinstance(values, dict):
        raise WeightsError(f"{file}: not a card: expected a JSON object")
    return Network(name, folder, threads), values


def _place(folder: str | Path | None) -> Traversable:
    return resources.files("numberplate").joinpath("weights") if folder is None else Path(folder)


def _read(file: Traversable, name: str, most: int) -> bytes:
    try:
        with file.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as error:
        raise WeightsError(f"{error.filename}: {error.strerror}: no weights for the {name}") from error
    if len(data) > most:
        raise WeightsError(f"{file}: too large: at most {most / 1e6:g} MB are read")
    return data


def _session(model: bytes, source: str, threads: int) -> onnxruntime.InferenceSession:
    try:
        check_self_contained(model)
    except ModelError as error:
        raise WeightsError(f"{source}: not a network that can be run: {error}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning slow down whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what is wrong is raised, and said once
    try:
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _UNUSABLE as error:
        raise WeightsError(f"{source}: not a network that can be run: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or "ONNX Runtime gives no reason"


def _positive(network: Network, values: Mapping[str, Any], key: str, default: float | None = None) -> float:
    value = values.get(key, default)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not _LEAST_VALUE <= value <= _MOST_VALUE
    ):
        shown = repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "one of many digits"
        raise WeightsError(
            f"{network.source}: the card's {key} must be a number in {_LEAST_VALUE}..{_MOST_VALUE}, "
            f"not {shown}"
        )
    return float(value)


def _whole(network: Network, values: Mapping[str, Any], key: str) -> int:
    value = _positive(network, values, key)
    if value != int(value):
        raise WeightsError(f"{network.source}: the card's {key} must be a whole number, not {value!r}")
    return int(value)


def _check(network: Network, what: str, shape: list[Any], expected: tuple[int | None, ...]) -> None:
    """Compares the sizes that both state; a network may leave any of its own open (a name, or None)."""
    fits = len(shape) == len(expected) and all(
        not isinstance(got, int) or want is None or got == want
        for got, want in zip(shape, expected, strict=True)
    )
    if not fits:
        raise WeightsError(f"{network.source}: {what}: expected shape {expected}, got {tuple(shape)}")
