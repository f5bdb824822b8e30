"""Times as people read them: in their own zone."""

import time
from datetime import datetime


def local(moment: datetime) -> str:
    """The time in this machine's zone, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def zone_name(moment: datetime | None = None) -> str:
    """What this machine's zone is called then; None for all of the year, such as `CET/CEST`."""
    if moment is None:
        return "/".join(dict.fromkeys(time.tzname))
    return moment.astimezone().tzname() or "local"
