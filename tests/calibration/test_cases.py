import numpy as np
import pytest

from numberplate.calibration.cases import matched, vehicles
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.scene import Ingredients, PlacedPlate
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds


def box(x: float, y: float, width: float = 100, height: float = 25) -> np.ndarray:
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


def plate(x: float, text: str) -> PlacedPlate:
    return PlacedPlate(box(x, 0), text, "gb", (text,), (0.1, 0.9))


def test_each_plate_is_found_once_by_the_best_detection_that_overlaps_it() -> None:
    plates = (plate(0, "AB12CDE"), plate(200, "KX51ABC"))
    detections = np.stack([box(205, 1), box(3, 2), box(1, 1), box(400, 0)])
    texts = [truth.text if truth else None for truth in matched(detections, plates)]
    assert texts == ["KX51ABC", "AB12CDE", None, None]


@pytest.mark.parametrize("plates", [(), (plate(0, "A1"),)])
def test_where_nothing_is_found(plates: tuple[PlacedPlate, ...]) -> None:
    assert list(matched(np.zeros((0, 4, 2), np.float32), plates)) == []


def test_vehicles_are_followed_as_a_watcher_follows_them() -> None:
    clear, hard = vehicles(Ingredients(Letterings(), Backgrounds()), seed=1, count=2, cascade=Cascade())
    # What is certain is not read in each frame, and nothing is fused of it.
    assert 3 <= len(clear.vote) < 15
    assert not clear.fused
    assert clear.vote.final(clear.fused).text == clear.text
    assert len(hard.vote) > 15
    assert hard.fused
