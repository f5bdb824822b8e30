"""What Frigate says of an object that it tracks."""

import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_MOST_BYTES = 1_000_000
_ID = re.compile(r"[\w.-]{1,100}")
"""Such as 1607123955.475377-mxklsc. It becomes a part of an address, and can be nothing else."""


class EventError(ValueError):
    """A message that is none of Frigate's; the message says why."""


@dataclass(frozen=True)
class Event:
    """An object, as `frigate/events` has it after a change.

    Attributes:
        id: of the event.
        camera, label: names.
        start: when it came, in UTC.
        ended: whether it has gone.
        zones: that it was in.
        has_snapshot, has_clip: whether there are such, now or later.
        false_positive: whether Frigate itself does not believe in it yet.
        sub_label: that Frigate, or somebody, gave it; None for none.
        end: when it had gone, in UTC; None where that is not said.
    """

    id: str
    camera: str
    label: str
    start: datetime
    ended: bool = False
    zones: frozenset[str] = frozenset()
    has_snapshot: bool = False
    has_clip: bool = False
    false_positive: bool = False
    sub_label: str | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Recognition:
    """What Frigate's own plate reader says of an event. `name`: of a plate that it knows; None for none."""

    id: str
    camera: str
    plate: str
    name: str | None


def parse_event(payload: bytes) -> Event:
    """The event of a message of `frigate/events`. Raises EventError."""
    message = _object(payload)
    after = message.get("after")
    if not isinstance(after, dict):
        raise EventError("no object `after` in it")
    zones = [*_texts(after.get("current_zones")), *_texts(after.get("entered_zones"))]
    return _event(after, zones, message.get("type") == "end")


def parse_events(payload: bytes) -> list[Event]:
    """The events of a reply to `/api/events`; what is none is passed over. Raises EventError."""
    try:
        rows = json.loads(payload)
    except (ValueError, RecursionError):
        raise EventError("no JSON") from None
    if not isinstance(rows, list):
        raise EventError("no list")
    found = []
    for row in rows:
        with suppress(EventError):
            if isinstance(row, dict):
                found.append(_event(row, _texts(row.get("zones"))))
    return found


def _event(values: dict[str, Any], zones: Iterable[str], ended: bool = False) -> Event:
    sub_label = values.get("sub_label")
    if isinstance(sub_label, list):  # with its score
        sub_label = sub_label[0] if sub_label else None
    return Event(
        id=_id(values),
        camera=_text(values, "camera"),
        label=_text(values, "label"),
        start=_time(values.get("start_time")),
        ended=ended or values.get("end_time") is not None,
        zones=frozenset(zones),
        has_snapshot=bool(values.get("has_snapshot")),
        has_clip=bool(values.get("has_clip")),
        false_positive=bool(values.get("false_positive")),
        sub_label=sub_label if isinstance(sub_label, str) and sub_label else None,
        end=_end(values.get("end_time")),
    )


def parse_update(payload: bytes) -> Recognition | None:
    """What Frigate's plate reader says in a message of `frigate/tracked_object_update`; None where it is of
    something else, such as a face. Raises EventError."""
    message = _object(payload)
    if message.get("type") != "lpr":
        return None
    name = message.get("name")
    named = name if isinstance(name, str) and name else None
    return Recognition(_id(message), str(message.get("camera") or ""), str(message.get("plate") or ""), named)


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > _MOST_BYTES:
        raise EventError(f"larger than {_MOST_BYTES // 1_000_000} MB")
    try:
        message = json.loads(payload)
    except (ValueError, RecursionError):
        raise EventError("no JSON") from None
    if not isinstance(message, dict):
        raise EventError("no JSON object")
    return message


def _id(values: dict[str, Any]) -> str:
    found = values.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found) or set(found) == {"."}:
        raise EventError(f"id: expected one of an event, got {str(found)[:100]!r}")
    return found


def _text(values: dict[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str) or not found:
        raise EventError(f"{name}: expected a text, got {str(found)[:100]!r}")
    return found


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _end(value: Any) -> datetime | None:
    try:
        return _time(value)
    except EventError:
        return None


def _time(value: Any) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EventError(f"start_time: expected seconds since 1970, got {str(value)[:100]!r}")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise EventError(f"start_time: expected seconds since 1970, got {value}") from None
