"""`PlateReader`, by which the library is used."""

import copy
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from numberplate.geometry.quads import Picture
from numberplate.pictures.decode import (
    MAX_MEGAPIXELS,
    Decoded,
    Order,
    PictureError,
    Source,
    decode_picture,
    source_name,
)
from numberplate.plates.formats import Regions
from numberplate.reading.cascade import Cascade
from numberplate.reading.detector import LONGEST_SIDE
from numberplate.reading.report import Report
from numberplate.reading.windows import Windows
from numberplate.results.plate import Plate
from numberplate.results.plates import Plates

Scheme = Literal["cascade", "windows"]

CANDIDATES = 5
"""Texts that a plate offers at most."""

MIN_CONFIDENCE = 0.1
"""Least confidence of a text that is given back: what is no plate reads as nonsense, less sure than this."""


class PlateReader:
    """Reads the number plates in pictures. It keeps no state between pictures, and threads may share it.

    It can be copied, and pickled for other processes, which load the networks again from the same folder.

        reader = PlateReader()
        plates = reader.read("car.jpg")

    Args:
        weights: folder of a bundle; None for the package's own. See `numberplate.models.manifest`. Only from
            whom you trust: what is not a network that is whole in itself is refused, but a network may be
            made to take any time and memory, and to read wrongly.
        threads: processor threads that the networks run on.
        min_confidence: plates whose text is less probable, 0..1, are left out.
        candidates: how many texts each plate offers at most, 1 or more.
        longest_side: of the largest picture that the detector sees, in pixels; larger finds smaller plates in
            large pictures, and takes longer. Texts are read from the full resolution always.
        max_megapixels: larger encoded pictures are refused before they are decoded. 1 is 1,000,000 pixels.
        detection_threshold: least probability that there is a plate at all, 0..1; None for the bundle's own.
        regions: codes of the regions, such as `gb`, whose plates are expected, or one string of them with
            commas between; plates of others are read too. See `numberplate.plates.formats`. Of no effect on
            the scheme "windows", which reads one format alone.
        scheme: "cascade" detects plates, rectifies each and reads it. "windows" is the article's sliding
            window: seven characters of the British format since 2001, seconds a picture. It is there to learn
            from.
        overlap: windows that overlap by more, intersection over union, 0..1, show one plate; None for the
            bundle's own. Of no effect on the scheme "cascade".

    Raises WeightsError when the weights cannot be used, RegionError for a region that is not known and
    ValueError for an argument out of range.
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        min_confidence: float = MIN_CONFIDENCE,
        candidates: int = CANDIDATES,
        longest_side: int = LONGEST_SIDE,
        max_megapixels: float = MAX_MEGAPIXELS,
        detection_threshold: float | None = None,
        regions: str | Iterable[str] = (),
        scheme: Scheme = "cascade",
        overlap: float | None = None,
    ):
        _check(min_confidence, candidates)
        if not max_megapixels > 0:
            raise ValueError(f"max_megapixels: expected a number above 0, got {max_megapixels}")
        if scheme not in get_args(Scheme):
            raise ValueError(f"scheme: expected one of {', '.join(get_args(Scheme))}, got {scheme!r}")
        expected = Regions(regions)
        self.scheme: Cascade | Windows
        if scheme == "windows":
            self.scheme = Windows(weights, threads, detection_threshold, overlap)
        else:
            self.scheme = Cascade(weights, threads, detection_threshold, longest_side, expected)
        self.min_confidence = min_confidence
        self.candidates = candidates
        self.max_megapixels = max_megapixels

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
        other = copy.copy(self)
        if min_confidence is not None:
            other.min_confidence = min_confidence
        if candidates is not None:
            other.candidates = candidates
        _check(other.min_confidence, other.candidates)
        if regions is not None and isinstance(self.scheme, Cascade):
            other.scheme = self.scheme.with_regions(regions)
        return other

    def read(self, picture: Source, order: Order = "RGB") -> Plates:
        """The plates of one picture, best first: a list.

        `picture`: the path of a file, an address, bytes, a file object, a picture of Pillow's, or an array,
        which is not changed; see `numberplate.pictures.decode.decode_picture`. `order`: of an array's
        channels; "BGR" for what cv2.imread gives.

        Raises PictureError when it cannot be read.
        """
        decoded = self._decode(picture, source_name(picture), order)
        plates = self._plates(self.scheme.search(decoded.pixels, self.candidates).plates)
        height, width = decoded.pixels.shape[:2]
        return Plates(plates, width, height, decoded.warnings)

    def read_crop(self, picture: Source, order: Order = "RGB") -> Plate | None:
        """The plate of a picture that shows a plate and little else; None where it reads as none.

        `picture`, `order`: as of `read`. Raises PictureError when it cannot be read, and ValueError for a
        reader with the scheme "windows", which has no such way.
        """
        if not isinstance(self.scheme, Cascade):
            raise ValueError('read_crop: expected a reader with the scheme "cascade"')
        plate = self.scheme.read_crop(self.decode(picture, order=order), self.candidates)
        return plate if plate is not None and plate.confidence >= self.min_confidence else None

    def decode(self, picture: Source, name: str | None = None, order: Order = "RGB") -> Picture:
        """The picture, uint8 (height, width, 3), RGB. Raises PictureError when it cannot be read.

        `name`: of the source; None for its path or address, or what it is, such as "<bytes>".
        """
        return self._decode(picture, source_name(picture) if name is None else name, order).pixels

    def report(self, picture: Source, name: str | None = None, order: Order = "RGB") -> Report:
        """Reads one picture and gives what the command line and others print; see `Report`.

        Raises nothing for a picture that cannot be read: the report says so. `name`: of the source; None for
        its path or address, or what it is, such as "<bytes>".
        """
        source = source_name(picture) if name is None else name
        start = time.perf_counter()
        try:
            decoded = self._decode(picture, source, order)
        except PictureError as error:
            return Report(source, error=error.reason, fault=error)
        pixels = decoded.pixels
        search = self.scheme.search(pixels, self.candidates)
        plates = tuple(self._plates(search.plates))
        milliseconds = 1000 * (time.perf_counter() - start)
        height, width = pixels.shape[:2]
        return Report(
            source,
            width,
            height,
            milliseconds,
            plates,
            warnings=decoded.warnings,
            picture=pixels,
            search=search,
        )

    def _decode(self, picture: Source, source: str, order: Order) -> Decoded:
        decoded = decode_picture(picture, self.max_megapixels, source, order)
        (height, width), (least_width, least_height) = decoded.pixels.shape[:2], self.scheme.smallest
        if width < least_width or height < least_height:
            raise PictureError(
                source,
                f"too small: {width}×{height} pixels, at least {least_width}×{least_height} are needed",
            )
        return decoded

    def _plates(self, plates: Iterable[Plate]) -> list[Plate]:
        return [plate for plate in plates if plate.confidence >= self.min_confidence]


def _check(min_confidence: float, candidates: int) -> None:
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence: expected a probability in 0..1, got {min_confidence}")
    if candidates < 1:
        raise ValueError(f"candidates: expected at least 1, got {candidates}")
