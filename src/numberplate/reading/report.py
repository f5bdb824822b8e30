"""What one picture gave: its plates, how long that took, or why it could not be read."""

from dataclasses import dataclass, field
from typing import Any

from numberplate.geometry.quads import Picture
from numberplate.pictures.decode import PictureError
from numberplate.reading.scheme import Search
from numberplate.results.plate import Plate


@dataclass(frozen=True, eq=False)
class Report:
    """One picture and its plates.

    Attributes:
        source: the name of the picture, as its user gave it, but for the secrets of an address.
        width, height: of the picture in pixels, right side up; 0 when it could not be read.
        milliseconds: from the encoded picture to its plates.
        plates: best first.
        error: why the picture could not be read, without the source's name; None when it was.
        warnings: what its user should know of how it was read, such as that it was cut, or is one of several.
        picture: uint8 (height, width, 3), RGB; None when it could not be read. Not in the JSON.
        fault: the error that kept it from being read, of its own kind; None when it was. Not in the JSON.
        search: all that led to the plates; None when it could not be read. Not in the JSON.
        searched: width and height in pixels at which the picture was read, which `search` is in; None when it
            could not be. Not in the JSON.
    """

    source: str
    width: int = 0
    height: int = 0
    milliseconds: float = 0.0
    plates: tuple[Plate, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()
    picture: Picture | None = field(default=None, repr=False)
    fault: PictureError | None = field(default=None, repr=False)
    search: Search | None = field(default=None, repr=False)
    searched: tuple[int, int] | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The object of the JSON output. `error` and `warnings` are absent when there are none."""
        result: dict[str, Any] = {
            "source": self.source,
            "width": self.width,
            "height": self.height,
            "milliseconds": round(self.milliseconds, 2),
            "plates": [plate.to_dict() for plate in self.plates],
        }
        if self.warnings:
            result["warnings"] = list(self.warnings)
        if self.error is not None:
            result["error"] = self.error
        return result
