"""Reading: a picture in, its plates out. Runs on NumPy, OpenCV and ONNX Runtime alone."""

from numberplate.models.manifest import WeightsError
from numberplate.pictures.decode import PictureError, read_picture
from numberplate.plates.formats import RegionError
from numberplate.reading.options import ReadOptions
from numberplate.reading.reader import PlateReader
from numberplate.reading.report import Report
from numberplate.results.plate import Candidate, Character, Plate, Region

__all__ = [
    "Candidate",
    "Character",
    "PictureError",
    "Plate",
    "PlateReader",
    "ReadOptions",
    "Region",
    "RegionError",
    "Report",
    "WeightsError",
    "read_picture",
]
