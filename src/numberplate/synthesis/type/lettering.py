"""Typefaces to letter plates with: font files, and alphabets drawn from strokes."""

from collections.abc import Sequence
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numberplate.plates.alphabet import ALPHABET, Alphabet, alphabet, alphabets
from numberplate.synthesis.type.centre_lines import STYLES, DrawnFace, is_drawn
from numberplate.synthesis.type.native import FACES, NativeFace, covers, random_style, word
from numberplate.synthesis.type.strokes import CAP_HEIGHT, NAMED, StrokeLettering
from numberplate.synthesis.type.strokes import random_style as random_strokes

FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".woff", ".woff2")

SYSTEM_FONTS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)

_DRAWN_TYPEFACES = 120

_DRAWN_SHARE = 0.6
"""Of the plates of a script that has drawn characters, how many have these."""

_SMALL = 40
"""Size in pixels that words are set at."""

_OVERHANG = 16
"""Columns of a letter of a word that may reach to the left of its place."""


class FontError(ValueError):
    """A font or folder of fonts that cannot be used; the message names it and the reason."""


class Lettering(Protocol):
    """One typeface: a mask for each character of the alphabet."""

    name: str

    def __hash__(self) -> int: ...

    def glyph(self, character: str) -> np.ndarray:
        """uint8 (CAP_HEIGHT, width of the ink), 255 where the ink is."""


class FontLettering:
    """The capitals and digits of a font file. Raises FontError where it lacks one of them."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.path = path
        try:
            font = ImageFont.truetype(str(path), 100)
            height = font.getbbox("H")[3] - font.getbbox("H")[1]
            self._font = ImageFont.truetype(str(path), round(100 * CAP_HEIGHT / height))
            missing = _missing(path)
        except (OSError, ZeroDivisionError, ValueError) as error:
            raise FontError(f"{path}: not a font that can be used ({error})") from error
        if missing:
            raise FontError(f"{path}: has no {missing!r}")
        self._glyphs: dict[str, np.ndarray] = {}
        self._small: dict[str, tuple[np.ndarray, int]] = {}

    def glyph(self, character: str) -> np.ndarray:
        """uint8 (CAP_HEIGHT, width of the ink), 255 where the ink is."""
        if character not in self._glyphs:
            mask = _inked(_drawn(character, self._font, 0))
            if mask.size == 0:
                raise FontError(f"{self.path}: nothing is drawn for {character!r}")
            width = max(1, round(mask.shape[1] * CAP_HEIGHT / mask.shape[0]))
            self._glyphs[character] = cv2.resize(mask, (width, CAP_HEIGHT), interpolation=cv2.INTER_AREA)
        return self._glyphs[character]

    def word(self, text: str) -> np.ndarray:
        """uint8 mask of a whole word, as large as its ink, set without kerning from letters drawn once."""
        for c in {*text} - {*self._small}:
            font = _sized(self.path, _SMALL)
            self._small[c] = (_drawn(c, font, _OVERHANG), round(font.getlength(c)))
        parts = [self._small[c] for c in text]
        if not parts:
            return np.zeros((0, 0), np.uint8)
        width = sum(advance for _, advance in parts) + max(mask.shape[1] for mask, _ in parts)
        whole = np.zeros((max(mask.shape[0] for mask, _ in parts), width), np.uint8)
        x = 0
        for mask, advance in parts:
            place = whole[: mask.shape[0], x : x + mask.shape[1]]
            np.maximum(place, mask, out=place)
            x += advance
        return _inked(whole)


def _drawn(text: str, font: ImageFont.FreeTypeFont, overhang: int) -> np.ndarray:
    """uint8 mask from the top of the line on, with `overhang` columns before the place where text starts."""
    left, top, right, bottom = (int(v) for v in font.getbbox(text))
    start, upper = max(overhang, -left), max(0, -top)
    picture = Image.new("L", (max(1, right + start), max(1, bottom + upper)))
    ImageDraw.Draw(picture).text((start, upper), text, font=font, fill=255)
    return np.asarray(picture)


def _inked(mask: np.ndarray) -> np.ndarray:
    """The part of a mask that has ink; nothing of it where there is none."""
    x, y, width, height = cv2.boundingRect(mask)
    return mask[y : y + height, x : x + width]


def _missing(path: Path) -> str:
    """The first character of the alphabet that is drawn as nothing or as a placeholder, or ""."""
    font = _sized(path, 24)
    none = bytes(font.getmask("\U0010ffff"))
    for c in ALPHABET:
        mask = bytes(font.getmask(c))
        if not any(mask) or mask == none:
            return c
    return ""


@lru_cache(maxsize=256)
def _sized(path: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(path), size)


def font_files(folders: Sequence[Path]) -> list[Path]:
    """The font files below `folders`, in order of name. Raises FontError for a folder without one."""
    found: list[Path] = []
    for folder in folders:
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in FONT_SUFFIXES and p.is_file())
        if not files:
            raise FontError(
                f"{folder}: no such folder" if not folder.exists() else f"{folder}: no font in it"
            )
        found += files
    return found


def system_font_files() -> list[Path]:
    """The font files that this machine has installed."""
    return font_files([f for f in SYSTEM_FONTS if f.is_dir() and any(f.rglob("*.[to]t[fc]"))])


def named_font_files(names: Sequence[str]) -> list[Path]:
    """The font files of several sources: each a folder, or "system" for what this machine has installed."""
    return [f for n in names for f in (system_font_files() if n == "system" else font_files([Path(n)]))]


class Letterings:
    """All typefaces at hand: the given font files and the alphabets that need none.

    A font that lacks a letter or cannot be opened is left out and named in `refused`. One whose file's name
    starts with the code of another script and a hyphen, such as `han-`, letters that script alone; any other
    letters each script whose characters it has.
    """

    def __init__(self, fonts: Sequence[Path] = ()) -> None:
        self.refused: list[str] = []
        self._fonts: list[FontLettering] = []
        self._files = list(fonts)
        self._covering: dict[str, list[Path]] = {}
        self._faces: dict[tuple[Path, str, int], NativeFace] = {}
        self._drawn_faces: dict[tuple[str, int], DrawnFace] = {}
        for path in fonts:
            if _script_of(path) != "latin":
                continue
            try:
                lettering = FontLettering(path)
                if len({lettering.glyph(c).tobytes() for c in "AH0"}) < 3:
                    raise FontError(f"{path}: one shape stands for several letters")
                below = lettering.glyph("T")[-10:]  # there is nothing on either side of its stem
                if min(below[:, :10].mean(), below[:, -10:].mean()) > 127:
                    raise FontError(f"{path}: its letters are holes in boxes")
            except FontError as error:
                self.refused.append(str(error))
            else:
                self._fonts.append(lettering)
        self._named: list[Lettering] = [make() for make in NAMED]
        self._drawn: dict[int, Lettering] = {}
        self._matching: dict[tuple[str, ...], list[Lettering]] = {}

    @property
    def names(self) -> list[str]:
        """Names of the fonts and of the named drawn alphabets."""
        return [lettering.name for lettering in [*self._fonts, *self._named]]

    def pick(self, patterns: Sequence[str], rng: np.random.Generator) -> Lettering:
        """A typeface whose name matches one of the shell `patterns`, or any where none does.

        "*" stands for any, and beside other patterns for half of the picks: the typefaces named are nearest
        to the real one. Of any, two in five are drawn at random; four in five where no font is at hand.
        """
        known = [*self._fonts, *self._named]
        key = tuple(p for p in patterns if p != "*")
        if key not in self._matching:
            self._matching[key] = [x for x in known if any(fnmatch(x.name, p) for p in key)]
        matching = self._matching[key]
        if matching and (len(key) == len(patterns) or rng.random() < 0.5):
            return matching[int(rng.integers(len(matching)))]
        if rng.random() < (0.4 if self._fonts else 0.8):
            return self._drawn_at_random(int(rng.integers(_DRAWN_TYPEFACES)))
        return known[int(rng.integers(len(known)))]

    def native(
        self, script: str, patterns: Sequence[str], rng: np.random.Generator
    ) -> NativeFace | DrawnFace:
        """A typeface for a script's own characters, in some style: drawn, or of the fonts as `pick` chooses.

        Raises FontError where no font has the script and it is not drawn.
        """
        having = bool(self._covers(alphabet(script)))
        if is_drawn(script) and (not having or ("*" in patterns and rng.random() < _DRAWN_SHARE)):
            return self._drawn_face(script, int(rng.integers(STYLES)))
        path = self._native_font(script, patterns, rng)
        styles = max(2, FACES // len(self._covers(alphabet(script))))
        key = (path, script, int(rng.integers(styles)))
        if key not in self._faces:
            self._faces[key] = NativeFace(path, alphabet(script), random_style(key[2]))
        return self._faces[key]

    def _drawn_face(self, script: str, style: int) -> DrawnFace:
        if (script, style) not in self._drawn_faces:
            self._drawn_faces[script, style] = DrawnFace(script, style)
        return self._drawn_faces[script, style]

    def native_word(self, script: str, text: str, rng: np.random.Generator) -> np.ndarray:
        """uint8 mask of a word, as large as its ink. Raises FontError where no font has the script."""
        return word(self._native_font(script, ("*",), rng), text, alphabet(script).right_to_left)

    def has(self, script: str) -> bool:
        """Whether plates of a script can be lettered."""
        needed = alphabet(script)
        return not needed.lettered or is_drawn(script) or bool(self._covers(needed))

    def _native_font(self, script: str, patterns: Sequence[str], rng: np.random.Generator) -> Path:
        known = self._covers(alphabet(script))
        if not known:
            raise FontError(f"no font has the characters of {alphabet(script).name} plates")
        named = [p for p in patterns if p != "*"]
        matching = [path for path in known if any(fnmatch(path.stem, p) for p in named)]
        if matching and (len(named) == len(patterns) or rng.random() < 0.5):
            known = matching
        return known[int(rng.integers(len(known)))]

    def _covers(self, of: Alphabet) -> list[Path]:
        if of.code not in self._covering:
            self._covering[of.code] = [
                path for path in self._files if _script_of(path) in ("latin", of.code) and covers(path, of)
            ]
        return self._covering[of.code]

    def small(self, rng: np.random.Generator) -> FontLettering | None:
        """A font for captions, or None where no font file is at hand."""
        return self._fonts[int(rng.integers(len(self._fonts)))] if self._fonts else None

    def _drawn_at_random(self, number: int) -> Lettering:
        if number not in self._drawn:
            style = random_strokes(np.random.default_rng([20161122, number]))
            self._drawn[number] = StrokeLettering(style, f"drawn-{number}")
        return self._drawn[number]


def _script_of(path: Path) -> str:
    """The script that a font file's name says it letters, `latin` where it says none."""
    return next((code for code in alphabets() if path.name.startswith(f"{code}-")), "latin")


def spell(lettering: Lettering, text: str, gap: float = 0.15) -> np.ndarray:
    """uint8 mask of a word set from glyphs; a character that is not in the alphabet leaves a gap."""
    between = np.zeros((CAP_HEIGHT, round(CAP_HEIGHT * gap)), np.uint8)
    parts = []
    for c in text.upper():
        parts += [
            lettering.glyph(c) if c in ALPHABET else np.zeros((CAP_HEIGHT, CAP_HEIGHT // 2), np.uint8),
            between,
        ]
    return np.hstack(parts[:-1]) if parts else np.zeros((0, 0), np.uint8)
