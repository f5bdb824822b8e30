"""What a run is to read, cut into parts: fixed at its beginning, so that it can go on after a kill.

Pictures by name, from folders and lists, are copied to Parquet files of the run, a row group a part: however
many there are, the plan itself stays small, and a worker fetches the names of its own part alone. A tar is a
part of its own.
"""

import csv
import io
import itertools
import json
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec import AbstractFileSystem
from fsspec.implementations.local import LocalFileSystem

from numberplate.bulk.errors import BulkError
from numberplate.bulk.places import Folder, failing, opened
from numberplate.pictures.addresses import is_web_address, shown_address
from numberplate.pictures.files import SUFFIXES, is_file, walk

LISTS, SHARDS = (".csv", ".parquet", ".txt"), (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
"""How names of lists of pictures, and of archives of pictures, end."""

COLUMNS = ("source", "picture", "image", "path", "url", "file", "filename", "name")
"""Of a list with several columns, that with the names is looked for under these."""

PART_SIZE = 1000
"""Pictures of a part, unless there are few."""

_LEAST_PART, _PARTS = 16, 64
"""Few pictures are cut into so many parts, of so many pictures at least: all workers get some."""

_PARTS_A_FILE = 1000

_MOST_SHARDS = 1_000_000
"""Addresses that a pattern's braces may stand for."""

_MOST_DIGITS = 20

_PLAN = "_run/plan.json"


@dataclass(frozen=True)
class Part:
    """What one worker reads at a time.

    Attributes:
        number: from 0; the names of its tables have it.
        shard: address of a tar, or None.
        file, group: the run's list, and the row group in it, that has the pictures' names, if it is no tar.
        pictures: how many there are; 0 for a tar, where nobody has counted.
    """

    number: int
    shard: str | None = None
    file: int = 0
    group: int = 0
    pictures: int = 0

    @property
    def name(self) -> str:
        """Of its files, without a suffix."""
        return f"part-{self.number:06d}"


@dataclass(frozen=True)
class Plan:
    """All parts of a run, and what it must be gone on with.

    `lists`: for each list of the run, how many pictures each of its row groups has. `settings`: what readings
    depend on.
    """

    settings: dict[str, Any]
    lists: tuple[tuple[int, ...], ...]
    shards: tuple[str, ...]

    def parts(self) -> Iterator[Part]:
        """The parts, in order."""
        number = 0
        for file, groups in enumerate(self.lists):
            for group, pictures in enumerate(groups):
                yield Part(number, file=file, group=group, pictures=pictures)
                number += 1
        for shard in self.shards:
            yield Part(number, shard)
            number += 1

    @property
    def size(self) -> int:
        """How many parts there are."""
        return sum(map(len, self.lists)) + len(self.shards)

    @property
    def pictures(self) -> int | None:
        """How many pictures there are; None where nobody knows yet."""
        return None if self.shards else sum(map(sum, self.lists))


def begun(out: Folder, settings: dict[str, Any]) -> Plan | None:
    """The plan of a run that was begun in a folder; None where there is none.

    Raises BulkError where it was begun with other settings: their results would be mixed.
    """
    found = out.read(_PLAN)
    if found is None:
        return None
    try:
        document = json.loads(found)
        was = dict(document["settings"])
        plan = Plan(was, tuple(map(tuple, document["lists"])), tuple(document["shards"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BulkError(f"{out.shown(_PLAN)}: not the plan of a run: {error}") from error
    now = json.loads(json.dumps(settings))
    for name in sorted({*was, *now}):
        if was.get(name) != now.get(name):
            raise BulkError(
                f"{out.shown()}: was begun with {name} {_shown(was.get(name))}, and is not gone on with "
                f"{_shown(now.get(name))}: take another folder, or remove it"
            )
    return plan


def make_plan(
    sources: Sequence[str],
    out: Folder,
    settings: dict[str, Any],
    column: str | None = None,
    part_size: int | None = None,
) -> Plan:
    """Finds what there is to read and writes the plan of it, which is there when all of it is.

    `sources`: folders, lists (CSV, Parquet, or a text with a name a line) and tars, here or in a store, with
    `*` and `{000..123}` for several. `column`: of the lists, that has the names; None to look for it.
    `part_size`: pictures of a part; None for what suits their number.

    Raises BulkError.
    """
    shards: list[str] = []
    named: list[Iterator[str]] = []
    for source in sources:
        for address in expanded(source):
            kind = address.lower()
            if kind.endswith(SHARDS):
                shards.append(address)
            elif kind.endswith(LISTS):
                named.append(_listed(address, column))
            else:
                named.append(_in_folder(address))
    lists = _write_lists(itertools.chain.from_iterable(named), out, part_size)
    if not lists and not shards:
        raise BulkError(f"{', '.join(map(shown_address, sources))}: no picture there")
    plan = Plan(settings, tuple(map(tuple, lists)), tuple(shards))
    document = {"settings": settings, "lists": lists, "shards": shards}
    out.write(_PLAN, json.dumps(document, indent=1).encode("utf-8"))
    return plan


def names_of(part: Part, out: Folder) -> list[str]:
    """The names of a part's pictures. Raises BulkError."""
    name = _list_name(part.file)
    with failing(out.shown(name), pa.ArrowException), out.fs.open(out.place(name), "rb") as file:
        table = pq.ParquetFile(file).read_row_group(part.group)
    return [os.fsdecode(name) for name in table.column("source").to_pylist()]


def expanded(pattern: str) -> list[str]:
    """The addresses that one with braces and wildcards stands for, sorted. Raises BulkError for none.

    `{000..123}` stands for these numbers with as many digits, `{a,b}` for both; what contains `*`, `?` or
    `[…]` for what matches.
    """
    found: list[str] = []
    for address in _braces(pattern):
        if is_web_address(address) or not any(sign in address for sign in "*?["):
            found.append(address)
            continue
        fs, path = opened(address)
        with failing(shown_address(address)):
            if fs.exists(path):  # a name with such a sign in it
                found.append(address)
                continue
            matches = sorted(fs.glob(path))
        if not matches:
            raise BulkError(f"{shown_address(address)}: nothing matches this pattern")
        found += [fs.unstrip_protocol(match) if "://" in address else match for match in matches]
    return found


_BRACES = re.compile(r"\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}")


def _braces(pattern: str) -> Iterator[str]:
    choices: list[Sequence[str]] = []
    texts: list[str] = []
    end = 0
    for match in _BRACES.finditer(pattern):
        texts.append(pattern[end : match.start()])
        choices.append(_choices(match, pattern))
        end = match.end()
    # Before any is made: of several braces together there may be more than memory holds.
    if math.prod(map(len, choices)) > _MOST_SHARDS:
        raise BulkError(f"{shown_address(pattern)}: stands for more than {_MOST_SHARDS} addresses")
    for chosen in itertools.product(*choices):
        yield "".join(itertools.chain.from_iterable(zip(texts, chosen, strict=True))) + pattern[end:]


def _choices(match: re.Match[str], pattern: str) -> Sequence[str]:
    """What braces stand for."""
    first, last, choice = match.groups()
    if choice is not None:
        return str(choice).split(",")
    # Of very many digits, Python makes no number.
    count = int(last) - int(first) + 1 if max(len(first), len(last)) <= _MOST_DIGITS else 0
    if not 0 < count <= _MOST_SHARDS:
        raise BulkError(f"{shown_address(pattern)}: {match[0]} stands for no number, or too many")
    digits = len(first) if first.startswith("0") else 0
    return [f"{n:0{digits}d}" for n in range(int(first), int(last) + 1)]


def _in_folder(address: str) -> Iterator[str]:
    """The pictures in a folder and its folders, sorted in each; hidden ones are passed over."""
    fs, path = opened(address)
    remote = "://" in address
    with failing(shown_address(address), ValueError):  # as of "s3://" alone
        if not fs.isdir(path):
            if not fs.exists(path):
                raise BulkError(f"{shown_address(address)}: no such file or folder")
            kinds = ", ".join((*LISTS, *SHARDS))
            raise BulkError(f"{shown_address(address)}: expected a folder, or a name that ends in {kinds}")
        files = _walk_here(path) if isinstance(fs, LocalFileSystem) else _walk(fs, path)
        yield from (fs.unstrip_protocol(file) if remote else file for file in files)


def _walk_here(folder: str) -> Iterator[str]:
    # Links to folders are followed, and their circles seen, as wherever a folder of pictures is given.
    for place, _, files in walk(folder, _refuse):
        for name in files:
            file = os.path.join(place, name)
            if _is_picture(name) and is_file(file):
                yield file


def _refuse(error: OSError) -> None:
    if isinstance(error, FileNotFoundError):
        return  # it was removed meanwhile
    raise BulkError(f"{error.filename}: cannot be listed: {error.strerror or error}") from error


def _walk(fs: AbstractFileSystem, folder: str) -> Iterator[str]:
    # fsspec's own walk passes over folders that cannot be listed: their pictures would be missing unsaid.
    left = [folder]  # not by recursion, which ends where folders are very deep
    while left:
        folder = left.pop()
        try:
            listing = fs.ls(folder, detail=True)
        except FileNotFoundError:
            continue  # it was removed meanwhile
        except OSError as error:
            raise BulkError(
                f"{shown_address(folder)}: cannot be listed: {error.strerror or error}"
            ) from error
        files: list[str] = []
        folders: list[str] = []
        for info in listing:
            place = info["name"].rstrip("/")
            name = place.rpartition("/")[2]
            if name.startswith(".") or place == folder.rstrip("/"):  # stores may list the folder itself
                continue
            if info["type"] == "directory":
                folders.append(place)
            elif info["type"] == "other" and not info.get("islink"):
                continue  # a pipe, which nobody may ever write to, or a device
            elif _is_picture(name):
                files.append(place)
        yield from sorted(files)
        left += sorted(folders, reverse=True)


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES


def _listed(address: str, column: str | None) -> Iterator[str]:
    """The names in a list. Relative ones are below the list's own folder."""
    kind = address.lower()
    fs, path = opened(address)
    with failing(shown_address(address), UnicodeDecodeError, csv.Error, pa.ArrowException):
        text = {"mode": "r", "encoding": "utf-8-sig", "newline": ""}  # spreadsheets write a byte order mark
        with fs.open(path, **({"mode": "rb"} if kind.endswith(".parquet") else text)) as file:
            if kind.endswith(".parquet"):
                names = _from_parquet(file, address, column)
            elif kind.endswith(".csv"):
                names = _from_csv(file, address, column)
            else:
                names = (line.strip() for line in file)
            for name in names:
                if name:
                    yield _below(address, name)


def _below(address: str, name: str) -> str:
    """The address of a name in a list at `address`."""
    if "://" in name:
        return name
    if "://" in address:
        return name if name.startswith("/") else f"{address.rpartition('/')[0]}/{name}"
    # Not cut at "/": Windows has another sign, and of a list in the root nothing would be left.
    return os.path.join(os.path.dirname(address), name)


_NAMES = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
)


def _from_parquet(file: Any, address: str, column: str | None) -> Iterator[str]:
    table = pq.ParquetFile(file)
    name = _column(table.schema_arrow.names, address, column)
    kind = table.schema_arrow.field(name).type
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not any(is_kind(values) for is_kind in _NAMES):
        raise BulkError(f"{shown_address(address)}: the column {name} has {kind}, not names of pictures")
    for batch in table.iter_batches(columns=[name]):
        # Bytes are how a name is said that is not Unicode.
        yield from (os.fsdecode(value or "") for value in batch.column(0).to_pylist())


def _from_csv(file: Any, address: str, column: str | None) -> Iterator[str]:
    rows = csv.reader(file, strict=True)
    header = next((row for row in rows if row), [])
    if column is None and any(os.path.splitext(name)[1].lower() in SUFFIXES for name in header):
        # Taken for a column's name, the first picture would be lost.
        raise BulkError(
            f"{shown_address(address)}: the first row is {', '.join(header)}, not names of columns; "
            "a list without them is a .txt"
        )
    place = header.index(_column(header, address, column))
    for row in rows:
        yield row[place].strip() if place < len(row) else ""


def _column(names: list[str], address: str, wanted: str | None) -> str:
    shown = ", ".join(names) or "none"
    known = {name.lower(): name for name in reversed(names)}
    if wanted is not None:
        found = wanted if wanted in names else None
        if found is None:
            raise BulkError(f"{shown_address(address)}: no column {wanted}, but {shown}")
    elif len(names) == 1:
        found = names[0]
    else:
        found = next((known[name] for name in COLUMNS if name in known), None)
    if found is None:
        raise BulkError(f"{shown_address(address)}: which column has the pictures' names? It has {shown}")
    if names.count(found) > 1:
        raise BulkError(f"{shown_address(address)}: {names.count(found)} columns are called {found}")
    return found


def _write_lists(names: Iterator[str], out: Folder, part_size: int | None) -> list[list[int]]:
    """Writes names to the run's lists. Returns how many each of their row groups has."""
    first = list(itertools.islice(names, PART_SIZE * _PARTS))
    if part_size is None:
        part_size = min(PART_SIZE, max(_LEAST_PART, -(-len(first) // _PARTS)))
    remaining = itertools.chain(first, names)
    del first
    lists: list[list[int]] = []
    schema = pa.schema([("source", pa.binary())])  # names of files here need not be Unicode
    while parts := list(itertools.islice(_batched(remaining, part_size), _PARTS_A_FILE)):
        buffer = io.BytesIO()
        with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
            for part in parts:
                table = pa.table({"source": [os.fsencode(name) for name in part]}, schema=schema)
                writer.write_table(table, row_group_size=len(part))
        out.write(_list_name(len(lists)), buffer.getvalue())
        lists.append([len(part) for part in parts])
    return lists


def _batched(names: Iterator[str], size: int) -> Iterator[list[str]]:
    while part := list(itertools.islice(names, size)):
        yield part


def _list_name(number: int) -> str:
    return f"_run/list-{number:05d}.parquet"


def _shown(value: object) -> str:
    return shown_address(value) if isinstance(value, str) else json.dumps(value)
