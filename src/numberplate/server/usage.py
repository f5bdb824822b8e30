"""How many pictures were read, as Plate Recognizer's clients ask for it."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

NO_LIMIT = 2**31 - 1
"""Of calls: nothing is metered here. Clients subtract the calls made from it."""


class Statistics:
    """Calls by month, in UTC, since the server was started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[int, int]] = Counter()

    @property
    def total(self) -> int:
        """Calls since the server was started."""
        with self._lock:
            return self._calls.total()

    def count(self, now: datetime | None = None) -> None:
        """Counts one call."""
        now = now or datetime.now(UTC)
        with self._lock:
            self._calls[now.year, now.month] += 1

    def to_dict(self, now: datetime | None = None) -> dict[str, Any]:
        """As `/v1/statistics/` replies; `total_calls` is how many calls there may be."""
        now = now or datetime.now(UTC)
        following = (now.year + now.month // 12, now.month % 12 + 1)
        with self._lock:
            calls = self._calls[now.year, now.month]
        resets_on = datetime(*following, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        usage = {"month": now.month, "calls": calls, "year": now.year, "resets_on": resets_on}
        return {"usage": usage, "total_calls": NO_LIMIT}
