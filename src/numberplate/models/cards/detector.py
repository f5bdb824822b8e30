"""How to use a detector."""

from dataclasses import dataclass

from numberplate.models.cards.ranges import factor, positive, probability
from numberplate.models.spec import MULTIPLE


@dataclass(frozen=True)
class SecondLook:
    """How the detector looks again at what it found.

    Attributes:
        faint: probability of presence, 0..1, from which on a plate is looked at again.
        height, width: of the part of the picture that is seen then, in pixels: multiples of MULTIPLE.
        plate_width: of the plate in its middle, as a share of the card's `max_width`: plates
            are detected best at it.
        most_logit: what either look says counts as this at most, and as its negative at least.
        first, again: what the logits of the first and of this look count, 0 or more.
        bias: added to them.
    """

    faint: float
    height: int
    width: int
    plate_width: float
    most_logit: float
    first: float
    again: float
    bias: float

    def __post_init__(self) -> None:
        probability(faint=self.faint)
        for name in ("first", "again"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        positive(height=self.height, width=self.width, plate_width=self.plate_width)
        positive(most_logit=self.most_logit)
        if self.height % MULTIPLE or self.width % MULTIPLE:
            raise ValueError(
                f"height, width: expected multiples of {MULTIPLE}, got {self.height}, {self.width}"
            )


@dataclass(frozen=True)
class DetectorCard:
    """How to use a detector. Lengths are pixels of the network's input.

    Attributes:
        stride: from one cell of the grid to the next.
        corner_scale: what one unit of a corner's offset stands for.
        min_width, max_width: of the plates that the network was trained to find.
        mean: subtracted from a picture's 0..255 before a network that takes floats sees it; one that takes
            bytes does it by itself.
        temperature: divides the logit of presence, so that the probability is calibrated.
        threshold: least probability of presence, 0..1, that counts as a detection, where no text is to speak
            for it as well.
        hint: probability of presence, 0..1, below which a level gives no reason to look at the same place on
            the finest one, of twice the size; 0 to look everywhere.
        tolerance: how far out of the range of widths a plate may be, as a factor; beyond it another level
            sees it better.
        least_height: of a plate, on the level where it is found; no text can be read in less.
        second_look: see there.
    """

    stride: int
    corner_scale: float
    min_width: float
    max_width: float
    mean: float
    temperature: float
    threshold: float
    hint: float
    tolerance: float
    least_height: float
    second_look: SecondLook

    def __post_init__(self) -> None:
        positive(stride=self.stride, corner_scale=self.corner_scale, temperature=self.temperature)
        positive(min_width=self.min_width, max_width=self.max_width, least_height=self.least_height)
        factor(tolerance=self.tolerance)
        probability(threshold=self.threshold)
        if not 0 <= self.hint <= 1:
            raise ValueError(f"hint: expected a probability in 0..1, got {self.hint}")
        if not 0 <= self.mean <= 255:
            raise ValueError(f"mean: expected 0..255, got {self.mean}")
        # Each level is a quarter of the one before: plates between two levels would be seen at neither.
        if self.max_width < 4 * self.min_width:
            raise ValueError("max_width: expected at least four times min_width")
