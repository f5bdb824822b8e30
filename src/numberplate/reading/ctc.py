"""Connectionist temporal classification (Graves et al. 2006): from steps' probabilities to labels.

A label is a tuple of classes. Its alignments are the paths, one class a step, that give the label when
repeats are merged and blanks then dropped; its probability is the sum over its alignments. The blank is the
last class. Probabilities are float64 (steps, classes), each row summing to 1.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from numberplate.plates.formats import Shapes

Label = tuple[int, ...]
Steps = npt.NDArray[np.float64]

_TOP_CLASSES = 5
"""Classes that the search follows at each step, blank included."""

_LEAST = 1e-3
"""Classes less probable than this at a step are not followed, nor tried in a character's place."""

_TOP_FORMED, _LEAST_FORMED = 12, 1e-6
"""As the two above, where only labels of some shapes are followed, which keeps few of them."""

_HOPELESS = 1e-3
"""Prefixes less probable than this share of the best one are not followed: most crops are left with a few."""

_TELLING = 1e-4
"""Labels less probable than this share of another are not favoured beside it."""


def beam_search(steps: Steps, width: int = 10) -> list[Label]:
    """The labels that the prefix beam search ends with, at most `width`, best first by its own estimate.

    The estimate leaves out what the beam lost and the classes that were not followed: `probabilities` gives
    the exact figure.
    """
    blank, classes = steps.shape[1] - 1, steps.shape[1]
    # Prefixes are numbered as they come, 0 the empty one: the one without its last class, and that class.
    numbers, shorter, lasts = dict[int, int](), [-1], [-1]
    # Those that are followed, and the probabilities of their alignments: of those that end in a blank and of
    # the others, but for a factor that all have in common.
    beam, in_blank, in_class = [0], [1.0], [0.0]
    for followed in _followed(steps):
        totals = [b + o for b, o in zip(in_blank, in_class, strict=True)]
        if followed is None:  # only the blank, as at most steps: nothing grows
            in_blank, in_class = totals, [0.0] * len(beam)
            continue
        said = dict(followed)
        p_blank = said.pop(blank, 0.0)
        place = {prefix: i for i, prefix in enumerate(beam)}
        grown_blank = [p_blank * total for total in totals]
        grown_class = []
        for prefix, p_class in zip(beam, in_class, strict=True):
            p = said.get(lasts[prefix])
            if p is None:
                grown_class.append(0.0)
                continue
            # It stays the same by its last class again, or comes from the one without it. There the same
            # class again is the same character, but for a blank in between.
            i = place.get(shorter[prefix])
            if i is not None:
                again = lasts[shorter[prefix]] == lasts[prefix]
                p_class += in_blank[i] if again else totals[i]
            grown_class.append(p * p_class)
        # What is longer and was not followed has no other probability than here: most is hopeless at once, or
        # less probable than as many as are kept.
        sums = [b + o for b, o in zip(grown_blank, grown_class, strict=True)]
        least = _HOPELESS * max(sums)
        if len(sums) >= width:
            least = max(least, sorted(sums)[-width])
        characters = list(said.items())
        likeliest = characters[0][1] if characters else 0.0
        for i, total in enumerate(totals):
            if likeliest * total < least:
                continue
            prefix = beam[i]
            last = lasts[prefix]
            for c, p in characters:
                found = p * total
                if found < least:  # and so are the rest, which are less probable
                    break
                if c == last:
                    found = p * in_blank[i]
                    if found < least:
                        continue
                number = numbers.get(prefix * classes + c)
                if number is None:
                    number = numbers[prefix * classes + c] = len(lasts)
                    shorter.append(prefix)
                    lasts.append(c)
                if number not in place:
                    beam.append(number)
                    grown_blank.append(0.0)
                    grown_class.append(found)
                    sums.append(found)
        least = _HOPELESS * max(sums)
        kept = [i for i, p in enumerate(sums) if p >= least]
        if len(kept) > width:
            kept = sorted(kept, key=sums.__getitem__, reverse=True)[:width]
        in_blank, in_class = grown_blank, grown_class
        if len(kept) < len(beam):
            beam = [beam[i] for i in kept]
            in_blank, in_class = [in_blank[i] for i in kept], [in_class[i] for i in kept]

    def label(prefix: int) -> Label:
        path = []
        while prefix:
            path.append(lasts[prefix])
            prefix = shorter[prefix]
        return tuple(reversed(path))

    estimates = [b + o for b, o in zip(in_blank, in_class, strict=True)]
    return [label(beam[i]) for i in sorted(range(len(beam)), key=lambda i: -estimates[i])]


def formed_search(steps: Steps, alphabet: str, shapes: Shapes, width: int = 10) -> list[Label]:
    """As `beam_search`, among the labels whose texts have one of the shapes; the likeliest may be faint.

    `alphabet`: the characters of the classes.
    """
    blank = steps.shape[1] - 1
    # Each beginning of a text: the probabilities of its alignments that end in a blank and of the others, and
    # the shapes that it may grow into.
    beam: dict[Label, tuple[float, float, int]] = {(): (1.0, 0.0, shapes.beginning)}
    for step in steps:
        p_blank = float(step[blank])
        likeliest = np.argsort(-step)[:_TOP_FORMED].tolist()
        followed = [(c, float(step[c])) for c in likeliest if c < len(alphabet) and step[c] >= _LEAST_FORMED]
        if not followed:
            beam = {label: (p_blank * (b + o), 0.0, grows) for label, (b, o, grows) in beam.items()}
            continue
        grown: dict[Label, tuple[float, float, int]] = {}
        for label, (in_blank, in_class, grows) in beam.items():
            total = in_blank + in_class
            again = float(step[label[-1]]) * in_class if label else 0.0
            found = grown.get(label, (0.0, 0.0, grows))
            grown[label] = (found[0] + p_blank * total, found[1] + again, grows)
            accepting = shapes.accepting[len(label)]
            for c, p in followed:
                longer = grows & accepting.get(alphabet[c], 0)
                if longer:
                    found = grown.get((*label, c), (0.0, 0.0, longer))
                    came = in_blank if label and label[-1] == c else total
                    grown[*label, c] = (found[0], found[1] + p * came, longer)
        kept = sorted(grown.items(), key=lambda item: -item[1][0] - item[1][1])[:width]
        # But for a factor that all have in common: together they may have hardly any probability.
        largest = max((b + o for _, (b, o, _) in kept), default=0.0)
        beam = {label: (b / largest, o / largest, grows) for label, (b, o, grows) in kept if b + o > 0}
    ending = shapes.ending
    return [label for label, (*_, grows) in beam.items() if grows & ending[len(label)]]


def _followed(steps: Steps) -> Iterator[list[tuple[int, float]] | None]:
    """Of each step, the classes that are followed with their probabilities, the most probable first.

    None where it is the blank alone; once for as many of such steps as follow one another.
    """
    blank, count = steps.shape[1] - 1, len(steps)
    told: list[list[tuple[float, int]]] = [[] for _ in range(count)]
    flat = steps.ravel()
    places = np.flatnonzero(flat >= _LEAST)
    for place, p in zip(places.tolist(), flat[places].tolist(), strict=True):
        told[place // (blank + 1)].append((-p, place % (blank + 1)))
    quiet = False
    for step, found in enumerate(told):
        if len(found) == 1 and found[0][1] == blank:
            if not quiet:
                yield None
            quiet = True
            continue
        quiet = False
        # Of so many classes that each is improbable, the likeliest.
        found = sorted(found)[:_TOP_CLASSES] or [(-float(steps[step].max()), int(steps[step].argmax()))]
        yield [(c, -p) for p, c in found]


def probabilities(steps: Steps, labels: Sequence[Label]) -> npt.NDArray[np.float64]:
    """The exact probability of each label: the forward recursion, over all their prefixes at once.

    `steps` may be of several pictures, float64 (..., steps, classes); returns float64 (..., labels).
    """
    blank = steps.shape[-1] - 1
    # Labels of one picture share most of their prefixes. They are numbered, 0 the empty one.
    longer, above, lasts = dict[tuple[int, int], int](), [0], [blank]
    ends = []
    for label in labels:
        prefix = 0
        for c in label:
            child = longer.get((prefix, c))
            if child is None:
                child = longer[prefix, c] = len(lasts)
                above.append(prefix)
                lasts.append(c)
            prefix = child
        ends.append(prefix)
    count, views = len(lasts), steps.reshape(-1, *steps.shape[-2:])
    # A step's numbers lie in one row, (views × prefixes): NumPy takes half as long.
    emission = np.ascontiguousarray(views[..., lasts].transpose(1, 0, 2))
    emission[..., 0] = 0  # no alignment of the empty prefix ends in a class
    emission = emission.reshape(len(emission), -1)
    blanks = np.repeat(views[..., blank].T, count, -1)
    whole_and_blank = np.zeros((2, emission.shape[1]))
    whole, in_blank = whole_and_blank
    # Where a prefix comes from: any alignment of the one above it, or, in the second row, one that ends in a
    # blank, if the same class is to begin another character.
    source = np.array(above) + np.where(np.array(lasts)[above] == lasts, whole.size, 0)
    source = (source + count * np.arange(len(views))[:, None]).ravel()
    in_class, came = np.zeros_like(whole), np.empty_like(whole)
    whole[::count] = in_blank[::count] = 1
    for said, said_blank in zip(emission, blanks, strict=True):
        whole_and_blank.take(source, None, came, "clip")
        np.add(in_class, came, in_class)
        np.multiply(in_class, said, in_class)
        np.multiply(whole, said_blank, in_blank)
        np.add(in_blank, in_class, whole)
    found = whole.reshape(-1, count)[:, ends]
    return np.asarray(found.reshape(*steps.shape[:-2], len(labels)), np.float64)


def first_of_two(first: Steps, second: Steps, label: Label) -> int:
    """How many of a label's characters are most likely in the first of two lines, the rest in the second."""
    ends = range(len(label) + 1)
    in_first = probabilities(first, [label[:end] for end in ends])
    return int(np.argmax(in_first * probabilities(second, [label[end:] for end in ends])))


def character_confidences(
    steps: Steps, label: Label, favour: Callable[[Label], float] = lambda label: 1.0
) -> list[float]:
    """How sure each character of the label is, 0..1.

    It is the probability of the label among the labels that have any other character, or none, in its
    place, all else being equal. Classes below 1e-3 at every step are left out as others. `steps` may be of
    several views, (views, steps, classes): the means of their probabilities count. `favour`: what a label's
    probability is multiplied by before they are compared.
    """
    if not label:
        return []
    steps = steps.reshape(-1, *steps.shape[-2:])
    blank = steps.shape[-1] - 1
    plausible = np.flatnonzero(steps.max((0, 1)) >= _LEAST)
    plausible = plausible[plausible != blank]
    whole, without, instead = _variants(steps, label, plausible)
    # What is far less probable than the label tells nothing, favoured or not.
    least = _TELLING * whole
    own = whole * favour(label) if whole > 0 else 0.0
    same = np.array(label)[:, None] == plausible
    instead[same] = 0
    telling = instead >= least
    others = np.where(telling, 0.0, instead).sum(1).tolist()
    for i, p in enumerate(without.tolist()):
        # Taking out either of two equal neighbours gives the same label; each counts it, as each may be it.
        others[i] += p * favour(label[:i] + label[i + 1 :]) if p >= least else p
    for i, k in np.argwhere(telling & ~same).tolist():
        others[i] += float(instead[i, k]) * favour((*label[:i], int(plausible[k]), *label[i + 1 :]))
    # No label at all may be probable, in numbers this small: then nothing is sure.
    return [own / max(own + other, 1e-300) for other in others]


def _variants(
    steps: Steps, label: Label, classes: npt.NDArray[np.intp]
) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean probabilities, over steps (views, steps, classes), of a label and of what is near it.

    Returns: that of the label; those without each of its characters, (n,); and those with each of `classes`
    in the place of each character, (n, classes). All come from one forward and one backward recursion over
    the label's states: a path of a variant is one of the label's before the place, and one after it.
    """
    views, count, blank = *steps.shape[:2], steps.shape[-1] - 1
    own = np.array(label)
    states = np.full(2 * len(own) + 1, blank)
    states[1::2] = own
    skips = np.zeros((len(states), 2, views))
    skips[3::2] = (own[1:] != own[:-1])[:, None, None]
    # Of paths that came to a state by the step before; a step before the first stands in the first blank. And
    # of paths from a state at a step on: the same, of what is read from the end. A step's numbers lie in one
    # row, (states × 2 × views), with two states before the first: NumPy takes half as long.
    skips[:, 1] = np.concatenate([skips[2:, 0], np.zeros((2, views))])[::-1]
    emission = np.empty((count, len(states), 2, views))
    emission[:, :, 0] = steps[..., states].transpose(1, 2, 0)
    emission[:, :, 1] = emission[::-1, ::-1, 0]
    state = 2 * views
    paths = np.zeros((count + 1, (len(states) + 2) * state))
    paths[0, 2 * state : 3 * state] = 1
    may_skip = skips.ravel()
    two_before = np.empty_like(may_skip)
    for two, one, same, found, said in zip(
        paths[:-1, : -2 * state],
        paths[:-1, state:-state],
        paths[:-1, 2 * state :],
        paths[1:, 2 * state :],
        emission.reshape(count, -1),
        strict=True,
    ):
        np.multiply(two, may_skip, two_before)
        np.add(same, one, found)
        np.add(found, two_before, found)
        np.multiply(found, said, found)
    paths = paths.reshape(count + 1, -1, 2, views)
    before, after = paths[:, :, 0], paths[::-1, ::-1, 1]
    # For each character, (steps + 1, n, views): at the blank on both sides of it, and there or at the
    # character beyond.
    blank_before, blank_after = before[:, 2:-2:2], after[:, 2:-2:2]
    any_before, any_after = blank_before + before[:, 1:-2:2], blank_after + after[:, 3::2]
    previous, following = np.full((2, len(own), 1), -1)
    previous[1:, 0], following[:-1, 0] = own[:-1], own[1:]
    without = np.where(previous != following, any_before[:-1], blank_before[:-1]) * after[:-1, 3::2]
    left_out = without.sum((0, 2))
    # Without the last one, a path ends in what came before it.
    left_out[-1] = any_before[-1, -1].sum()
    # Of paths that are at a class in the place of each character, (steps, n, views × classes).
    said = steps[..., classes].transpose(1, 0, 2)
    at = np.empty((count, len(own), views, len(classes)))
    at[:] = any_before[:-1, ..., None]
    i, k = np.nonzero(previous == classes)
    at[:, i, :, k] = blank_before[:-1, i].transpose(1, 0, 2)
    came = np.zeros((len(own), views * len(classes)))
    for row, spoken in zip(at.reshape(count, len(own), -1), said.reshape(count, -1), strict=True):
        np.add(row, came, row)
        np.multiply(row, spoken, row)
        came = row
    replaced = np.einsum("sivk,siv->ik", at, any_after[1:])
    i, k = np.nonzero(following == classes)
    replaced[i, k] = (at[:, i, :, k] * blank_after[1:, i].transpose(1, 0, 2)).sum((1, 2))
    whole = before[count, -2:].sum()
    return float(whole / views), left_out / views, replaced / views
