"""A camera, a video or a folder that is watched."""

import os
import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, InstanceOf, ValidationInfo, model_validator

from numberplate.configuration.values import (
    FOLDER,
    Codes,
    FilePath,
    Name,
    Probability,
    Seconds,
    Table,
    Timeout,
    read_secret,
)
from numberplate.live.areas import Areas, Line, Mask, Zone
from numberplate.live.options import SourceOptions, WatchOptions


def _zone(value: Any) -> Any:
    return Zone.parse(value) if isinstance(value, str) else value


def _mask(value: Any) -> Any:
    return Mask.parse(value) if isinstance(value, str) else value


def _line(value: Any) -> Any:
    return Line.parse(value) if isinstance(value, str) else value


_NO_PATH = re.compile(r"[a-z][a-z0-9+.-]*://|video=", re.IGNORECASE)
"""How addresses begin, and names of webcams."""


def _from_folder(source: str, info: ValidationInfo) -> str:
    """A path starts at the file's folder; of a number, such as a webcam has, only where one is there."""
    folder = (info.context or {}).get(FOLDER)
    if folder is None or _NO_PATH.match(source):
        return source
    path = str(folder / os.path.expanduser(source))
    return source if source.isdecimal() and not os.path.exists(path) else path


_WATCH = (
    *("min_confidence", "report_after", "min_width", "min_length", "regions", "detection_threshold"),
    *("zones", "masks", "line", "hold", "sure_after", "gone_after", "hidden_for"),
    *("unseen_for", "motion"),
)
_SOURCE = ("rate", "every", "timeout", "hardware")


class Camera(Table):
    """`[[camera]]`. What is not said has the default of `WatchOptions` and `SourceOptions`.

    Attributes:
        name: what its sightings are from.
        source: what `numberplate watch` takes: an address, a device, a file or a folder.
        source_file: a file whose first line is the source: an address with a password need not stand here.
        zones, masks, line: as the options of `numberplate watch`, in fractions of the frame.
        threads: processor threads.
    """

    name: Name
    source: Annotated[str, Field(min_length=1), AfterValidator(_from_folder)] | None = None
    source_file: FilePath | None = None
    regions: Codes = ()
    min_confidence: Probability | None = None
    report_after: Seconds | None = None
    min_width: float | None = Field(None, ge=0, allow_inf_nan=False)
    min_length: int | None = Field(None, ge=1)
    detection_threshold: float | None = Field(None, gt=0, le=1)
    zones: tuple[Annotated[InstanceOf[Zone], BeforeValidator(_zone)], ...] = ()
    masks: tuple[Annotated[InstanceOf[Mask], BeforeValidator(_mask)], ...] = ()
    line: Annotated[InstanceOf[Line], BeforeValidator(_line)] | None = None
    hold: Seconds | None = None
    sure_after: Seconds | None = None
    gone_after: Seconds | None = None
    hidden_for: Seconds | None = None
    unseen_for: Seconds | None = None
    motion: bool = True
    rate: float | None = Field(None, gt=0, le=1000)
    every: Seconds | None = None
    timeout: Timeout | None = None
    hardware: bool = False
    threads: int = Field(1, ge=1, le=1024)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.source is None) == (self.source_file is None):
            raise ValueError("source: expected it or source_file, one of them")
        self.watch_options()
        self.source_options()
        return self

    def watch_options(self) -> WatchOptions:
        """Which vehicles are reported, and when."""
        return WatchOptions(**self._given(_WATCH))

    def source_options(self) -> SourceOptions:
        """How it is opened. What cannot be reached is waited for: others are watched meanwhile."""
        return SourceOptions(name=self.name, wait=True, **self._given(_SOURCE))

    def areas(self) -> Areas:
        """Its zones, masks and line."""
        return Areas(self.zones, self.masks, self.line)

    def address(self) -> str:
        """The source. Raises ValueError where `source_file` cannot be read."""
        return self.source if self.source_file is None else read_secret(self.source_file)  # type: ignore[return-value]

    def _given(self, names: tuple[str, ...]) -> dict[str, Any]:
        return {name: value for name in names if (value := getattr(self, name)) is not None}
