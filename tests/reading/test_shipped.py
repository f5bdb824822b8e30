"""The weights that come with the package: what they read, end to end."""

import json
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


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_reads_a_picture_that_lies_on_its_side_or_its_head(reader: PlateReader, quarters: int) -> None:
    picture = cv2.cvtColor(cv2.imread(str(SAMPLES / "gb.jpg")), cv2.COLOR_BGR2RGB)
    height, width = picture.shape[:2]
    (straight,) = reader.read(picture)
    (plate,) = reader.read(np.ascontiguousarray(np.rot90(picture, quarters)))
    assert plate.text == straight.text
    x, y = straight.corners.T
    there = {1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[quarters]
    assert np.abs(plate.corners - np.stack(there, 1)).max() < 4


@pytest.mark.parametrize("side", ["left", "right"])
def test_says_which_side_of_a_plate_the_picture_cuts_off(reader: PlateReader, side: str) -> None:
    picture = cv2.cvtColor(cv2.imread(str(SAMPLES / "gb.jpg")), cv2.COLOR_BGR2RGB)
    (whole,) = reader.read(picture)
    x, _, width, _ = whole.box
    part = picture[:, round(x + 0.12 * width) :] if side == "left" else picture[:, : round(x + 0.88 * width)]
    (plate,) = reader.read(part)
    assert whole.cut == ()
    assert plate.cut == (side,)
    # What it says may not be all that there is.
    assert plate.confidence < 0.5 < whole.confidence
    assert plate.candidates[0].confidence == plate.confidence


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="the real photographs are not beside this checkout")
def test_reads_real_photographs(reader: PlateReader) -> None:
    """As well as README says; another processor rounds otherwise, which may change a few of the 160."""
    groups = json.loads((ROOT / "docs" / "figures" / "real_plates.json").read_text())["figures"]

    def said(key: str, *names: str) -> float:
        count = sum(groups[name]["n"] for name in names)
        return sum(groups[name][key] * groups[name]["n"] for name in names) / count

    found = figures(list(evaluate(reader, REAL, read_labels(REAL / "labels.csv"))))
    assert found.detection_recall is not None
    assert 100 * found.detection_recall == pytest.approx(said("found", "eu", "us", "br"), abs=2.5)
    assert 100 * found.exact_folded == pytest.approx(said("exact", "eu", "us", "br", "uk"), abs=2.5)
    assert 100 * found.exact_strict == pytest.approx(said("strict", "eu", "us", "br", "uk"), abs=2.5)
    assert found.false_plates_per_picture == pytest.approx(said("false", "eu", "us", "br"), abs=0.03)
