"""Lists, tars, pictures and results in an object store: a real server that speaks S3, of the package moto."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import fsspec
import pyarrow.fs as pa_fs
import pytest

from numberplate.bulk.engines import LocalEngine
from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.run import Run
from numberplate.bulk.worker import Reading

from .conftest import MakeWeights, check_all_there, encoded, rows
from .test_run import run
from .test_worker import dataset, part_of, read

if TYPE_CHECKING:
    from moto.server import ThreadedMotoServer

MISSING = [name for name in ("s3fs", "moto", "flask") if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
    # Of what boto and moto themselves call.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def server() -> Iterator["ThreadedMotoServer"]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # All servers of one process show the same buckets.
    urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    yield server
    server.stop()


@pytest.fixture
def store(
    server: "ThreadedMotoServer", monkeypatch: pytest.MonkeyPatch
) -> Iterator[fsspec.AbstractFileSystem]:
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "*")
    fs = fsspec.filesystem("s3", skip_instance_cache=True)
    fs.mkdir("bucket")
    yield fs
    fs.clear_instance_cache()


def table(store: fsspec.AbstractFileSystem, name: str) -> list[dict]:
    return rows("bucket/out", name, pa_fs.PyFileSystem(pa_fs.FSSpecHandler(store)))


def test_all_in_a_store(store: fsspec.AbstractFileSystem, make_weights: MakeWeights, tmp_path: Path) -> None:
    for i in range(20):
        store.pipe_file(f"bucket/photos/{i % 2}/{i:03d}.png", encoded(i))
    store.pipe_file("bucket/photos/0/empty.jpg", b"")
    store.pipe_file("bucket/photos/.hidden.png", encoded(0))
    store.put_file(str(dataset(tmp_path / "some.tar", 3)), "bucket/tars/set-000.tar")
    store.pipe_file("bucket/list.csv", b"url\ns3://bucket/photos/0/000.png\ns3://bucket/gone.png\n")
    sources = ["s3://bucket/photos", "s3://bucket/tars/set-*.tar", "s3://bucket/list.csv"]
    reading = Reading(weights=make_weights())

    def run() -> Run:
        return Run(sources, "s3://bucket/out", reading, part_size=8)

    first = run()
    assert (first.plan.size, first.resumed) == (4, False)
    receipts = LocalEngine(1).read(first.left, reading, "s3://bucket/out", lambda _: None)
    next(receipts)
    receipts.close()  # type: ignore[attr-defined]

    second = run()
    assert second.resumed
    assert 1 <= len(second.left) <= 3
    summary = second.go(LocalEngine(2))
    assert (summary.pictures, summary.bad) == (20 + 3 + 1, 1 + 3 + 1)

    pictures = table(store, "pictures")
    assert [row["source"] for row in pictures[:10]] == [
        f"s3://bucket/photos/0/{i:03d}.png" for i in range(0, 20, 2)
    ]
    assert len({(row["part"], row["row"]) for row in pictures}) == 24
    assert sum(row["plates"] for row in pictures) == len(table(store, "plates"))
    errors = {row["source"]: row["error"] for row in table(store, "bad")}
    assert errors["s3://bucket/gone.png"] == "no such file"
    assert errors["s3://bucket/photos/0/empty.jpg"] == "empty: it has no bytes"
    assert set(errors) > {"s3://bucket/tars/set-000.tar/0000.right.jpeg"}
    assert store.exists("bucket/out/summary.json")


def test_names_that_no_store_can_have(
    store: fsspec.AbstractFileSystem, make_weights: MakeWeights, tmp_path: Path
) -> None:
    """Of a list of millions: the others are read."""
    store.pipe_file("bucket/1.png", encoded(1))
    names = ["s3://bucket", "s3://no bucket/1.png", "s3://bucket/1.png"]
    (tmp_path / "list.txt").write_text("\n".join(names))
    out = tmp_path / "out"
    receipt = read(part_of(out, tmp_path / "list.txt"), Reading(weights=make_weights()), out)
    assert (receipt.pictures, receipt.bad) == (1, 2)
    assert [row["source"] for row in rows(out, "bad")] == names[:2]


def test_what_is_in_a_folder(store: fsspec.AbstractFileSystem) -> None:
    folder = Folder("s3://bucket/out")
    store.pipe_file("bucket/out/done/", b"")  # how the console makes a folder
    assert folder.names("done") == set()
    folder.write("done/a", b"1")
    assert folder.names("done") == {"a"}
    store.pipe_file("bucket/out/done/b", b"2")  # by another machine
    assert folder.names("done") == {"a", "b"}


@pytest.mark.parametrize("missing", ["keys", "server"])
def test_what_a_store_says_is_a_line(
    store: fsspec.AbstractFileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "keys":
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    done = run("s3://bucket/photos", "--out", tmp_path / "out")
    words = {"keys": "Unable to locate credentials", "server": "Could not connect to the endpoint"}[missing]
    assert done.returncode == 1
    assert done.stderr.startswith(f"numberplate: s3://bucket/photos: {words}")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_store_that_goes_away_makes_no_picture_a_bad_one(
    store: fsspec.AbstractFileSystem, server: "ThreadedMotoServer", make_weights: MakeWeights, tmp_path: Path
) -> None:
    count = 40
    for i in range(count):
        store.pipe_file(f"bucket/photos/{i:03d}.png", encoded(i))
    reading, out = Reading(weights=make_weights()), str(tmp_path / "out")

    def begin() -> Run:
        return Run(["s3://bucket/photos"], out, reading, part_size=10)

    first = begin()
    receipts = LocalEngine(1).read(first.left, reading, out, lambda _: None)
    next(receipts)
    _, port = server.get_host_and_port()
    server.stop()
    with pytest.raises(BulkError, match=r"s3://bucket/photos/\d+\.png: Could not connect"):
        list(receipts)
    assert rows(out, "bad") == []

    again = type(server)(port=port, verbose=False)
    again.start()
    second = begin()
    assert 0 < len(second.left) < 4
    assert second.go(LocalEngine(1)).pictures == count
    again.stop()
    check_all_there(tmp_path / "out", count)
