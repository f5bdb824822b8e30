"""Lists, tars, pictures and results in an object store: a real server that speaks S3, of the package moto."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow.fs as pa_fs
import pytest

from numberplate.bulk.engines import LocalEngine
from numberplate.bulk.run import Run
from numberplate.bulk.worker import Reading

from .conftest import MakeWeights, encoded, rows
from .test_worker import dataset

MISSING = [name for name in ("s3fs", "moto", "flask") if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}"),
    # Of what boto and moto themselves call.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[fsspec.AbstractFileSystem]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
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
    server.stop()


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
