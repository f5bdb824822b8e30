"""Whether there is a plate at all: what the detector and the recognizer say of it, taken together."""

from numberplate.models.manifest import AcceptanceCard
from numberplate.models.probability import logit_of, sigmoid_of


def features(presence: float, confidence: float, text: str, card: AcceptanceCard) -> tuple[float, ...]:
    """What speaks for or against a plate: logits of presence and text, letters alone, digits alone, and 1.

    `presence`, of the detector, and `confidence`, of the text, are in 0..1. Names on bodywork are letters
    alone and telephone numbers digits alone, and few plates are either.
    """
    said = logit_of(presence, 1 - card.most_presence), logit_of(confidence, 1 - card.most_text)
    return *said, float(text.isalpha()), float(text.isdigit()), 1.0


def plate_probability(presence: float, confidence: float, text: str, card: AcceptanceCard) -> float:
    """The probability, 0..1, that there is a plate; the arguments are those of `features`."""
    evidence = zip(_weights(card), features(presence, confidence, text, card), strict=True)
    return sigmoid_of(sum(weight * value for weight, value in evidence))


def least_presence(probability: float, card: AcceptanceCard) -> float:
    """The least presence, 0..1, with which the most confident text makes a plate this probable, 0..1."""
    rest = zip(_weights(card)[1:], features(0.5, 1.0, "A1", card)[1:], strict=True)
    wanted = logit_of(probability, 1 - card.most_presence) - sum(weight * value for weight, value in rest)
    return sigmoid_of(wanted / card.presence)


def least_confidence(probability: float, presence: float, card: AcceptanceCard) -> float:
    """The least confidence of a text that makes a plate of this probability at this presence, each 0..1."""
    weights = _weights(card)
    said, *_ = features(presence, 0.5, "A1", card)
    wanted = logit_of(probability, 1 - card.most_presence) - weights[0] * said - card.bias
    if card.text == 0:
        return float(wanted > 0)
    return sigmoid_of(wanted / card.text)


def _weights(card: AcceptanceCard) -> tuple[float, ...]:
    return card.presence, card.text, card.letters, card.digits, card.bias
