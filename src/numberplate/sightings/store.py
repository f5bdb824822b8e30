"""The database of sightings."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace, TracebackType
from typing import Any, Self, get_args

import numpy as np
from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
)

from numberplate.live import Sighting
from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH, fold, normalize
from numberplate.results.plate import Candidate, Character, Region
from numberplate.sightings import tables
from numberplate.sightings.alone import alone
from numberplate.sightings.columns import DamagedValueError, storable_source
from numberplate.sightings.conditions import conditions, says
from numberplate.sightings.database import WRITING, connect, lock_writers, migrate, translated, wipe
from numberplate.sightings.entry import Hit
from numberplate.sightings.errors import (
    BusyError,
    DamagedError,
    NoTablesError,
    RefusedError,
    RemainsError,
    SightingsError,
)
from numberplate.sightings.progress import Progress
from numberplate.sightings.query import Page, Query, read_cursor, write_cursor
from numberplate.sightings.record import Record
from numberplate.sightings.retention import Age, Purged, Retention
from numberplate.sightings.stored import Pass, PictureKind, StoredSighting
from numberplate.sightings.watchlist import WatchList
from numberplate.sightings.wildcard import has_wildcards

_BATCH = 500
"""Rows in one transaction of deleting, so that whoever adds waits for moments only, and values in a query."""

_NO_SIGHTING = (DamagedValueError, OverflowError, RecursionError, TypeError, ValueError)
"""Of a row that holds what no sighting does, such as broken JSON."""

_row = tables.sighting.c
_NEWEST_FIRST = (_row.first_seen.desc(), _row.id.desc())


class Sightings:
    """What was seen, kept in a database. Use it from any number of threads and processes at once.

    with Sightings("gate.db") as sightings:
        sightings.add(sighting)
        for found in sightings.search(Query("AB?2*")).sightings:
            print(found.text, found.first_seen)
    """

    def __init__(
        self,
        database: str | os.PathLike[str] | None = None,
        *,
        create: bool = True,
        timeout: float = 30.0,
        query_seconds: float | None = None,
        at_once: bool = True,
    ) -> None:
        """Opens the database, and brings its tables up to date.

        Args:
            database: an SQLite file, or a URL such as `postgresql://user:password@host/name`. None: the file
                sightings.db in the user's folder for data of programs.
            create: whether an SQLite file that is not there is made.
            timeout: seconds to wait for a server, or for another program that holds a lock.
            query_seconds: that looking for something may take, after which it is a BusyError; None: any time.
            at_once: whether what is there has to take something now; else when it is first asked for
                something, so that a server may come later.

        Raises SightingsError where it cannot be opened: no such file or server, not a database, another
        program's, made by a newer numberplate, read-only, or a library is missing.
        """
        self._engine, self.name = connect(database, create, timeout, query_seconds)
        self._timeout = timeout
        self._opening = threading.Lock()
        self._open = False
        if at_once:
            try:
                self.open()
            except SightingsError:
                self.close()
                raise
        self.watch_list = WatchList(self._reading, self._writing)
        self.progress = Progress(self._reading, self._writing)

    def open(self) -> bool:
        """Brings the tables up to date where that was not done yet; whether it was. Raises SightingsError."""
        if self._open:
            return False
        # One thread at a time; the others do not wait for each other's turns while no server replies.
        if not self._opening.acquire(timeout=self._timeout):
            raise BusyError(f"{self.name}: is still being opened")
        try:
            if self._open:
                return False
            with translated(self.name):
                migrate(self._engine, self.name, self._timeout)
            self._open = True
            return True
        finally:
            self._opening.release()

    def close(self) -> None:
        """Closes all connections. Nothing is lost without it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def add(
        self, sighting: Sighting, *, identity: str | None = None, recording: str | None = None
    ) -> StoredSighting:
        """Keeps a sighting with its pictures, and notes which entries of the watch list it hits.

        Args:
            sighting: what to keep.
            identity: a name of the sighting's own, any text: what has the same one is kept once, however
                often it is added.
            recording: a name of the recording that it was seen in: a vehicle that has the same text at the
                same time of the same recording is kept once.

        Returns the sighting as it is kept: the one that was there, where it was.

        When this returns, the sighting is on the disk: it survives `kill -9` and a power failure. Raises
        SightingsError where it could not be kept, and then nothing of it is.
        """
        return self.add_records([Record.of(sighting, identity, recording)])[0]

    def add_all(self, sightings: Iterable[Sighting]) -> list[StoredSighting]:
        """`add` for many, in one transaction: all of them are kept or none."""
        return self.add_records([Record.of(sighting) for sighting in sightings])

    def add_records(self, records: Sequence[Record]) -> list[StoredSighting]:
        """`add_all` for what is encoded already.

        Also raises RefusedError where one of them is refused for what is in it, whenever it is tried.
        """
        if not records:
            return []
        try:
            with self._writing() as connection:
                if all(r.row["identity"] is None and r.row["recording"] is None for r in records):
                    return self._insert(connection, records)
                return [_same(connection, r) or self._insert(connection, [r])[0] for r in records]
        except (OverflowError, TypeError, ValueError) as error:  # as drivers say that no column holds a value
            raise RefusedError(f"{self.name}: {error}") from error

    def _insert(self, connection: Connection, records: Sequence[Record]) -> list[StoredSighting]:
        matcher = self.watch_list.matcher(connection)
        now = datetime.now(UTC)
        rows, matches = [], []
        for record in records:
            text, named = _text(record.row["text"]), _candidates(record.row["candidates"])
            matched = matcher.match(text, named)
            kinds = {hit.kind for hit in matched}
            rows.append(record.row | {"added": now, "allow": "allow" in kinds, "alert": "alert" in kinds})
            matches.append(matched)
        inserted = insert(tables.sighting).returning(_row.id, sort_by_parameter_order=True)
        ids = connection.execute(inserted, rows).scalars().all()
        candidates, pictures, hits, stored = [], [], [], []
        for id, record, row, matched in zip(ids, records, rows, matches, strict=True):
            texts = {row["text"], *(text for text, _ in row["candidates"])}
            candidates += [{"sighting_id": id, "folded": f} for f in {fold(text) for text in texts}]
            for kind, jpeg in (("crop", record.crop), ("frame", record.frame)):
                pictures.append({"sighting_id": id, "kind": kind, "jpeg": jpeg})
            hits += [{"sighting_id": id, **vars(hit)} for hit in matched]
            stored.append(_stored(SimpleNamespace(id=id, **row), matched, get_args(PictureKind)))
        connection.execute(insert(tables.candidate), candidates)
        connection.execute(insert(tables.picture), pictures)
        if hits:
            connection.execute(insert(tables.hit), hits)
        return stored

    def get(self, id: int) -> StoredSighting | None:
        """The sighting of that id, or None."""
        if not 0 < id < 2**63:
            return None
        with self._reading() as connection:
            found = _load(connection, select(tables.sighting).where(_row.id == id))
        return found[0] if found else None

    def picture(self, id: int, kind: PictureKind) -> bytes | None:
        """A picture of a sighting as JPEG; None where there is no such sighting, or its pictures went."""
        if not 0 < id < 2**63:
            return None
        table = tables.picture.c
        wanted = select(table.jpeg).where(table.sighting_id == id, table.kind == kind)
        with self._reading() as connection:
            return connection.execute(wanted).scalar()

    def correct(self, id: int, text: str | None) -> StoredSighting | None:
        """Notes what the plate of a sighting says where it was read wrongly: a label, for `corrected`.

        Args:
            id: of the sighting.
            text: as the plate has it, such as `AB12 CDE`; None takes back what was noted.

        Returns the sighting as it is then, or None where there is none. Raises ValueError for a text that no
        plate can have.
        """
        if text is not None:
            if has_wildcards(text):
                raise ValueError(f"text: expected all that the plate says, without ? and *, got {text!r}")
            text = normalize(text)
            if not MIN_LENGTH <= len(text) <= MAX_LENGTH:
                raise ValueError(f"text: expected {MIN_LENGTH} to {MAX_LENGTH} characters, got {text!r}")
        if not 0 < id < 2**63:
            return None
        table = tables.correction
        with self._writing() as connection:
            if connection.execute(select(_row.id).where(_row.id == id)).scalar() is None:
                return None
            connection.execute(delete(table).where(table.c.sighting_id == id))
            if text is not None:
                values = {"sighting_id": id, "text": text, "made": datetime.now(UTC)}
                connection.execute(insert(table).values(values))
            return _load(connection, select(tables.sighting).where(_row.id == id))[0]

    def corrected(self) -> Iterator[StoredSighting]:
        """All sightings with a correction, in the order of adding, a few held at a time."""
        wanted = select(tables.sighting).join(tables.correction, tables.correction.c.sighting_id == _row.id)
        last = 0
        while True:
            with self._reading() as connection:
                found = _load(connection, wanted.where(_row.id > last).order_by(_row.id).limit(_BATCH))
            yield from found
            if not found:
                return
            last = found[-1].id

    def passes(self, start: datetime, end: datetime, limit: int = 5000) -> list[Pass]:
        """What was first seen from `start` until before `end`, aware times, as little of each as a timeline
        shows: at most `limit`, the earliest first."""
        query = Query(start=start, end=end)
        names = (_row.id, _row.source, _row.text, _row.first_seen, _row.last_seen, _row.allow, _row.alert)
        wanted = select(*names).where(*conditions(query)).order_by(_row.first_seen, _row.id).limit(limit)
        with self._reading() as connection:
            return [Pass(*row) for row in connection.execute(wanted)]

    def search(self, query: Query | None = None, limit: int = 50, after: str | None = None) -> Page:
        """The sightings that meet the query, the newest first, a page at a time.

        Args:
            query: None is all.
            limit: sightings on a page, at least 1.
            after: of the page before, to go on from there.

        Raises ValueError for another limit or for an `after` that no page gave.
        """
        if limit < 1:
            raise ValueError(f"limit: expected at least 1, got {limit}")
        query = query or Query()
        before = None if after is None else _before(*read_cursor(after))
        order = _NEWEST_FIRST
        if query.text is not None and not has_wildcards(query.text):
            # PostgreSQL would walk back in time for a page, since it expects far more of 500 like texts than
            # there are: an order that no index has keeps it with the texts.
            order = (func.coalesce(_row.first_seen, _row.added).desc(), _row.id.desc())
        with self._reading() as connection:
            wanted = select(tables.sighting).where(*_meets(connection, query))
            if before is not None:
                wanted = wanted.where(before)
            found = _load(connection, wanted.order_by(*order).limit(limit + 1))
        more = len(found) > limit
        found = found[:limit]
        return Page(tuple(found), write_cursor(found[-1].first_seen, found[-1].id) if more else None)

    def iterate(self, query: Query | None = None) -> Iterator[StoredSighting]:
        """All sightings that meet the query, the newest first, however many: a page is held at a time."""
        after = None
        while True:
            page = self.search(query, _BATCH, after)
            yield from page.sightings
            after = page.after
            if after is None:
                return

    def count(self, query: Query | None = None) -> int:
        """How many sightings meet the query."""
        count = select(func.count()).select_from(tables.sighting)
        with self._reading() as connection:
            return connection.execute(count.where(*_meets(connection, query or Query()))).scalar_one()

    def sources(self) -> list[str]:
        """The names of all sources, in their order."""
        names = _names()
        with self._reading() as connection:
            found = connection.execute(select(names.c.source).where(names.c.source.is_not(None)))
            return sorted(found.scalars())

    def by_source(
        self, sources: Iterable[str], start: datetime | None = None
    ) -> dict[str, tuple[int, StoredSighting]]:
        """Of each of these sources that there is: how many sightings were first seen at `start`, an aware
        time, or later, or ever; and the newest of all. The number of queries does not grow with the sources.
        """
        names = _names()
        newest = select(_row.id).where(_row.source == names.c.source).order_by(*_NEWEST_FIRST).limit(1)
        counted = conditions(Query(start=start))
        count = select(func.count(_row.id)).where(_row.source == names.c.source, *counted)
        wanted = select(names.c.source, newest.scalar_subquery(), count.scalar_subquery())
        given = list(dict.fromkeys(sources))
        found: dict[str, tuple[int, StoredSighting]] = {}
        for i in range(0, len(given), _BATCH):
            part = {storable_source(source): source for source in given[i : i + _BATCH]}
            with self._reading() as connection:
                rows = connection.execute(wanted.where(names.c.source.in_(part))).all()
                ids = [id for _, id, _ in rows]
                loaded = {s.id: s for s in _load(connection, select(tables.sighting).where(_row.id.in_(ids)))}
            found |= {part[name]: (count, loaded[id]) for name, id, count in rows if id in loaded}
        return found

    def since(self, id: int, limit: int = 100) -> list[StoredSighting]:
        """Sightings added after the one of that id, in the order of adding, at most `limit`.

        To follow what comes, start with `last_id()`, then ask again and again with the last id that came:
        none is missed, none comes twice, and asking in vain costs next to nothing.
        """
        if limit < 1:
            raise ValueError(f"limit: expected at least 1, got {limit}")
        wanted = select(tables.sighting).where(_row.id > max(-1, min(id, 2**63 - 1)))
        with self._reading() as connection:
            return _load(connection, wanted.order_by(_row.id).limit(limit))

    def last_id(self) -> int:
        """The id of the sighting added last; 0 where there is none."""
        with self._reading() as connection:
            return connection.execute(select(func.max(_row.id))).scalar() or 0

    @contextmanager
    def alone(self, what: str) -> Iterator[Callable[[], bool]]:
        """Lets one program at a time do that, such as "actions", of all that share the database; also where
        it dies. Raises BusyError where another one does.

        Gives what says whether it still is alone, to be called now and then: a server that was started anew
        knows of nobody, and another program may be faster then. It raises SightingsError where the server is
        away.
        """
        with alone(self._engine, self.name, what) as still:
            yield still

    def check_writing(self) -> None:
        """Writes something that changes nothing, to see that it can be done. Raises SightingsError."""
        with self._writing() as connection:
            connection.exec_driver_sql(f"UPDATE {tables.VERSION_TABLE} SET version_num = version_num")

    def check(self) -> list[str]:
        """What is damaged, a line each; none where all is well. Reads all there is: minutes for a large file.

        Raises SightingsError where the database cannot even be opened.
        """
        found: list[str] = []
        with self._reading() as connection:
            if connection.dialect.name == "sqlite":
                lines = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                found += [str(line) for line in lines if line != "ok"]
                if found:
                    return found
                for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                    found.append(f"{table}, row {row}: belongs to no {parent}")
        for read in (self.watch_list.entries, self.progress.failures):
            try:
                read()
            except DamagedError as error:
                found.append(str(error))
        last = 0
        while ids := self._ids(last):
            for sighting in self._whole(ids, found):
                for kind in sighting.pictures:
                    data = self.picture(sighting.id, kind)
                    if data is None or not (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")):
                        found.append(f"sighting {sighting.id}: its {kind} is no whole JPEG")
            last = ids[-1]
        return found

    def _ids(self, after: int) -> Sequence[int]:
        """The next ones, in their order."""
        with self._reading() as connection:
            wanted = select(_row.id).where(_row.id > after).order_by(_row.id).limit(_BATCH)
            return connection.execute(wanted).scalars().all()

    def _whole(self, ids: Sequence[int], damaged: list[str]) -> list[StoredSighting]:
        """Those of these sightings that can be read. `damaged` gets a line for each of the others."""
        found = []
        with self._reading() as connection:
            try:
                return _load(connection, select(tables.sighting).where(_row.id.in_(ids)).order_by(_row.id))
            except DamagedValueError:
                pass
            for id in ids:
                try:
                    found += _load(connection, select(tables.sighting).where(_row.id == id))
                except DamagedValueError as error:
                    damaged.append(str(error))
        return found

    def delete(self, ids: Iterable[int]) -> int:
        """Deletes sightings with all that belongs to them. Returns how many there were.

        Deleting is real: in an SQLite file the bytes are overwritten, and the file shrinks. PostgreSQL gets a
        VACUUM, after which it overwrites them in its own time. Raises RemainsError where another program
        keeps that from being done; they are deleted all the same.
        """
        chosen = sorted({id for id in ids if 0 < id < 2**63})
        deleted = 0
        for i in range(0, len(chosen), _BATCH):
            with self._writing() as connection:
                rows = delete(tables.sighting).where(_row.id.in_(chosen[i : i + _BATCH]))
                deleted += connection.execute(rows).rowcount
        self._wipe()
        return deleted

    def delete_matching(self, query: Query) -> int:
        """`delete` for all sightings that meet the query: with `Query("AB12CDE")` all of one plate."""
        with self._reading() as connection:
            wanted = and_(true(), *_meets(connection, query))
        deleted, _ = self._delete_batches(wanted)
        self._wipe()
        return deleted

    def purge(self, retention: Retention) -> Purged:
        """Deletes what is to be kept no longer; as real as `delete`."""
        rows, pictures = self._delete_batches(self._outdated(retention.age, retention.count, retention.by))
        outdated = self._outdated(retention.picture_age, retention.picture_count, retention.by)
        held = _row.id.in_(select(tables.picture.c.sighting_id))
        pictures += self._delete_batches(outdated & held, only_pictures=True)[1]
        self._wipe()
        return Purged(rows, pictures)

    def _outdated(self, age: timedelta | None, count: int | None, by: Age) -> ColumnElement[bool]:
        """Sightings older than `age`, and those beyond the `count` newest ones."""
        found: list[ColumnElement[bool]] = [false()]
        least = None if age is None else _ago(age)
        if least is not None and by == "stored":
            found.append(_row.added < least)
        elif least is not None:
            # What was last seen long ago was first seen before that, which an index knows.
            found.append((_row.first_seen < least) & (_row.last_seen < least))
        if count is not None and count < 2**63:  # more than any database counts
            with self._reading() as connection:
                places = select(_row.first_seen, _row.id).order_by(*_NEWEST_FIRST)
                last = connection.execute(places.offset(count).limit(1)).first()
            if last is not None:
                found.append(_before(last.first_seen, last.id + 1))
        return or_(*found)

    def _delete_batches(self, wanted: ColumnElement[bool], only_pictures: bool = False) -> tuple[int, int]:
        rows = pictures = 0
        while True:
            with self._writing() as connection:
                ids = connection.execute(select(_row.id).where(wanted).limit(_BATCH)).scalars().all()
                if not ids:
                    return rows, pictures
                held = delete(tables.picture).where(tables.picture.c.sighting_id.in_(ids))
                pictures += connection.execute(held).rowcount
                if not only_pictures:
                    rows += connection.execute(delete(tables.sighting).where(_row.id.in_(ids))).rowcount

    def _wipe(self) -> None:
        try:
            with translated(self.name):
                whole = wipe(self._engine)
        except BusyError:
            whole = False
        if not whole:
            where = f" in {self.name}-wal" if self._engine.dialect.name == "sqlite" else ""
            raise RemainsError(
                f"{self.name}: deleted, but another program uses it, and until that ends there are remains"
                f"{where}"
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._opened(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._opened(), self._engine.execution_options(**WRITING).begin() as connection:
            lock_writers(connection)
            yield connection

    @contextmanager
    def _opened(self) -> Iterator[None]:
        """The tables are there within; those of a database that was made anew are made the next time."""
        self.open()
        try:
            with translated(self.name):
                yield
        except NoTablesError:
            self._open = False
            raise


def _names() -> CTE:
    """The names of all sources, and a null after the last."""
    # From each name to the next one along the index: as fast with many rows as with few.
    names = select(func.min(_row.source).label("source")).cte("names", recursive=True)
    following = select(func.min(_row.source)).where(_row.source > names.c.source).scalar_subquery()
    return names.union_all(select(following).where(names.c.source.is_not(None)))


def _meets(connection: Connection, query: Query) -> list[ColumnElement[bool]]:
    """The conditions of a query, also for the sightings whose correction says its text."""
    if query.text is None:
        return conditions(query)
    # People made them, one by one: there are few.
    rows = connection.execute(select(tables.correction.c.sighting_id, tables.correction.c.text))
    said = says(query)
    return conditions(query, [id for id, text in rows if said(text)])


def _ago(age: timedelta) -> datetime | None:
    """The time so long ago; None where the calendar does not go back so far, and nothing is so old."""
    try:
        return datetime.now(UTC) - age
    except OverflowError:
        return None


def _before(first_seen: datetime, id: int) -> ColumnElement[bool]:
    """Of the rows that come after that place when the newest come first."""
    time = literal(first_seen, _row.first_seen.type)
    # The first condition is the one that SQLite finds its place in the index by.
    return (_row.first_seen <= time) & (tuple_(_row.first_seen, _row.id) < tuple_(time, literal(id)))


def _same(connection: Connection, record: Record) -> StoredSighting | None:
    """The sighting that is there already, where the record has an identity or a recording."""
    row = record.row
    wanted = []
    if row["identity"] is not None:
        wanted.append(_row.identity == row["identity"])
    if row["recording"] is not None:
        wanted.append(
            (_row.recording == row["recording"])
            & (_row.folded == row["folded"])
            & (_row.first_seen <= literal(row["last_seen"], _row.first_seen.type))
            & (_row.last_seen >= literal(row["first_seen"], _row.last_seen.type))
        )
    if not wanted:
        return None
    found = _load(connection, select(tables.sighting).where(or_(*wanted)).order_by(_row.id).limit(1))
    return found[0] if found else None


def _load(connection: Connection, wanted: Select[Any]) -> list[StoredSighting]:
    """Raises DamagedValueError, which names the sighting, where one cannot be read."""
    try:
        return _loaded(connection, wanted)
    except _NO_SIGHTING as error:
        for id in connection.execute(wanted.with_only_columns(_row.id)).scalars().all():
            try:
                _loaded(connection, select(tables.sighting).where(_row.id == id))
            except _NO_SIGHTING as why:
                raise DamagedValueError(f"sighting {id} is damaged: {why}") from why
        raise DamagedValueError(f"a sighting is damaged: {error}") from error


def _loaded(connection: Connection, wanted: Select[Any]) -> list[StoredSighting]:
    rows = connection.execute(wanted).all()
    ids = [row.id for row in rows]
    pictures: dict[int, list[PictureKind]] = {id: [] for id in ids}
    hits: dict[int, list[Hit]] = {id: [] for id in ids}
    corrections: dict[int, str] = {}
    for i in range(0, len(ids), _BATCH):  # no database takes any number of values at once
        part = ids[i : i + _BATCH]
        table = tables.picture.c
        held = select(table.sighting_id, table.kind).where(table.sighting_id.in_(part))
        for id, kind in connection.execute(held.order_by(table.sighting_id, table.kind)):
            pictures[id].append(kind)
        found = select(tables.hit).where(tables.hit.c.sighting_id.in_(part))
        for row in connection.execute(found.order_by(tables.hit.c.sighting_id, tables.hit.c.entry_id)):
            id, *values = row
            hits[id].append(Hit(*values))
        said = select(tables.correction.c.sighting_id, tables.correction.c.text)
        for id, corrected in connection.execute(said.where(tables.correction.c.sighting_id.in_(part))):
            corrections[id] = corrected
    return [
        _stored(row, tuple(hits[row.id]), tuple(pictures[row.id]), corrections.get(row.id)) for row in rows
    ]


def _stored(
    row: Row[Any] | SimpleNamespace,
    hits: tuple[Hit, ...],
    pictures: tuple[PictureKind, ...],
    correction: str | None = None,
) -> StoredSighting:
    # SQLite keeps any value in any column: what is read may be damaged, and what is added as well.
    return StoredSighting(
        id=row.id,
        added=row.added,
        source=_text(row.source),
        text=_text(row.text),
        confidence=float(row.confidence),
        characters=tuple(Character(_text(text), float(confidence)) for text, confidence in row.characters),
        candidates=_candidates(row.candidates),
        regions=tuple(Region(_text(code), float(confidence)) for code, confidence in row.regions),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        frames=int(row.frames),
        corners=np.array(row.corners, np.float32).reshape(4, 2),
        path=np.frombuffer(row.path, "<f4").reshape(-1, 2).astype(np.float32),
        direction=row.direction,
        zone=row.zone,
        cut=tuple(map(_text, row.cut or ())),
        hits=hits,
        pictures=pictures,
        correction=correction,
    )


def _candidates(values: Any) -> tuple[Candidate, ...]:
    return tuple(Candidate(_text(text), float(confidence)) for text, confidence in values)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a text, got {value!r:.40}")
    return value
