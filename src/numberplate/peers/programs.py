"""The programs that can be asked, each in a process of its own that runs on one core."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from numberplate.limited import read_at_most
from numberplate.models.device import CPU
from numberplate.peers.answers import Found, PeerError, parse_output
from numberplate.processes.process import Answer, Tell

OURS, COMMAND = "numberplate", "command"

ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}
"""In the environment of each program."""

PICTURE = "{}"
"""Of a command, what stands for the picture's path."""

_SECONDS = 120.0
"""A command that takes longer for one picture is ended."""

_PRINTED = 10_000_000
"""Bytes that a command may print of one picture, in all."""

_LENGTHS = range(4, 11)
"""Characters of a text that may be a plate, of a program that reads all texts."""

_SCRIPT = 1_000_000
"""Bytes that a command has at most which is ours; one of C++ may have more."""

_Ask = Callable[[str], list[Found]]


@dataclass(frozen=True)
class Said:
    """What a program said of one picture, and what that took.

    `milliseconds`: of the clock, and `cpu_milliseconds`: of the processor, from the picture's path to its
    plates. `peak_memory`: bytes that the program has held at most so far. `error`: why there are none.
    """

    found: tuple[Found, ...] = ()
    milliseconds: float = 0.0
    cpu_milliseconds: float = 0.0
    peak_memory: int = 0
    error: str | None = None


class UnreadableError(ValueError):
    """A picture that the program cannot read."""


def asked(name: str, command: str | None, weights: Path | None, device: str = CPU) -> Answer:
    """What answers a picture's path with a `Said`. Runs in the process that is measured.

    `weights`, `device`: of numberplate.

    Raises PeerError for a program that is not there.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    ask = _program(name, command, weights, device)

    def answer(path: str, _: Tell) -> Said:
        start, spent = time.perf_counter(), _processor_seconds()
        try:
            found, error = tuple(ask(path)), None
        except UnreadableError as reason:
            found, error = (), str(reason)
        return Said(
            found,
            1000 * (time.perf_counter() - start),
            1000 * (_processor_seconds() - spent),
            _peak_memory(),
            error,
        )

    return answer


def _program(name: str, command: str | None, weights: Path | None, device: str) -> _Ask:
    match name:
        case "numberplate":
            return _ours(weights, device)
        case "fast-alpr":
            return _fast_alpr()
        case "rapidocr":
            return _rapidocr()
        case "openalpr":
            return _command(f"{shlex.quote(_openalpr())} -j {PICTURE}")
        case "command" if command is not None:
            return _command(command)
    raise PeerError(f"{name}: no such program; there are {', '.join(PEERS)}")


PEERS = ("fast-alpr", "openalpr", "rapidocr", COMMAND)
"""What can be compared with."""


def _ours(weights: Path | None, device: str) -> _Ask:
    from numberplate.reading import PlateReader

    reader = PlateReader(weights, device=device)

    def ask(path: str) -> list[Found]:
        report = reader.report(path, keep=False)
        if report.error is not None:
            raise UnreadableError(report.error)
        return [Found(plate.text, plate.confidence, plate.box) for plate in report.plates]

    return ask


def _fast_alpr() -> _Ask:
    alpr_module, runtime = _imported("fast_alpr", "fast-alpr"), _imported("onnxruntime", "onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    alpr = alpr_module.ALPR(detector_sess_options=options, ocr_sess_options=options)

    def ask(path: str) -> list[Found]:
        found = []
        for result in alpr.predict(_bgr(path)):
            if result.ocr is None or not result.ocr.text:
                continue
            sure = result.ocr.confidence
            box = result.detection.bounding_box
            found.append(
                Found(
                    result.ocr.text,
                    # One value, or one for each character: the text is as sure as all of them together.
                    float(sure) if isinstance(sure, int | float) else _product(sure),
                    (float(box.x1), float(box.y1), float(box.x2 - box.x1), float(box.y2 - box.y1)),
                )
            )
        return found

    return ask


def _rapidocr() -> _Ask:
    module = _imported("rapidocr", "rapidocr")
    engine = module.RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.log_level": "critical",
        }
    )

    def ask(path: str) -> list[Found]:
        read = engine(_bgr(path))
        found = []
        if read.boxes is None:  # as where it finds no text
            return []
        for text, sure, points in zip(read.txts or (), read.scores or (), read.boxes, strict=True):
            if not may_be_a_plate(text):
                continue
            (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
            found.append(Found(text, float(sure), (x0, y0, x1 - x0, y1 - y0)))
        return found

    return ask


def may_be_a_plate(text: str) -> bool:
    """Whether a text of a program that reads all texts may be a plate's: 4 to 10 characters, one a digit."""
    kept = [c for c in text if c.isalnum()]
    return len(kept) in _LENGTHS and any(c.isdigit() for c in kept)


def _openalpr() -> str:
    """Where OpenALPR's command is: numberplate has one of that name, which may come first."""
    found = (shutil.which("alpr", path=folder) for folder in os.get_exec_path())
    for path in filter(None, found):
        if b"numberplate.cli.alpr" not in (read_at_most(Path(path), _SCRIPT) or b""):
            return path
    raise PeerError("openalpr: there is no command alpr here but numberplate's own: install OpenALPR")


def _command(command: str) -> _Ask:
    try:
        words = shlex.split(command)
    except ValueError as error:  # such as a quotation mark that is alone
        raise PeerError(f"{command}: {error}") from error
    if not any(PICTURE in word for word in words):
        raise PeerError(f"{command}: a command needs {PICTURE}, which stands for a picture's path")
    if shutil.which(words[0]) is None:
        raise PeerError(f"{command}: there is no command {words[0]} here")

    def ask(path: str) -> list[Found]:
        filled = [word.replace(PICTURE, path) for word in words]
        try:
            code, printed, complaints = _run(filled)
        except TimeoutError as error:
            raise UnreadableError(f"{words[0]} took longer than {_SECONDS:g} s") from error
        except _TooMuchError as error:
            raise UnreadableError(f"{words[0]} printed more than {_PRINTED} bytes") from error
        except OSError as error:  # such as a script that does not say what runs it
            raise PeerError(f"{words[0]}: {error.strerror or error}") from error
        if code:
            said = complaints.decode("utf-8", "replace").strip().splitlines()
            raise UnreadableError(f"{words[0]} ended with {code}: {said[-1] if said else '–'}")
        try:
            return parse_output(printed.decode("utf-8", "replace"))
        except ValueError as error:
            raise UnreadableError(f"{words[0]} printed what is not understood: {error}") from error

    return ask


class _TooMuchError(Exception):
    """A command that prints without end."""


def _run(command: list[str]) -> tuple[int, bytes, bytes]:
    """Its exit code and what it printed.

    Raises TimeoutError, and _TooMuchError where it printed more than `_PRINTED`; all that it started has
    ended then.
    """
    end = time.monotonic() + _SECONDS
    with (
        subprocess.Popen(
            command,
            bufsize=0,  # or a pipe that something else holds open could not be closed
            stdin=subprocess.DEVNULL,  # ours has the pictures that are still to be asked for
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that all that it starts can be ended; Ctrl-C does not reach it
        ) as process,
        ExitStack() as failing,
    ):
        failing.callback(_end, process)
        outputs = [_Output(pipe, partial(_end, process)) for pipe in (process.stdout, process.stderr)]
        for output in outputs:
            output.join(max(0.0, end - time.monotonic()))
        if any(len(output.printed) > _PRINTED for output in outputs):
            raise _TooMuchError
        if any(output.is_alive() for output in outputs):
            raise TimeoutError
        try:
            code = process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error
        failing.pop_all()
        return code, bytes(outputs[0].printed), bytes(outputs[1].printed)


class _Output(threading.Thread):
    """Reads what a command prints, a little more than `_PRINTED` at most; then `end` is called."""

    def __init__(self, pipe: IO[bytes] | None, end: Callable[[], None]):
        super().__init__(daemon=True)
        self._pipe, self._end = pipe, end
        self.printed = bytearray()
        self.start()

    def run(self) -> None:
        assert self._pipe is not None
        with suppress(OSError, ValueError):  # it was closed, when the command had taken too long
            while len(self.printed) <= _PRINTED:
                part = self._pipe.read(65536)
                if not part:
                    return
                self.printed += part
            self._end()


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # it has ended of its own accord
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _imported(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise PeerError(f"{package}: not here, no module {error.name}: pip install {package}") from error


def _bgr(path: str) -> Any:
    import cv2

    picture = cv2.imread(path)
    if picture is None:
        raise UnreadableError("cv2.imread cannot read it")
    return picture


def _product(values: Any) -> float:
    product = 1.0
    for value in values:
        product *= float(value)
    return product


def _processor_seconds() -> float:
    """Of this process and of those that it ran."""
    others = os.times()
    return time.process_time() + others.children_user + others.children_system


def _peak_memory() -> int:
    """Bytes that this process, or the largest that it ran, held at most; 0 where the system does not tell."""
    if sys.platform == "win32":
        return 0
    import resource

    others = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    status = Path("/proc/self/status")
    if not status.exists():
        return unit * max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, others)
    # Linux: the process's own figure there would begin with that of the process that started it.
    own = [int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return 1024 * max([*own, others])  # not all systems that pass for Linux say it
