"""What the bands of a plate say beside the whole: in them its row of characters is seen larger, alone."""

from collections.abc import Sequence
from dataclasses import replace

from numberplate.models.manifest import Bands
from numberplate.reading.recognizer import Reading


def best_of(readings: Sequence[Reading], doubt: float, card: Bands) -> tuple[int, Reading]:
    """The place of the reading whose text has most confidence in all, and that reading.

    `readings`: of the whole plate, then of its bands. Each gives its text its confidence: that of a band
    counts `card.weight` times, and less where its text is shorter than the whole's, as bands cut characters
    off. A band of another script than that of a whole whose confidence is not below `doubt` has no say: a
    part of a character looks like another script's. The confidence is the greatest of those with the text,
    times its share of what all texts were given.
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
        return 0, whole
    text = max(given, key=given.__getitem__)
    place = max(
        (i for i, reading in enumerate(readings) if reading.text == text),
        key=lambda i: readings[i].confidence,
    )
    best, share = readings[place], given[text] / sum(given.values())
    found = tuple(replace(c, confidence=c.confidence * share) for c in best.candidates)
    return place, replace(best, confidence=best.confidence * share, candidates=found)
