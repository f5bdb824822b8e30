"""The weights that come with the package: what they read, end to end."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate import PlateReader
from numberplate.evaluation import evaluate, figures, read_labels
from numberplate.plates.alphabet import fold

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
REAL = ROOT.parent / "shared" / "real-plates" / "photos"


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    return PlateReader()


@pytest.mark.parametrize("labelled", read_labels(SAMPLES / "labels.csv"), ids=lambda labelled: labelled.image)
def test_reads_the_sample_pictures(reader: PlateReader, labelled) -> None:
    plates = reader.read(SAMPLES / labelled.image)
    assert [fold(plate.text) for plate in plates] == [fold(truth.text) for truth in labelled.truths]
    x, y, width, height = labelled.truths[0].box
    true = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]])
    # The boxes are upright and the plates nearly so.
    assert np.abs(plates[0].corners - true).max() < 0.3 * height


def test_finds_nothing_where_nothing_is(reader: PlateReader) -> None:
    assert reader.read(np.full((480, 640, 3), 127, np.uint8)) == []


def test_reads_a_plate_upright_when_the_picture_is_turned_a_little(reader: PlateReader) -> None:
    picture = cv2.cvtColor(cv2.imread(str(SAMPLES / "gb.jpg")), cv2.COLOR_BGR2RGB)
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8, 1.0)
    turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    (plate,) = reader.read(turned)
    (straight,) = reader.read(picture)
    assert plate.text == straight.text
    top_left, top_right = plate.corners[:2]
    assert top_right[1] < top_left[1]  # turned against the clock, the top edge rises


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the real photographs are not beside this checkout")
def test_reads_real_photographs(reader: PlateReader) -> None:
    """What the first model was asked for; the README has the figures themselves."""
    results = list(evaluate(reader, REAL, read_labels(REAL / "labels.csv")))
    found = figures(results)
    assert found.detection_recall is not None
    assert found.detection_recall >= 0.92
    assert found.false_plates_per_picture <= 0.5
    assert found.exact_folded >= 0.65
