"""More than can be done, and what cannot be done at all."""

import asyncio
import os
import signal
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from numberplate.server.refusal import Busy
from numberplate.server.uploads.memory import Upload, UploadMemory
from numberplate.server.workers.pool import Pool, TooSlowError
from numberplate.server.workers.worker import Job, ReaderSettings, Reading, UnreadableError

from .conftest import CAR, TEXT, MakeClient, picture

PNG = {"Content-Type": "image/png"}
JOB = Job(CAR, "car.png")

MakePool = Callable[..., Pool]


@pytest.fixture
def make_pool(weights: Path) -> Iterator[MakePool]:
    pools = []

    def make(workers: int, queue: int, **options: float) -> Pool:
        pools.append(Pool(ReaderSettings(weights), workers, queue, **options))  # type: ignore[arg-type]
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


@contextmanager
def stopped(pool: Pool) -> Iterator[None]:
    """Its workers do nothing meanwhile: what is accepted stays so."""
    pids = pool.pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):  # one that was killed is replaced already
                os.kill(pid, signal.SIGCONT)


def texts(reading: Reading) -> list[str]:
    return [plate.text for plate in reading.report.plates]


INTERFACES = [
    ("/v1/plate-reader/", "upload", 429, "detail"),
    ("/v1/vision/alpr", "upload", 503, "error"),
    ("/api/read", "picture", 503, "error"),
]


@pytest.mark.parametrize(("path", "field", "status", "key"), INTERFACES)
def test_full_queue_is_said_at_once_and_ends(
    make_client: MakeClient, path: str, field: str, status: int, key: str
) -> None:
    client = make_client(workers=1, queue=1)
    pool = client.app.state.services.pool  # type: ignore[attr-defined]
    with stopped(pool):
        occupied = [pool.submit(JOB) for _ in range(2)]
        reply = client.post(path, files={field: ("car.png", CAR)})
        assert reply.status_code == status
        assert int(reply.headers["Retry-After"]) >= 1
        assert "waiting" in reply.json()[key]
        assert client.get("/healthz").status_code == 200
    for future in occupied:
        assert texts(future.result(20)) == [TEXT]
    assert client.post(path, files={field: ("car.png", CAR)}).status_code in (200, 201)


def test_pool_bounds_what_waits(make_pool: MakePool) -> None:
    pool = make_pool(2, 3)
    with stopped(pool):
        accepted = [pool.submit(JOB) for _ in range(5)]
        with pytest.raises(Busy):
            pool.submit(JOB)
        assert pool.accepted == 5
        accepted[-1].cancel()
        assert pool.accepted == 4
        accepted[-1] = pool.submit(JOB)
    pool.close()  # what was accepted is finished
    assert all(texts(future.result()) == [TEXT] for future in accepted)
    assert pool.accepted == 0


def test_what_was_cancelled_holds_no_picture_while_the_workers_are_busy(make_pool: MakePool) -> None:
    pool = make_pool(1, 1)
    with stopped(pool):
        read = pool.submit(JOB)
        pictures = []
        for _ in range(3):
            job = Job(bytes(1000), "car.png")
            pictures.append(weakref.ref(job))
            pool.submit(job).cancel()
            del job
        assert [picture() for picture in pictures] == [None, None, None]
    assert texts(read.result(20)) == [TEXT]


def test_a_place_is_held_for_a_picture_on_its_way(make_pool: MakePool) -> None:
    pool = make_pool(1, 7)
    with stopped(pool):
        accepted = [pool.submit(JOB) for _ in range(6)]
        with pool.hold(), pool.hold() as second:  # the last two of eight
            with pytest.raises(Busy):
                pool.hold()
            with pytest.raises(Busy):
                pool.submit(JOB)
            accepted.append(pool.submit(JOB, second))
        with pool.hold():
            with pytest.raises(Busy):
                pool.submit(JOB)
            time.sleep(0.3)  # who takes so long gives way
            accepted.append(pool.submit(JOB))
    assert all(texts(future.result(30)) == [TEXT] for future in accepted)


def test_those_who_only_begin_to_send_take_few_places(make_pool: MakePool) -> None:
    pool = make_pool(1, 7)
    with ExitStack() as many:
        for _ in range(100):
            many.enter_context(pool.hold())
        assert texts(pool.submit(JOB).result(30)) == [TEXT]


def test_place_is_free_again_after_a_fault(make_pool: MakePool) -> None:
    pool = make_pool(1, 0)
    for _ in range(3):
        error = pool.submit(Job(b"no picture", "x.png")).exception(20)
        assert isinstance(error, UnreadableError)
        assert str(error).startswith("x.png: not a picture")
    assert pool.accepted == 0
    assert pool.started == 1


def test_a_worker_that_is_killed_costs_no_reading(make_pool: MakePool) -> None:
    pool = make_pool(2, 3)
    for _ in range(3):
        with stopped(pool):
            accepted = [pool.submit(JOB) for _ in range(5)]
            time.sleep(0.05)  # both have one
            for pid in pool.pids:
                os.kill(pid, signal.SIGKILL)
        assert all(texts(future.result(30)) == [TEXT] for future in accepted)
    for pid in pool.pids:  # while nothing is read
        os.kill(pid, signal.SIGKILL)
    assert texts(pool.submit(JOB).result(30)) == [TEXT]


def test_nobody_waits_for_long(make_pool: MakePool) -> None:
    pool = make_pool(1, 30, longest_wait=0.5)
    pool._read_seconds = 0.2  # as if pictures had taken so long
    with stopped(pool):
        accepted = [pool.submit(JOB) for _ in range(3)]
        with pytest.raises(Busy) as busy:
            pool.submit(JOB)
    assert busy.value.headers == {"Retry-After": "1"}
    assert all(texts(future.result(60)) == [TEXT] for future in accepted)


def test_reading_that_takes_too_long_is_ended(make_pool: MakePool) -> None:
    pool = make_pool(1, 1, seconds=0.5)
    (hanging,) = pool.pids
    os.kill(hanging, signal.SIGSTOP)
    slow, next_one = pool.submit(JOB), pool.submit(JOB)
    assert isinstance(slow.exception(20), TooSlowError)
    assert texts(next_one.result(20)) == [TEXT]
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    assert pool.started == 2


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
def test_reading_that_takes_too_much_memory_is_refused(make_pool: MakePool) -> None:
    pool = make_pool(1, 0, megabytes=60)
    large = Job(picture(width=6000, height=6000), "large.png")
    assert isinstance(pool.submit(large).exception(30), UnreadableError)
    assert texts(pool.submit(JOB).result(30)) == [TEXT]


def test_uploads_are_bounded_in_bytes_and_the_slowest_gives_way() -> None:
    async def run() -> None:
        memory = UploadMemory(1000)
        slow, quick, read = memory.upload(), memory.upload(), memory.upload()

        async def receive(upload: Upload, size: int, seconds: float) -> str:
            upload.took(size)
            await asyncio.sleep(seconds)
            return "all"

        with read, slow, quick:
            assert await read.receive(partial(receive, read, 300, 0)) == "all"
            waiting = asyncio.ensure_future(slow.receive(partial(receive, slow, 600, 30)))
            await asyncio.sleep(0)
            # There is room for it once the slow one goes.
            assert await quick.receive(partial(receive, quick, 500, 0)) == "all"
            with pytest.raises(Busy):
                await asyncio.wait_for(waiting, 5)
            assert memory.held == 800
            with pytest.raises(Busy):
                quick.took(300)  # nobody is left to give way
        assert memory.held == 0
        with memory.upload() as late, pytest.raises(TimeoutError):
            await late.receive(partial(receive, late, 600, 30), 0.1)
        assert memory.held == 0

    asyncio.run(run())


def broken_pictures(count: int) -> list[bytes]:
    """Truncated, with bits flipped, and no pictures at all, of small whole ones; the same every time."""
    rng = np.random.default_rng(7)
    import cv2

    pixels = rng.integers(0, 256, (24, 40, 3), np.uint8)
    whole = [cv2.imencode(kind, pixels)[1].tobytes() for kind in (".jpg", ".png", ".webp", ".bmp", ".tiff")]
    found = []
    for i in range(count):
        data = bytearray(whole[i % len(whole)])
        way = rng.integers(4)
        if way == 0:
            data = data[: rng.integers(len(data))]
        elif way == 1:
            for place in rng.integers(0, len(data), rng.integers(1, 30)):
                data[place] ^= 1 << int(rng.integers(8))
        elif way == 2:
            # In the head, where sizes and offsets are.
            for place in rng.integers(0, min(64, len(data)), 4):
                data[place] = int(rng.integers(256))
        else:
            data = bytearray(rng.bytes(int(rng.integers(200))))
        found.append(bytes(data))
    return found


def test_2000_broken_pictures(client: TestClient) -> None:
    counts: dict[int, int] = {}
    for i, data in enumerate(broken_pictures(2000)):
        path, field, _, key = INTERFACES[i % 3]
        reply = client.post(path, files={field: (f"{i}.jpg", data)})
        counts[reply.status_code] = counts.get(reply.status_code, 0) + 1
        if reply.status_code not in (200, 201):
            assert reply.json()[key]
    # Some flipped bits leave a picture that can be read.
    assert set(counts) <= {200, 201, 400, 413}
    assert counts[400] > 1000
    plates = client.post("/api/read", content=CAR, headers=PNG).json()["plates"]
    assert [plate["text"] for plate in plates] == [TEXT]


def test_bomb_is_refused_before_it_is_decoded(make_client: MakeClient) -> None:
    client = make_client(max_megapixels=1.0)
    bomb = picture(width=4000, height=4000)
    assert len(bomb) < 200_000
    reply = client.post("/api/read", content=bomb, headers=PNG)
    assert (reply.status_code, "megapixels" in reply.json()["error"]) == (413, True)


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("multipart/form-data", b"x", "boundary"),
        ("multipart/form-data; boundary=x", b"no parts", "form"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nno name\r\n--x--\r\n", "form"),
        ("application/json", b"[" * 100_000, "JSON"),
        ("application/json", b"[1]", "object"),
        ("application/json", b'{"upload": {"a": 1}}', "Base64"),
        ("application/x-www-form-urlencoded", b"upload=%00%ff&" * 2000, "form"),
    ],
)
def test_broken_bodies(client: TestClient, kind: str, content: bytes, reason: str) -> None:
    reply = client.post("/v1/plate-reader/", content=content, headers={"Content-Type": kind})
    assert reply.status_code == 400
    assert reason in reply.json()["detail"]
