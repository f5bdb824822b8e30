"""Which sightings frames give, with networks whose answers are known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from numberplate.live.areas import Areas, Line, Mask, Zone
from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.look import Look
from numberplate.results.sighting import Sighting

from ..conftest import RATE, frame, passing, save_weights

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


def test_a_gate_that_cannot_wait_is_told_after_a_shorter_hold(weights: Path) -> None:
    watch = watcher(weights, hold=0.3)
    assert len(see(watch, [*passing(), *[None] * 4])) == 1


def test_one_whose_text_is_sure_is_reported_before_hold_is_over_and_once(weights: Path) -> None:
    places = [*passing(20)[:12], *[None] * 6, *passing(20)[18:]]
    watch = watcher(weights, sure_after=0.4)
    before = see(watch, places[:15])
    (sighting,) = see(watch, places[15:16], begin=1.5)
    assert before == []
    assert (sighting.text, sighting.direction) == ("AB123", "right")
    assert sighting.last_seen == START + timedelta(seconds=1.1)
    # It was hidden for a moment, and is the same still.
    assert [*see(watch, [*places[16:], *[None] * 60], begin=1.6), *watch.finish()] == []


def test_one_whose_text_is_sure_is_reported_in_sight_where_that_is_asked_for(weights: Path) -> None:
    watch = watcher(weights, sure_after=0)
    assert [s.text for s in see(watch, passing())] == ["AB123"]
    assert [*see(watch, [None] * 60, begin=1.5), *watch.finish()] == []


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({"sure_after": 9.0}, passing()),
        ({}, [(15, 10)] * 15),  # it stood: where it goes is not known yet
        ({}, passing(2)),  # too few readings
        ({"line": Line.parse("0.9,1 0.9,0")}, passing()),
        ({"zones": (Zone.parse("upper=0,0 1,0.1"),)}, passing()),
    ],
)
def test_what_is_not_settled_is_waited_for(weights: Path, options: dict[str, Any], places: Places) -> None:
    watch = watcher(weights, **options)
    assert see(watch, [*places, *[None] * 23]) == []
    assert len(see(watch, [None] * 5, begin=len(places) / RATE + 2.3)) == ("zones" not in options)


def test_a_line_that_was_crossed_is_settled(weights: Path) -> None:
    watch = watcher(weights, line=Line.parse("0.4,1 0.4,0"))
    (sighting,) = see(watch, [*passing(), *[None] * 4])
    assert sighting.direction == "in"


def test_certain_plates_are_not_read_again(weights: Path) -> None:
    watch = watcher(weights)
    see(watch, [(15, 10)] * 50)
    assert watch.plates == 50
    assert watch.readings < 20


def undecided(weights: Path) -> Watcher:
    """One whose votes never settle."""
    cascade = Cascade(weights, regions=Regions())
    vote = replace(cascade.vote, certain=1 - 1e-9)
    cascade = cascade.with_numbers(cascade.detector.card, cascade.recognizer.card, cascade.acceptance, vote)
    return Watcher(cascade, "gate", RATE, Regions())


def test_a_plate_that_stands_undecided_is_read_ever_more_seldom(weights: Path) -> None:
    watch = undecided(weights)
    see(watch, [(15, 10)] * 30)
    assert watch.readings == 30
    see(watch, [(15, 10)] * 600, begin=3.0)
    in_a_minute = watch.readings
    assert 60 < in_a_minute < 150
    see(watch, [(15, 10)] * 600, begin=63.0)
    assert watch.readings - in_a_minute < 30


def test_a_plate_that_stood_undecided_is_read_when_it_moves_and_when_it_was_away(weights: Path) -> None:
    watch = undecided(weights)
    see(watch, [(10, 10)] * 300)
    before = watch.readings
    see(watch, [(10 + i, 10) for i in range(1, 17)], begin=30.0)
    assert watch.readings - before >= 4
    see(watch, [(26, 10)] * 300, begin=31.6)
    before = watch.readings
    see(watch, [*[None] * 5, (26, 10)], begin=61.6)
    assert watch.readings == before + 1


@pytest.mark.parametrize("gap", [3, 15, 100, 600])
def test_a_parked_vehicle_is_reported_once(weights: Path, gap: int) -> None:
    watch = watcher(weights)
    places: Places = [*[(15, 10)] * 30, *[None] * gap, *[(15, 10)] * 30, *[None] * gap, *[(15, 10)] * 30]
    assert len([*see(watch, places), *watch.finish()]) == 1


def test_a_long_way_is_kept_in_even_steps(weights: Path) -> None:
    watch = watcher(weights, report_after=float("inf"))
    picture = frame((12, 10))
    (plate,) = corners(picture)
    for number in range(1100):
        image = Frame(picture, START + timedelta(seconds=number / RATE), number / RATE)
        watch.see(image, (plate + np.array([0.1 * number, 0], np.float32))[None])
    (sighting,) = watch.finish()
    steps = np.diff(sighting.path[:, 0])
    assert len(sighting.path) <= 512
    assert steps.sum() == pytest.approx(109.9, abs=0.5)
    assert steps[:-1].max() - steps[:-1].min() < 0.01  # but for the last place, which is always kept


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


class ByWidth(Cascade):
    """Reads `wide` in wide plates, and AB123 in others."""

    def __init__(self, folder: Path, wide: str = "AX123"):
        super().__init__(save_weights(folder / "narrow"), regions=Regions())
        self._wide = Cascade(save_weights(folder / "wide", wide), regions=Regions())

    def recognize(
        self, picture: np.ndarray, corners: np.ndarray, *args: Any, **kwargs: Any
    ) -> tuple[Look, ...]:
        looks = []
        for quad in corners:
            read = self._wide.recognize if np.ptp(quad[:, 0]) > 150 else super().recognize
            looks += read(picture, quad[None], *args, **kwargs)
        return tuple(looks)


def test_a_plate_that_is_found_twice_at_once_and_read_in_two_ways_is_one_vehicle(tmp_path: Path) -> None:
    watch = Watcher(ByWidth(tmp_path), "gate", RATE, Regions(), WatchOptions())
    found: list[Sighting] = []
    for number, place in enumerate([*passing(), *[None] * 60]):
        image = Frame(frame(place), START + timedelta(seconds=number / RATE), number / RATE)
        quads = corners(image.picture)
        # Another box around it, in the first half of the frames alone.
        wider = (quads - quads.mean(1, keepdims=True)) * 1.5 + quads.mean(1, keepdims=True)
        found += watch.see(image, np.concatenate([quads, wider[: number < 8]]).astype(np.float32))
    (sighting,) = [*found, *watch.finish()]
    assert sighting.text == "AB123"
    assert sighting.frames == 15


@pytest.mark.parametrize(("count", "texts"), [(15, {"XY987"}), (9, {"XY987"}), (5, {"XY987", "AB123"})])
def test_what_is_mostly_a_part_of_another_plate_is_no_vehicle(
    tmp_path: Path, count: int, texts: set[str]
) -> None:
    # Such as the name of a state. The whole plate is found in the first so many frames.
    watch = Watcher(ByWidth(tmp_path, "XY987"), "gate", RATE, Regions(), WatchOptions())
    found: list[Sighting] = []
    for number, place in enumerate(passing()):
        image = Frame(frame(place), START + timedelta(seconds=number / RATE), number / RATE)
        quads = corners(image.picture)
        whole = (quads - quads.mean(1, keepdims=True)) * 1.5 + quads.mean(1, keepdims=True)
        found += watch.see(image, np.concatenate([quads, whole[: number < count]]).astype(np.float32))
    assert {sighting.text for sighting in [*found, *watch.finish()]} == texts


class TwoTexts(Cascade):
    """Reads AX123 where there is a light mark in the upper left corner, and AB123 elsewhere."""

    def __init__(self, folder: Path):
        super().__init__(save_weights(folder / "red"), regions=Regions())
        self._other = Cascade(save_weights(folder / "purple", "AX123"), regions=Regions())

    def recognize(
        self, picture: np.ndarray, corners: np.ndarray, candidates: int = 5, again: bool = True
    ) -> tuple[Look, ...]:
        purple = picture[0, 0] > 200
        read = self._other.recognize if purple else super().recognize
        return read(picture, corners, candidates, again)


def queue(
    tmp_path: Path,
    stays: list[tuple[str, float, float]],
    rate: float = RATE,
    smaller: tuple[float, float] = (0.0, 0.0),
    **options: Any,
) -> list[Sighting]:
    """What is reported of vehicles in one place, each from then to then.

    `smaller`: from when to when the camera's resolution is a lower one.
    """
    watch = Watcher(TwoTexts(tmp_path), "gate", rate, Regions(), WatchOptions(**options))
    found: list[Sighting] = []
    over = max(end for *_, end in stays) + 4
    for number in range(round(over * rate)):
        seconds = number / rate
        there = [colour for colour, begin, end in stays if begin <= seconds < end]
        picture = np.full((160, 320, 3), 60, np.uint8)
        quads = np.zeros((0, 4, 2), np.float32)
        if there:
            quads = corners(frame((15, 10)))
            picture[68:100, 60:188] = 200
            picture[72:96:2, 70:180:6] = 20
            picture[:4, :4] = 255 if there[0] == "purple" else 60
        if smaller[0] <= seconds < smaller[1]:
            picture, quads = np.asarray(cv2.resize(picture, (240, 120)), np.uint8), quads * np.float32(0.75)
        found += watch.see(Frame(picture, START + timedelta(seconds=seconds), seconds), quads)
    return found + watch.finish()


@pytest.mark.parametrize(
    ("gap", "rate"), [(1.0, 5.0), (2.0, 5.0), (60.0, 5.0), (0.0, 2.0), (1.0, 2.0), (5.0, 2.0)]
)
def test_two_sure_texts_are_two_vehicles(tmp_path: Path, gap: float, rate: float) -> None:
    stays = [("red", 1.0, 4.0), ("purple", 4.0 + gap, 8.0 + gap)]
    stays.append(("red", 8.0 + 2 * gap, 12.0 + 2 * gap))
    found = queue(tmp_path, stays, rate)
    assert [s.text for s in found] == ["AB123", "AX123", "AB123"]
    for sighting, (_, begin, end) in zip(found, stays, strict=True):
        assert sighting.first_seen == START + timedelta(seconds=begin)
        assert sighting.last_seen == START + timedelta(seconds=end - 1 / rate)


@pytest.mark.parametrize(
    ("gap", "options", "count"),
    [(5, {}, 1), (20, {}, 2), (20, {"gone_after": 30}, 1), (5, {"gone_after": 3}, 2)],
)
def test_a_place_that_was_seen_empty_ends_a_stay(
    tmp_path: Path, gap: float, options: dict[str, float], count: int
) -> None:
    found = queue(tmp_path, [("red", 1, 4), ("red", 4 + gap, 8 + gap)], 4.0, **options)
    assert [s.text for s in found] == ["AB123"] * count


@pytest.mark.parametrize("before", [0.5, 2.0])
def test_a_vehicle_goes_on_where_it_was_when_the_resolution_changes(weights: Path, before: float) -> None:
    # It stands right of the line throughout, and would jump over it if pixels were compared with pixels.
    watch = watcher(weights, line=Line.parse("0.4,1 0.4,0"))
    found = []
    for number in range(20):
        seconds = number / RATE
        picture, quads = frame((20, 10)), corners(frame((20, 10)))
        if seconds < 1.0:
            picture = cv2.resize(picture, None, fx=before, fy=before, interpolation=cv2.INTER_NEAREST)
            quads = quads * np.float32(before)
        found += watch.see(Frame(picture, START + timedelta(seconds=seconds), seconds), quads)
    (sighting,) = [*found, *watch.finish()]
    assert (sighting.frames, sighting.direction) == (20, None)
    middle = sighting.corners.mean(0)
    assert np.abs(sighting.path - middle).max() < 2


@pytest.mark.parametrize("smaller", [(3.0, 6.0), (3.0, 40.0), (8.0, 14.0)])
def test_a_camera_whose_resolution_changes_still_knows_its_place_when_it_is_empty(
    tmp_path: Path, smaller: tuple[float, float]
) -> None:
    found = queue(tmp_path, [("red", 1, 10), ("red", 30, 34)], 4.0, smaller, report_after=2.0)
    assert [s.text for s in found] == ["AB123"] * 2


@pytest.mark.parametrize(("away", "visits"), [(30.0, 1), (90.0, 2)])
def test_a_place_that_was_not_seen_for_long_ends_a_stay(weights: Path, away: float, visits: int) -> None:
    # The stream was away, and nobody knows who came and went meanwhile.
    watch = watcher(weights, report_after=1.0, unseen_for=60.0)
    stands: Places = [(15, 10)] * 20
    found = see(watch, [None, *stands])
    found += see(watch, stands, begin=2.0 + away)
    assert len([*found, *watch.finish()]) == visits


@pytest.mark.parametrize(
    ("gap", "options", "count"), [(60, {}, 1), (200, {}, 2), (60, {"hidden_for": 30}, 2)]
)
def test_of_one_that_was_there_from_the_start_no_ground_is_known(
    tmp_path: Path, gap: float, options: dict[str, float], count: int
) -> None:
    # What is seen in its place may be a van before it.
    found = queue(tmp_path, [("red", 0, 4), ("red", 4 + gap, 8 + gap)], 2.0, **options)
    assert len(found) == count


def test_a_clock_that_is_set_does_not_tear_a_sighting(weights: Path) -> None:
    watch = watcher(weights)
    for number, place in enumerate(passing()):
        back = timedelta(hours=1) if number > 7 else timedelta()
        seconds = number / RATE
        image = Frame(frame(place), START + timedelta(seconds=seconds) - back, seconds)
        watch.see(image, corners(image.picture))
    (sighting,) = watch.finish()
    assert sighting.first_seen == START
    assert sighting.last_seen == START + timedelta(seconds=1.4)


def test_what_is_in_a_mask_is_not_looked_at(weights: Path) -> None:
    watch = watcher(weights, masks=(Mask.parse("0,0.4 1,0.7"),))
    assert [*see(watch, passing(row=10)), *watch.finish()] == []
    assert watch.plates == 0
    watch = watcher(weights, masks=(Mask.parse("0,0.4 1,0.7"),))
    assert len([*see(watch, passing(row=4)), *watch.finish()]) == 1


def test_areas_that_are_set_count_from_the_next_frame_on(weights: Path) -> None:
    watch = watcher(weights, masks=(Mask.parse("0,0 1,1"),))
    assert see(watch, passing()) == []
    drive, line = Zone.parse("drive=0,0 1,1"), Line.parse("0.4,1 0.4,0")
    watch.set_areas(Areas((drive,), (), line))
    (sighting,) = [*see(watch, passing(), begin=2.0), *watch.finish()]
    assert (sighting.zone, sighting.direction) == ("drive", "in")


def test_vehicles_are_reported_in_their_zones(weights: Path) -> None:
    upper = Zone.parse("upper=0,0 1,0.4 width=100")
    lower = Zone.parse("lower=0,0.6 1,1 length=6")
    for row, name in ((4, "upper"), (10, None), (15, None)):
        watch = watcher(weights, zones=(upper, lower), min_width=1000.0)
        assert [s.zone for s in [*see(watch, passing(row=row)), *watch.finish()]] == [name] * (
            name is not None
        )


def test_the_way_over_a_line_is_the_direction(weights: Path) -> None:
    across, beside = Line.parse("0.4,1 0.4,0"), Line.parse("0.9,1 0.9,0")
    cases = ((across, passing(), "in"), (across, passing()[::-1], "out"), (beside, passing(), "right"))
    for line, places, direction in cases:
        watch = watcher(weights, line=line)
        (sighting,) = [*see(watch, places), *watch.finish()]
        assert sighting.direction == direction


def test_what_is_too_unsure_is_not_reported(weights: Path) -> None:
    watch = watcher(weights, min_confidence=1.0)
    assert [*see(watch, passing()), *watch.finish()] == []


@pytest.mark.parametrize(
    "options",
    [
        {"min_confidence": 1.5},
        {"report_after": -1.0},
        {"min_width": -1.0},
        {"min_width": float("nan")},
        {"min_length": 0},
        {"longest_side": 31},
    ],
)
def test_arguments_out_of_range_are_refused(weights: Path, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        watcher(weights, **options)
