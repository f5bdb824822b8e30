"""What a run is to read: folders, lists and tars, and that it stays what it was."""

import os
import re
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder
from numberplate.bulk.plan import begun, expanded, make_plan, names_of

SETTINGS = {"min_confidence": 0.1}


def planned(
    sources: list[str], out: Path, column: str | None = None, part_size: int | None = None
) -> list[list[str]]:
    """The names of each part, or its tar."""
    folder = Folder(str(out))
    plan = make_plan(sources, folder, SETTINGS, column, part_size)
    again = begun(folder, SETTINGS)
    assert again == plan
    parts = list(plan.parts())
    assert [part.number for part in parts] == list(range(plan.size))
    return [[part.shard] if part.shard else names_of(part, folder) for part in parts]


def test_folder(photos: Path, tmp_path: Path) -> None:
    (part, *others) = planned([str(photos)], tmp_path / "out", part_size=100)
    assert others == []
    names = [Path(name).relative_to(photos).as_posix() for name in part]
    assert names == [
        *(f"{i:05d}.png" for i in range(30)),
        "zz-empty.jpg",
        "zz-text.jpg",
        *(f"deep/{i:05d}.PNG" for i in range(30, 40)),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipes_in_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    (tmp_path / "b.jpg").touch()
    os.symlink(tmp_path / "b.jpg", tmp_path / "c.jpg")
    os.symlink(tmp_path / "a.jpg", tmp_path / "d.jpg")
    ((*names,),) = planned([str(tmp_path)], tmp_path / "out")
    assert names == [str(tmp_path / "b.jpg"), str(tmp_path / "c.jpg")]


def test_links_to_folders_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    disk, photos = tmp_path / "disk", tmp_path / "photos"
    (disk / "deep").mkdir(parents=True)
    photos.mkdir()
    for place in (disk / "one.jpg", disk / "deep" / "two.jpg", photos / "three.jpg"):
        place.touch()
    (photos / "a").symlink_to(disk)
    (disk / "deep" / "back").symlink_to(photos)
    for source in (str(photos), photos.as_uri()):
        ((*names,),) = planned([source], tmp_path / "out" / source[:4])
        found = [name.removeprefix(f"{source}/") for name in names]
        assert found == ["three.jpg", "a/one.jpg", "a/deep/two.jpg"]


def test_few_pictures_are_cut_too(photos: Path, tmp_path: Path) -> None:
    assert [len(part) for part in planned([str(photos)], tmp_path / "out")] == [16, 16, 10]
    assert [len(p) for p in planned([str(photos)], tmp_path / "other", part_size=30)] == [30, 12]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/some"
    os.mkdir(folder)
    with open(folder + b"/caf\xe9.jpg", "wb"):
        pass
    ((name,),) = planned([os.fsdecode(folder)], tmp_path / "out")
    assert os.fsencode(name) == folder + b"/caf\xe9.jpg"


def test_lists(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\ufeffid,file\n1,"x,1.jpg"\n2,/else/2.jpg\n3,\n', encoding="utf-8")
    (tmp_path / "b.txt").write_text("s3://bucket/3.jpg\n\n  deep/4.jpg \n")
    pq.write_table(pa.table({"id": [5, 6], "source": ["5.jpg", None]}), tmp_path / "c.parquet")
    lists = [str(tmp_path / name) for name in ("a.csv", "b.txt", "c.parquet")]
    (part,) = planned(lists, tmp_path / "out", None)
    assert part == [
        f"{tmp_path}/x,1.jpg",
        "/else/2.jpg",
        "s3://bucket/3.jpg",
        f"{tmp_path}/deep/4.jpg",
        f"{tmp_path}/5.jpg",
    ]
    (part,) = planned([lists[0]], tmp_path / "other", "id")
    assert part == [f"{tmp_path}/{i}" for i in (1, 2, 3)]


def test_a_list_in_a_store(tmp_path: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe_file("/lists/a.txt", b"1.jpg\ndeep/2.jpg\n/here/3.jpg\ns3://bucket/4.jpg\n")
    try:
        (part,) = planned(["memory://lists/a.txt"], tmp_path / "out")
    finally:
        store.rm("/lists", recursive=True)
    assert part == ["memory://lists/1.jpg", "memory://lists/deep/2.jpg", "/here/3.jpg", "s3://bucket/4.jpg"]


@pytest.mark.parametrize(
    "kind", [pa.string_view(), pa.large_string(), pa.binary(), pa.dictionary(pa.int8(), pa.string())]
)
def test_columns_of_all_kinds_that_names_have(tmp_path: Path, kind: pa.DataType) -> None:
    """A category of Pandas is a dictionary; names that are not Unicode are bytes."""
    names = pa.chunked_array([["1.jpg", None, "1.jpg"]]).cast(kind)
    pq.write_table(pa.table({"source": names}), tmp_path / "a.parquet")
    assert planned([str(tmp_path / "a.parquet")], tmp_path / "out") == [[f"{tmp_path}/1.jpg"] * 2]


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_lists_of_names_that_are_not_unicode(tmp_path: Path) -> None:
    pq.write_table(pa.table({"source": [b"/p/caf\xe9.jpg"]}), tmp_path / "a.parquet")
    ((name,),) = planned([str(tmp_path / "a.parquet")], tmp_path / "out")
    assert os.fsencode(name) == b"/p/caf\xe9.jpg"


@pytest.mark.skipif(os.name == "nt", reason="no such modes on Windows")
def test_a_folder_that_cannot_be_listed(photos: Path, tmp_path: Path) -> None:
    closed = photos / "deep"
    closed.chmod(0)
    try:
        if os.access(closed, os.R_OK):
            pytest.skip("this user may list all folders")
        with pytest.raises(BulkError, match=r"photos/deep: cannot be listed: Permission denied"):
            planned([str(photos)], tmp_path / "out")
    finally:
        closed.chmod(0o700)


def test_folders_that_are_very_deep(tmp_path: Path) -> None:
    """As a store may have them: an address has a thousand bytes and more."""
    store = fsspec.filesystem("memory")
    names = [f"/deep{'/d' * depth}/a.jpg" for depth in (0, 1, 1200)]
    for name in names:
        store.pipe_file(name, b"")
    try:
        (part,) = planned(["memory://deep"], tmp_path / "out")
    finally:
        store.rm("/deep", recursive=True)
    assert part == [f"memory://{name}" for name in names]


def test_very_many_are_cut_into_several_lists(tmp_path: Path) -> None:
    names = [f"/p/{i}.jpg" for i in range(2500)]
    (tmp_path / "all.txt").write_text("\n".join(names))
    parts = planned([str(tmp_path / "all.txt")], tmp_path / "out", part_size=2)
    assert [len(part) for part in parts] == [2] * 1250
    assert [name for part in parts for name in part] == names
    assert len(list((tmp_path / "out" / "_run").glob("list-*.parquet"))) == 2


def test_tars_and_patterns(tmp_path: Path) -> None:
    for name in ("b-1.tar", "b-2.tar.gz", "c[1].tar"):
        (tmp_path / name).touch()
    sources = ["s3://bucket/{000..002}-{x,y}.tar", str(tmp_path / "b-*"), str(tmp_path / "c[1].tar")]
    assert planned(sources, tmp_path / "out") == [
        *([f"s3://bucket/{i:03d}-{letter}.tar"] for i in range(3) for letter in "xy"),
        [str(tmp_path / "b-1.tar")],
        [str(tmp_path / "b-2.tar.gz")],
        [str(tmp_path / "c[1].tar")],
    ]


@given(st.integers(0, 200), st.integers(0, 30), st.integers(1, 6))
def test_numbers_in_braces(first: int, more: int, digits: int) -> None:
    texts = [f"{n:0{digits}d}" for n in range(first, first + more + 1)]
    expected = texts if texts[0].startswith("0") else [str(n) for n in range(first, first + more + 1)]
    assert expanded(f"x-{{{texts[0]}..{texts[-1]}}}.tar") == [f"x-{text}.tar" for text in expected]


def test_several_braces() -> None:
    expected = [f"{a}-{n}{x}" for a in "ab" for n in ("08", "09", "10") for x in ("x", "")]
    assert expanded("{a,b}-{08..10}{x,}") == expected
    assert expanded("x" + "{7..7}" * 2000) == ["x" + "7" * 2000]


@given(st.text(st.characters(exclude_characters="{}*?[]"), min_size=1))
def test_other_names_stand_for_themselves(name: str) -> None:
    assert expanded(name) == [name]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("none", "none: no such file or folder"),
        ("none*", "none*: nothing matches this pattern"),
        ("bare", "bare: no picture there"),
        ("odd.xyz", "odd.xyz: expected a folder, or a name that ends in .csv, .parquet"),
        ("none.csv", "none.csv: No such file or directory"),
        ("which.csv", "which.csv: which column has the pictures' names? It has a, b"),
        ("headerless.csv", "headerless.csv: the first row is 1.jpg, not names of columns"),
        ("twice.csv", "twice.csv: 2 columns are called source"),
        ("twice.parquet", "twice.parquet: 2 columns are called source"),
        ("latin.csv", "latin.csv: 'utf-8' codec can't decode"),
        ("odd.parquet", "odd.parquet: Parquet magic bytes not found"),
        ("numbers.parquet", "numbers.parquet: the column source has int64, not names"),
        ("x{5..2}.tar", "x{5..2}.tar: {5..2} stands for no number"),
        ("x{0..1000000}.tar", "x{0..1000000}.tar: {0..1000000} stands for no number, or too many"),
        (
            "x{0..999999}{0..999999}.tar",
            "x{0..999999}{0..999999}.tar: stands for more than 1000000 addresses",
        ),
        ("x" + "{a,b}" * 40, "stands for more than 1000000 addresses"),
        (f"x{{0..{'9' * 5000}}}.tar", "stands for no number, or too many"),
        ("s3://user:secret@host/x{5..2}.tar", "s3://host/x{5..2}.tar: {5..2} stands for no number"),
        ("nowhere://bucket/x.csv", "nowhere://bucket/x.csv: Protocol not known: nowhere"),
    ],
)
def test_sources_that_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bare").mkdir()
    (tmp_path / "odd.xyz").touch()
    (tmp_path / "which.csv").write_text("a,b\n1,2\n")
    (tmp_path / "latin.csv").write_bytes(b"source\ncaf\xe9\n")
    (tmp_path / "headerless.csv").write_text("1.jpg\n2.jpg\n")
    (tmp_path / "twice.csv").write_text("source,source\n1.jpg,2.jpg\n")
    twice = pa.table([["1.jpg"], ["2.jpg"]], names=["source", "source"])
    pq.write_table(twice, tmp_path / "twice.parquet")
    (tmp_path / "odd.parquet").write_text("this is no Parquet, whatever its name says")
    pq.write_table(pa.table({"source": [1]}), tmp_path / "numbers.parquet")
    with pytest.raises(BulkError, match=re.escape(words)):
        planned([source], tmp_path / "out")
    assert begun(Folder(str(tmp_path / "out")), SETTINGS) is None  # nothing was begun


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,file\n1,x.jpg\n")
    with pytest.raises(BulkError, match=r"a\.csv: no column url, but id, file"):
        planned([str(tmp_path / "a.csv")], tmp_path / "out", "url")


def test_other_settings_are_refused(photos: Path, tmp_path: Path) -> None:
    out = Folder(str(tmp_path / "out"))
    make_plan([str(photos)], out, SETTINGS)
    with pytest.raises(BulkError, match=r"out: was begun with min_confidence 0\.1, .* gone on with 0\.2"):
        begun(out, {"min_confidence": 0.2})
    for text in (
        "[]",
        '{"settings": 1, "lists": [], "shards": []}',
        '{"settings": {}, "lists": [1], "shards": []}',
    ):
        (tmp_path / "out" / "_run" / "plan.json").write_text(text)
        with pytest.raises(BulkError, match=r"plan\.json: not the plan of a run"):
            begun(out, {})
