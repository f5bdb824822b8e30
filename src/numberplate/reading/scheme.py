"""What a way to find and read plates has to have."""

from collections.abc import Callable
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

    @property
    def min_confidence(self) -> float:
        """The least confidence, 0..1, of a text that is reported where nobody states another."""

    @property
    def grey_side(self) -> int | None:
        """Pixels that the longest side of a picture in grey needs at least; None where any is too few."""

    def search(
        self, picture: Picture, candidates: int = 5, whole: Callable[[], Picture] | None = None
    ) -> Search:
        """The plates of a picture, uint8 (height, width, 3), RGB, or (height, width), and what led to them.

        `candidates`: texts that each plate offers at most. `whole`: gives the picture at its own size where
        `picture` is smaller; it is asked for where a plate is small. What is found is in pixels of `picture`.
        """

    def search_crop(self, picture: Picture, candidates: int = 5) -> Search:
        """The plate of a picture that shows a plate and little else; none where it reads as none.

        Raises ValueError from a scheme that has no such way.
        """

    def with_regions(self, regions: Regions) -> "Scheme":
        """One that expects plates of other regions, with the same networks."""
