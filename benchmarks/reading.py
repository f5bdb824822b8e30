"""How long reading a picture takes, and how much memory.

    python benchmarks/reading.py                     the pictures in samples/, or noise where there are none
    python benchmarks/reading.py --folder photos/    other pictures
    python benchmarks/reading.py --rounds 50 --threads 2 --weights trained/ --format json

Each picture is cut to the shape and resized to each of the SIZES, stored as JPEG in memory, and read
`--rounds` times after a warm-up. Printed for each size are the median and the p90 in milliseconds of
processor time:

- whole: `PlateReader.read`, from the JPEG's bytes to the plates.
- decode: from the bytes to RGB.
- detect: the detector, at all its levels, with suppression.
- recognize: rectifying what the detector found and recognizing it all; where it found nothing, as in noise,
  one assumed plate in the middle, so that the figure never is that of doing nothing.
- plates: how many were read in a picture, on average.

The stages are measured on their own and need not add up to the whole. OpenCV gets as many threads as the
networks do. Other work on the machine lengthens the times, and those of a yardstick alike: `ratio` is the
median of the whole as a multiple of it, which can be compared between machines and hours. The yardstick is
`cv2.imdecode` of the same bytes and a convolution in 8 bits of 64 channels at 64×64, run in turn with it.

Peak memory is that of a fresh process that imports numberplate, makes a PlateReader and reads the first
picture at 640×480 (all of its resident pages, those of Python and of shared libraries too). 1 MB is
1,000,000 bytes. Where it reads no plate, the recognizer did not run, and its share is missing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime

from numberplate.geometry.quads import Picture, rectify
from numberplate.reading import PictureError, PlateReader, read_picture
from numberplate.reading.detector import Detector
from numberplate.reading.recognizer import Recognizer

SIZES = ((640, 480), (1280, 720), (1920, 1080), (4000, 3000))
"""Width and height in pixels."""

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
MOST_PICTURES = 8
STAGES = ("whole", "decode", "detect", "recognize", "yardstick")

_MEMORY_PROGRAM = """
import sys
from pathlib import Path
import numberplate
plates = numberplate.PlateReader(sys.argv[2] or None).read(sys.argv[1])
status = Path("/proc/self/status")
if status.exists():  # Linux: its ru_maxrss would start from that of the process that started this one
    peak = next(int(l.split()[1]) for l in status.read_text().splitlines() if l.startswith("VmHWM"))
    print(peak * 1024, len(plates))
else:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(peak if sys.platform == "darwin" else peak * 1024, len(plates))  # bytes on macOS, KiB elsewhere
"""


def load_pictures(folder: Path) -> list[Picture]:
    """The first pictures of a folder, RGB, at most MOST_PICTURES; what is no picture is passed over."""
    found: list[Picture] = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if path.is_file() and len(found) < MOST_PICTURES:
            try:
                found.append(read_picture(path))
            except PictureError:
                continue  # a folder of photographs also holds labels and licences
    return found


def noise(seed: int = 0) -> Picture:
    """Smooth noise of 1920×1080, RGB: something to decode and to look at where there are no pictures."""
    rough = np.random.default_rng(seed).integers(0, 256, (68, 120, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (1920, 1080), interpolation=cv2.INTER_CUBIC), np.uint8)


def fit(picture: Picture, width: int, height: int) -> Picture:
    """The middle of the picture in the shape of width × height, resized to it."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(picture, size, interpolation=way)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(resized[y : y + height, x : x + width], np.uint8)


def encode(picture: Picture) -> bytes:
    """The picture as JPEG."""
    return cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def milliseconds(action: Callable[[], Any]) -> float:
    """How much time of the processor the action takes."""
    start = time.process_time()
    action()
    return 1000 * (time.process_time() - start)


def convolution(threads: int) -> Callable[[], Any]:
    """Runs a convolution in 8 bits that is always the same: 64 channels to as many, 3×3, on 64×64 cells."""
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    constants = {
        "scale": np.float32(0.02),
        "zero": np.uint8(128),
        "weight": rng.integers(-64, 64, (64, 64, 3, 3), np.int8),
        "middle": np.int8(0),
    }
    node = helper.make_node(
        "QLinearConv",
        ["in", "scale", "zero", "weight", "scale", "middle", "scale", "zero"],
        ["out"],
        pads=[1, 1, 1, 1],
    )
    shape = [1, 64, 64, 64]
    graph = helper.make_graph(
        [node],
        "yardstick",
        [helper.make_tensor_value_info("in", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("out", TensorProto.UINT8, shape)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = {"in": rng.integers(0, 256, shape, np.uint8)}
    return lambda: session.run(None, given)


def measure(pictures: list[Picture], rounds: int, threads: int, weights: Path | None) -> list[dict[str, Any]]:
    """One row for each size: the median and p90 of each stage in milliseconds, and the plates a picture."""
    reader = PlateReader(weights, threads=threads)
    detector, recognizer = Detector(weights, threads), Recognizer(weights, threads)
    card = recognizer.card
    convolve = convolution(threads)
    table = []
    for width, height in SIZES:
        times: dict[str, list[float]] = {stage: [] for stage in STAGES}
        plates = []
        for picture in pictures:
            data = encode(fit(picture, width, height))
            pixels = read_picture(data)
            corners, _ = detector.detect(pixels)
            if not len(corners):
                x, y = width / 2, height / 2
                box = [(x - 60, y - 14), (x + 60, y - 14), (x + 60, y + 14), (x - 60, y + 14)]
                corners = np.array([box], np.float32)

            def recognize(pixels: Picture = pixels, corners: np.ndarray = corners) -> None:
                crops = np.stack([rectify(pixels, quad, card.height, card.width) for quad in corners])
                recognizer.read(crops)

            def yardstick(data: bytes = data) -> None:
                cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
                convolve()

            recognize()
            plates.append(len(reader.read(data)))  # the warm-up of this size, too
            for _ in range(rounds):
                times["whole"].append(milliseconds(lambda data=data: reader.read(data)))  # type: ignore[misc]
                times["yardstick"].append(milliseconds(yardstick))
                times["decode"].append(milliseconds(lambda data=data: read_picture(data)))  # type: ignore[misc]
                times["detect"].append(milliseconds(lambda pixels=pixels: detector.detect(pixels)))  # type: ignore[misc]
                times["recognize"].append(milliseconds(recognize))
        row: dict[str, Any] = {"width": width, "height": height, "plates": float(np.mean(plates))}
        for stage in STAGES:
            row[stage] = {
                "median": float(np.median(times[stage])),
                "p90": float(np.percentile(times[stage], 90)),
            }
        row["ratio"] = row["whole"]["median"] / row["yardstick"]["median"]
        table.append(row)
    return table


def peak_memory(picture: Picture, weights: Path | None) -> tuple[int, int]:
    """Bytes that a fresh process held at most while it read this picture at 640×480, and plates it read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.jpg"
        path.write_bytes(encode(fit(picture, 640, 480)))
        program = [sys.executable, "-c", _MEMORY_PROGRAM, str(path), str(weights or "")]
        done = subprocess.run(program, check=True, capture_output=True, text=True)
    peak, plates = map(int, done.stdout.split())
    return peak, plates


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="pictures to read (default: samples/, else noise)")
    parser.add_argument("--rounds", type=int, default=20, help="readings of each picture (default: 20)")
    parser.add_argument(
        "--threads", type=int, default=1, help="threads of the networks and OpenCV (default: 1)"
    )
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    arguments = parser.parse_args()
    if arguments.rounds < 1 or arguments.threads < 1:
        parser.error("--rounds and --threads must be at least 1")

    pictures = load_pictures(arguments.folder or SAMPLES)
    if not pictures and arguments.folder:
        parser.error(f"{arguments.folder}: no picture there")
    source = str(arguments.folder or SAMPLES) if pictures else "noise"
    pictures = pictures or [noise()]
    cv2.setNumThreads(arguments.threads)
    rows = measure(pictures, arguments.rounds, arguments.threads, arguments.weights)
    memory, plates = peak_memory(pictures[0], arguments.weights)

    if arguments.format == "json":
        print(
            json.dumps(
                {
                    "pictures": source,
                    "sizes": rows,
                    "peak_memory_bytes": memory,
                    "peak_memory_plates": plates,
                },
                indent=2,
            )
        )
        return
    count = f"{len(pictures)} picture(s): {source}; {arguments.rounds} rounds, {arguments.threads} thread(s)"
    print(f"{count}; median / p90 in milliseconds")
    stages = "".join(f"{stage:>16}" for stage in STAGES)
    print(f"{'size':<10}{stages}{'ratio':>7}{'plates':>9}")
    for row in rows:
        cells = "".join(f"{row[stage]['median']:>8.1f} /{row[stage]['p90']:>6.1f}" for stage in STAGES)
        size = f"{row['width']}×{row['height']}"
        print(f"{size:<10}{cells}{row['ratio']:>7.1f}{row['plates']:>9.1f}")
    print(f"peak memory of a process that reads one 640×480 picture: {memory / 1e6:.0f} MB ({plates} plates)")


if __name__ == "__main__":
    main()
