"""Reading many pictures at once: the same as one by one, whatever some of them do."""

import asyncio
import contextlib
import gc
import io
import itertools
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from numberplate.processes.cores import cores
from numberplate.reading import PlateReader, PoolClosedError, PoolError, ReaderPool, Report
from numberplate.reading.pool import default_jobs

sys.path.append(str(Path(__file__).parent))
from made_of_reports import EndingAsItStarts, ending, exiting, mistaken, shape

MakeWeights = Callable[..., Path]

PLATES = 3


@pytest.fixture
def reader(make_weights: MakeWeights) -> PlateReader:
    return PlateReader(make_weights())


def picture(red: int = 1) -> np.ndarray:
    """So many plates, as the networks of these tests see them; higher than a picture of a plate may be."""
    found = np.zeros((336, 160 * PLATES, 3), np.uint8)
    for i in range(red):
        found[64:72, 80 + 160 * i : 88 + 160 * i] = (255, 0, 0)
    return found


def file(folder: Path, name: str, red: int = 1) -> Path:
    path = folder / name
    cv2.imwrite(str(path), cv2.cvtColor(picture(red), cv2.COLOR_RGB2BGR))
    return path


def seen(report: Report) -> tuple[str, list[str], str | None]:
    return report.source, [plate.text for plate in report.plates], report.error


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_kinds_of_pictures_in_order(reader: PlateReader, tmp_path: Path, jobs: int) -> None:
    paths = [file(tmp_path, f"{i}.png", i % (PLATES + 1)) for i in range(9)]
    (tmp_path / "bad.png").write_text("no picture")
    sources = [
        *paths[:4],
        str(tmp_path / "bad.png"),
        tmp_path / "none.png",
        picture(2),
        paths[1].read_bytes(),
        io.BytesIO(paths[2].read_bytes()),
        Image.open(paths[3]),
        *paths[4:],
    ]
    one_by_one = [reader.report(source) for source in sources]
    sources[8] = io.BytesIO(paths[2].read_bytes())  # the other is at its end
    reports = list(reader.read_many(sources, jobs))
    assert [seen(report) for report in reports] == [seen(report) for report in one_by_one]
    for report, expected in zip(reports, one_by_one, strict=True):
        assert report.picture is None
        assert report.search is None
        assert type(report.fault) is type(expected.fault)
        for plate, other in zip(report.plates, expected.plates, strict=True):
            assert plate.to_dict() == other.to_dict()


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="no such names of open files here")
def test_open_files_by_their_names_are_those_of_this_process(reader: PlateReader, tmp_path: Path) -> None:
    path = file(tmp_path, "car.png", 2)
    receive, send = os.pipe()
    with path.open("rb") as opened, os.fdopen(receive, "rb") as pipe:
        os.write(send, path.read_bytes())
        os.close(send)
        names = [f"/dev/fd/{opened.fileno()}", f"/dev/fd/{pipe.fileno()}"]
        reports = list(reader.read_many([*names, path], 2))
    assert [seen(report) for report in reports] == [
        (name, ["AB123"] * 2, None) for name in [*names, str(path)]
    ]


def test_no_pictures(reader: PlateReader) -> None:
    assert list(reader.read_many([])) == []


@pytest.mark.parametrize(
    "one",
    ["car.jpg", b"picture", io.BytesIO(b"a\nb"), picture(), picture()[..., 0]],
    ids=["path", "bytes", "file", "colour", "grey"],
)
def test_one_picture_in_place_of_several(reader: PlateReader, one: object) -> None:
    """Its letters, lines or rows are no pictures."""

    async def read() -> None:
        async for _ in reader.read_many_async(one, 1):  # type: ignore[arg-type]
            pass

    with pytest.raises(TypeError, match="expected several"):
        next(reader.read_many(one, 1))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected several"):
        asyncio.run(read())
    pictures = np.stack([picture(i) for i in range(3)])
    assert [len(report.plates) for report in reader.read_many(pictures, 1)] == [0, 1, 2]


def test_pictures_without_an_end_are_taken_as_they_are_needed(reader: PlateReader) -> None:
    taken = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal taken
        while True:
            taken += 1
            yield picture()

    reports = reader.read_many(endless(), jobs=2)
    for _ in range(3):
        assert len(next(reports).plates) == 1
    reports.close()  # type: ignore[attr-defined]
    assert 3 <= taken <= 3 + 2 * 2
    assert not [t for t in threading.enumerate() if t.name == "numberplate reading"]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
def test_a_picture_that_ends_its_process_costs_nothing_else(reader: PlateReader, tmp_path: Path) -> None:
    names = ["a.png", "fatal.png", "b.png", "shot.png", "c.png", "d.png"]
    paths = [file(tmp_path, name) for name in names]
    (tmp_path / "shot.once").touch()
    with ReaderPool(reader, 2, ending) as pool:
        found = list(pool.map(paths))
    expected: list[tuple[str, int]] = [(str(path), 1) for path in paths]
    expected[1] = ("the processes that read it ended over it", 0)
    assert found == expected


def test_what_is_made_of_reports_has_the_picture(reader: PlateReader) -> None:
    with ReaderPool(reader, 2, shape, keep=True) as pool:
        assert list(pool.map([picture(), picture()])) == [picture().shape] * 2


def test_a_mistake_in_it_is_raised(reader: PlateReader) -> None:
    pool = ReaderPool(reader, 2, mistaken)
    with pytest.raises(ZeroDivisionError) as raised, pool:
        list(pool.map([picture()]))
    assert any("in mistaken" in note for note in raised.value.__notes__)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_would_exit_is_raised_and_the_next_is_read(reader: PlateReader, jobs: int) -> None:
    with ReaderPool(reader, jobs, exiting) as pool:
        for _ in range(3):
            with pytest.raises(SystemExit):
                pool.submit(picture()).result(timeout=60)


@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
def test_processes_that_end_as_they_start(reader: PlateReader, tmp_path: Path) -> None:
    """One that somebody kills is started once more; where none starts that is said."""
    with ReaderPool(reader, 2, EndingAsItStarts(tmp_path, 1)) as pool:
        assert list(pool.map([picture(i) for i in range(3)])) == [0, 1, 2]
    with (
        ReaderPool(reader, 2, EndingAsItStarts(tmp_path, 9)) as pool,
        pytest.raises(PoolError, match="start"),
    ):
        list(pool.map([picture()]))


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_picture_is_held_when_it_is_read(make_weights: MakeWeights, jobs: int) -> None:
    """A camera that sends one now and then would have one held for each job."""
    with ReaderPool(PlateReader(make_weights()), jobs) as pool:
        picture = np.zeros((200, 300, 3), np.uint8)
        held = weakref.ref(picture)
        assert pool.submit(picture).result().error is None
        del picture
        end = time.monotonic() + 20
        while held() is not None:  # the job is about to let it go
            assert time.monotonic() < end
            time.sleep(0.01)


def test_what_nobody_waits_for_is_not_read(reader: PlateReader) -> None:
    gate = threading.Event()
    with ReaderPool(reader, 1, lambda _, report: gate.wait(60)) as pool:
        given = [pool.submit(picture())]

        def submitted() -> Iterator[Future[bool]]:
            given.append(pool.submit(picture()))
            yield given[1]
            raise LookupError

        with pytest.raises(LookupError):
            list(pool.in_order(submitted()))
        gate.set()
        assert given[0].result()
        assert given[1].cancelled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
def test_a_forked_process_has_no_share_in_a_pool(reader: PlateReader) -> None:
    with ReaderPool(reader, 2) as pool:
        assert len(pool.submit(picture()).result().plates) == 1
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with pool:
                    pool.submit(picture())
            except PoolClosedError:
                status = 0
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(pool.submit(picture()).result().plates) == 1


def test_pictures_that_are_submitted_while_it_closes_are_read_or_refused(reader: PlateReader) -> None:
    for _ in range(20):
        pool = ReaderPool(reader, 1)
        pool.submit(picture())
        closing = threading.Thread(target=pool.close)
        closing.start()
        with contextlib.suppress(PoolClosedError):
            while True:
                assert pool.submit(picture()).result(timeout=60).error is None
        closing.join()


def test_a_closed_pool(reader: PlateReader) -> None:
    pool = ReaderPool(reader, 2)
    waiting = pool.submit(picture(), "a name")
    pool.close()
    assert waiting.result().source == "a name"
    with pytest.raises(PoolClosedError):
        pool.submit(picture())
    pool.close()


@pytest.mark.slow
def test_event_loops_go_on(reader: PlateReader) -> None:
    async def read(pictures: object) -> tuple[list[int], int]:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(others())
        found = [len(r.plates) async for r in reader.read_many_async(pictures, 2)]  # type: ignore[arg-type]
        other.cancel()
        return found, turns

    async def arriving() -> AsyncIterator[np.ndarray]:
        for i in range(6):
            await asyncio.sleep(0)
            yield picture(i % 3)

    expected = [i % 3 for i in range(6)]
    for pictures in (arriving(), [picture(i % 3) for i in range(6)]):
        found, turns = asyncio.run(read(pictures))
        assert found == expected
        assert turns > 6


def test_what_the_pictures_iterator_raises_arrives(reader: PlateReader) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield picture()
        raise LookupError("no more")

    async def read() -> None:
        async for _ in reader.read_many_async(broken(), 2):
            pass

    with pytest.raises(LookupError, match="no more"):
        list(reader.read_many(broken(), 2))
    with pytest.raises(LookupError, match="no more"):
        asyncio.run(read())


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_tasks_that_are_cancelled(reader: PlateReader, jobs: int, caplog: pytest.LogCaptureFixture) -> None:
    """At whatever moment: all ends, nothing is complained of, and the loop goes on meanwhile."""
    longest = 0.0

    async def turning() -> None:
        nonlocal longest
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.01)
            longest = max(longest, time.perf_counter() - before)

    async def reading() -> None:
        async for _ in reader.read_many_async(itertools.repeat(picture()), jobs):
            pass

    async def main() -> None:
        turns = asyncio.create_task(turning())
        for seconds in (0.0, 0.05, 0.2, 1.5):
            task = asyncio.create_task(reading())
            await asyncio.sleep(seconds)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not [t for t in threading.enumerate() if t.name == "numberplate reading"]
        turns.cancel()

    asyncio.run(main())
    gc.collect()  # asyncio complains of what nobody asked for as it is thrown away
    assert caplog.records == []
    assert longest < 1.0


@pytest.mark.slow
def test_a_script_needs_no_guard(make_weights: MakeWeights, tmp_path: Path) -> None:
    """As processes of `multiprocessing` would, which import the script that starts them."""
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, numberplate\n"
        "reader = numberplate.PlateReader(sys.argv[1])\n"
        "print([len(r.plates) for r in reader.read_many(sys.argv[2:], jobs=2)])\n"
    )
    paths = [file(tmp_path, f"{i}.png", i) for i in range(3)]
    done = subprocess.run(
        [sys.executable, script, make_weights(), *paths], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("[0, 1, 2]\n", "")


def test_how_many_jobs(reader: PlateReader) -> None:
    assert default_jobs(pictures=0) == default_jobs(pictures=1) == default_jobs(pictures=16) == 1
    assert default_jobs(pictures=17) == min(2, cores())
    assert default_jobs(10_000) == 1
    assert default_jobs() == default_jobs(pictures=100_000)
    with pytest.raises(ValueError, match="jobs: expected at least 1, got 0"):
        ReaderPool(reader, 0)
