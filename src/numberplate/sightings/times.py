"""Times and ages as a person writes them."""

import re
from datetime import datetime, timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse_age(text: str) -> timedelta:
    """An age such as `90s`, `30m`, `12h`, `7d` or `4w`. Raises ValueError for another text."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdw])", text.strip())
    if not found:
        raise ValueError(f"{text!r} is not an age such as 90s, 30m, 12h, 7d or 4w")
    try:
        return timedelta(seconds=float(found[1]) * _UNITS[found[2]])
    except OverflowError:
        raise ValueError(f"{text!r} is longer ago than a calendar goes back") from None


def parse_time(text: str, now: datetime) -> datetime:
    """A time of ISO 8601 such as `2026-11-24` or `2026-11-24T08:00`, or an age before `now`, such as `12h`.

    One that names no zone is of this machine's. Raises ValueError for another text.
    """
    try:
        return now - parse_age(text)
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{text!r} is neither a time such as 2026-11-24T08:00 nor an age such as 12h"
        ) from None
