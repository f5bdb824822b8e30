"""How many pictures were read, as Plate Recognizer's clients ask for it."""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any


class Statistics:
    """Calls by month, in UTC, since the server was started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[int, int]] = Counter()

    def count(self, now: datetime | None = None) -> None:
        """Counts one call."""
        now = now or datetime.now(UTC)
        with self._lock:
            self._calls[now.year, now.month] += 1

    def to_dict(self, now: datetime | None = None) -> dict[str, Any]:
        """As `/v1/statistics/` replies."""
        now = now or datetime.now(UTC)
        following = (now.year + now.month // 12, now.month % 12 + 1)
        with self._lock:
            calls, total = self._calls[now.year, now.month], self._calls.total()
        resets_on = datetime(*following, 1, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        usage = {"month": now.month, "calls": calls, "year": now.year, "resets_on": resets_on}
        return {"usage": usage, "total_calls": total}
