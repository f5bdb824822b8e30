"""How to use the article's network."""

from dataclasses import dataclass

from numberplate.models.cards.ranges import MOST_POSITIVE, positive, probability


@dataclass(frozen=True)
class WindowCard:
    """How to use a window network. Lengths are pixels of its input.

    Attributes:
        width, height: of the window.
        margin_x, margin_y: what the network sees beyond the window on the left and right, above and below.
        stride: from one window to the next, in both directions.
        characters: how many it reads.
        alphabet: of which.
        temperature: divides the logits, so that the probabilities are calibrated.
        threshold: least probability of presence that counts as a match.
        overlap: matches whose boxes overlap more, intersection over union, are of one plate.
        zoom: from one level of the pyramid to the next, above 1.
    """

    width: int
    height: int
    margin_x: int
    margin_y: int
    stride: int
    characters: int
    alphabet: str
    temperature: float
    threshold: float
    overlap: float
    zoom: float

    def __post_init__(self) -> None:
        positive(width=self.width, height=self.height, stride=self.stride, characters=self.characters)
        positive(temperature=self.temperature)
        probability(threshold=self.threshold)
        if not 0 <= min(self.margin_x, self.margin_y) <= max(self.margin_x, self.margin_y) <= MOST_POSITIVE:
            raise ValueError(f"margin_x, margin_y: expected 0..{MOST_POSITIVE}")
        if not 0 <= self.overlap <= 1:
            raise ValueError(f"overlap: expected 0..1, got {self.overlap}")
        if not self.zoom > 1:
            raise ValueError(f"zoom: expected a number above 1, got {self.zoom}")
