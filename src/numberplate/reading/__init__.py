"""Reading: a picture in, its plates out. Runs on NumPy, OpenCV and ONNX Runtime alone."""

from numberplate.models.device import DeviceError
from numberplate.models.manifest import WeightsError
from numberplate.pictures.annotate import draw
from numberplate.pictures.decode import PictureError, PictureTooLargeError, read_picture
from numberplate.plates.formats import RegionError
from numberplate.reading.options import ReadOptions
from numberplate.reading.pool import PoolClosedError, PoolError, ReaderPool
from numberplate.reading.reader import PlateReader
from numberplate.reading.report import Report
from numberplate.results.plate import Candidate, Character, Plate, Region
from numberplate.results.plates import Plates

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
    "draw",
    "read_picture",
]
