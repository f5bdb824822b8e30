"""What is kept from training: of every twelve fonts and backgrounds one, for validation and measuring."""

from collections.abc import Sequence
from pathlib import Path

from numberplate.plates.alphabet import alphabets
from numberplate.synthesis.type.lettering import Letterings, named_font_files
from numberplate.synthesis.world.backgrounds import Backgrounds

HELD_OUT = 12
"""Of every so many fonts and backgrounds, one is kept from training."""

_REAL_TYPEFACES = ("gh-GL", "deb-OSP-DIN", "npm-gidole", "deb-RG2014F")
"""The few that are all but copies of real plates' are worth more in training: never held out."""


def is_held_out(place: int) -> bool:
    """Whether the font or picture at this place in their order is kept from training."""
    return place % HELD_OUT == HELD_OUT // 2


def letterings_and_backgrounds(
    fonts: Sequence[str], backgrounds: str | Path | None, held_out: bool
) -> tuple[Letterings, Backgrounds]:
    """All but the held-out fonts and backgrounds, or only those.

    `fonts`: folders of font files, or "system"; none leaves the drawn alphabets. `backgrounds`: folder, zip
    or tar of photographs, or None for drawn patterns. Raises FontError and BackgroundError.
    """

    def keep(place: int) -> bool:
        return is_held_out(place) == held_out

    files = named_font_files(fonts)
    # Of other scripts there are too few fonts to keep one in twelve from training.
    scripts = {*alphabets(), "persian"}
    foreign = [f for f in files if f.stem.split("-")[0] in scripts]
    latin = [f for f in files if f not in foreign]
    kept = foreign + [
        f
        for place, f in enumerate(latin)
        if (not held_out if f.stem.startswith(_REAL_TYPEFACES) else keep(place))
    ]
    return Letterings(kept), Backgrounds(Path(backgrounds) if backgrounds else None, keep=keep)
