"""Which sightings frames give, with networks whose answers are known."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.results.sighting import Sighting

from ..conftest import RATE, frame, passing

START = datetime(2026, 1, 1, tzinfo=UTC)
Places = list[tuple[int, int] | None]


def watcher(weights: Path, **options: Any) -> Watcher:
    regions = Regions()
    return Watcher(Cascade(weights, regions=regions), "gate", RATE, regions, WatchOptions(**options))


def corners(picture: np.ndarray) -> np.ndarray:
    """What the known detector states of red cells."""
    cells = picture[::8, ::8, 0] > 0
    middles = np.argwhere(cells)[:, ::-1] * 8.0 + 4
    reach = np.array([[-64, -16], [64, -16], [64, 16], [-64, 16]])
    return (middles[:, None] + reach).astype(np.float32)


def see(watcher: Watcher, places: Places, begin: float = 0.0) -> list[Sighting]:
    found: list[Sighting] = []
    for number, place in enumerate(places):
        seconds = begin + number / RATE
        image = Frame(frame(place), START + timedelta(seconds=seconds), seconds)
        found += watcher.see(image, corners(image.picture))
    return found


def test_a_vehicle_that_passes_is_one_sighting(weights: Path) -> None:
    watch = watcher(weights)
    assert see(watch, [None, None, *passing()]) == []
    (sighting,) = watch.finish()
    assert sighting.text == "AB123"
    assert sighting.source == "gate"
    assert sighting.frames == 15
    assert sighting.first_seen == START + timedelta(seconds=0.2)
    assert sighting.last_seen == START + timedelta(seconds=1.6)
    assert sighting.direction == "right"
    assert sighting.path.shape == (15, 2)
    assert np.allclose(sighting.path[0], (76, 84), atol=1)
    assert sighting.picture.shape == (160, 320, 3)
    assert 120 < sighting.crop.shape[1] < 160
    assert 0.5 < sighting.confidence <= 1


def test_what_is_too_small_or_says_too_little_is_not_reported(weights: Path) -> None:
    for options, reported in (
        ({"min_length": 5, "min_width": 120}, 1),
        ({"min_length": 6}, 0),
        ({"min_width": 140}, 0),
    ):
        watch = watcher(weights, **options)
        assert len(see(watch, passing()) + watch.finish()) == reported


def test_a_vehicle_is_reported_when_it_is_gone(weights: Path) -> None:
    found = see(watcher(weights), [*passing(), *[None] * 40])
    assert [s.text for s in found] == ["AB123"]


def test_certain_plates_are_not_read_again(weights: Path) -> None:
    watch = watcher(weights)
    see(watch, [(15, 10)] * 50)
    assert watch.plates == 50
    assert watch.readings < 20


@pytest.mark.parametrize("gap", [3, 15, 100, 600])
def test_a_parked_vehicle_is_reported_once(weights: Path, gap: int) -> None:
    watch = watcher(weights)
    places: Places = [*[(15, 10)] * 30, *[None] * gap, *[(15, 10)] * 30, *[None] * gap, *[(15, 10)] * 30]
    assert len([*see(watch, places), *watch.finish()]) == 1


def test_a_vehicle_that_stays_is_reported_in_time_and_not_again(weights: Path) -> None:
    watch = watcher(weights, report_after=2.0)
    assert len(see(watch, [(15, 10)] * 30)) == 1
    assert see(watch, [*[(15, 10)] * 100, *[None] * 100], begin=3.0) == []
    assert watch.finish() == []


def test_a_short_occlusion_while_it_moves_is_the_same_vehicle(weights: Path) -> None:
    watch = watcher(weights)
    places = passing(20)
    places[6:14] = [None] * 8
    assert len([*see(watch, places), *watch.finish()]) == 1


def test_it_comes_again_later_from_the_other_side(weights: Path) -> None:
    watch = watcher(weights)
    found = see(watch, [*passing(), *[None] * 100, *passing()])
    assert len([*found, *watch.finish()]) == 2


def test_two_plates_are_followed_apart_and_one_text_at_once_is_one_vehicle(weights: Path) -> None:
    watch = watcher(weights)
    for number in range(15):
        picture = frame((9 + number, 4)) + frame((23 - number, 15))
        image = Frame(picture, START + timedelta(seconds=number / RATE), number / RATE)
        watch.see(image, corners(picture))
        there = sorted(plate.corners.mean(0).tolist() for plate in watch.shown(image))
        expected = sorted([[8 * (9 + number) + 4, 36], [8 * (23 - number) + 4, 124]])
        assert np.allclose(there, expected, atol=1)
    (sighting,) = watch.finish()
    assert sighting.frames == 15


def test_a_plate_that_is_found_twice_at_once_is_one_vehicle(weights: Path) -> None:
    # The wider one of the two would have the other for a part of it, but for what they say.
    watch = watcher(weights)
    for number, place in enumerate(passing()):
        image = Frame(frame(place), START + timedelta(seconds=number / RATE), number / RATE)
        (plate,) = corners(image.picture)
        wider = (plate - plate.mean(0)) * 1.5 + plate.mean(0)
        watch.see(image, np.stack([plate, wider]).astype(np.float32))
    (sighting,) = watch.finish()
    assert sighting.text == "AB123"


def test_what_is_too_unsure_is_not_reported(weights: Path) -> None:
    watch = watcher(weights, min_confidence=1.0)
    assert [*see(watch, passing()), *watch.finish()] == []


@pytest.mark.parametrize("options", [{"min_confidence": 1.5}, {"report_after": -1.0}])
def test_arguments_out_of_range_are_refused(weights: Path, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        watcher(weights, **options)
