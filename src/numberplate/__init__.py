"""Reads vehicle number plates in photographs.

import numberplate

reader = numberplate.PlateReader()
for plate in reader.read("car.jpg"):  # a path, an address, bytes, a file or an array
    print(plate.text, plate.confidence, plate.corners)
"""

import os
from typing import TYPE_CHECKING

from numberplate.lazy import on_first_use

# From 1.29 on ONNX Runtime reports to its maker, over the network, from the moment that it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from numberplate.reading import (
        Candidate,
        Character,
        DeviceError,
        PictureError,
        PictureTooLargeError,
        Plate,
        PlateReader,
        Plates,
        PoolClosedError,
        PoolError,
        ReaderPool,
        ReadOptions,
        Region,
        RegionError,
        Report,
        WeightsError,
        draw,
        read_picture,
    )

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "Character",
    "DeviceError",
    "PictureError",
    "PictureTooLargeError",
    "Plate",
    "PlateReader",
    "Plates",
    "PoolClosedError",
    "PoolError",
    "ReadOptions",
    "ReaderPool",
    "Region",
    "RegionError",
    "Report",
    "WeightsError",
    "__version__",
    "draw",
    "read_picture",
]

# What only draws plates, as training's many processes do, need not load ONNX Runtime.
__getattr__, __dir__ = on_first_use(__name__, {name: "reading" for name in __all__ if name != "__version__"})
