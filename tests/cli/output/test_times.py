"""Times in the zone of whoever reads them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from numberplate.cli.output.times import local, zone_name


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system's zone cannot be set")
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("moment", "shown", "zone"),
    [
        (datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15 13:00:00", "CET"),
        (datetime(2026, 7, 15, 12, tzinfo=UTC), "2026-07-15 14:00:00", "CEST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30:00", "CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30:00", "CET"),
    ],
)
@pytest.mark.usefixtures("berlin")
def test_summer_time_is_that_of_the_moment_and_not_of_today(moment: datetime, shown: str, zone: str) -> None:
    assert local(moment) == shown
    assert zone_name(moment) == zone
    assert zone_name() == "CET/CEST"
