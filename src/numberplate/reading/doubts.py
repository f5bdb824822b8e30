"""What leaves a doubt is looked at again: in bands, with what stands apart, and with another row."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from numberplate.geometry.quads import Picture, is_convex, side_lengths, strip
from numberplate.models.cards.recognizer import MissedRow
from numberplate.plates.alphabet import MAX_LENGTH
from numberplate.reading.bands import agreed, confident
from numberplate.reading.decoding import Reading
from numberplate.reading.look import Look
from numberplate.reading.looker import Looker
from numberplate.reading.recognizer import Seen


def in_bands(
    looker: Looker,
    picture: Picture,
    looks: Sequence[Look],
    presences: npt.NDArray[np.float32] | None,
    candidates: int,
) -> list[Look]:
    """The looks; those at plates of one line that leave a doubt are read in bands as well.

    Not in a band beyond the horizon of a plate that is seen at a steep angle.
    """
    card = looker.recognizer.card.bands
    found = list(looks)
    doubtful = [
        i
        for i, look in enumerate(looks)
        if look.one_line
        and not look.is_of_two_lines
        and (not look.reading.text or look.reading.confidence < card.below)
        and (presences is None or _may_be(looker, float(presences[i]), look.reading))
    ]
    tried = [
        (i, quad)
        for i in doubtful
        for band in card.spans
        if is_convex(quad := strip(looks[i].corners, (band.top, band.bottom)))
    ]
    if not tried:
        return found
    crops = looker.cut(picture, np.stack([quad for _, quad in tried]))
    seen = looker.recognizer.look(crops)
    doubt, places = looker.recognizer.card.scripts.doubt, np.array([i for i, _ in tried])
    for i in np.unique(places).tolist():
        whole, some = looks[i].reading, np.flatnonzero(places == i)
        # Another script than that of a text which leaves little doubt has no say.
        known = whole.text and whole.confidence >= doubt
        logits = {s: said[some] for s, said in seen.logits.items() if not known or s == whole.script}
        readings = looker.recognizer.decode(Seen(logits), candidates)
        together = agreed([whole, *readings], doubt, card)
        if together is not None:
            crop = crops[some][together.place - 1] if together.place else looks[i].crop
            found[i] = replace(looks[i], crop=crop, reading=confident(together, card), together=together)
    return found


def with_missed_ends(
    looker: Looker,
    picture: Picture,
    looks: Sequence[Look],
    presences: npt.NDArray[np.float32] | None,
    candidates: int,
) -> list[Look]:
    """The looks; where characters stand apart, outside of what was found, the look at all of them."""
    card = looker.recognizer.card.missed_ends
    found = list(looks)
    whole = (0.0, 1.0)
    tried = [
        (i, quad)
        for i, look in enumerate(looks)
        if not look.is_of_two_lines
        and 0 < len(look.reading.text) < MAX_LENGTH
        and card.above <= look.reading.confidence < card.below
        and looker.is_plate(presences, i, look.reading)
        for span in card.spans
        if is_convex(quad := strip(look.corners, whole, (span.left, span.right)))
    ]
    if not tried:
        return found
    # Few show more, and what the likeliest alignment says takes little time.
    seen = looker.recognizer.look(looker.cut(picture, np.stack([quad for _, quad in tried])))
    texts = [
        looker.recognizer.greedy_text(seen, k, looks[i].reading.script) for k, (i, _) in enumerate(tried)
    ]
    tried = [
        (i, quad)
        for (i, quad), text in zip(tried, texts, strict=True)
        if _is_longer(text, looks[i].reading.text)
    ]
    if not tried:
        return found
    least = np.array([card.confidence * looks[i].reading.confidence for i, _ in tried])
    quads = np.stack([quad for _, quad in tried])
    corners, crops, seen = looker.look(picture, quads, looker.recognizer.card.refinement.hopeless * least)
    readings = looker.recognizer.decode(seen, candidates)
    for place, ((i, _), reading) in enumerate(zip(tried, readings, strict=True)):
        alone, best = looks[i].reading, found[i].reading
        enough = float(least[place]) if best is alone else best.confidence
        if _is_longer(reading.text, alone.text) and reading.confidence >= enough:
            cut = looker.cut_by(picture, corners[place], seen, place)
            found[i] = Look(corners[place], crops[place], reading, cut)
    return found


def with_missed_rows(
    looker: Looker,
    picture: Picture,
    looks: Sequence[Look],
    presences: npt.NDArray[np.float32] | None,
    candidates: int,
) -> list[Look]:
    """The looks; where a row of two, or little more, was taken for all of a plate, that at both."""
    card = looker.recognizer.card.missed_row
    found = list(looks)
    widths, heights = side_lengths(np.stack([look.corners for look in looks]))
    doubtful = [
        i
        for i, look in enumerate(looks)
        if 0 < len(look.reading.text) <= card.longest
        and widths[i] >= card.least_aspect * heights[i]
        and look.reading.confidence < looker.recognizer.card.bands.below
        and looker.is_plate(presences, i, look.reading)
    ]
    tried = [
        (i, above, quad) for i in doubtful for above, quad in _both_rows(looks[i].corners, picture, card)
    ]
    if not tried:
        return found
    quads = np.stack([quad for *_, quad in tried])
    corners, _, seen = looker.look(picture, quads, np.zeros(len(quads)))
    if seen.lines is None:
        return found
    for place in np.flatnonzero(seen.lines[:, 0] >= 0):
        i, above, _ = tried[place]
        both = looker.in_lines(picture, corners[place], seen.lines[place], 0.0, candidates)
        if both is None or both.reading.confidence * both.two < card.confidence:
            continue
        row, text = looks[i].reading.text, both.reading.text
        longer = len(text) > max(len(row), len(found[i].reading.text))
        if longer and (text.endswith(row) if above else text.startswith(row)):
            cut = looker.cut_by(picture, corners[place], seen, int(place))
            found[i] = Look(corners[place], both.crop, both.reading, cut, is_of_two_lines=True)
    return found


def _may_be(looker: Looker, presence: float, reading: Reading) -> bool:
    """Whether there may be a plate where this reading, of the whole alone, leaves a doubt."""
    card = looker.recognizer.card.bands
    if not reading.text:
        return presence >= card.presence
    return looker.acceptance.probability(presence, reading) >= card.plate


def _both_rows(
    row: npt.NDArray[np.float32], picture: Picture, card: MissedRow
) -> Iterator[tuple[bool, npt.NDArray[np.float32]]]:
    """Whether the row at these corners, (4, 2), would be the lower one of a plate, and that plate's corners.

    None beyond the picture's edge: most pictures of nothing but a plate end where it does. Nor beyond the
    horizon of a plate that is seen at a steep angle.
    """
    height, width = picture.shape[:2]
    for above, band in ((True, card.above), (False, card.below)):
        quad = strip(row, (band.top, band.bottom))
        x, y = (quad[:2] if above else quad[2:]).mean(0)
        if 0 <= x < width and 0 <= y < height and is_convex(quad):
            yield above, quad


def _is_longer(text: str, part: str) -> bool:
    """Whether a text begins or ends with another one, and has more."""
    return len(text) > len(part) and (text.startswith(part) or text.endswith(part))
