"""Whether there is a plate at all: what the detector and the recognizer say of it, taken together."""

from dataclasses import dataclass
from math import log

from numberplate.models.cards.acceptance import AcceptanceCard
from numberplate.models.codec.recognizer import UNKNOWN_CHARACTER
from numberplate.models.probability import logit_of, sigmoid_of
from numberplate.plates.formats import Regions
from numberplate.reading.decoding import Reading


@dataclass(frozen=True)
class Acceptance:
    """What is taken for a plate: a bundle's numbers, the least probability, 0..1, and formats."""

    card: AcceptanceCard
    threshold: float
    regions: Regions

    def probability(self, presence: float, reading: Reading) -> float:
        """The probability, 0..1, that there is a plate where the detector and this reading say there is."""
        odds = self.regions.odds(reading.text)
        return plate_probability(presence, reading.confidence, reading.text, odds, self.card)

    def accepts(self, presence: float, reading: Reading) -> bool:
        """Whether that is probable enough."""
        return self.probability(presence, reading) >= self.threshold

    def least_confidence(self, presence: float) -> float:
        """The least confidence of a text that makes a plate of such a presence probable enough."""
        return least_confidence(self.threshold, presence, self.card)


def features(
    presence: float, confidence: float, text: str, odds: float, card: AcceptanceCard
) -> tuple[float, ...]:
    """What speaks for or against a plate: logits of presence and text, letters alone, digits alone, unknown
    characters, the logarithm of the odds, and 1.

    `presence`, of the detector, and `confidence`, of the text, are in 0..1. Names on bodywork are letters
    alone and telephone numbers digits alone, and few plates are either; signs have characters such as $ that
    no plate has. `odds`: of the text's being of a plate's format, `Regions.odds`, 1 or more: what is no plate
    seldom looks like one.
    """
    said = logit_of(presence, 1 - card.most_presence), logit_of(confidence, 1 - card.most_text)
    kinds = text.isalpha(), text.isdigit(), UNKNOWN_CHARACTER in text
    return *said, *map(float, kinds), log(min(odds, card.most_odds)), 1.0


def plate_probability(
    presence: float, confidence: float, text: str, odds: float, card: AcceptanceCard
) -> float:
    """The probability, 0..1, that there is a plate; the arguments are those of `features`."""
    evidence = zip(_weights(card), features(presence, confidence, text, odds, card), strict=True)
    return sigmoid_of(sum(weight * value for weight, value in evidence))


def least_presence(probability: float, card: AcceptanceCard) -> float:
    """The least presence, 0..1, with which the most confident text of any format makes a plate this
    probable, 0..1.
    """
    rest = zip(_weights(card)[1:], features(0.5, 1.0, "A1", card.most_odds, card)[1:], strict=True)
    wanted = logit_of(probability, 1 - card.most_presence) - sum(weight * value for weight, value in rest)
    return sigmoid_of(wanted / card.presence)


def least_confidence(probability: float, presence: float, card: AcceptanceCard) -> float:
    """The least confidence of a text, of whatever format, that makes a plate of this probability at this
    presence, each 0..1.
    """
    said, *_, most, one = zip(
        _weights(card), features(presence, 0.5, "A1", card.most_odds, card), strict=True
    )
    wanted = logit_of(probability, 1 - card.most_presence) - sum(w * x for w, x in (said, most, one))
    if card.text == 0:
        return float(wanted > 0)
    return sigmoid_of(wanted / card.text)


def _weights(card: AcceptanceCard) -> tuple[float, ...]:
    return card.presence, card.text, card.letters, card.digits, card.unknown, card.format, card.bias
