"""The fonts and photographs that training never sees, so that what it learnt can be told on them."""

from collections.abc import Sequence
from pathlib import Path

from numberplate.plates.alphabet import alphabets
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import Backgrounds

HELD_OUT = 12
"""Of so many fonts and photographs one is held out."""

_REAL_TYPEFACES = ("gh-GL", "deb-OSP-DIN", "npm-gidole", "deb-RG2014F")
"""The few typefaces that are all but copies of real plates' are worth more in training: never held out."""


def split(
    fonts: Sequence[str], backgrounds: str | Path | None, held_out: bool
) -> tuple[Letterings, Backgrounds]:
    """Either what is held out, or all the rest.

    Args:
        fonts: folders of font files, or "system".
        backgrounds: folder, zip or tar of photographs; None for drawn patterns.

    Raises FontError and BackgroundError for what cannot be used.
    """

    def keep(place: int) -> bool:
        return (place % HELD_OUT == HELD_OUT // 2) == held_out

    files = named_font_files(fonts)
    # Of other scripts there are too few fonts to keep one in twelve from training.
    scripts = {*alphabets(), "persian"}
    foreign = [file for file in files if file.stem.split("-")[0] in scripts]
    latin = [file for file in files if file not in foreign]
    kept = foreign + [
        file
        for place, file in enumerate(latin)
        if (not held_out if file.stem.startswith(_REAL_TYPEFACES) else keep(place))
    ]
    return Letterings(kept), Backgrounds(Path(backgrounds) if backgrounds else None, keep=keep)
