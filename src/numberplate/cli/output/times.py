"""Times as people read them: in their own zone."""

from datetime import datetime


def local(time: datetime) -> str:
    """The time in this machine's zone, to the second."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def zone_name() -> str:
    """What this machine's zone is called now."""
    return datetime.now().astimezone().tzname() or "local"
