"""What detector and recognizer together take for a plate."""

from dataclasses import dataclass

from numberplate.models.cards.ranges import factor, positive, probability


@dataclass(frozen=True)
class WholePicture:
    """How a picture that is a plate itself is read: a detector needs surroundings, and it has none.

    Attributes:
        width, height: its greatest ones, in pixels ...
        least_aspect, most_aspect: ... and its width over its height, where nobody said that it is a plate.
        confidence: least confidence of its text then.
        presence: what stands for the detector's.
        margin: what is added around it, as a share of its sides.
        insets: how far within it the plate's corners are looked for, as shares of its shorter side.
        sure: a text that is read with this confidence at the first of these is not looked for at the others.
    """

    width: int
    height: int
    least_aspect: float
    most_aspect: float
    confidence: float
    presence: float
    margin: float
    insets: tuple[float, ...]
    sure: float

    def __post_init__(self) -> None:
        positive(width=self.width, height=self.height)
        positive(least_aspect=self.least_aspect, most_aspect=self.most_aspect)
        probability(confidence=self.confidence, presence=self.presence, sure=self.sure)
        if not 0 <= self.margin <= 1:
            raise ValueError(f"margin: expected a share in 0..1, got {self.margin}")
        if not 1 <= len(self.insets) <= 16 or not all(0 <= inset <= 0.4 for inset in self.insets):
            raise ValueError("insets: expected 1 to 16 shares in 0..0.4")


@dataclass(frozen=True)
class Turned:
    """When a picture is searched lying on its side and upside down as well, and what counts then.

    Attributes:
        below: where the most confident plate of the upright picture is less confident than this; those of a
            turned picture take their place where one is more confident.
        upright, plain: not where a Latin text of some region's format is this confident, of what is a plate
            with this probability: the picture stands upright then.
        side: longest side at which it is searched, in pixels.
        presence: least presence of a plate that is found so ...
        confidence: ... and least confidence of its text ...
        length: ... which has so many characters at least.
    """

    below: float
    upright: float
    plain: float
    side: int
    presence: float
    confidence: float
    length: int

    def __post_init__(self) -> None:
        probability(below=self.below, presence=self.presence, confidence=self.confidence)
        probability(upright=self.upright, plain=self.plain)
        positive(side=self.side, length=self.length)


@dataclass(frozen=True)
class AcceptanceCard:
    """How detector and recognizer together say whether there is a plate: logistic regression.

    Attributes:
        presence, text, letters, digits, unknown, format, bias: weights of the logits of presence and of the
            text, of a text of letters alone, of digits alone or with a character of no alphabet, of the
            logarithm of the odds of its having a plate's format, and of 1.
        most_presence, most_text: probabilities count as this at most, and as what this lacks of 1 at least.
        most_odds: of a format count at most.
        threshold: least probability of a plate that is reported.
        least_text, plain: where its text is less confident than the first, it has to be this probable.
        whole_picture, turned: where the detector finds nothing; see there.
    """

    presence: float
    text: float
    letters: float
    digits: float
    unknown: float
    format: float
    bias: float
    most_presence: float
    most_text: float
    most_odds: float
    threshold: float
    least_text: float
    plain: float
    whole_picture: WholePicture
    turned: Turned

    def __post_init__(self) -> None:
        # More evidence may not make a plate less probable: the detector's threshold is derived from that.
        positive(presence=self.presence)
        for name, weight in (("text", self.text), ("format", self.format)):
            if not weight >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {weight}")
        factor(most_odds=self.most_odds)
        probability(most_presence=self.most_presence, most_text=self.most_text, threshold=self.threshold)
        probability(least_text=self.least_text, plain=self.plain)
        if min(self.most_presence, self.most_text) <= 0.5:
            raise ValueError("most_presence, most_text: expected more than 0.5")
