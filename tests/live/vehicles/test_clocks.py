"""Burnt-in clocks, which are masked once they go with the time, and parked cars, which never are."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.live.options import WatchOptions
from numberplate.live.sources.frame import Frame
from numberplate.live.vehicles.clocks import Clocks
from numberplate.live.vehicles.scene import Ground
from numberplate.live.vehicles.watcher import Watcher
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.look import Look
from numberplate.results.sighting import Sighting

from ...reading.conftest import save_detector, save_recognizer

START = datetime(2026, 1, 1, 8, 59, 40, tzinfo=UTC)
RATE = 2.0

Says = Callable[[float], str | None]
"""What a place says at so many seconds, None where nothing is there."""


class Told(Cascade):
    """Reads what it is told: it does not look."""

    def __init__(self, folder: Path):
        folder.mkdir()
        save_detector(folder)
        save_recognizer(folder, "AB123")
        super().__init__(folder, regions=Regions())
        self._folder = folder
        self._known: dict[str, Cascade] = {}
        self.says = ""

    def recognize(
        self, picture: np.ndarray, corners: np.ndarray, candidates: int = 5, again: bool = True
    ) -> tuple[Look, ...]:
        if self.says not in self._known:
            other = self._folder / f"reads-{self.says}"
            other.mkdir()
            save_detector(other)
            save_recognizer(other, self.says)
            self._known[self.says] = Cascade(other, regions=Regions())
        return self._known[self.says].recognize(picture, corners, candidates, again)


def watch(
    tmp_path: Path,
    says: Says,
    seconds: float,
    detected: Callable[[int], bool] = lambda number: True,
    begin: float = 0.0,
    watcher: Watcher | None = None,
) -> tuple[list[Sighting], Watcher]:
    """What is reported of a place whose text is drawn there, whether or not it is `detected` in a frame."""
    cascade = Told(tmp_path / "weights") if watcher is None else watcher._cascade
    watcher = watcher or Watcher(cascade, "gate", RATE, Regions(), WatchOptions(report_after=5.0))
    assert isinstance(cascade, Told)
    found: list[Sighting] = []
    for number in range(round(seconds * RATE)):
        now = begin + number / RATE
        text = says(now)
        picture = np.full((160, 320, 3), 90, np.uint8)
        quads = np.zeros((0, 4, 2), np.float32)
        if text is not None:
            cv2.rectangle(picture, (10, 10), (138, 42), (0, 0, 0), -1)
            cv2.putText(picture, text, (14, 36), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255,) * 3, 2)
            if detected(number):
                quads = np.array([[[10, 10], [138, 10], [138, 42], [10, 42]]], np.float32)
            cascade.says = text
        image = Frame(picture, START + timedelta(seconds=now), now)
        found += watcher.see(image, quads)
    return found, watcher


def clock(pattern: str, speed: float = 1.0) -> Says:
    return lambda now: (START + timedelta(seconds=speed * now)).strftime(pattern)


@pytest.mark.parametrize(
    ("pattern", "seconds"), [("%H%M%S", 40), ("%d%H%M%S", 40), ("%H%M%SCH1", 40), ("%H%M", 260)]
)
def test_a_clock_is_masked_once_it_goes_with_the_time(tmp_path: Path, pattern: str, seconds: float) -> None:
    before, watcher = watch(tmp_path, clock(pattern), seconds)
    assert len(before) <= 3  # what it said until it was known
    plates, readings = watcher.plates, watcher.readings
    after, _ = watch(tmp_path, clock(pattern), 30, begin=seconds, watcher=watcher)
    assert [*after, *watcher.finish()] == []
    assert (watcher.plates, watcher.readings) == (plates, readings)


def test_a_clock_that_is_detected_now_and_then_is_masked_too(tmp_path: Path) -> None:
    before, watcher = watch(tmp_path, clock("%H%M%S"), 60, lambda number: number % 16 == 0)
    plates = watcher.plates
    after, _ = watch(tmp_path, clock("%H%M%S"), 60, lambda number: number % 16 == 0, 60, watcher)
    assert (after, watcher.plates) == ([], plates)
    assert len(before) <= 4


# All digits, so that any of them may be taken for a time; misread most often in the one that a clock changes.
MISREAD = [*(f"12073{digit}" for digit in range(10)), "120784", "120134", "128734"]


def test_a_parked_car_that_is_misread_now_and_then_goes_on_being_seen(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    found, watcher = watch(
        tmp_path, lambda now: str(rng.choice(MISREAD)) if rng.random() < 0.05 else "120734", 60
    )
    assert watcher.plates == 120
    assert found


@pytest.mark.parametrize("wrong", [0.1, 0.3, 0.5])
def test_a_parked_car_is_never_masked_however_often_it_is_misread(tmp_path: Path, wrong: float) -> None:
    rng = np.random.default_rng(6)
    told, picture = Told(tmp_path / "weights"), np.full((160, 320, 3), 90, np.uint8)
    picture[12:40:3, 12:136:5] = 250
    quad = np.array([[10, 10], [138, 10], [138, 42], [10, 42]], np.float32)
    readings = {}
    for told.says in MISREAD:
        (look,) = told.recognize(picture, quad[None])
        readings[told.says] = look.reading
    clocks, ground = Clocks(), Ground()
    for number in range(3000):  # 25 minutes
        image = Frame(picture, START, number / RATE)
        clocks.look(image, ground)
        text = str(rng.choice(MISREAD)) if rng.random() < wrong else "120734"
        assert clocks.read(image, quad, readings[text]) is None
        ground.see(image.small, image.seconds, [])
    assert clocks.masks == []


def test_a_plate_like_a_time_that_stays_the_same_is_a_plate(tmp_path: Path) -> None:
    found, watcher = watch(tmp_path, lambda now: "085950", 120)
    assert [sighting.text for sighting in found] == ["085950"]
    assert watcher.plates == 240


@pytest.mark.parametrize(("stay", "gap"), [(4.0, 2.0), (40.0, 20.0)])
def test_a_fleet_whose_numbers_go_with_the_time_is_no_clock(tmp_path: Path, stay: float, gap: float) -> None:
    # One more each minute, or six more every six seconds, at one place to the pixel: it is empty in between.
    every = stay + gap
    step = 1 if every == 60 else 6

    def says(now: float) -> str | None:
        number, into = divmod(now, every)
        return f"KMX{1210 + step * int(number)}" if into < stay else None

    found, watcher = watch(tmp_path, says, 7 * every)
    found += watcher.finish()
    assert [sighting.text for sighting in found] == [f"KMX{1210 + step * n}" for n in range(7)]
