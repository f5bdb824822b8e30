"""How pictures are read: the options of `PlateReader`, as one value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from numberplate.models.spec import MULTIPLE
from numberplate.pictures.decode import MAX_MEGAPIXELS
from numberplate.reading.detector import LONGEST_SIDE

SchemeName = Literal["cascade", "windows"]


@dataclass(frozen=True)
class ReadOptions:
    """How pictures are read.

    Attributes:
        min_confidence: plates whose text is less probable, 0..1, are left out. None: those whose text is less
            probable than 0.1, unless they are plainly plates; of a picture that is a plate, none.
        candidates: how many texts each plate offers at most, 1 or more.
        regions: codes of the regions, such as `gb`, whose plates are expected, or one string of them with
            commas between; plates of others are read too. See `numberplate.plates.formats`. Of no effect on
            the scheme "windows", which reads one format alone.
        detection_threshold: least probability that there is a plate at all, above 0 and up to 1; None for
            the bundle's own.
        longest_side: of the largest picture that the detector sees, 32 pixels or more; larger finds smaller
            plates in large pictures, and takes longer. Texts are read from the full resolution always.
        max_megapixels: larger encoded pictures are refused before they are decoded. 1 is 1,000,000 pixels.
        scheme: "cascade" detects plates, rectifies each and reads it. "windows" is the article's sliding
            window: seven characters of the British format since 2001, seconds a picture. It is there to learn
            from.
        plate_only: each picture shows a plate and little else: a crop that another program cut. Only for the
            scheme "cascade".
        overlap: windows that overlap by more, intersection over union, 0..1, show one plate; None for the
            bundle's own. Of no effect on the scheme "cascade".

    Raises ValueError for a value out of range. Whether regions are known is for who reads with them to say.
    """

    min_confidence: float | None = None
    candidates: int = 5
    regions: str | Iterable[str] = ()
    detection_threshold: float | None = None
    longest_side: int = LONGEST_SIDE
    max_megapixels: float = MAX_MEGAPIXELS
    scheme: SchemeName = "cascade"
    overlap: float | None = None
    plate_only: bool = False

    def __post_init__(self) -> None:
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence: expected a probability in 0..1, got {self.min_confidence}")
        if self.candidates < 1:
            raise ValueError(f"candidates: expected at least 1, got {self.candidates}")
        if self.detection_threshold is not None and not 0 < self.detection_threshold <= 1:
            raise ValueError(
                "detection_threshold: expected a probability above 0 and up to 1, "
                f"got {self.detection_threshold}"
            )
        if not self.longest_side >= MULTIPLE:
            raise ValueError(f"longest_side: expected at least {MULTIPLE} pixels, got {self.longest_side}")
        if self.overlap is not None and not 0 <= self.overlap <= 1:
            raise ValueError(f"overlap: expected a share in 0..1, got {self.overlap}")
        if not self.max_megapixels > 0:
            raise ValueError(f"max_megapixels: expected a number above 0, got {self.max_megapixels}")
        if self.scheme not in get_args(SchemeName):
            known = ", ".join(get_args(SchemeName))
            raise ValueError(f"scheme: expected one of {known}, got {self.scheme!r}")
        if self.plate_only and self.scheme != "cascade":
            raise ValueError(f"plate_only: only for the scheme 'cascade', not {self.scheme!r}")
        if not isinstance(self.regions, str):
            object.__setattr__(self, "regions", tuple(self.regions))
