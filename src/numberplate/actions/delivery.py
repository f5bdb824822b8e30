"""One sighting on its way to one target."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from numberplate.configuration.values import slug
from numberplate.results.printable import printable
from numberplate.sightings.stored import PictureKind, StoredSighting


class DeliveryError(Exception):
    """A delivery that failed. The message says why.

    Attributes:
        again: whether it may work later.
        after: seconds after which to try again, where the receiver said so.
    """

    def __init__(self, reason: str, again: bool = True, after: float | None = None):
        super().__init__(reason)
        self.again, self.after = again, after


def no_picture(kind: PictureKind) -> None:
    """Of a sighting whose pictures are not kept."""
    return None


@dataclass(frozen=True)
class Delivery:
    """What a target is given.

    Attributes:
        action: the name of the action.
        sighting: what set it off.
        lists: the names of the watch lists that it hit.
        picture: gives its pictures as JPEG, as far as they are still kept.
        is_test: whether the sighting is made up.
        until: when it is too late for it; None for never.
    """

    action: str
    sighting: StoredSighting
    lists: tuple[str, ...] = ()
    picture: Callable[[PictureKind], bytes | None] = field(default=no_picture)
    is_test: bool = False
    until: datetime | None = None

    @property
    def id(self) -> str:
        """The same whenever this sighting is delivered by this action, and of no other."""
        added = round(self.sighting.added.timestamp() * 1000)
        return f"{slug(self.action)}-{self.sighting.id}-{added:x}"

    def to_dict(self) -> dict[str, Any]:
        """The sighting as in the JSON output, but for its path, and what it is delivered as."""
        sighting = self.sighting.to_dict()
        del sighting["path"]
        return {
            "id": self.id,
            "action": self.action,
            "test": self.is_test,
            "lists": list(self.lists),
            "sighting": sighting,
        }

    def with_pictures(self) -> dict[str, Any]:
        """The same with `crop` and `frame`, JPEG in base64; None where they are not kept."""
        return self.to_dict() | {kind: encoded(self.picture(kind)) for kind in ("crop", "frame")}

    def fields(self) -> dict[str, str]:
        """What texts of the file may name; see `configuration.template.FIELDS`."""
        one = self.sighting
        local = one.first_seen.astimezone()
        hits = [f"{hit.kind} {hit.pattern}" + (f": {hit.note}" if hit.note else "") for hit in one.hits]
        return {
            "id": self.id,
            "text": one.text,
            "latin": one.latin,
            "confidence": f"{one.confidence:.4f}",
            "percent": f"{100 * one.confidence:.1f}",
            "camera": printable(one.source),
            "zone": one.zone or "",
            "direction": one.direction or "",
            "region": one.region.code if one.region else "",
            "time": f"{local:%H-%M-%S}",
            "date": f"{local:%Y-%m-%d}",
            "local_time": f"{local:%Y-%m-%d %H:%M:%S}",
            "first_seen": one.first_seen.isoformat(timespec="milliseconds"),
            "last_seen": one.last_seen.isoformat(timespec="milliseconds"),
            "lists": ", ".join(self.lists),
            "notes": "; ".join(printable(hit.note) for hit in one.hits if hit.note),
            "hits": "\n".join(map(printable, hits)),
            "json": json.dumps(self.to_dict()),
        }


def deadline(last_seen: datetime, seconds: float) -> datetime | None:
    """So long after a vehicle was last seen; None where no calendar has that day."""
    try:
        return last_seen + timedelta(seconds=seconds)
    except OverflowError:
        return None


def encoded(jpeg: bytes | None) -> str | None:
    """In base64."""
    return None if jpeg is None else base64.b64encode(jpeg).decode()


def within_path(value: str) -> str:
    """A value fit for a part of a path or a topic, whatever a source is called."""
    return re.sub(r"[^\w. -]", "_", value).strip(". ") or "_"
