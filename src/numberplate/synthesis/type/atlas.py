"""The picture of characters with which texts of other scripts are written where no font is at hand.

    python -m numberplate.synthesis.type.atlas FONTS...

writes `numberplate/pictures/characters.png` anew, and `characters.txt` beside it, from folders of fonts that
`numberplate fonts` installed.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numberplate.pictures.writing import ATLAS, BASELINE, CELL, COLUMNS, ORDER
from numberplate.plates.alphabet import Alphabet, alphabets
from numberplate.synthesis.type.lettering import FontError, named_font_files
from numberplate.synthesis.type.native import covers, shape_of

_SIZE = 20
_PREFERRED = ("noto-sans", "roboto", "DejaVuSans")


def characters_to_draw() -> str:
    """All that are in some alphabet and are not ASCII."""
    return "".join(sorted({c for one in alphabets().values() for c in one.own}))


def draw_atlas(characters: str, fonts: Sequence[Path]) -> np.ndarray:
    """uint8, a cell a character, in their order. Raises FontError where fonts lack one."""
    whole = np.zeros((-(-len(characters) // COLUMNS) * CELL, COLUMNS * CELL), np.uint8)
    of_script = {code: _font(one, fonts) for code, one in alphabets().items() if one.own}
    for i, c in enumerate(characters):
        code, one = next((code, one) for code, one in alphabets().items() if c in one.own)
        path = of_script[code]
        font = ImageFont.truetype(str(path), _SIZE)
        cell = Image.new("L", (CELL, CELL))
        shape = shape_of(path, one, c)
        start = max(1.0, (CELL - font.getlength(shape)) / 2)
        ImageDraw.Draw(cell).text((start, BASELINE), shape, font=font, fill=255, anchor="ls")
        y, x = i // COLUMNS * CELL, i % COLUMNS * CELL
        whole[y : y + CELL, x : x + CELL] = np.asarray(cell)
    return whole


def _font(one: Alphabet, fonts: Sequence[Path]) -> Path:
    """The font to draw an alphabet's own characters with, composed ones too: a medium one if there is any."""
    named = [f for f in fonts if f.name.startswith(f"{one.code}-")] or list(fonts)
    having = [f for f in named if covers(f, one, one.own)] or [f for f in fonts if covers(f, one, one.own)]
    if not having:
        raise FontError(f"no font has all characters of {one.name} plates")
    return min(having, key=lambda f: (not any(n in f.name for n in _PREFERRED), "500" not in f.name, f.name))


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _parser.add_argument("fonts", nargs="+", help="a folder of fonts")
    _folder, _characters = Path(str(resources.files("numberplate.pictures"))), characters_to_draw()
    try:
        _drawn = draw_atlas(_characters, named_font_files(_parser.parse_args().fonts))
    except FontError as error:
        sys.exit(str(error))
    _, _content = cv2.imencode(".png", _drawn, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    (_folder / ATLAS).write_bytes(_content.tobytes())
    (_folder / ORDER).write_text(_characters + "\n", encoding="utf-8")
