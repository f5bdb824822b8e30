"""What a way to find and read plates has to have."""

from typing import Protocol

from numberplate.geometry.quads import Picture
from numberplate.plates.formats import Regions
from numberplate.results.plate import Plate


class Search(Protocol):
    """All that was looked at in one picture; `plates`: what is left in the end, best first."""

    @property
    def plates(self) -> tuple[Plate, ...]: ...


class Scheme(Protocol):
    """Finds and reads the plates of pictures."""

    @property
    def smallest(self) -> tuple[int, int]:
        """Width and height of the smallest picture that can be read, in pixels."""

    def search(self, picture: Picture, candidates: int = 5) -> Search:
        """The plates of a picture, uint8 (height, width, 3), RGB, with all that led to them.

        `candidates`: texts that each plate offers at most.
        """

    def read_crop(self, picture: Picture, candidates: int = 5) -> Plate | None:
        """The plate of a picture that shows a plate and little else; None where it reads as none.

        Raises ValueError from a scheme that has no such way.
        """

    def with_regions(self, regions: Regions) -> "Scheme":
        """One that expects plates of other regions, with the same networks."""
