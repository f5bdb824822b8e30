"""The flat plate: a design, a text and a typeface become a picture of the plate seen straight on."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from numberplate.plates.alphabet import ALPHABET
from numberplate.plates.design import Band, Caption, Design, Line
from numberplate.synthesis.lettering import CAP_HEIGHT, FontLettering, Lettering, Letterings, spell

PAD = 0.16
"""What the picture shows beyond the plate on each side, as a share of its height: room for a frame."""

_VOWELS, _CONSONANTS = "AEIOU", "BCDFGHKLMNPRSTVWZ"


@dataclass(frozen=True)
class FlatPlate:
    """A plate seen straight on.

    `picture`: uint8 (height, width, 3) RGB, PAD of the plate's height larger than it on each side; `mask`:
    uint8 (height, width), 255 where plate or frame is; `corners`: float32 (4, 2), the plate's, in pixels;
    `text`: characters of the alphabet, without marks.
    """

    picture: np.ndarray
    mask: np.ndarray
    corners: np.ndarray
    text: str


def rgb(colour: str) -> np.ndarray:
    """float32 (3,), 0..255, of a colour such as `#ffd21e`."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)


def _tint(
    picture: np.ndarray, mask: np.ndarray, x: int, y: int, colour: np.ndarray, strength: float = 1.0
) -> None:
    """Lays `colour` on `picture` through `mask` with its top left corner at (x, y), cut at the edges."""
    height, width = picture.shape[:2]
    top, left = max(0, y), max(0, x)
    bottom, right = min(height, y + mask.shape[0]), min(width, x + mask.shape[1])
    if bottom <= top or right <= left:
        return
    part = picture[top:bottom, left:right]
    alpha = mask[top - y : bottom - y, left - x : right - x, None].astype(np.float32) * (strength / 255)
    part += alpha * (colour - part)


def _scaled(mask: np.ndarray, width: float, height: float) -> np.ndarray:
    size = (max(1, round(width)), max(1, round(height)))
    return cv2.resize(mask, size, interpolation=cv2.INTER_AREA)


class _Drawing:
    """One plate in the making; `scale` is pixels to the millimetre."""

    def __init__(
        self, design: Design, letterings: Letterings, scale: float, rng: np.random.Generator
    ) -> None:
        self.design, self.letterings, self.scale, self.rng = design, letterings, scale, rng
        self.width, self.height = (max(8, round(side * scale)) for side in design.size)
        self.pad = max(2, round(self.height * PAD))
        weights = np.array([variant.weight for variant in design.variants])
        self.variant = design.variants[int(rng.choice(len(weights), p=weights / weights.sum()))]
        self.paper, self.ink = rgb(self.variant.paper), rgb(self.variant.ink)
        self.picture = np.empty((self.height, self.width, 3), np.float32)
        self.picture[:] = self.paper
        self.relief = np.zeros((self.height, self.width), np.uint8)
        """The embossed parts: characters and border."""
        self.lettering = letterings.pick(design.letterings, rng)
        self.left, self.right = 0.0, float(self.width)

    def make(self) -> FlatPlate:
        design, rng = self.design, self.rng
        if rng.random() < design.graphic:
            self._graphic()
        for band in design.bands:
            if rng.random() < band.chance:
                self._band(band)
        if design.border:
            self._border()
        for caption in design.captions:
            if rng.random() < caption.chance:
                self._caption(caption)
        for sticker in design.stickers:
            if rng.random() < sticker.chance:
                size = (sticker.size[0] * self.scale, sticker.size[1] * self.scale)
                colour = rgb(sticker.colours[int(rng.integers(len(sticker.colours)))])
                self._shape(sticker.shape, sticker.x * self.width, sticker.y * self.height, size, colour)
        text = "".join(self._line(line) for line in design.lines)
        if rng.random() < 0.6:
            self._emboss()
        self._holes()
        return self._framed(text)

    # What lies on the plate, from the back to the front.

    def _graphic(self) -> None:
        """A gradient with a ridge of hills, faint enough that the text stays readable."""
        rng = self.rng
        top = self.paper + rng.normal(0, 35, 3)
        bottom = self.paper + rng.normal(0, 35, 3)
        ramp = np.linspace(0, 1, self.height, dtype=np.float32)[:, None, None]
        self.picture[:] = np.clip(top + ramp * (bottom - top), 0, 255)
        for _ in range(int(rng.integers(0, 3))):
            columns = np.linspace(0, self.width, 8)
            ridge = self.height * (rng.uniform(0.4, 0.95) + rng.normal(0, 0.07, 8))
            outline = np.vstack(
                [np.stack([columns, ridge], 1), [[self.width, self.height], [0, self.height]]]
            )
            hills = np.zeros((self.height, self.width), np.uint8)
            cv2.fillPoly(hills, [outline.astype(np.int32)], 255)
            _tint(self.picture, hills, 0, 0, np.clip(self.paper + rng.normal(0, 50, 3), 0, 255), 0.7)
        # The text must keep its contrast: pull the graphic away from the ink where it came too near.
        grey = self.picture @ np.array([0.299, 0.587, 0.114], np.float32)
        near = np.abs(grey - float(self.ink @ np.array([0.299, 0.587, 0.114]))) < 70
        self.picture[near] = 0.35 * self.picture[near] + 0.65 * self.paper

    def _band(self, band: Band) -> None:
        width = round(band.width * self.scale)
        x = 0 if band.side == "left" else self.width - width
        self.picture[:, x : x + width] = rgb(band.colour)
        middle = x + width / 2
        if band.letters:
            letters = band.letters[int(self.rng.integers(len(band.letters)))]
            mask = spell(self.letterings.pick(("*",), self.rng), letters)
            height = min(self.height * 0.26, width * 0.72 * mask.shape[0] / mask.shape[1])
            mask = _scaled(mask, mask.shape[1] * height / mask.shape[0], height)
            _tint(
                self.picture,
                mask,
                round(middle - mask.shape[1] / 2),
                round(self.height * 0.76 - height / 2),
                rgb(band.ink),
            )
        size = width * 0.6
        y = self.height * 0.3
        if band.sign == "stars":
            for i in range(12):
                angle = i * np.pi / 6
                centre = (round(middle + np.cos(angle) * size * 0.5), round(y + np.sin(angle) * size * 0.5))
                cv2.circle(self.picture, centre, max(1, round(size * 0.07)), (250, 210, 40), -1, cv2.LINE_AA)
        elif band.sign == "shield":
            self._shape("shield", middle, y, (size, size * 1.15), rgb("#c81e28"))
        elif band.sign in ("flag", "bars"):
            for i in range(3):
                colour = self.rng.uniform(0, 255, 3)
                top, left = y - size / 2, middle - size / 2
                a, b = (0, i) if band.sign == "flag" else (i, 0)
                one, other = (size, size / 3) if band.sign == "flag" else (size / 3, size)
                x0, y0 = left + a * size / 3, top + b * size / 3
                cv2.rectangle(
                    self.picture,
                    (round(x0), round(y0)),
                    (round(x0 + one), round(y0 + other)),
                    colour.tolist(),
                    -1,
                )
        if band.side == "left":
            self.left = max(self.left, float(width))
        else:
            self.right = min(self.right, float(self.width - width))

    def _border(self) -> None:
        inset = round(self.design.border_inset * self.scale)
        width = max(1, round(self.design.border * self.scale))
        edge = _rounded(
            self.height - 2 * inset, self.width - 2 * inset, max(0.0, self.design.radius * self.scale - inset)
        )
        inner = _rounded(
            max(1, self.height - 2 * (inset + width)),
            max(1, self.width - 2 * (inset + width)),
            max(0.0, self.design.radius * self.scale - inset - width),
        )
        line = edge.copy()
        line[width : width + inner.shape[0], width : width + inner.shape[1]] -= np.minimum(
            inner, line[width : width + inner.shape[0], width : width + inner.shape[1]]
        )
        _tint(self.picture, line, inset, inset, self.ink)
        part = self.relief[inset : inset + line.shape[0], inset : inset + line.shape[1]]
        np.maximum(part, line, out=part)

    def _caption(self, caption: Caption) -> None:
        text = (
            caption.texts[int(self.rng.integers(len(caption.texts)))]
            if caption.texts
            else random_words(self.rng)
        )
        font = self.letterings.small(self.rng)
        if caption.letters == "script" or self.rng.random() < 0.2:
            text = text.title()
        mask = font.word(text) if isinstance(font, FontLettering) else spell(self.lettering, text)
        if mask.size == 0:
            return
        height = max(2.0, caption.height * self.scale)
        width = min(mask.shape[1] * height / mask.shape[0], self.width * 0.9)
        mask = _scaled(mask, width, height)
        if caption.letters == "script":
            slant = np.array([[1, -0.25, 0.25 * height], [0, 1, 0]], np.float32)
            mask = cv2.warpAffine(mask, slant, (mask.shape[1] + round(0.25 * height), mask.shape[0]))
        colour = rgb(caption.colours[int(self.rng.integers(len(caption.colours)))])
        x = np.clip(caption.x * self.width - mask.shape[1] / 2, 0, max(0, self.width - mask.shape[1]))
        _tint(self.picture, mask, round(float(x)), round(caption.y * self.scale - height / 2), colour)

    def _line(self, line: Line) -> str:
        """Draws one line of text; returns its characters."""
        rng, scale = self.rng, self.scale
        drawn = line.pattern.generate(rng)
        height = line.height * scale
        stretch = height / CAP_HEIGHT
        across = stretch
        if line.width:
            across = line.width * scale / self.lettering.glyph("H").shape[1]
        gap, space = line.gap * scale, line.space * scale
        advances = [
            self.lettering.glyph(c).shape[1] * across + gap if c in ALPHABET else space for c in drawn
        ]
        total = sum(advances) - gap
        room = (self.right - self.left) * rng.uniform(0.88, 0.97)
        squeeze = min(1.0, room / total)
        across, gap, space, total = across * squeeze, gap * squeeze, space * squeeze, total * squeeze
        slack = (self.right - self.left - total) / 2
        x = self.left + slack + rng.uniform(-0.5, 0.5) * min(slack, 0.1 * self.width)
        y = line.y * scale - height / 2
        weight = int(rng.integers(-5, 7)) if isinstance(self.lettering, FontLettering) else 0
        for c, advance in zip(drawn, advances, strict=True):
            if c in ALPHABET:
                mask = _weighed(self.lettering, c, weight)
                mask = _scaled(mask, mask.shape[1] * across, height)
                _tint(self.picture, mask, round(x), round(y), self.ink)
                self._raise(mask, round(x), round(y))
            else:
                self._mark(c, x - gap / 2, y, space, height)
            x += advance * squeeze
        return "".join(c for c in drawn if c in ALPHABET)

    def _raise(self, mask: np.ndarray, x: int, y: int) -> None:
        top, left = max(0, y), max(0, x)
        bottom, right = min(self.height, y + mask.shape[0]), min(self.width, x + mask.shape[1])
        if bottom > top and right > left:
            part = self.relief[top:bottom, left:right]
            np.maximum(part, mask[top - y : bottom - y, left - x : right - x], out=part)

    def _mark(self, mark: str, x: float, y: float, width: float, height: float) -> None:
        """A dash, a dot or an emblem in the space of `width` from x on; a space draws nothing."""
        middle, centre = x + width / 2, y + height / 2
        thick = max(1.0, height * 0.13)
        if mark == "-" or (mark == "*" and self.design.emblem.endswith("dash")):
            low = centre + height * 0.05
            bar = np.full((round(thick) or 1, max(1, round(width * 0.55))), 255, np.uint8)
            _tint(self.picture, bar, round(middle - bar.shape[1] / 2), round(low), self.ink)
        if mark == ".":
            cv2.circle(
                self.picture,
                (round(middle), round(centre)),
                max(1, round(thick * 0.7)),
                self.ink.tolist(),
                -1,
                cv2.LINE_AA,
            )
        if mark == "*":
            self._emblem(middle, centre, width, height)

    def _emblem(self, x: float, y: float, width: float, height: float) -> None:
        rng = self.rng
        kind = self.design.emblem.split(" ")[0]
        size = min(width * rng.uniform(0.7, 1.0), height * 0.8)
        colour = rng.uniform(20, 235, 3).astype(np.float32)
        if kind == "shield":
            self._shape(
                "shield",
                x,
                y - height * 0.2 * self.design.emblem.endswith("dash"),
                (size * 0.8, size),
                rgb("#c02830"),
            )
        elif kind == "stickers":
            for offset in (-0.3, 0.3):
                dot = min(size, height * 0.42)
                self._shape(
                    "circle", x, y + offset * height, (dot, dot), rng.uniform(30, 235, 3).astype(np.float32)
                )
        elif kind == "circle":
            self._shape("circle", x, y, (size, size), colour)
        else:
            # The outline of a state, an animal, a fruit: a random star-shaped polygon with a patch on it,
            # sometimes as high as the letters.
            n = int(rng.integers(5, 12))
            angles = np.sort(rng.uniform(0, 2 * np.pi, n))
            tall = rng.uniform(0.6, 1.0) * min(height, size * 2.2) if rng.random() < 0.35 else size
            if rng.random() < 0.3:
                colour = self.ink + rng.normal(0, 20, 3).astype(np.float32)
            for shrink in (1.0, rng.uniform(0.3, 0.7)):
                radii = rng.uniform(0.4, 1.0, n) * shrink / 2
                outline = np.stack([x + np.cos(angles) * radii * size, y + np.sin(angles) * radii * tall], 1)
                mask = np.zeros(self.relief.shape, np.uint8)
                cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255, cv2.LINE_AA)
                _tint(self.picture, mask, 0, 0, np.clip(colour, 0, 255), rng.uniform(0.5, 1))
                colour = rng.uniform(20, 235, 3).astype(np.float32)

    def _shape(self, shape: str, x: float, y: float, size: tuple[float, float], colour: np.ndarray) -> None:
        """A sticker, seal or coat of arms about (x, y): an outline filled, with a smaller figure inside."""
        width, height = size
        rng = self.rng
        mask = np.zeros(self.relief.shape, np.uint8)
        centre = (round(x), round(y))
        if shape == "circle":
            cv2.ellipse(
                mask,
                centre,
                (max(1, round(width / 2)), max(1, round(height / 2))),
                0,
                0,
                360,
                255,
                -1,
                cv2.LINE_AA,
            )
        elif shape == "rectangle":
            cv2.rectangle(
                mask,
                (round(x - width / 2), round(y - height / 2)),
                (round(x + width / 2), round(y + height / 2)),
                255,
                -1,
            )
        else:
            outline = np.array(
                [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.1], [0.3, 0.35], [0, 0.5], [-0.3, 0.35], [-0.5, 0.1]]
            )
            cv2.fillPoly(
                mask, [(outline * [width, height] + [x, y]).round().astype(np.int32)], 255, cv2.LINE_AA
            )
        _tint(self.picture, mask, 0, 0, colour)
        inner = rng.uniform(0, 255, 3).tolist()
        if shape == "shield":
            cross = (244.0, 244.0, 244.0)
            thick = max(1, round(width * 0.14))
            cv2.line(
                self.picture,
                (centre[0], round(y - height * 0.35)),
                (centre[0], round(y + height * 0.15)),
                cross,
                thick,
            )
            cv2.line(
                self.picture,
                (round(x - width * 0.3), centre[1]),
                (round(x + width * 0.3), centre[1]),
                cross,
                thick,
            )
            cv2.ellipse(
                self.picture,
                (centre[0], round(y + height * 0.3)),
                (max(1, round(width * 0.3)), max(1, round(height * 0.14))),
                0,
                0,
                360,
                (30.0, 60.0, 160.0),
                -1,
            )
        elif shape == "circle":
            cv2.circle(
                self.picture, centre, max(1, round(width * rng.uniform(0.1, 0.3))), inner, -1, cv2.LINE_AA
            )
        elif width > 9:
            mask = spell(self.lettering, str(rng.integers(10, 99)))
            mask = _scaled(mask, width * 0.6, height * 0.6)
            _tint(
                self.picture,
                mask,
                round(x - width * 0.3),
                round(y - height * 0.3),
                np.asarray(inner, np.float32),
            )

    def _emboss(self) -> None:
        """Raised parts catch the light on one side and throw a shadow on the other."""
        rng = self.rng
        depth = max(1.0, self.height / 50)
        soft = cv2.GaussianBlur(self.relief, (0, 0), depth * rng.uniform(0.5, 1.0)).astype(np.float32)
        angle = rng.uniform(0, 2 * np.pi)
        dx, dy = np.cos(angle) * depth, np.sin(angle) * depth
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        slope = soft - cv2.warpAffine(soft, shift, (self.width, self.height), borderMode=cv2.BORDER_REPLICATE)
        self.picture += (slope * rng.uniform(0.1, 0.5))[..., None]

    def _holes(self) -> None:
        spots = {
            0: [],
            2: [(0.25, 0.1), (0.75, 0.1)],
            4: [(0.25, 0.1), (0.75, 0.1), (0.25, 0.9), (0.75, 0.9)],
        }
        near = self.rng.uniform(0.05, 0.35)
        mid = self.rng.random() < 0.3
        for x, y in spots.get(self.design.holes, spots[2]):
            x = near if x < 0.5 else 1 - near
            y = 0.5 if mid else y
            if mid:
                x = 0.03 + near * 0.1 if x < 0.5 else 0.97 - near * 0.1
            shade = float(self.rng.uniform(0, 200))
            radius = max(1, round(self.height * self.rng.uniform(0.02, 0.05)))
            cv2.circle(
                self.picture,
                (round(x * self.width), round(y * self.height)),
                radius,
                (shade, shade, shade),
                -1,
                cv2.LINE_AA,
            )

    def _framed(self, text: str) -> FlatPlate:
        rng, pad = self.rng, self.pad
        height, width = self.height + 2 * pad, self.width + 2 * pad
        picture = np.zeros((height, width, 3), np.float32)
        mask = np.zeros((height, width), np.uint8)
        if rng.random() < self.design.frame:
            colour = rng.uniform(0, 60, 3) if rng.random() < 0.75 else rng.uniform(120, 255, 3)
            thick = rng.uniform(0.2, 0.9, 4) * pad  # left, top, right, bottom
            if rng.random() < 0.5:
                thick[3] = pad
            left, top = round(pad - thick[0]), round(pad - thick[1])
            outer = _rounded(
                round(self.height + thick[1] + thick[3]), round(self.width + thick[0] + thick[2]), pad * 0.4
            )
            picture[:] = colour
            mask[top : top + outer.shape[0], left : left + outer.shape[1]] = outer
            lap = int(rng.integers(0, max(1, round(self.height * 0.035)) + 1))
        else:
            lap = 0
        plate = _rounded(self.height, self.width, self.design.radius * self.scale)
        if lap:
            plate[:lap], plate[-lap:], plate[:, :lap], plate[:, -lap:] = 0, 0, 0, 0
        part = picture[pad : pad + self.height, pad : pad + self.width]
        part += (plate.astype(np.float32) / 255)[..., None] * (self.picture - part)
        np.maximum(
            mask[pad : pad + self.height, pad : pad + self.width],
            plate,
            out=mask[pad : pad + self.height, pad : pad + self.width],
        )
        if lap or (mask[pad // 2, width // 2] and rng.random() < 0.7):
            self._dealer(picture, pad)
        corners = (
            np.array([[0, 0], [self.width, 0], [self.width, self.height], [0, self.height]], np.float32) + pad
        )
        return FlatPlate(np.clip(picture, 0, 255).astype(np.uint8), mask, corners, text)

    def _dealer(self, picture: np.ndarray, pad: int) -> None:
        """A dealer's name on the frame, below or above."""
        rng = self.rng
        font = self.letterings.small(rng)
        words = random_words(rng)
        mask = font.word(words) if isinstance(font, FontLettering) else spell(self.lettering, words)
        if mask.size == 0:
            return
        height = max(2.0, pad * rng.uniform(0.4, 0.75))
        mask = _scaled(mask, min(mask.shape[1] * height / mask.shape[0], self.width * 0.9), height)
        y = pad + self.height + (pad - height) / 2 if rng.random() < 0.7 else (pad - height) / 2
        x = pad + rng.uniform(0.1, 0.9) * max(0, self.width - mask.shape[1])
        colour = np.full(3, 235 if picture[2, picture.shape[1] // 2].mean() < 128 else 20, np.float32)
        _tint(picture, mask, round(x), round(y), colour)


@lru_cache(maxsize=4096)
def _rounded_cached(height: int, width: int, radius: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    radius = min(radius, (min(height, width) - 1) // 2)
    if radius <= 0:
        mask[:] = 255
        return mask
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    return mask


def _rounded(height: int, width: int, radius: float) -> np.ndarray:
    """uint8 mask of a rectangle with rounded corners."""
    return _rounded_cached(height, width, round(radius)).copy()


def _weighed(lettering: Lettering, character: str, weight: int) -> np.ndarray:
    """A glyph made bolder (weight > 0) or lighter (weight < 0) by that many of its CAP_HEIGHT rows."""
    mask = lettering.glyph(character)
    if weight == 0:
        return mask
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(weight) + 1, abs(weight) + 1))
    if weight > 0:
        return cv2.dilate(cv2.copyMakeBorder(mask, 0, 0, weight, weight, cv2.BORDER_CONSTANT), kernel)
    thinner = cv2.erode(mask, kernel)
    # A hairline must not vanish.
    return thinner if thinner.sum() > 0.6 * mask.sum() else mask


def random_words(rng: np.random.Generator) -> str:
    """One to three made-up words, sometimes a telephone number: what captions and dealers' frames say."""
    words = []
    for _ in range(int(rng.integers(1, 4))):
        syllables = int(rng.integers(1, 4))
        words.append(
            "".join(
                _CONSONANTS[int(rng.integers(len(_CONSONANTS)))] + _VOWELS[int(rng.integers(5))]
                for _ in range(syllables)
            )
            + (_CONSONANTS[int(rng.integers(len(_CONSONANTS)))] if rng.random() < 0.5 else "")
        )
    if rng.random() < 0.12:
        words.append(str(rng.integers(100000, 99999999)))
    return " ".join(words)


def draw_flat(design: Design, letterings: Letterings, scale: float, rng: np.random.Generator) -> FlatPlate:
    """A plate of `design` with a random text, variant and typeface, at `scale` pixels to the millimetre."""
    return _Drawing(design, letterings, scale, rng).make()
