"""Which of Frigate's events were dealt with, on the disk: those that were missed are asked for later."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from numberplate.replacing import replacing

log = logging.getLogger("numberplate.frigate")

_MOST = 5000
"""Events that are remembered."""

_BEFORE = timedelta(seconds=60)
"""Of events that began at nearly the same time, none is reported in the order of their beginnings."""

_TWICE = 200
"""The last so many events that ended are remembered however long ago they began: a car was parked for hours,
and the broker may bring the message of its end twice.
"""


class Memory:
    """Of one bridge: the events that have ended and were dealt with, and those that are under way.

    `since` is the time from which on events may have been missed; None where nothing is known. What is
    remembered outlives the program where there is a `file`; one that cannot be read or written is logged,
    and costs nothing else.
    """

    def __init__(self, file: Path | None = None):
        self._file = file
        self._said = False
        self._under_way: dict[str, datetime] = {}
        self._finished: dict[str, datetime] = {}
        self._last: datetime | None = None
        self._held = False
        if file is not None:
            self._load(file)

    @property
    def since(self) -> datetime | None:
        """The time from which on events may have been missed."""
        if self._last is None:
            return None
        return min([self._last, *self._under_way.values()]) - _BEFORE

    def knows(self, id: str) -> bool:
        """Whether an event was dealt with."""
        return id in self._finished

    def start(self, now: datetime) -> None:
        """From now on; what was before the first time is nobody's concern."""
        if self._last is None:
            self._last = now
            self._save()

    def begin(self, id: str, start: datetime) -> None:
        """An event is under way."""
        if id not in self._under_way:
            self._under_way[id] = start
            self._save()

    def finish(self, id: str, start: datetime) -> None:
        """It is dealt with, and will not be again."""
        self._under_way.pop(id, None)
        self._finished[id] = start
        if not self._held:
            self._last = start if self._last is None else max(self._last, start)
        self._save()

    def hold(self) -> None:
        """`since` stays where it is until `go_on`: what was missed is not known yet."""
        self._held = True

    def go_on(self, missed: Mapping[str, datetime], keep: Collection[str]) -> None:
        """These were missed, and are under way from now on; of those before, no others are than `keep`."""
        self._held = False
        self._under_way = {id: start for id, start in self._under_way.items() if id in keep} | dict(missed)
        self._last = max([start for start in (self._last, *self._finished.values()) if start is not None])
        self._save()

    def forget(self, ids: Iterable[str]) -> None:
        """These are under way no more, whatever became of them."""
        for id in ids:
            self._under_way.pop(id, None)

    def _load(self, file: Path) -> None:
        try:
            value = json.loads(file.read_bytes())
            self._last = _time(value["last"])
            self._under_way = {str(id): _time(start) for id, start in value["under_way"].items()}
            self._finished = {str(id): _time(start) for id, start in value["finished"].items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:
            self._last, self._under_way, self._finished = None, {}, {}
            log.warning("%s: cannot be read, and events that were missed are not known: %s", file, error)

    def _save(self) -> None:
        since = self.since
        if since is not None:
            finished = [*self._finished.items()][-_MOST:]
            recent = [(id, start) for id, start in finished[:-_TWICE] if start >= since - _BEFORE]
            self._finished = dict(recent + finished[-_TWICE:])
        if self._file is None or self._last is None:
            return
        value: dict[str, Any] = {
            "last": self._last.timestamp(),
            "under_way": {id: start.timestamp() for id, start in self._under_way.items()},
            "finished": {id: start.timestamp() for id, start in self._finished.items()},
        }
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Another bridge may listen to the same events, with the same file.
            with replacing(self._file) as part:
                part.write_text(json.dumps(value))
            self._said = False
        except OSError as error:
            if not self._said:
                reason = error.strerror or error
                log.warning("%s: %s; events that are missed may not be known later", self._file, reason)
            self._said = True


def _time(value: float) -> datetime:
    return datetime.fromtimestamp(value, UTC)
