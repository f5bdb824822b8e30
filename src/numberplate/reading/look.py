"""What was made of one plate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from numberplate.reading.bands import Agreed
from numberplate.reading.decoding import Reading

IS_CUT = 0.5
"""Probability from which on a side of a plate is said to be cut off: more likely than not."""


@dataclass(frozen=True)
class Look:
    """What was made of one plate.

    `corners`: float32 (4, 2), as the recognizer corrected them; `crop`: what was read, uint8 (height, width),
    grey, two lines side by side; `reading`: what it says; `cut`: the probabilities, 0..1, that the picture's
    edge cuts the plate on its left, top, right and bottom, (4,), 0 where it reaches no edge; `together`: what
    the plate and its bands say, None where these were not read; `is_of_two_lines`: whether two lines were;
    `one_line`: whether the recognizer, shown the whole, says that there is one.
    """

    corners: npt.NDArray[np.float32]
    crop: npt.NDArray[np.uint8]
    reading: Reading
    cut: npt.NDArray[np.float32] = field(default_factory=lambda: np.zeros(4, np.float32))
    together: Agreed | None = None
    is_of_two_lines: bool = False
    one_line: bool = True


def most_agreed(looks: Sequence[Look]) -> Look:
    """Of looks at one plate, one at least, the most confident with the text that all together say most.

    Any text counts for more than none.
    """
    given: dict[str, float] = {}
    for look in looks:
        given[look.reading.text] = given.get(look.reading.text, 0.0) + look.reading.confidence
    given[""] = -1.0
    return max(looks, key=lambda look: (given[look.reading.text], look.reading.confidence))
