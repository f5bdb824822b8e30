"""fast-alpr's Python API, read by numberplate: `from numberplate.fast_alpr import ALPR` in place of its own.

    alpr = ALPR()
    for result in alpr.predict("car.jpg"):
        print(result.ocr.text, result.detection.bounding_box)

`Detector` and `Ocr` may also be given to fast-alpr's own `ALPR(detector=…, ocr=…)`. Its arguments that name
models and where they run have no effect: numberplate has its own networks. Needs the base install alone.
"""

import statistics
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from numberplate.pictures.annotate import draw
from numberplate.pictures.writing import write
from numberplate.reading import Plate, PlateReader

Frame = npt.NDArray[np.uint8]
"""uint8 (height, width, 3), BGR, as cv2.imread gives it."""

_CONFIDENCE = 0.4
"""fast-alpr's least confidence of a detection."""


@dataclass(frozen=True)
class BoundingBox:
    """An upright box in whole pixels: (x1, y1) is its top left corner, (x2, y2) its bottom right one."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> int:
        """In pixels."""
        return self.y2 - self.y1

    @property
    def area(self) -> int:
        """In pixels; 0 for an empty box."""
        return max(0, self.width) * max(0, self.height)

    @property
    def center(self) -> tuple[float, float]:
        """(x, y) of its middle."""
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2

    @property
    def xyxy(self) -> tuple[int, int, int, int]:
        """(x1, y1, x2, y2)."""
        return self.x1, self.y1, self.x2, self.y2

    @property
    def xywh(self) -> tuple[int, int, int, int]:
        """(x1, y1, width, height)."""
        return self.x1, self.y1, self.width, self.height


@dataclass(frozen=True)
class DetectionResult:
    """A plate that was found. `confidence`: that there is one, 0..1."""

    label: str
    confidence: float
    bounding_box: BoundingBox


@dataclass(frozen=True)
class OcrResult:
    """What a plate says. `confidence`: of each character, 0..1; `region`: the one to name, or None."""

    text: str
    confidence: float | list[float]
    region: str | None = None
    region_confidence: float | None = None


@dataclass(frozen=True)
class ALPRResult:
    """A plate: where it is, and what it says."""

    detection: DetectionResult
    ocr: OcrResult | None


@dataclass(frozen=True, slots=True)
class DrawPredictionsResult:
    """A picture with its plates drawn on it, and these."""

    image: Frame
    results: list[ALPRResult]


class BaseDetector(ABC):
    """What finds plates."""

    @abstractmethod
    def predict(self, frame: Frame) -> list[DetectionResult]:
        """The plates of a picture."""


class BaseOCR(ABC):
    """What reads plates that are cut out."""

    @abstractmethod
    def predict(self, cropped_plate: Frame) -> OcrResult | None:
        """What a cut-out plate says; None where it is none."""


class Detector(BaseDetector):
    """numberplate's detection of plates.

    Args:
        reader: None for one of its own.
        confidence: least probability that there is a plate, 0..1.
    """

    def __init__(self, reader: PlateReader | None = None, confidence: float = _CONFIDENCE):
        self._reader = reader or PlateReader()
        self._confidence = confidence

    def predict(self, frame: Frame) -> list[DetectionResult]:
        """As of `BaseDetector`."""
        plates = self._reader.read(frame, order="BGR")
        return [_detection(p) for p in plates if p.detection_confidence >= self._confidence]


class Ocr(BaseOCR):
    """numberplate's reading of plates that are cut out. `reader`: None for one of its own."""

    def __init__(self, reader: PlateReader | None = None):
        self._reader = reader or PlateReader()

    def predict(self, cropped_plate: Frame) -> OcrResult | None:
        """As of `BaseOCR`."""
        if cropped_plate is None or min(cropped_plate.shape[:2]) < 1:
            return None
        plate = self._reader.read_crop(cropped_plate, order="BGR")
        return None if plate is None else _ocr(plate)


class ALPR:
    """Finds and reads plates. Without `detector` and `ocr` the picture is read as a whole, which is better.

    `detector_conf_thresh`: least probability that there is a plate, 0..1. Names of models and of devices are
    taken, and have no effect. Raises WeightsError where numberplate's networks cannot be used.
    """

    def __init__(
        self,
        detector: BaseDetector | None = None,
        ocr: BaseOCR | None = None,
        detector_model: Any = None,
        detector_conf_thresh: float = _CONFIDENCE,
        detector_providers: Sequence[Any] | None = None,
        detector_sess_options: Any = None,
        ocr_model: Any = None,
        ocr_device: str = "auto",
        ocr_providers: Sequence[Any] | None = None,
        ocr_sess_options: Any = None,
        ocr_model_path: Any = None,
        ocr_config_path: Any = None,
        ocr_force_download: bool = False,
        *,
        reader: PlateReader | None = None,
    ) -> None:
        if reader is None and (detector is None or ocr is None):
            reader = PlateReader()
        # None where a part is another's: each part then does its own.
        self._reader = reader if detector is None and ocr is None else None
        self._confidence = detector_conf_thresh
        self.detector = detector or Detector(reader, detector_conf_thresh)
        self.ocr = ocr or Ocr(reader)

    def predict(self, frame: Frame | str) -> list[ALPRResult]:
        """The plates of a picture: an array as cv2.imread gives it, or a path.

        Raises ValueError for a path of no picture.
        """
        picture = _picture(frame)
        if self._reader is not None:
            return [ALPRResult(_detection(p), _ocr(p)) for p in self._plates(self._reader, picture)]
        results = []
        for found in self.detector.predict(picture):
            box = found.bounding_box
            crop = picture[max(0, box.y1) : max(0, box.y2), max(0, box.x1) : max(0, box.x2)]
            results.append(ALPRResult(found, self.ocr.predict(crop)))
        return results

    def draw_predictions(self, frame: Frame | str) -> DrawPredictionsResult:
        """The picture, copied, with its plates drawn on it. Raises ValueError for a path of no picture."""
        picture = _picture(frame)
        if self._reader is not None:
            plates = self._plates(self._reader, picture)
            drawn = draw(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), plates)
            image = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR), np.uint8)
            return DrawPredictionsResult(image, [ALPRResult(_detection(p), _ocr(p)) for p in plates])
        image, results = picture.copy(), self.predict(picture)
        for result in results:
            x1, y1, x2, y2 = result.detection.bounding_box.xyxy
            cv2.rectangle(image, (x1, y1), (x2, y2), (36, 255, 12), 2)
            if result.ocr is not None and result.ocr.text:
                sure = result.ocr.confidence
                sure = statistics.mean(sure) if isinstance(sure, list) else sure
                text = f"{result.ocr.text} {sure:.0%}"
                write(image, text, (x1, y1 - 8), 0.7, (36, 255, 12), 2)
        return DrawPredictionsResult(image, results)

    def _plates(self, reader: PlateReader, picture: Frame) -> list[Plate]:
        plates = reader.read(picture, order="BGR")
        return [plate for plate in plates if plate.detection_confidence >= self._confidence]


def _picture(frame: Frame | str) -> Frame:
    if not isinstance(frame, str):
        return frame
    picture = cv2.imread(frame) if Path(frame).is_file() else None
    if picture is None:
        raise ValueError(f"Failed to load image from path: {frame}")
    return picture.astype(np.uint8, copy=False)


def _detection(plate: Plate) -> DetectionResult:
    x, y, width, height = plate.box
    box = BoundingBox(round(x), round(y), round(x + width), round(y + height))
    return DetectionResult("License Plate", plate.detection_confidence, box)


def _ocr(plate: Plate) -> OcrResult:
    named = plate.region
    return OcrResult(
        plate.text,
        [character.confidence for character in plate.characters],
        named.code if named else None,
        named.confidence if named else None,
    )
