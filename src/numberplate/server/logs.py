"""How log lines look: for people, or one JSON object a line for programs."""

import logging
import sys
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
    for name in ("numberplate", "uvicorn"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.INFO)
    # It would write addresses with all that was searched for; ours says the same without.
    logging.getLogger("uvicorn.access").disabled = True


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
