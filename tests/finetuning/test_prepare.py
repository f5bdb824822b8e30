import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.evaluation.labels import LabelledPicture, Truth, read_labelled
from numberplate.finetuning.prepare import Prepared, prepare
from numberplate.geometry.quads import rectify, side_lengths
from numberplate.pictures.encode import write_picture
from numberplate.plates.design import shipped_designs
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.samples import plate_sample
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds
from numberplate.training.labelled import read_labelled_plates, write_labelled
from numberplate.training.recipe import RecipeError

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade()


def test_plates_of_boxes_have_the_corners_that_are_found(cascade: Cascade, tmp_path: Path) -> None:
    labelled = read_labelled(SAMPLES)
    held_out = {"gb.jpg"}
    prepared = prepare(cascade, SAMPLES, labelled, held_out)
    assert prepared.left_out == ()
    texts = {truth.text for picture in labelled for truth in picture.truths}
    assert {plate.text for plate in prepared.plates} == texts
    for plate in prepared.plates:
        assert not plate.exact
        crop = rectify(plate.picture, plate.corners, 48, 144)
        assert cascade.recognizer.read(crop[None])[0].text == plate.text
    assert sum(plate.held_out for plate in prepared.plates) == 1

    path = tmp_path / "labelled.npz"
    write_labelled(path, prepared.plates)
    again = read_labelled_plates(path)
    for one, other in zip(prepared.plates, again, strict=True):
        assert (one.text, one.exact, one.split, one.held_out) == (
            other.text,
            other.exact,
            other.split,
            other.held_out,
        )
        assert (one.picture == other.picture).all()
        assert (one.corners == other.corners).all()


def test_a_plate_without_a_place_is_the_one_that_reads_alike(cascade: Cascade) -> None:
    (labelled,) = (p for p in read_labelled(SAMPLES) if p.image == "de.jpg")
    text = labelled.truths[0].text
    misread = text[:-1] + ("1" if text[-1] != "1" else "2")
    prepared = prepare(cascade, SAMPLES, [LabelledPicture("de.jpg", (Truth(misread),))], set())
    assert [plate.text for plate in prepared.plates] == [misread]
    other = prepare(cascade, SAMPLES, [LabelledPicture("de.jpg", (Truth("Q" * len(text)),))], set())
    assert other.plates == ()
    assert other.left_out == (("de.jpg", f"{'Q' * len(text)}: its place cannot be determined"),)


def test_a_box_in_which_nothing_is_found_is_the_plate(cascade: Cascade) -> None:
    picture = LabelledPicture("de.jpg", (Truth("AB123", (100, 60, 90, 20)),))
    (plate,) = prepare(cascade, SAMPLES, [picture], set()).plates
    assert side_lengths(plate.corners) == pytest.approx((90, 20))
    assert not plate.exact
    # Corners are moved in training: what is around them is kept.
    assert plate.picture.shape[0] > 2 * 20
    assert plate.picture.shape[1] > 90 + 20


def test_labelled_corners_are_kept_and_large_pictures_shrunk(cascade: Cascade, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cv2.imwrite(str(tmp_path / "a.png"), rng.integers(0, 255, (600, 1400, 3), np.uint8))
    corners = ((100.0, 200.0), (1300.0, 210.0), (1290.0, 450.0), (110.0, 440.0))
    picture = LabelledPicture("a.png", (Truth("AB12", (100, 200, 1200, 250), corners),))
    (plate,) = prepare(cascade, tmp_path, [picture], set()).plates
    assert plate.exact
    assert plate.picture.shape[1] < 700
    expected = rectify(cv2.cvtColor(cv2.imread(str(tmp_path / "a.png")), cv2.COLOR_BGR2RGB), corners, 24, 72)
    got = rectify(plate.picture, plate.corners, 24, 72)
    assert np.abs(expected.astype(int) - got).mean() < 6  # of noise that was averaged


@pytest.mark.parametrize("number", [1, 2])
def test_a_plate_of_two_lines_is_cut_where_the_second_begins(
    cascade: Cascade, tmp_path: Path, number: int
) -> None:
    designs = tuple(d for d in shipped_designs() if d.code == "de" and len(d.lines) == 2 and d.aspect < 1.7)
    scene = plate_sample(Ingredients(Letterings(), Backgrounds(), designs, 0.0), 1, number)
    (plate,) = scene.plates
    write_picture(tmp_path / "a.png", scene.picture)
    corners = tuple((x, y) for x, y in plate.corners.tolist())

    def prepared(text: str) -> Prepared:
        truth = Truth(text, None, corners)  # type: ignore[arg-type]
        return prepare(cascade, tmp_path, [LabelledPicture("a.png", (truth,))], set())

    whole, *lines = prepared(plate.text).plates
    assert (whole.text, whole.exact) == ("", True)
    assert whole.split == pytest.approx(plate.split, abs=0.05)
    assert tuple(line.text for line in lines) == plate.lines
    for line in lines:
        assert not line.exact
        crop = rectify(line.picture, line.corners, 48, 144)
        assert cascade.recognizer.read(crop[None])[0].text == line.text
    # Where a line is misread, the other says how long it is; where both are, nothing does.
    misread = prepared(f"{'Q' * len(plate.lines[0])}{plate.lines[1]}").plates
    assert [line.text for line in misread] == ["", "Q" * len(plate.lines[0]), plate.lines[1]]
    other = prepared("Q" * (len(plate.text) + 1))
    assert other.plates == ()
    assert other.left_out[0][1].endswith("where its second line begins cannot be determined")
    # A text of one line alone cannot be cut in two.
    assert prepared(plate.lines[1]).plates == ()


def test_what_is_left_out_and_why(cascade: Cascade, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        shutil.copy(SAMPLES / "de.jpg", tmp_path / name)
    pictures = [
        LabelledPicture("gone.jpg", (Truth("AB12"),)),
        LabelledPicture("b.jpg", (Truth("A", (1, 2, 30, 40)),)),
        LabelledPicture("a.jpg", (Truth("A" * 13, (1, 2, 30, 40)), Truth("", (1, 2, 30, 40)))),
    ]
    done: list[int] = []
    prepared = prepare(cascade, tmp_path, pictures, set(), report=done.append)
    assert prepared.plates == ()
    assert done == [1, 2, 3]
    reasons = dict(prepared.left_out)
    assert "gone.jpg" in reasons
    for name in ("a.jpg", "b.jpg"):
        assert reasons[name].endswith("not of 2 to 12 characters")


def test_two_texts_in_a_crop_are_left_out(cascade: Cascade) -> None:
    """Of one plate no picture can be two plates', and nothing says which text is right."""
    pictures = [
        LabelledPicture("de.jpg", (Truth("AB123"), Truth("CD456"))),
        LabelledPicture("gb.jpg", (Truth("AB123"), Truth(""))),
    ]
    prepared = prepare(cascade, SAMPLES, pictures, set(), crops=True)
    assert [plate.text for plate in prepared.plates] == ["AB123"]
    ((image, reason),) = prepared.left_out
    assert image == "de.jpg"
    assert reason.startswith("AB123, CD456: ")


def test_a_file_that_is_none_of_labelled_plates(tmp_path: Path) -> None:
    path = tmp_path / "labelled.npz"
    with pytest.raises(RecipeError, match="No such file"):
        read_labelled_plates(path)
    path.write_bytes(b"PK\3\4 cut short")
    with pytest.raises(RecipeError, match="cannot be loaded"):
        read_labelled_plates(path)
    np.savez(path, other=np.zeros(3))
    with pytest.raises(RecipeError, match="not a file of labelled plates"):
        read_labelled_plates(path)
