"""One part: its tables, whatever its pictures do, and that they are written anew after any failure."""

import io
import os
import signal
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.plan import Part, make_plan
from numberplate.bulk.tables import BAD, PICTURES, PLATES, SCHEMAS
from numberplate.bulk.worker import PartWorker, Reading, Receipt, part_reader
from numberplate.reading import ReadOptions, WeightsError

from .conftest import MakeWeights, encoded, rows, write_pictures


@pytest.fixture
def reading(make_weights: MakeWeights) -> Reading:
    return Reading(weights=make_weights())


def part_of(out: Path, *sources: Path) -> Part:
    (part,) = make_plan([str(source) for source in sources], Folder(str(out)), {}, part_size=1000).parts()
    return part


def read(part: Part, reading: Reading, out: Path) -> Receipt:
    """In this process."""
    receipt = part_reader(reading, str(out))((part, {}, None), lambda _: None)
    assert isinstance(receipt, Receipt)
    assert Receipt.from_json(receipt.to_json()) == receipt
    return receipt


def test_tables(photos: Path, reading: Reading, tmp_path: Path) -> None:
    out = tmp_path / "out"
    receipt = read(part_of(out, photos), reading, out)
    pictures, plates, bad = (rows(out, table) for table in SCHEMAS)
    assert (receipt.pictures, receipt.plates, receipt.bad) == (40, len(plates), 2)
    assert [row["plates"] for row in pictures] == [i % 3 for i in range(40)]
    assert [row["row"] for row in pictures] == [i for i in range(42) if i not in (30, 31)]
    first = plates[0]
    assert list(first) == PLATES.names
    assert (first["source"], first["text"], first["latin"], first["plate"]) == (
        str(photos / "00001.png"),
        "AB123",
        "AB123",
        0,
    )
    assert (first["x1"], first["y1"], first["box_width"]) == (20, 52, 128)
    assert [c["text"] for c in first["characters"]] == list("AB123")
    assert first["candidates"][0]["text"] == "AB123"
    assert [(Path(row["source"]).name, row["error"]) for row in bad] == [
        ("zz-empty.jpg", "empty: it has no bytes"),
        ("zz-text.jpg", bad[1]["error"]),
    ]
    assert "not a picture" in bad[1]["error"]
    assert list(bad[0]) == BAD.names
    assert {*pictures[0], "milliseconds"} == {*PICTURES.names}


def test_no_picture_can_be_read(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "1.jpg").touch()
    out = tmp_path / "out"
    assert read(part_of(out, tmp_path / "bad"), reading, out).pictures == 0
    assert rows(out, "pictures") == []  # a table without rows, but a table
    assert (out / "pictures").is_dir()
    assert not (out / "plates").exists()


@pytest.mark.parametrize("fails_at", range(4))
def test_a_part_is_done_whole_or_not_at_all(
    photos: Path, reading: Reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    """As if killed before any of its files is written; when it is read again, one picture is there by now."""
    out = tmp_path / "out"
    part = part_of(out, photos)
    write, written = Folder.write, 0

    def failing(self: Folder, name: str, data: bytes) -> None:
        nonlocal written
        if written == fails_at:
            raise BulkError("ended")
        written += 1
        write(self, name, data)

    monkeypatch.setattr(Folder, "write", failing)
    with pytest.raises(BulkError, match="ended"):
        read(part, reading, out)
    assert not (out / "_run" / "done").exists()
    monkeypatch.undo()
    for name in ("zz-empty.jpg", "zz-text.jpg"):
        (photos / name).write_bytes(encoded(40))
    assert read(part, reading, out).pictures == 42
    assert len(rows(out, "pictures")) == 42
    assert rows(out, "bad") == []


def tar(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as file:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


def dataset(path: Path, count: int = 6) -> Path:
    """As WebDataset has them: files of one sample stand together, and have one name up to the first dot."""
    members = {}
    for i in range(count):
        members |= {f"{i:04d}.png": encoded(i), f"{i:04d}.json": b"{}", f"{i:04d}.right.jpeg": b"damaged"}
    return tar(path, members)


@pytest.mark.parametrize("name", ["some.tar", "some.tar.gz"])
def test_tar(reading: Reading, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    read(part_of(out, dataset(tmp_path / name)), reading, out)
    assert [row["source"] for row in rows(out, "pictures")] == [
        f"{tmp_path / name}/{i:04d}.png" for i in range(6)
    ]
    assert [row["row"] for row in rows(out, "bad")] == [1, 3, 5, 7, 9, 11]


def test_tars_that_are_damaged(reading: Reading, tmp_path: Path) -> None:
    cut = dataset(tmp_path / "cut.tar")
    cut.write_bytes(cut.read_bytes()[:6400])
    (tmp_path / "empty.tar").touch()
    (tmp_path / "text.tar").write_text("no tar, but a text that is long enough to be looked at " * 20)
    for name, words in (
        ("cut", "a tar that cannot be read after 3 pictures: unexpected end of data"),
        ("empty", "a tar that cannot be read: "),
        ("text", "a tar that cannot be read: "),
        ("none", "no such file"),
    ):
        out = tmp_path / "out" / name
        read(part_of(out, tmp_path / f"{name}.tar"), reading, out)
        last = rows(out, "bad")[-1]
        assert last["source"] == str(tmp_path / f"{name}.tar")
        assert last["error"].startswith(words)
    assert len(rows(tmp_path / "out" / "cut", "pictures")) == 2


def test_damage_in_a_tar_is_not_its_end(reading: Reading, tmp_path: Path) -> None:
    """What comes after it is lost, which must be said: tars are often cut where one file ends."""
    whole = tar(tmp_path / "whole.tar", {f"{i}.png": encoded(i) for i in range(6)}).read_bytes()
    with tarfile.open(tmp_path / "whole.tar") as file:
        third = file.getmembers()[3].offset
    for name, content, words in (
        ("between", whole[:third], "it ends without the mark of its end"),
        ("header", whole[: third + 100], "truncated header"),
        ("damaged", whole[:third] + b"#" * 512 + whole[third + 512 :], "invalid header"),
    ):
        (tmp_path / f"{name}.tar").write_bytes(content)
        out = tmp_path / "out" / name
        read(part_of(out, tmp_path / f"{name}.tar"), reading, out)
        assert len(rows(out, "pictures")) == 3
        (bad,) = rows(out, "bad")
        assert (bad["row"], bad["source"]) == (3, str(tmp_path / f"{name}.tar"))
        assert bad["error"] == f"a tar that cannot be read after 3 pictures: {words}"


def test_links_in_a_tar_are_said_and_hidden_files_are_passed_over(reading: Reading, tmp_path: Path) -> None:
    hidden = {"._0.png": b"of another system", "a/.b/1.png": encoded(1), "__MACOSX/0.png": encoded(0)}
    path = tar(tmp_path / "some.tar", {"./0.png": encoded(0), "../1.png": encoded(1), **hidden})
    with tarfile.open(path, "a") as file:
        for name, kind in (
            ("hard.png", tarfile.LNKTYPE),
            ("soft.png", tarfile.SYMTYPE),
            ("x", tarfile.SYMTYPE),
        ):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = kind, "0.png"
            file.addfile(link)
    out = tmp_path / "out"
    read(part_of(out, path), reading, out)
    assert [row["source"] for row in rows(out, "pictures")] == [f"{path}/./0.png", f"{path}/../1.png"]
    assert [(row["source"], row["error"]) for row in rows(out, "bad")] == [
        (f"{path}/{name}", "a link to 0.png, which is not followed") for name in ("hard.png", "soft.png")
    ]


@pytest.fixture
def worker(reading: Reading, tmp_path: Path) -> Iterator[PartWorker]:
    made = PartWorker(replace(reading, seconds=60.0), str(tmp_path / "out"))
    yield made
    made.close()


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_a_picture_that_takes_too_long(reading: Reading, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "photos", 4)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)  # nobody writes into it
    # Named in a list: in a folder it would be passed over.
    (tmp_path / "list.txt").write_text("\n".join(map(str, [*paths[:2], pipe, *paths[2:]])))
    out = tmp_path / "out"
    part = part_of(out, tmp_path / "list.txt")
    counted: list[int] = []
    worker = PartWorker(replace(reading, seconds=3.0), str(out))
    receipt = worker.read(part, counted.append)
    worker.close()
    assert (receipt.pictures, receipt.bad) == (4, 1)
    (bad,) = rows(out, "bad")
    assert bad["row"] == 2
    assert bad["error"] == "reading it took longer than 3 s, and was ended"
    assert counted[-1] == 5


@pytest.mark.skipif(os.name == "nt", reason="no such signal on Windows")
@pytest.mark.parametrize(("times", "bad"), [(1, 0), (2, 1)])
def test_a_picture_that_ends_its_process(worker: PartWorker, tmp_path: Path, times: int, bad: int) -> None:
    write_pictures(tmp_path / "photos", 6)
    out = tmp_path / "out"
    left = times

    def killing(row: int) -> None:
        nonlocal left
        if row == 3 and left:
            left -= 1
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)

    part = part_of(out, tmp_path / "photos")
    receipt = worker.read(part, killing)
    # It may have come further than what it had told by then.
    assert receipt.bad <= bad
    assert receipt.pictures + receipt.bad == 6
    assert left == 0


def test_what_keeps_a_worker_from_starting_is_raised(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"bundle\.json"):
        PartWorker(Reading(weights=tmp_path / "none"), str(tmp_path / "out"))


def test_results_that_cannot_be_written(worker: PartWorker, tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", 2)
    part = part_of(tmp_path / "out", tmp_path / "photos")
    (tmp_path / "out" / "pictures").write_text("in the way")
    with pytest.raises(BulkError, match=r"pictures/part-000000\.parquet: (File exists|Not a directory)"):
        worker.read(part)


def test_a_closed_worker_reads_no_more(worker: PartWorker, tmp_path: Path) -> None:
    write_pictures(tmp_path / "photos", 2)
    part = part_of(tmp_path / "out", tmp_path / "photos")
    worker.close()
    with pytest.raises(BulkError, match="closed"):
        worker.read(part)


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_a_worker_that_is_closed_while_it_reads_starts_no_other_process(
    reading: Reading, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)  # nobody writes into it
    (tmp_path / "list.txt").write_text(str(pipe))
    part = part_of(tmp_path / "out", tmp_path / "list.txt")
    start = time.monotonic()
    worker = PartWorker(reading, str(tmp_path / "out"))
    takes = time.monotonic() - start
    closed: list[float] = []

    def close() -> None:
        closed.append(time.monotonic())
        worker.close()

    with pytest.raises(BulkError, match="closed"):
        worker.read(part, lambda _: threading.Timer(0.2, close).start())
    assert time.monotonic() - closed[0] < takes / 2


def test_options_are_those_of_the_reader(make_weights: MakeWeights, tmp_path: Path) -> None:
    reading = Reading(ReadOptions(min_confidence=1.0), make_weights())
    write_pictures(tmp_path / "photos", 3)
    out = tmp_path / "out"
    assert read(part_of(out, tmp_path / "photos"), reading, out).plates == 0
    assert np.all([row["plates"] == 0 for row in rows(out, "pictures")])
