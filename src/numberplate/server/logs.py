"""How log lines look: for people, or one JSON object a line for programs."""

import logging
import sys
import threading
import time
from typing import Any, Literal

from pythonjsonlogger.json import JsonFormatter

_FIELDS = ("method", "route", "status", "milliseconds", "plates")


def set_up_logs(form: Literal["text", "json"]) -> None:
    """Sends the log of this server, and uvicorn's, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            datefmt="%Y-%m-%dT%H:%M:%S%z",
            reserved_attrs=_reserved(),
        )
        if form == "json"
        else TextFormatter("%(asctime)s %(levelname)s %(message)s")
    )
    handler.addFilter(Throttle())
    for name in ("numberplate", "uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    # It would write addresses with all that was searched for; ours says the same without.
    logging.getLogger("uvicorn.access").disabled = True


class Throttle(logging.Filter):
    """Lets a fault that comes again and again fill no disk: each message a few times a minute.

    Messages are distinguished by their text before values are put in. Lines of requests all pass.
    """

    def __init__(self, most: int = 10, seconds: float = 60.0):
        super().__init__()
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; the first one after some were not says how many."""
        if record.levelno < logging.WARNING:
            return True
        key, now = (record.name, str(record.msg)), time.monotonic()
        with self._lock:
            start, count = self._seen.get(key, (now, 0))
            if now - start >= self._seconds:
                if count > self._most:
                    record.msg = f"{record.msg} (and {count - self._most} times more before)"
                start, count = now, 0
            if key not in self._seen and len(self._seen) >= 1000:
                self._seen.clear()
            self._seen[key] = start, count + 1
        return count < self._most


def _reserved() -> list[str]:
    """What every record has, and uvicorn's text in colours."""
    return [*vars(logging.LogRecord("", 0, "", 0, "", None, None)), "message", "asctime", "color_message"]


class TextFormatter(logging.Formatter):
    """A line with the request's fields after the message."""

    def format(self, record: logging.LogRecord) -> str:
        """As `logging.Formatter.format`."""
        line = super().format(record)
        values: dict[str, Any] = {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        return " ".join([line, *(f"{name}={_shown(value)}" for name, value in values.items())])


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
