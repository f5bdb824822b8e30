"""What the bands of a plate say beside the whole: in them its row of characters is seen larger, alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from numberplate.models.cards.recognizer import Bands
from numberplate.models.probability import logit_of, sigmoid_of
from numberplate.reading.decoding import Reading, with_confidence


@dataclass(frozen=True)
class Agreed:
    """What the whole and the bands of one plate say together.

    `reading`: the most confident one of the text that they give most confidence in all, as it was read alone;
    `place`: which one that is, 0 of the whole; `share`: of the confidence that all texts were given, this
    one's, 0..1; `in_band`: whether only bands show the text; `views`: how many views were read in all.
    """

    reading: Reading
    place: int
    share: float
    in_band: bool
    views: int


def agreed(readings: Sequence[Reading], doubt: float, card: Bands) -> Agreed | None:
    """What readings of the whole plate, then of its bands, say together; None where none has a text.

    Each gives its text its confidence: that of a band counts `card.weight` times, and less where its text is
    shorter than the whole's, as bands cut characters off. A band of another script than that of a whole whose
    confidence is not below `doubt` has no say: a part of a character looks like another script's.
    """
    whole = readings[0]
    given: dict[str, float] = {}
    for place, reading in enumerate(readings):
        if not reading.text:
            continue
        worth = reading.confidence
        if place:
            worth *= card.weight
            if whole.text and len(reading.text) < len(whole.text):
                worth /= card.shorter
            if whole.text and reading.script != whole.script and whole.confidence >= doubt:
                continue
        given[reading.text] = given.get(reading.text, 0.0) + worth
    if not any(given.values()):
        return None
    text = max(given, key=given.__getitem__)
    place = max(
        (i for i, reading in enumerate(readings) if reading.text == text),
        key=lambda i: readings[i].confidence,
    )
    views = sum(reading.views for reading in readings)
    share = given[text] / sum(given.values())
    return Agreed(readings[place], place, share, whole.text != text, views)


def features(found: Agreed, card: Bands) -> tuple[float, ...]:
    """What speaks for a text: the logit of its greatest confidence, the logarithm of its share, whether only
    bands show it, and 1.
    """
    return logit_of(found.reading.confidence, 1 - card.most), log(found.share), float(found.in_band), 1.0


def confident(found: Agreed, card: Bands) -> Reading:
    """The reading with the confidence that it has beside the others."""
    weights = card.confidence, card.agreement, card.in_band, card.bias
    said = sum(w * x for w, x in zip(weights, features(found, card), strict=True))
    return replace(with_confidence(found.reading, sigmoid_of(said)), views=found.views)
