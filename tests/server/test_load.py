"""More than can be done, and what cannot be done at all."""

import threading

import numpy as np
import pytest
from fastapi.testclient import TestClient

from numberplate.server.pool import Pool
from numberplate.server.refusal import Busy

from .conftest import CAR, TEXT, MakeClient, picture

PNG = {"Content-Type": "image/png"}

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
    go_on = threading.Event()
    pool = client.app.state.services.pool  # type: ignore[attr-defined]
    occupied = [pool.submit(lambda: go_on.wait(30)) for _ in range(2)]
    try:
        reply = client.post(path, files={field: ("car.png", CAR)})
        assert reply.status_code == status
        assert int(reply.headers["Retry-After"]) >= 1
        assert "waiting" in reply.json()[key]
        assert client.get("/healthz").status_code == 200
    finally:
        go_on.set()
    for future in occupied:
        future.result(10)
    assert client.post(path, files={field: ("car.png", CAR)}).status_code in (200, 201)


def test_pool_bounds_what_waits() -> None:
    pool, go_on = Pool(2, 3), threading.Event()
    accepted = [pool.submit(lambda: go_on.wait(30)) for _ in range(5)]
    with pytest.raises(Busy):
        pool.submit(lambda: None)
    assert pool.accepted == 5
    accepted[-1].cancel()
    assert pool.accepted == 4
    accepted[-1] = pool.submit(lambda: True)
    go_on.set()
    pool.close()
    assert all(future.result() for future in accepted)
    assert pool.accepted == 0


def test_place_is_free_again_after_a_fault() -> None:
    pool = Pool(1, 0)

    def fails() -> None:
        raise RuntimeError("on purpose")

    for _ in range(3):
        assert isinstance(pool.submit(fails).exception(10), RuntimeError)
    pool.close()
    assert pool.accepted == 0


def test_uploads_under_way_are_bounded(make_client: MakeClient) -> None:
    reads = make_client(workers=1, queue=0).app.state.services.reads  # type: ignore[attr-defined]
    uploads = [reads.admit() for _ in range(5)]
    for upload in uploads[:4]:
        upload.__enter__()
    with pytest.raises(Busy):
        uploads[4].__enter__()
    uploads[0].__exit__(None, None, None)
    with uploads[4]:
        pass


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
