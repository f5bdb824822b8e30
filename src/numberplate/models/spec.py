"""What goes into the networks and comes out: sizes and codes, for all who need them without Keras."""

from numberplate.plates.alphabet import ALPHABET

INPUT_HEIGHT = 48
INPUT_WIDTH = 144
"""Of the recognizer's crops."""

LATIN = "latin"
"""The script of the head that every recognizer has, whose characters are ALPHABET."""

UNKNOWN = len(ALPHABET)
"""Index of the class of a character that is not in the alphabet."""

BLANK = len(ALPHABET) + 1
"""Index of the last class: CTC's blank, or the slot that holds no character."""

PADDING = -1
"""What follows the characters of a text in a target."""

UNCOUNTED_TEXT = -2
"""Each code of the target of a crop that does not show the whole text: it counts in no loss."""

MIDDLE_GREY = 127.5
"""What the networks take as 0: black is -1 to them and white 1."""

BLOCK = 4
"""Pixels that a block of an exported detector's input is wide and high."""

BLOCKS_ZERO = 128
"""What an exported detector takes as 0: pictures have 8 bits, and MIDDLE_GREY is no whole number."""

MULTIPLE = 32
"""Pixels of which both sides of a detector's input are a multiple."""

STRIDE = 8
"""Pixels from one cell of the detector's grid to the next."""

CORNER_SCALE = 32.0
"""Pixels that one unit of a corner's offset stands for."""

MAX_WIDTH = 160
"""Widest plate, in pixels of the detector's input, that is present to it; wider ones need a smaller scale."""

MIN_WIDTH = 20
"""Narrowest plate, likewise."""

PRESENT, ABSENT, IGNORED = 1.0, 0.0, -1.0
"""The values of a target's presence; an ignored cell counts in no loss."""

WINDOW_WIDTH = 128
WINDOW_HEIGHT = 64
"""Of the article's sliding window."""

WINDOW_MARGIN_X = 10
WINDOW_MARGIN_Y = 14
"""What the window network's convolutions see beyond the window on each side.

Padding each window with zeros, as the article did, would give a window another reading when the network runs
over a whole picture, where its neighbours are no zeros.
"""

WINDOW_STRIDE = 8
"""From one window to the next, in both directions."""

UNCOUNTED = 2
"""In the presence of a window's target, in place of 1 or 0: the window counts in no loss."""

WINDOW_CHARACTERS = 7
"""Characters that the window network reads, each one of the alphabet."""


def logits_of(script: str) -> str:
    """The name of the output of a recognizer's head for a script."""
    return "logits" if script == LATIN else f"logits_{script}"
