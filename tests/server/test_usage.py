"""Calls by month."""

from datetime import UTC, datetime

import pytest

from numberplate.server.usage import Statistics


@pytest.mark.parametrize(
    ("now", "resets_on"),
    [
        (datetime(2026, 1, 31, 23, 59, tzinfo=UTC), "2026-02-01T00:00:00Z"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-12-01T00:00:00Z"),
        (datetime(2026, 12, 31, tzinfo=UTC), "2027-01-01T00:00:00Z"),
    ],
)
def test_each_month_counts_anew(now: datetime, resets_on: str) -> None:
    statistics = Statistics()
    for when in (datetime(2025, now.month, 1, tzinfo=UTC), now, now):
        statistics.count(when)
    usage = statistics.to_dict(now)["usage"]
    assert usage == {"month": now.month, "year": 2026, "calls": 2, "resets_on": resets_on}
    assert statistics.total == 3
