"""One part: its tables, whatever its pictures do, and that they are written anew after any failure."""

import io
import itertools
import os
import signal
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.plan import Part, make_plan
from numberplate.bulk.tables import BAD, PICTURES, PLATES, SCHEMAS
from numberplate.bulk.worker import PartWorker, Reading, Receipt, part_reader
from numberplate.pictures.decode import max_bytes
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
    assert receipt.seconds > 0
    assert receipt.cpu_seconds > 0
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


def test_a_file_in_a_tar_that_is_too_large(reading: Reading, tmp_path: Path) -> None:
    small = replace(reading, options=replace(reading.options, max_megapixels=1.0))
    path = tar(tmp_path / "some.tar", {"0.png": encoded(0) + bytes(max_bytes(1.0)), "1.png": encoded(1)})
    out = tmp_path / "out"
    assert read(part_of(out, path), small, out).pictures == 1
    (bad,) = rows(out, "bad")
    assert bad["error"].startswith("too large a file")


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE) -> bytes:
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return member.tobuf(tarfile.USTAR_FORMAT)


def extended(*records: str) -> bytes:
    """A header of pax with these records."""
    data = b"".join(f"{len(record) + 4:02d} {record}\n".encode() for record in records)
    return header("pax", len(data), tarfile.XHDTYPE) + data.ljust(512, b"\0")


LONG_NAME = header("L", 2, tarfile.GNUTYPE_LONGNAME) + b"a".ljust(512, b"\0")


@pytest.mark.parametrize(
    "damage",
    [
        extended("GNU.sparse.map=none", "GNU.sparse.size=1"),
        extended("GNU.sparse.major=1", "GNU.sparse.minor=0"),
        header("pax", 512, tarfile.XHDTYPE) + (b"9" * 30 + b" path=x\n").ljust(512, b"\0"),
        LONG_NAME * 2000,
    ],
    ids=["map", "version", "length", "depth"],
)
def test_no_header_of_a_tar_ends_a_run(reading: Reading, tmp_path: Path, damage: bytes) -> None:
    path = tar(tmp_path / "some.tar", {"0.png": encoded(0)})
    whole = path.read_bytes()
    with tarfile.open(path) as file:
        end = file.getmembers()[0].offset_data + -(-len(encoded(0)) // 512) * 512
    path.write_bytes(whole[:end] + damage + header("1.png", 4) + b"none".ljust(512, b"\0") + bytes(1024))
    out = tmp_path / "out"
    assert read(part_of(out, path), reading, out).pictures == 1
    (bad,) = rows(out, "bad")
    assert bad["error"] == "a tar that cannot be read after 1 picture: invalid header"


def test_a_sparse_file_that_is_cut_in_its_header(reading: Reading, tmp_path: Path) -> None:
    block = bytearray(header("0.png", 512, tarfile.GNUTYPE_SPARSE))
    block[482] = 1  # more of its map follows
    block[148:156] = b"%06o\0 " % (256 + sum(block[:148]) + sum(block[156:]))
    (tmp_path / "some.tar").write_bytes(block)
    out = tmp_path / "out"
    read(part_of(out, tmp_path / "some.tar"), reading, out)
    (bad,) = rows(out, "bad")
    assert bad["error"] == "a tar that cannot be read: invalid header"


def test_links_in_a_tar_are_said_and_hidden_files_are_passed_over(reading: Reading, tmp_path: Path) -> None:
    hidden = {"._0.png": b"of another system", "a/.b/1.png": encoded(1), "__MACOSX/0.png": encoded(0)}
    pictures = {"./0.png": encoded(0), "../1.png": encoded(1), "/a/2.PNG": encoded(2)}
    path = tar(tmp_path / "some.tar", pictures | hidden)
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
    assert [row["source"] for row in rows(out, "pictures")] == [
        f"{path}/./0.png",
        f"{path}/../1.png",
        f"{path}/a/2.PNG",
    ]
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
    assert counted.count(2) == 2  # it is not tried twice


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_a_picture_that_ends_two_processes_is_a_bad_one(worker: PartWorker, tmp_path: Path) -> None:
    paths = write_pictures(tmp_path / "photos", 4)
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)  # nobody writes into it: here the process is until it is ended
    (tmp_path / "list.txt").write_text("\n".join(map(str, [*paths[:2], pipe, *paths[2:]])))
    out = tmp_path / "out"
    ended = 0

    def killing(row: int) -> None:
        nonlocal ended
        if row == 2 and ended < 2:
            ended += 1
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)

    receipt = worker.read(part_of(out, tmp_path / "list.txt"), killing)
    assert (receipt.pictures, receipt.bad, ended) == (4, 1, 2)
    (bad,) = rows(out, "bad")
    assert (bad["row"], bad["error"]) == (2, "the processes that read it ended over it")


def with_a_list_that_does_not_come(folder: Path, out: Path) -> tuple[Part, Path, Path]:
    """A part of three pictures, the list of their names, and the place where it should be: a pipe."""
    write_pictures(folder / "photos", 3)
    part = part_of(out, folder / "photos")
    (place,) = (out / "_run").glob("list-*")
    names = place.rename(folder / "names")
    os.mkfifo(place)  # nobody writes into it
    return part, names, place


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_a_list_that_never_comes_ends_the_run(reading: Reading, tmp_path: Path) -> None:
    out = tmp_path / "out"
    part, *_ = with_a_list_that_does_not_come(tmp_path, out)
    worker = PartWorker(replace(reading, seconds=0.5), str(out))
    with pytest.raises(BulkError, match="part-000000: the processes that are to read it keep ending"):
        worker.read(part)
    worker.close()


class Server(ThreadingHTTPServer):
    """Serves a file. The answers of these numbers are failures, and from a place on there is none."""

    daemon_threads = True

    def __init__(
        self, content: bytes, failures: tuple[int, ...] = (), silent_from: int | None = None
    ) -> None:
        asked = itertools.count()
        self.over = over = threading.Event()

        class Handler(SimpleHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.send_header("Accept-Ranges", "bytes")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()

            def do_GET(self) -> None:
                first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                if next(asked) in failures:
                    self.send_error(503)
                    return
                if silent_from is not None and first >= silent_from:
                    over.wait()
                    return
                part = content[first : last + 1]
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
                self.send_header("Content-Length", str(len(part)))
                self.end_headers()
                self.wfile.write(part)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}/some.tar"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()


@pytest.mark.parametrize("pictures", [0, 1])
def test_a_tar_that_goes_no_further(reading: Reading, tmp_path: Path, pictures: int) -> None:
    """What is before that is read, and the tar is one of the bad ones."""
    pytest.importorskip("aiohttp", reason="tars are read from the web with it")
    # More than is fetched at once.
    members = {"0.png": encoded(0), "more.txt": bytes(12 << 20), "1.png": encoded(1)}
    content = tar(tmp_path / "whole.tar", members).read_bytes()
    out = tmp_path / "out"
    with Server(content, silent_from=pictures) as server:
        worker = PartWorker(replace(reading, seconds=3.0), str(out))
        receipt = worker.read(Part(0, server.address))
        worker.close()
    assert (receipt.pictures, receipt.bad) == (pictures, 1)
    (bad,) = rows(out, "bad")
    after = "after 1 picture: " if pictures else ""
    assert (bad["row"], bad["source"]) == (pictures, server.address)
    assert bad["error"] == f"{after}reading it took longer than 3 s, and was ended"


def test_a_picture_in_a_tar_that_takes_too_long(reading: Reading, tmp_path: Path) -> None:
    """It is passed over; but what comes after it cannot be had without it."""
    pytest.importorskip("aiohttp", reason="tars are read from the web with it")
    members = {"0.png": encoded(0), "1.png": encoded(1) + bytes(12 << 20), "2.png": encoded(2)}
    content = tar(tmp_path / "whole.tar", members).read_bytes()
    out = tmp_path / "out"
    with Server(content, silent_from=1) as server:
        worker = PartWorker(replace(reading, seconds=3.0), str(out))
        assert worker.read(Part(0, server.address)).pictures == 1
        worker.close()
    late = "reading it took longer than 3 s, and was ended"
    assert [(row["row"], row["source"], row["error"]) for row in rows(out, "bad")] == [
        (1, f"{server.address}/1.png", late),
        (2, server.address, f"after 2 pictures: {late}"),
    ]


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


def test_no_name_in_a_list_ends_a_run(reading: Reading, tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("no zip")
    names = [
        "github://1.png",
        f"zip://1.png::{tmp_path}/text.zip",
        "dir://1.png",
        "data://1.png",
        "memory://1.png",
    ]
    (path,) = write_pictures(tmp_path / "photos", 1)
    (tmp_path / "list.txt").write_text("\n".join([*names, path.as_uri()]))
    out = tmp_path / "out"
    assert read(part_of(out, tmp_path / "list.txt"), reading, out).pictures == 1
    assert [row["source"] for row in rows(out, "bad")] == names
    assert rows(out, "bad")[-1]["error"] == "no such file"


@pytest.mark.skipif(os.name == "nt", reason="no such pipe on Windows")
def test_no_picture_is_blamed_for_a_list_that_takes_long(reading: Reading, tmp_path: Path) -> None:
    out = tmp_path / "out"
    part, names, place = with_a_list_that_does_not_come(tmp_path, out)
    worker = PartWorker(replace(reading, seconds=2.0), str(out))
    there = threading.Timer(3, lambda: names.replace(place))
    there.start()
    receipt = worker.read(part)
    worker.close()
    there.join()
    assert (receipt.pictures, receipt.bad) == (3, 0)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_tar_is_not_lost_over_an_answer_that_fails(reading: Reading, tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="tars are read from the web with it")
    content = dataset(tmp_path / "some.tar").read_bytes()
    out = tmp_path / "out"
    with Server(content, failures=(0,)) as server:
        (part,) = make_plan([server.address], Folder(str(out)), {}).parts()
        assert read(part, reading, out).pictures == 6


def test_options_are_those_of_the_reader(make_weights: MakeWeights, tmp_path: Path) -> None:
    reading = Reading(ReadOptions(min_confidence=1.0), make_weights())
    write_pictures(tmp_path / "photos", 3)
    out = tmp_path / "out"
    assert read(part_of(out, tmp_path / "photos"), reading, out).plates == 0
    assert np.all([row["plates"] == 0 for row in rows(out, "pictures")])
