"""`PlateReader`, by which the library is used."""

import copy
import os
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from numberplate.geometry.quads import Picture
from numberplate.pictures.decode import PictureError, Source, read_picture
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.options import ReadOptions
from numberplate.reading.report import Report
from numberplate.reading.scheme import Scheme
from numberplate.reading.windows import Windows
from numberplate.results.plate import Plate


class PlateReader:
    """Reads the number plates in pictures. It keeps no state between pictures.

        reader = PlateReader()
        plates = reader.read("car.jpg")

    Args:
        weights: folder of a bundle; None for the package's own.
        threads: processor threads that the networks run on.
        options: how pictures are read; None for the defaults.
        changes: options by name, such as `min_confidence=0.5`, in place of those of `options`.

    Raises WeightsError when the weights cannot be used, RegionError for a region that is not known and
    ValueError for an option out of range.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        options: ReadOptions | None = None,
        **changes: Any,
    ):
        self.options = replace(options or ReadOptions(), **changes)
        threshold, expected = self.options.detection_threshold, Regions(self.options.regions)
        self.scheme: Scheme
        if self.options.scheme == "windows":
            self.scheme = Windows(weights, threads, threshold, self.options.overlap)
        else:
            self.scheme = Cascade(weights, threads, threshold, self.options.longest_side, expected)

    def with_options(
        self,
        regions: Regions | None = None,
        min_confidence: float | None = None,
        candidates: int | None = None,
    ) -> "PlateReader":
        """A reader with other options, None for this one's own, that shares this one's networks.

        `regions`: expected ones; of no effect on the scheme "windows". Raises ValueError for an argument out
        of range.
        """
        other, own = copy.copy(self), self.options
        other.options = replace(
            own,
            min_confidence=own.min_confidence if min_confidence is None else min_confidence,
            candidates=own.candidates if candidates is None else candidates,
        )
        if regions is not None:
            other.scheme = self.scheme.with_regions(regions)
        return other

    def read(self, picture: Source) -> list[Plate]:
        """The plates of one picture, best first.

        `picture`: the path of a file, its bytes, or uint8 (height, width, 3), RGB, which is not changed.

        Raises PictureError when it cannot be read.
        """
        return self._plates(self.scheme.search(self.decode(picture), self.options.candidates).plates)

    def read_crop(self, picture: Source) -> Plate | None:
        """The plate of a picture that shows a plate and little else; None where it reads as none.

        `picture`: as of `read`. Raises PictureError when it cannot be read, and ValueError for a reader with
        the scheme "windows", which has no such way.
        """
        plate = self.scheme.read_crop(self.decode(picture), self.options.candidates)
        return plate if plate is not None and plate.confidence >= self.options.min_confidence else None

    def decode(self, picture: Source, name: str | None = None) -> Picture:
        """The picture, uint8 (height, width, 3), RGB. Raises PictureError when it cannot be read.

        `name`: of the source; None for the path itself, or "<bytes>" or "<array>".
        """
        source = name if name is not None else _name(picture)
        pixels = read_picture(picture, self.options.max_megapixels, source)
        (height, width), (least_width, least_height) = pixels.shape[:2], self.scheme.smallest
        if width < least_width or height < least_height:
            raise PictureError(
                source,
                f"too small: {width}×{height} pixels, at least {least_width}×{least_height} are needed",
            )
        return pixels

    def report(self, picture: Source, name: str | None = None) -> Report:
        """Reads one picture and gives what the command line and others print; see `Report`.

        Raises nothing for a picture that cannot be read: the report says so. `name`: of the source; None for
        the path itself, or "<bytes>" or "<array>".
        """
        source = name if name is not None else _name(picture)
        start = time.perf_counter()
        try:
            pixels = self.decode(picture, source)
        except PictureError as error:
            return Report(source, error=error.reason, fault=error)
        search = self.scheme.search(pixels, self.options.candidates)
        plates = tuple(self._plates(search.plates))
        milliseconds = 1000 * (time.perf_counter() - start)
        height, width = pixels.shape[:2]
        return Report(source, width, height, milliseconds, plates, picture=pixels, search=search)

    def _plates(self, plates: Iterable[Plate]) -> list[Plate]:
        return [plate for plate in plates if plate.confidence >= self.options.min_confidence]


def _name(picture: Source) -> str:
    if isinstance(picture, str | os.PathLike):
        return os.fspath(picture)
    return "<bytes>" if isinstance(picture, bytes | bytearray | memoryview) else "<array>"
