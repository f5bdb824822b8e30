"""How the bridge to Frigate works, as one value."""

from collections.abc import Iterable
from dataclasses import dataclass

OBJECTS = ("car", "motorcycle", "bus", "truck", "school_bus", "garbage_truck")
"""Labels of Frigate's objects that have plates: those whose plates it reads itself."""


_CENTURY = 36525 * 86400.0
"""Seconds: no calendar goes back much further."""


@dataclass(frozen=True)
class BridgeOptions:
    """Which events are read, and what is reported.

    Attributes:
        topic: Frigate's own prefix of topics.
        result_topic: below `topic`, where plates are published.
        retain: whether the broker keeps the last plate, as the bridges that people use today have it. Whoever
            subscribes later, or again, gets a plate that may be of hours ago.
        cameras, zones: names; events of others are passed over. None given: all.
        objects: labels of Frigate's objects.
        min_confidence: least probability of a text, 0..1, to be reported.
        clips: whether the clip of an ended event is read where its snapshots were not clear.
        missed_for: seconds for which events may go back that were missed, while the broker, Frigate or this
            was away, and are asked for afterwards; 0 asks for none.
        clip_wait: seconds for which a clip is waited for: Frigate writes it a moment after the event.
        sub_label: whether the plate becomes the event's sub label. One that Frigate knew itself stays.
        regions: codes of the regions whose plates are expected; others are read too.

    Raises ValueError for a value out of range.
    """

    topic: str = "frigate"
    result_topic: str = "plate_recognizer"
    retain: bool = True
    cameras: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    objects: tuple[str, ...] = OBJECTS
    min_confidence: float = 0.8
    clips: bool = True
    clip_wait: float = 30.0
    missed_for: float = 86400.0
    sub_label: bool = True
    regions: str | Iterable[str] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence: expected a probability in 0..1, got {self.min_confidence}")
        for name in ("clip_wait", "missed_for"):
            if not 0 <= getattr(self, name) <= _CENTURY:
                raise ValueError(f"{name}: expected seconds, a century at most, got {getattr(self, name)}")
        for name in ("topic", "result_topic"):
            topic = getattr(self, name)
            if not topic or set(topic) & set("#+\0"):
                raise ValueError(f"{name}: expected a topic without wildcards, got {topic!r}")
        if not isinstance(self.regions, str):
            object.__setattr__(self, "regions", tuple(self.regions))
