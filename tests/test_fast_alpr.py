"""fast-alpr's API: the same names and fields as the real one's, and our parts within the real one."""

import inspect
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate import PlateReader, fast_alpr

SAMPLE = Path(__file__).parents[1] / "samples" / "de.jpg"


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    return PlateReader()


def test_as_its_readme_uses_it(reader: PlateReader) -> None:
    alpr = fast_alpr.ALPR(
        detector_model="yolo-v9-t-384-license-plate-end2end",
        ocr_model="cct-xs-v2-global-model",
        reader=reader,
    )
    (result,) = alpr.predict(str(SAMPLE))
    assert result.ocr is not None
    assert (result.ocr.text, result.ocr.region) == ("YEFD955E", "de")
    assert isinstance(result.ocr.confidence, list)
    assert len(result.ocr.confidence) == len(result.ocr.text)
    box = result.detection.bounding_box
    assert (box.x1, box.y1) == pytest.approx((347, 313), abs=3)
    assert (box.width, box.height) == pytest.approx((153, 32), abs=4)
    picture = cv2.imread(str(SAMPLE))
    assert picture is not None
    before = picture.copy()
    assert alpr.predict(picture.astype(np.uint8)) == [result]
    drawn = alpr.draw_predictions(picture.astype(np.uint8))
    assert drawn.results == [result]
    assert (drawn.image != before).any()
    assert (picture == before).all()  # the caller's stays as it was


def test_thresholds_and_parts_of_others(reader: PlateReader) -> None:
    assert fast_alpr.ALPR(detector_conf_thresh=1.0, reader=reader).predict(str(SAMPLE)) == []

    class Left(fast_alpr.BaseDetector):
        def predict(self, frame: fast_alpr.Frame) -> list[fast_alpr.DetectionResult]:
            return [fast_alpr.DetectionResult("plate", 0.9, fast_alpr.BoundingBox(340, 308, 508, 350))]

    (result,) = fast_alpr.ALPR(Left(), reader=reader).predict(str(SAMPLE))
    assert result.ocr is not None
    assert result.ocr.text == "YEFD955E"
    assert result.detection.label == "plate"
    assert fast_alpr.ALPR(Left(), reader=reader).draw_predictions(str(SAMPLE)).results == [result]


def test_no_networks_are_loaded_for_what_others_do(
    reader: PlateReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = fast_alpr.Detector(reader), fast_alpr.Ocr(reader)
    monkeypatch.setattr(fast_alpr, "PlateReader", None)
    (result,) = fast_alpr.ALPR(*parts).predict(str(SAMPLE))
    assert result.ocr is not None
    assert result.ocr.text == "YEFD955E"


def test_what_another_ocr_reads_is_drawn_in_any_script(reader: PlateReader) -> None:
    class Chinese(fast_alpr.BaseOCR):
        def __init__(self, text: str) -> None:
            self.text = text

        def predict(self, cropped_plate: fast_alpr.Frame) -> fast_alpr.OcrResult:
            return fast_alpr.OcrResult(self.text, 0.9)

    detector = fast_alpr.Detector(reader)
    drawn = [
        fast_alpr.ALPR(detector, Chinese(text), reader=reader).draw_predictions(str(SAMPLE)).image
        for text in ("皖A12345", "陕A12345", "?A12345")
    ]
    assert (drawn[0] != drawn[1]).any()
    assert (drawn[0] != drawn[2]).any()


def test_no_picture(reader: PlateReader, tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_text("text")
    for name in ("no.jpg", "none.jpg"):
        with pytest.raises(ValueError, match="Failed to load image"):
            fast_alpr.ALPR(reader=reader).predict(str(tmp_path / name))


def test_the_same_names_as_the_real_one() -> None:
    real = pytest.importorskip("fast_alpr", reason="needs fast-alpr")
    for name in real.__all__:
        assert hasattr(fast_alpr, name), name
    for name in ("ALPRResult", "OcrResult", "DetectionResult", "DrawPredictionsResult"):
        ours, theirs = getattr(fast_alpr, name), getattr(real, name)
        assert [f.name for f in fields(ours)] == [f.name for f in fields(theirs)], name
    ours = list(inspect.signature(fast_alpr.ALPR).parameters)
    assert ours[:-1] == list(inspect.signature(real.ALPR).parameters)


def test_our_parts_within_the_real_one(reader: PlateReader) -> None:
    real = pytest.importorskip("fast_alpr", reason="needs fast-alpr")
    alpr = real.ALPR(detector=fast_alpr.Detector(reader), ocr=fast_alpr.Ocr(reader))
    (found,) = alpr.predict(str(SAMPLE))
    (ours,) = fast_alpr.ALPR(reader=reader).predict(str(SAMPLE))
    assert ours.ocr is not None
    assert found.ocr.text == ours.ocr.text
    assert found.detection == ours.detection
    assert alpr.draw_predictions(str(SAMPLE)).results == [found]
