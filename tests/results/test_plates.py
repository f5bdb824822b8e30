import copy
import pickle
import sys

import numpy as np
import pytest

from numberplate.results.plates import Plates

from .test_plate import CORNERS, make


def test_is_a_list() -> None:
    plates = Plates([make(), make()], 640, 480, ("cut",))
    assert isinstance(plates, list)
    assert (len(plates), [p.text for p in plates], plates[0].text) == (2, ["AB1", "AB1"], "AB1")
    assert Plates() == []
    for other in (copy.copy(plates), copy.deepcopy(plates), pickle.loads(pickle.dumps(plates))):
        assert (other.width, other.height, other.warnings) == (640, 480, ("cut",))
        assert [p.to_dict() for p in other] == [p.to_dict() for p in plates]


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 2])
def test_supervision(count: int) -> None:
    supervision = pytest.importorskip("supervision", reason="needs supervision, of the extra live")
    found = Plates([make()] * count).to_supervision()
    assert isinstance(found, supervision.Detections)
    assert len(found) == count
    assert found.xyxy.shape == (count, 4)
    assert found.data["xyxyxyxy"].shape == (count, 4, 2)
    if count:
        assert found.xyxy[0].tolist() == pytest.approx([9, 20, 110, 55])
        assert found.confidence[0] == pytest.approx(0.99)
        assert (found.data["text"][0], found.data["class_name"][0]) == ("AB1", "plate")
        assert (found.data["xyxyxyxy"][0] == CORNERS).all()
        assert len(found[found.confidence > 0.995]) == 0


def test_pandas() -> None:
    pytest.importorskip("pandas", reason="needs pandas")
    table = Plates([make(), make(regions=())]).to_pandas()
    assert table["text"].tolist() == ["AB1", "AB1"]
    assert table.loc[0, ["box_x", "box_y", "x1", "y4"]].tolist() == pytest.approx([9, 20, 10.123, 50])
    assert table["candidates"][0] == ["AB1", "A81"]
    assert table["regions"].tolist() == [["xa", "xb-c"], []]
    assert list(Plates().to_pandas().columns) == list(table.columns)
    assert len(Plates().to_pandas()) == 0


@pytest.mark.parametrize(("method", "library"), [("to_supervision", "supervision"), ("to_pandas", "pandas")])
def test_library_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, method: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf"{method} needs {library}: pip install {library}"):
        getattr(Plates([make()]), method)()


def test_crop_is_flat() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:60, 40:160] = (200, 10, 30)
    plate = make(corners=[(40, 20), (160, 20), (160, 60), (40, 60)])
    crop = plate.crop(picture)
    assert crop.shape == (40, 120, 3)
    assert (crop[10:30, 20:100] == (200, 10, 30)).all()
    assert (crop[0] == 0).all()  # the margin
    assert plate.crop(picture[..., 0]).shape == (40, 120)
    with pytest.raises(ValueError, match="picture: expected uint8"):
        plate.crop(picture / 255)


def test_crop_from_beyond_the_picture() -> None:
    wide = np.full((40, 40_000, 3), 90, np.uint8)
    plate = make(corners=[(39_950, -10), (40_050, -10), (40_050, 30), (39_950, 30)])
    assert (plate.crop(wide) == 90).all()
