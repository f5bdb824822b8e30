"""The largest pictures of each kind that are still read, and what they cost.

    python benchmarks/largest_pictures.py                   # some minutes, most of them to make the pictures
    python benchmarks/largest_pictures.py --only png jpeg

Of each kind a picture is made smaller until it is not refused, then read by the command in a process of its
own. Printed are its pixels, and that process's time of the processor and greatest memory, what it takes to
start among them. Exit code 1 where one took over 2 s or 600 MB. From these figures come `nanoseconds` and
`memory` of the headers (`numberplate.pictures.headers`): they are to be measured again with each OpenCV.
"""

from __future__ import annotations

import argparse
import io
import math
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from numberplate.pictures.decode import PictureError, PictureTooLargeError, decode_picture

MOST_SECONDS, MOST_BYTES = 2.0, 600e6
_SMALLER = 0.9

_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))

Maker = Callable[[int], bytes]


def black(side: int) -> Image.Image:
    return Image.new("RGB", (side, side))


def noise(side: int) -> Image.Image:
    """A tile of noise, again and again: no smaller coded, and sooner made."""
    tile = np.random.default_rng(0).integers(0, 256, (700, 700, 3), np.uint8)
    times = math.ceil(side / 700)
    return Image.fromarray(np.tile(tile, (times, times, 1))[:side, :side])


def checks(side: int) -> Image.Image:
    """The most detail in the fewest bytes."""
    y, x = np.indices((side, side), np.uint8)
    return Image.fromarray(np.where((x + y) % 2, 255, 0).astype(np.uint8)).convert("RGB")


def saved(picture: Callable[[int], Image.Image], kind: str, mode: str = "RGB", **options: object) -> Maker:
    def make(side: int) -> bytes:
        file = io.BytesIO()
        picture(side).convert(mode).save(file, kind, **options)
        return file.getvalue()

    return make


def by_opencv(suffix: str, *options: int) -> Maker:
    return lambda side: cv2.imencode(suffix, np.asarray(noise(side)), options)[1].tobytes()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(bits: int, colour: int, interlaced: bool, extra: bytes = b"") -> Maker:
    """Of zeros, which no filter changes."""

    def make(side: int) -> bytes:
        channels = {0: 1, 2: 3, 3: 1, 6: 4}[colour]
        packer = zlib.compressobj(9)
        parts = []
        for x, y, across, down in _PASSES if interlaced else ((0, 0, 1, 1),):
            columns, rows = math.ceil((side - x) / across), math.ceil((side - y) / down)
            line = bytes(1 + math.ceil(columns * channels * bits / 8))
            parts += [packer.compress(line) for _ in range(rows)]
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, colour, 0, 0, interlaced))
        coded = chunk(b"IDAT", b"".join(parts) + packer.flush())
        return b"\x89PNG\r\n\x1a\n" + header + extra + coded + chunk(b"IEND", b"")

    return make


def scans(count: int, arithmetic: bool) -> Maker:
    """A progressive JPEG of refinements that refine nothing."""
    tables = b"".join(
        b"\xff\xc4" + struct.pack(">HB", 20, kind) + bytes([1] + [0] * 15) + b"\0" for kind in (0, 16)
    )
    tables += b"\xff\xdb\0\x43\0" + b"\1" * 64
    steps = [(0, 0, 0, 1), (1, 63, 0, 13), *((1, 63, a, a - 1) for a in range(13, 0, -1)), (0, 0, 1, 0)]
    coded = [b"\xff\xda\0\x08\1\1\0" + bytes([ss, se, ah << 4 | al]) for ss, se, ah, al in steps]

    def make(side: int) -> bytes:
        frame = struct.pack(">HBHHB", 17, 8, side, side, 3) + b"\1\x11\0\2\x11\0\3\x11\0"
        body = b"".join((coded * (count // len(coded) + 1))[:count])
        kind = b"\xff\xca" if arithmetic else b"\xff\xc2"
        return b"\xff\xd8" + kind + frame + tables + body + b"\xff\xd9"

    return make


PALETTE, CLEAR = chunk(b"PLTE", bytes(768)), chunk(b"tRNS", b"\x80" * 256)

KINDS: dict[str, tuple[int, Maker]] = {
    "png": (10_000, png(8, 2, False)),
    "png bilevel": (10_000, png(1, 0, False)),
    "png interlaced": (10_000, png(8, 2, True)),
    "png interlaced, clear": (10_000, png(8, 3, True, PALETTE + CLEAR)),
    "png 16 bits, alpha": (10_000, png(16, 6, True)),
    "png noise": (7000, by_opencv(".png", cv2.IMWRITE_PNG_COMPRESSION, 1)),
    "jpeg noise": (10_000, by_opencv(".jpg", cv2.IMWRITE_JPEG_QUALITY, 90)),
    "jpeg progressive noise": (
        7000,
        by_opencv(".jpg", cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    ),
    "jpeg CMYK": (8000, saved(noise, "JPEG", "CMYK", quality=90)),
    "jpeg scans": (7000, scans(16, False)),
    "jpeg many scans": (2800, scans(100, False)),
    "jpeg arithmetic scans": (7000, scans(16, True)),
    "gif": (7400, saved(black, "GIF", "P")),
    "gif noise": (7400, saved(noise, "GIF", "P")),
    "webp": (10_000, saved(black, "WEBP")),
    "webp noise": (6000, saved(noise, "WEBP", quality=90, method=0)),
    "webp lossless noise": (6000, saved(noise, "WEBP", lossless=True, quality=0, method=0)),
    "bmp": (9000, saved(noise, "BMP")),
    "bmp palette": (9000, saved(noise, "BMP", "L")),
    "tiff": (9000, saved(noise, "TIFF")),
    "tiff lzw": (9000, saved(noise, "TIFF", compression="tiff_lzw")),
    "tiff deflate": (9000, saved(black, "TIFF", compression="tiff_adobe_deflate")),
    "tiff jpeg": (9000, saved(noise, "TIFF", compression="jpeg")),
    "tiff fax": (9000, saved(noise, "TIFF", "1", compression="group4")),
    "tiff lab": (5000, saved(black, "TIFF", "LAB", compression="tiff_lzw")),
    "jp2": (5000, saved(black, "JPEG2000", irreversible=True)),
    "jp2 checks": (5000, saved(checks, "JPEG2000", irreversible=True)),
    "jp2 noise": (2500, saved(noise, "JPEG2000")),
    "avif": (5000, saved(black, "AVIF", speed=10)),
    "avif noise": (4000, saved(noise, "AVIF", speed=10, quality=75)),
}


def largest(side: int, make: Maker) -> tuple[int, bytes]:
    """The largest that is not refused for its size, from `side` pixels on downwards."""
    while True:
        try:
            data = make(side)
            decode_picture(data)
        except PictureTooLargeError:
            side = int(side * _SMALLER)
        except PictureError as error:
            raise RuntimeError(f"a picture that cannot be read: {error}") from error
        except ValueError:  # WebP's encoder has a limit of its own
            side = int(side * _SMALLER)
        else:
            return side, data


def cost(file: Path) -> tuple[int, float, float]:
    """Exit code, seconds of the processor and greatest memory of the command that reads a file."""
    command = [sys.executable, "-c", "from numberplate.cli import main; main()", "read", str(file)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> int:
    """Run the benchmark and print a line for each kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--make", nargs=2, metavar=("KIND", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", default=[""], help="beginnings of kinds, such as png")
    arguments = parser.parse_args()
    if arguments.make:
        Image.MAX_IMAGE_PIXELS = None
        kind, file = arguments.make
        side, data = largest(*KINDS[kind])
        Path(file).write_bytes(data)
        print(side)
        return 0
    fine = True
    print(f"{'kind':<24}{'pixels':>10}{'file':>11}{'exit':>6}{'processor':>12}{'memory':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            if not kind.startswith(tuple(arguments.only)):
                continue
            file = Path(folder) / "picture"
            # In a process of its own: what one is started from counts for a process's greatest memory.
            make = [sys.executable, __file__, "--make", kind, str(file)]
            side = int(subprocess.run(make, stdout=subprocess.PIPE, check=True).stdout)
            code, seconds, memory = cost(file)
            fine &= code == 0 and seconds <= MOST_SECONDS and memory <= MOST_BYTES
            size = f"{side**2 / 1e6:.1f} M"
            print(
                f"{kind:<24}{size:>10}{file.stat().st_size / 1e6:>8.1f} MB{code:>6}{seconds:>10.2f} s"
                f"{memory / 1e6:>6.0f} MB",
                flush=True,
            )
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
