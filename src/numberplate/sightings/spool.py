"""Sightings on their way to the database: on the disk at once, in the database as soon as it takes them."""

import errno
import hashlib
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from uuid import uuid4

from numberplate.sightings.database import default_path
from numberplate.sightings.errors import FullError, RefusedError, SightingsError
from numberplate.sightings.record import Record, RecordError, from_bytes, to_bytes
from numberplate.sightings.store import Sightings

log = logging.getLogger("numberplate.sightings")

SPOOL_BYTES = 256_000_000
"""Of all that waits, if nothing else is said."""

_ENDING, _PART, _DAMAGED = ".sightings", ".part", ".damaged"
_REFUSED, _REASON = ".refused", ".reason.txt"
_BATCH = 20
"""Files that are added in one transaction."""

_SHORTEST, _LONGEST = 0.1, 10.0
"""Seconds between two attempts to reach a database that does not take what waits."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

_STALE = 3600.0
"""Seconds after which a file that was begun, and never finished, is nobody's any more."""


def spool_folder(store: Sightings) -> Path:
    """Where sightings for a database wait: beside an SQLite file, else in the user's folder for data."""
    if "://" not in store.name:
        return Path(f"{store.name}-waiting")
    name = hashlib.sha256(store.name.encode()).hexdigest()[:16]
    return default_path().parent / "waiting" / name


class Spool:
    """A queue in a folder. Each file holds sightings as `record.to_bytes` gives them, each with an identity,
    so that none is added twice. Several programs may share a folder; each adds what any of them left there.

    What the database refuses for ever holds up nothing: it is set aside as NAME.refused, and NAME.reason.txt
    says why. What cannot be read is set aside as NAME.damaged.

    Args:
        store: the database.
        folder: made where it is not there, readable for its owner alone.
        most: bytes of all that waits.

    Raises SightingsError where the folder cannot be used.
    """

    def __init__(self, store: Sightings, folder: Path, most: int = SPOOL_BYTES):
        self.folder = folder
        self.most = most
        self._store = store
        self._wake = threading.Condition()
        self._pending: dict[str, Future[None]] = {}
        self._held = self._writing = self._repeated = self._refused = 0
        self._fault: SightingsError | None = None
        self._closing = False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._list()
        except OSError as error:
            raise self._unusable(error) from error
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    @property
    def held(self) -> int:
        """Bytes that wait, or are being written."""
        return self._held + self._writing

    @property
    def repeated(self) -> int:
        """How many sightings were in the database already, when they were to be added."""
        return self._repeated

    @property
    def refused(self) -> int:
        """How many sightings the database has refused for ever, so that they were set aside."""
        return self._refused

    @property
    def fault(self) -> SightingsError | None:
        """Why the database takes nothing now; None where it does, as far as is known."""
        return self._fault

    def put(self, data: bytes) -> Future[None]:
        """Keeps records: when this returns, they are on the disk. The future ends when the database has them,
        and with RefusedError where it will never take one of them.

        Raises FullError where no more may wait or the disk is full, and SightingsError where it fails; then
        nothing of them is kept.
        """
        with self._wake:
            if self.held + len(data) > self.most:
                raise FullError(f"{self.folder}: {self.held / 1e6:.0f} MB of sightings wait already")
            self._writing += len(data)
        name = f"{time.time_ns():020d}-{uuid4().hex}"
        part, path = self.folder / f"{name}{_PART}", self.folder / f"{name}{_ENDING}"
        future: Future[None] = Future()
        future.set_running_or_notify_cancel()  # what is on the disk is added, whoever waits for it
        try:
            try:
                with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                with self._wake:
                    part.rename(path)
                    self._pending[path.name] = future
                    self._held += len(data)
                _sync(self.folder)
            except BaseException:
                part.unlink(missing_ok=True)
                path.unlink(missing_ok=True)
                raise
            finally:
                with self._wake:
                    self._writing -= len(data)
        except OSError as error:
            kind = FullError if error.errno in _NO_ROOM else SightingsError
            raise kind(f"{self.folder}: {error.strerror or error}") from error
        with self._wake:
            self._wake.notify_all()
        return future

    def close(self, seconds: float = 5.0) -> int:
        """Waits for what waits, for so long, and ends. Returns how many files are left for the next time."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(seconds)
        try:
            return len(self._list())
        except OSError:
            return 0

    def _list(self) -> list[Path]:
        """The files that wait, the oldest first."""
        found, held, now = [], 0, time.time()
        with self._wake, os.scandir(self.folder) as entries:
            for entry in entries:
                try:
                    if entry.name.endswith(_ENDING):
                        held += entry.stat().st_size
                        found.append(self.folder / entry.name)
                    elif entry.name.endswith(_PART) and now - entry.stat().st_mtime > _STALE:
                        os.unlink(entry.path)
                except FileNotFoundError:  # another program was faster
                    continue
            self._held = held
        return sorted(found)

    def _run(self) -> None:
        pause, waiting = _SHORTEST, deque[Path]()
        while True:
            try:
                opened = self._store.open()  # or that it is away would be said of the first sighting alone
                if not waiting:
                    waiting.extend(self._look())
                if not waiting and self._closing:
                    return
                batch = [waiting[i] for i in range(min(_BATCH, len(waiting)))]
                self._add(batch)
            except (SightingsError, OSError) as error:
                if self._fault is None:
                    log.error("sightings wait, and are not taken: %s", error)
                self._fault = error if isinstance(error, SightingsError) else self._unusable(error)
                waiting.clear()
                with self._wake:
                    if self._closing:
                        return
                    self._wake.wait_for(lambda: self._closing, pause)
                pause = min(2 * pause, _LONGEST)
            else:
                if self._fault is not None and (batch or opened or isinstance(self._fault, _FolderError)):
                    log.warning("sightings are taken again")
                    self._fault = None
                if batch:
                    pause = _SHORTEST
                for _ in batch:
                    waiting.popleft()

    def _look(self) -> list[Path]:
        """The files that wait; where none is known to, once there may be one."""
        with self._wake:
            if not self._pending and not self._closing and not isinstance(self._fault, _FolderError):
                self._wake.wait(_LONGEST)
            known = set(self._pending)
        found = self._list()
        for name in known - {path.name for path in found}:
            self._done(self.folder / name, 0)  # another program has added it
        return found

    def _unusable(self, error: OSError) -> "_FolderError":
        return _FolderError(f"{self.folder}: {error.strerror or error}")

    def _add(self, batch: list[Path]) -> None:
        records, files = [], []
        for path in batch:
            try:
                data = path.read_bytes()
                records += from_bytes(data)
                files.append((path, len(data)))
            except FileNotFoundError:
                self._done(path, 0)
            except RecordError as error:
                log.error("%s: %s; it is set aside", path, error)
                path.rename(path.with_suffix(_DAMAGED))
                self._done(path, 0)
        if not files:
            return
        try:
            self._keep(records)
        except RefusedError:
            self._keep_one_by_one(files)
            return
        self._remove(files)

    def _keep(self, records: Sequence[Record]) -> None:
        last = self._store.last_id()
        self._repeated += sum(added.id <= last for added in self._store.add_records(records))

    def _keep_one_by_one(self, files: Sequence[tuple[Path, int]]) -> None:
        """Sets aside the records that are refused, and adds the others."""
        for path, size in files:
            refused, reasons = [], []
            error: RefusedError | None = None
            for record in from_bytes(path.read_bytes()):
                try:
                    self._keep([record])
                except RefusedError as why:
                    refused.append(record)
                    reasons.append(f"{record.row.get('text')}, {record.row.get('first_seen')}: {why}\n")
                    error = why
            if refused:
                log.error(
                    "%s: refused, and set aside as %s: %s", path, path.with_suffix(_REFUSED).name, error
                )
                self._refused += len(refused)
                self._write(path.with_suffix(_REASON), "".join(reasons).encode("utf-8", "replace"))
                self._write(path.with_suffix(_REFUSED), to_bytes(refused))
            self._remove([(path, size)], error)

    def _write(self, path: Path, data: bytes) -> None:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def _remove(self, files: Sequence[tuple[Path, int]], error: RefusedError | None = None) -> None:
        for path, _ in files:
            path.unlink(missing_ok=True)
        _sync(self.folder)  # or what is deleted from the database might come back after a power failure
        for path, size in files:
            self._done(path, size, error)

    def _done(self, path: Path, size: int, error: RefusedError | None = None) -> None:
        with self._wake:
            self._held = max(0, self._held - size)
            future = self._pending.pop(path.name, None)
        if future is None:
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


class _FolderError(SightingsError):
    """The folder cannot be used: it, and not the database, is at fault."""


def _sync(folder: Path) -> None:
    """What was written, renamed or removed in a folder reaches the disk."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
