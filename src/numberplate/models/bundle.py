"""Bundles of trained networks: a manifest that holds all their numbers, and an ONNX file for each.

See `numberplate.models.manifest`.
"""

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as faults

from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.window import WindowCard
from numberplate.models.device import CPU, Device, DeviceError, device_named
from numberplate.models.manifest import MANIFEST, Manifest, WeightsError
from numberplate.models.onnx_file import ModelError, check_self_contained
from numberplate.models.spec import BLOCK, LATIN

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


_SLOWS_DOWN = "QDQPropagationTransformer"
"""An optimizer of ONNX Runtime's that moves pooling into 8 bits, where it takes five times as long."""

MOST_THREADS = 1024
"""That a network runs on: of a hundred thousand no system is ever done making them."""

_MOST_MODEL_BYTES = 256_000_000
"""Of a network's file; ours have a hundredth."""


_Batch = npt.NDArray[np.float32] | npt.NDArray[np.uint8]


class Network:
    """A network ready to run: one array in, one or more out, float32. Nothing else runs one to read pictures.

    It can be copied, which shares it, and pickled: it is loaded again from the folder that it came from.

    Args:
        name: of its file, without the suffix.
        folder: where it lies; None for the package's own.
        threads: to run on, 1 to MOST_THREADS.
        device: what it runs on, by its name in `numberplate.models.device`.

    Attributes:
        source: the file's path, for messages.
        input_shape, output_shapes: as the file states them, the latter by name; a size that it leaves open is
            a name, or None.
        takes_bytes: whether its input is uint8, in place of float32.

    Raises WeightsError when it cannot be used, and DeviceError where the device is not there.
    """

    def __init__(self, name: str, folder: str | Path | None = None, threads: int = 1, device: str = CPU):
        if not 1 <= threads <= MOST_THREADS:
            raise ValueError(f"threads: expected 1 to {MOST_THREADS}, got {threads}")
        # Absolute: a copy may be made where another folder is the current one.
        self._made_from = name, None if folder is None else Path(folder).absolute(), threads, device
        file = bundle_folder(folder).joinpath(f"{name}.onnx")
        self.source = str(file)
        model = _read(file, name, _MOST_MODEL_BYTES)
        if folder is not None:  # the package's own are trusted as its code is
            _check_model(model, self.source)
        self._session = _session(model, self.source, threads, device_named(device))
        given, outputs = self._session.get_inputs(), self._session.get_outputs()
        kinds = [one.type for one in given], {one.type for one in outputs}
        if kinds not in ((["tensor(float)"], {"tensor(float)"}), (["tensor(uint8)"], {"tensor(float)"})):
            raise WeightsError(f"{self.source}: expected one input, of float or uint8, and outputs of float")
        self._input = given[0].name
        self.input_shape: list[Any] = given[0].shape
        self.takes_bytes = given[0].type == "tensor(uint8)"
        self.output_shapes: dict[str, list[Any]] = {one.name: one.shape for one in outputs}

    def __call__(self, batch: _Batch) -> npt.NDArray[np.float32]:
        """Its first output, float32 (n, ...), for a batch, (n, ...)."""
        return next(iter(self.outputs(batch).values()))

    def outputs(self, batch: _Batch) -> dict[str, npt.NDArray[np.float32]]:
        """All that it gives for a batch, by name: float32 (n, ...) each. A batch may be empty."""
        if len(batch):
            return self._run(batch)
        # On an empty batch ONNX Runtime crashes where it has several threads: one input tells the shapes.
        one = self._run(np.zeros((1, *batch.shape[1:]), batch.dtype))
        return {name: output[:0] for name, output in one.items()}

    def _run(self, batch: _Batch) -> dict[str, npt.NDArray[np.float32]]:
        try:
            given = self._session.run(None, {self._input: batch})
        except _UNUSABLE as error:
            raise WeightsError(f"{self.source}: fails on {batch.shape}: {_reason(error)}") from error
        for name, output in zip(self.output_shapes, given, strict=True):
            if output.shape[:1] != batch.shape[:1]:
                raise WeightsError(f"{self.source}: gives {name} of shape {output.shape} for {batch.shape}")
        return dict(zip(self.output_shapes, given, strict=True))

    def __copy__(self) -> "Network":
        return self

    def __deepcopy__(self, _: dict[int, Any]) -> "Network":
        return self  # nothing of it ever changes

    def __reduce__(self) -> tuple[type["Network"], tuple[Any, ...]]:
        return Network, self._made_from


def load_manifest(folder: str | Path | None = None) -> Manifest:
    """The manifest of a bundle (None: of the package). Raises WeightsError."""
    place = bundle_folder(folder)
    path = place.joinpath(MANIFEST)
    cards = (place.joinpath(f"{name}.json") for name in ("detector", "recognizer", "window"))
    if not path.is_file() and any(card.is_file() for card in cards):
        raise WeightsError(
            f"{place}: no {MANIFEST}, as folders of earlier versions have none: "
            f"`numberplate calibrate --convert {place}` writes it"
        )
    return Manifest.read(path)


def load_detector(
    folder: str | Path | None = None, threads: int = 1, device: str = CPU
) -> tuple[Network, DetectorCard]:
    """The detector of a bundle (None: of the package). Raises WeightsError and DeviceError.

    It takes pictures in blocks (`codec.detector.in_blocks`) or, as those of earlier versions do, in floats.
    """
    card = load_manifest(folder).detector
    if card is None:
        raise WeightsError(f"{bundle_folder(folder).joinpath(MANIFEST)}: a bundle without a detector")
    network = Network("detector", folder, threads, device)
    channels = BLOCK * BLOCK if network.takes_bytes else 1
    _check(network, "input", network.input_shape, (None, None, None, channels))
    _check(network, "output", next(iter(network.output_shapes.values())), (None, None, None, 9))
    return network, card


def load_recognizer(
    folder: str | Path | None = None, threads: int = 1, device: str = CPU
) -> tuple[Network, RecognizerCard]:
    """The recognizer of a bundle (None: of the package). Raises WeightsError and DeviceError.

    It gives an output for each of the card's heads, and it may give `corners`, `cut` and `lines`: see
    `networks.recognizer`.
    """
    card = load_manifest(folder).recognizer
    if card is None:
        raise WeightsError(f"{bundle_folder(folder).joinpath(MANIFEST)}: a bundle without a recognizer")
    if card.heads[0].script != LATIN:
        manifest, scripts = bundle_folder(folder).joinpath(MANIFEST), (head.script for head in card.heads)
        raise WeightsError(f"{manifest}: recognizer.heads: expected {LATIN} first, got {', '.join(scripts)}")
    network = Network("recognizer", folder, threads, device)
    _check(network, "input", network.input_shape, (None, card.height, card.width, 1))
    outputs = network.output_shapes
    for head in card.heads:
        if head.output not in outputs:
            raise WeightsError(
                f"{network.source}: expected an output called {head.output}, got {', '.join(outputs)}"
            )
        _check(network, head.output, outputs[head.output], (None, None, head.classes))
    for name, count in (("corners", 8), ("cut", 4), ("lines", 2)):
        if name in outputs:
            _check(network, name, outputs[name], (None, count))
    return network, card


def load_window(
    folder: str | Path | None = None, threads: int = 1, device: str = CPU
) -> tuple[Network, WindowCard]:
    """The window network of a bundle (None: of the package). Raises WeightsError and DeviceError."""
    card = load_manifest(folder).window
    if card is None:
        raise WeightsError(f"{bundle_folder(folder).joinpath(MANIFEST)}: a bundle without a window network")
    if folder is None and not bundle_folder(None).joinpath("window.onnx").is_file():
        raise WeightsError(
            "the window network is not part of the wheel: give the folder src/numberplate/weights of "
            "numberplate's source as the folder of weights (--weights)"
        )
    network = Network("window", folder, threads, device)
    outputs = 1 + card.characters * len(card.alphabet)
    _check(network, "input", network.input_shape, (None, None, None, 1))
    _check(network, "output", next(iter(network.output_shapes.values())), (None, None, None, outputs))
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
    except WeightsError:  # of a picture smaller than its first window
        rows, columns = 0, 0
    if (rows, columns) != (2, 2):
        raise WeightsError(
            f"{network.source}: expected 2×2 windows in {width}×{height} pixels, got {rows}×{columns}: the "
            "card does not fit the network"
        )


def bundle_folder(folder: str | Path | None) -> Traversable:
    """A bundle's folder; None is the package's own."""
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


def _check_model(model: bytes, source: str) -> None:
    try:
        check_self_contained(model)
    except ModelError as error:
        raise WeightsError(f"{source}: not a network that can be run: {error}") from error


def _session(model: bytes, source: str, threads: int, device: Device) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait by spinning slow down whatever else the machine does.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Not ONNX Runtime's own format, which a file may be in as well: that was not looked at.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.log_severity_level = 4  # what is wrong is raised, and said once
    if device.name == "directml":
        options.enable_mem_pattern = False  # which it cannot do with pictures of any size
    # What a device has no code for, such as reckoning with shapes, runs on the processor.
    providers = list(dict.fromkeys([device.provider, "CPUExecutionProvider"]))
    try:
        session = onnxruntime.InferenceSession(
            model,
            options,
            providers=providers,
            disabled_optimizers=[_SLOWS_DOWN],
            enable_fallback=False,
        )
    except _UNUSABLE as error:
        if device.name != CPU:
            raise DeviceError(f"{device.name}: cannot run {source}: {_reason(error)}") from error
        raise WeightsError(f"{source}: not a network that can be run: {_reason(error)}") from error
    if device.provider not in session.get_providers():
        # ONNX Runtime only logs that a provider's libraries are missing, and goes on without it.
        raise DeviceError(
            f"{device.name}: {device.provider} does not start: its libraries or device are missing"
        )
    return session


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or "ONNX Runtime gives no reason"


def _check(network: Network, what: str, shape: list[Any], expected: tuple[int | None, ...]) -> None:
    """Compares the sizes that both state; a network may leave any of its own open (a name, or None)."""
    fits = len(shape) == len(expected) and all(
        not isinstance(got, int) or want is None or got == want
        for got, want in zip(shape, expected, strict=True)
    )
    if not fits:
        raise WeightsError(f"{network.source}: {what}: expected shape {expected}, got {tuple(shape)}")
