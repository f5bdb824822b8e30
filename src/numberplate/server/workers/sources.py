"""The names of sources that clients may give to what is kept."""

import logging
from collections.abc import Callable
from contextlib import suppress

from numberplate.server.question import Question
from numberplate.server.refusal import Refusal
from numberplate.sightings import Sightings, SightingsError
from numberplate.sightings.columns import storable_source

log = logging.getLogger("numberplate.server")

_WAIT_SECONDS = 1.0
"""For which the database is waited for."""


class Sources:
    """Those that there are, and new ones while there are few. For one event loop alone.

    A database that does not reply holds nobody up: what it said last counts, with what was kept since.

    Args:
        sightings: the database.
        waiting: whether anything that was kept is not in the database yet.
        most: sources, beyond which there is no new one.
    """

    def __init__(self, sightings: Sightings, waiting: Callable[[], bool], most: int):
        self._sightings = sightings
        self._waiting = waiting
        self._most = most
        self._known: frozenset[str] = frozenset()
        self._kept: set[str] = set()  # since then, so that the database may not have them yet
        self._listing = Question("sources", self._list)

    async def check(self, name: str) -> None:
        """Raises Refusal (409) for a new source where there are as many as there may be."""
        name = storable_source(name)
        if self._is_known(name):
            return
        with suppress(TimeoutError):
            await self._listing.reply(_WAIT_SECONDS)
        if not self._is_known(name) and len(self._known | self._kept) >= self._most:
            raise Refusal(
                409,
                f"{name[:60]!r} would be a new source, and there are {self._most} already; see max_sources "
                "in the settings",
            )

    def note(self, name: str) -> None:
        """Something of that source was kept."""
        self._kept.add(storable_source(name))

    def close(self) -> None:
        """Asks the database no more, and does not wait for its reply."""
        self._listing.close()

    def _is_known(self, name: str) -> bool:
        return name in self._known or name in self._kept

    def _list(self) -> None:
        # Where nothing waits, the database has what was kept before it is asked, or lacks it for good.
        settled = frozenset() if self._waiting() else frozenset(self._kept)
        try:
            self._known = frozenset(self._sightings.sources())
        except SightingsError as error:
            log.error("the sources cannot be listed: %s", error)
        else:
            self._kept -= settled
