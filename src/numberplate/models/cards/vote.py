"""How readings of one plate in many frames count together."""

from dataclasses import dataclass

from numberplate.models.cards.ranges import positive, probability


@dataclass(frozen=True)
class VoteCard:
    """How the readings of one plate in many frames count together; see `numberplate.live.vehicles.vote`.

    Attributes:
        independence: power of the number of frames that they count as; 1 if no two erred alike, 0 if all did.
        fused: frames that the fused crops count as.
        floor: what a text keeps in a frame that does not show it at all.
        another: of the probability that a frame gives to no judged text, the share one other text may have.
        temperature: divides the texts' evidence, so that the vote's confidence is calibrated.
        made_up: most confidence in a text that no picture shows; more is possible ...
        shown: ... in one that some picture gives a share of its probability, and any from this share on.
        certain: a plate whose vote is this sure is not read again.
    """

    independence: float
    fused: float
    floor: float
    another: float
    temperature: float
    made_up: float
    shown: float
    certain: float

    def __post_init__(self) -> None:
        if not 0 <= self.independence <= 1:
            raise ValueError(f"independence: expected 0..1, got {self.independence}")
        if not self.fused >= 0:
            raise ValueError(f"fused: expected 0 or more, got {self.fused}")
        probability(floor=self.floor, another=self.another, certain=self.certain)
        probability(made_up=self.made_up, shown=self.shown)
        positive(temperature=self.temperature)
