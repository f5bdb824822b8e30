"""Which labelled pictures are kept from training."""

import zlib
from collections.abc import Iterable

from numberplate.evaluation.labels import LabelledPicture

_PARTS = 10_000


def held_out_pictures(labelled: Iterable[LabelledPicture], share: float) -> set[str]:
    """The pictures, about a `share` of them, 0..1, that training never sees.

    All pictures of one text are on the same side, so that no plate is learnt by heart and then measured; and
    a picture stays on its side when others are added.
    """
    joined: dict[str, str] = {}

    def root(text: str) -> str:
        while joined.setdefault(text, text) != text:
            text = joined[text]
        return text

    keys = {}
    for picture in labelled:
        texts = sorted(truth.text for truth in picture.truths if truth.text) or [f"/{picture.image}"]
        keys[picture.image] = texts[0]
        for text in texts:
            first, other = sorted((root(texts[0]), root(text)))
            joined[other] = first
    return {image for image, key in keys.items() if _chance(root(key)) < share}


def _chance(text: str) -> float:
    """A number of 0..1 that is always the same for a text, and looks random."""
    return zlib.crc32(text.encode(errors="surrogateescape")) % _PARTS / _PARTS
