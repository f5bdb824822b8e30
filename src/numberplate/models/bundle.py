"""Bundles of trained networks: a manifest that holds all their numbers, and an ONNX file for each.

See `numberplate.models.manifest`.
"""

from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from numberplate.models.manifest import (
    MANIFEST,
    DetectorCard,
    Manifest,
    RecognizerCard,
    WeightsError,
    WindowCard,
)

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


@dataclass(frozen=True)
class Network:
    """A network ready to run: one float32 array in, one or more out."""

    session: onnxruntime.InferenceSession
    source: str

    def __call__(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return next(iter(self.outputs(batch).values()))

    def outputs(self, batch: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[np.float32]]:
        """All that it gives, by name."""
        given = self.session.run(None, {self.session.get_inputs()[0].name: batch})
        return dict(zip((output.name for output in self.session.get_outputs()), given, strict=True))


def load_manifest(folder: str | Path | None = None) -> Manifest:
    """The manifest of a bundle (None: of the package). Raises WeightsError."""
    place = _place(folder)
    path = place.joinpath(MANIFEST)
    cards = (place.joinpath(f"{name}.json") for name in ("detector", "recognizer", "window"))
    if not path.is_file() and any(card.is_file() for card in cards):
        raise WeightsError(
            f"{place}: no {MANIFEST}, as folders of earlier versions have none: "
            f"`numberplate calibrate --convert {place}` writes it"
        )
    return Manifest.read(path)


def load_detector(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, DetectorCard]:
    """The detector of a bundle (None: of the package) on so many threads. Raises WeightsError."""
    card = load_manifest(folder).detector
    if card is None:
        raise WeightsError(f"{_place(folder).joinpath(MANIFEST)}: a bundle without a detector")
    network = _load("detector", folder, threads)
    _check(network, "input", network.session.get_inputs()[0].shape, (None, None, None, 1))
    _check(network, "output", network.session.get_outputs()[0].shape, (None, None, None, 9))
    return network, card


def load_recognizer(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, RecognizerCard]:
    """The recognizer of a bundle (None: of the package) on so many threads. Raises WeightsError.

    It gives an output for each of the card's heads, and it may give `corners`, by how much each crop was off.
    """
    card = load_manifest(folder).recognizer
    if card is None:
        raise WeightsError(f"{_place(folder).joinpath(MANIFEST)}: a bundle without a recognizer")
    network = _load("recognizer", folder, threads)
    _check(network, "input", network.session.get_inputs()[0].shape, (None, card.height, card.width, 1))
    outputs = {output.name: output.shape for output in network.session.get_outputs()}
    for head in card.heads:
        if head.output not in outputs:
            raise WeightsError(
                f"{network.source}: expected an output called {head.output}, got {', '.join(outputs)}"
            )
        _check(network, head.output, outputs[head.output], (None, None, head.classes))
    if "corners" in outputs:
        _check(network, "corners", outputs["corners"], (None, 8))
    return network, card


def load_window(folder: str | Path | None = None, threads: int = 1) -> tuple[Network, WindowCard]:
    """The window network of a bundle (None: of the package) on so many threads. Raises WeightsError."""
    card = load_manifest(folder).window
    if card is None:
        raise WeightsError(f"{_place(folder).joinpath(MANIFEST)}: a bundle without a window network")
    network = _load("window", folder, threads)
    outputs = 1 + card.characters * len(card.alphabet)
    _check(network, "input", network.session.get_inputs()[0].shape, (None, None, None, 1))
    _check(network, "output", network.session.get_outputs()[0].shape, (None, None, None, outputs))
    _check_windows(network, card)
    return network, card


def _check_windows(network: Network, card: WindowCard) -> None:
    """Whether two windows by two are what the network makes of as many: its file states no such size."""
    height, width = (
        side + 2 * margin + card.stride
        for side, margin in ((card.height, card.margin_y), (card.width, card.margin_x))
    )
    try:
        rows, columns = network(np.zeros((1, height, width, 1), np.float32)).shape[1:3]
    except _UNUSABLE:  # of a picture smaller than its first window
        rows, columns = 0, 0
    if (rows, columns) != (2, 2):
        raise WeightsError(
            f"{network.source}: expected 2×2 windows in {width}×{height} pixels, got {rows}×{columns}: the "
            "card does not fit the network"
        )


def _place(folder: str | Path | None) -> Traversable:
    return resources.files("numberplate").joinpath("weights") if folder is None else Path(folder)


def _load(name: str, folder: str | Path | None, threads: int) -> Network:
    if threads < 1:
        raise ValueError(f"threads: expected at least 1, got {threads}")
    onnx = _place(folder).joinpath(f"{name}.onnx")
    try:
        model = onnx.read_bytes()
    except OSError as error:
        raise WeightsError(f"{error.filename}: {error.strerror}: no weights for the {name}") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning slow down whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what is wrong is raised, and said once
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _UNUSABLE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "ONNX Runtime gives no reason"
        raise WeightsError(f"{onnx}: not a network that can be run: {reason}") from error
    return Network(session, str(onnx))


def _check(network: Network, what: str, shape: list[Any], expected: tuple[int | None, ...]) -> None:
    """Compares the sizes that both state; a network may leave any of its own open (a name, or None)."""
    fits = len(shape) == len(expected) and all(
        not isinstance(got, int) or want is None or got == want
        for got, want in zip(shape, expected, strict=True)
    )
    if not fits:
        raise WeightsError(f"{network.source}: {what}: expected shape {expected}, got {tuple(shape)}")
