"""Reading: a picture in, its plates out. Runs on NumPy, OpenCV and ONNX Runtime alone."""

from numberplate.plates.regions import RegionError
from numberplate.reading.picture import PictureError, read_picture
from numberplate.reading.plate import Candidate, Character, Plate, Region
from numberplate.reading.reader import PlateReader
from numberplate.reading.report import Report
from numberplate.reading.weights import WeightsError

__all__ = [
    "Candidate",
    "Character",
    "PictureError",
    "Plate",
    "PlateReader",
    "Region",
    "RegionError",
    "Report",
    "WeightsError",
    "read_picture",
]
