"""What a plate is mounted on, and what stands before it: bumper, boot lid, recess, lights, tow ball.

Everything is drawn in the plate's own plane and seen in its perspective. Lengths are heights of the plate,
counted from its middle: x to the right, y down.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.synthesis.paint import blend
from numberplate.synthesis.pose import homography

_PAINTS = (
    (12, 12, 14), (30, 31, 34), (58, 60, 64), (98, 102, 108), (150, 154, 158), (196, 198, 200),
    (236, 237, 238), (20, 34, 70), (40, 70, 126), (92, 14, 22), (150, 24, 30), (24, 60, 44), (120, 90, 50),
    (190, 180, 160),
)  # fmt: skip
"""Of cars: black to white, blue, red, green, brown, beige."""

_FINEST = 36
"""Pixels to the plate's height at most: bodywork is smoother than lettering."""

Colour = Sequence[float] | np.ndarray


class _Panel:
    """A picture of the plate's plane, `reach` heights to each side of its middle, across and down."""

    def __init__(self, scale: float, reach: tuple[float, float]) -> None:
        self.scale = scale
        self.reach = reach
        self.width, self.height = (max(4, round(2 * r * scale)) for r in reach)
        self.picture: np.ndarray = np.empty((self.height, self.width, 3), np.uint8)

    def _at(self, points: np.ndarray) -> np.ndarray:
        # Sixteenths of a pixel, whose middle OpenCV counts from.
        return np.rint(((points + self.reach) * self.scale - 0.5) * 16).astype(np.int32)

    def shape(self, outline: np.ndarray, colour: Colour) -> None:
        """A filled outline, (n, 2)."""
        cv2.fillPoly(self.picture, [self._at(outline)], _clipped(colour), cv2.LINE_AA, 4)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        self.shape(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), colour)

    def bar(self, left: float, top: float, right: float, bottom: float, colours: Sequence[Colour]) -> None:
        """A rectangle whose colours follow each other from top to bottom."""
        edges = np.linspace(top, bottom, len(colours) + 1)
        for high, low, colour in zip(edges, edges[1:], colours, strict=False):
            self.box(left, high, right, low, colour)

    def ramp(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """Colours from top to bottom over all of it, each at its share of the height, 0..1."""
        rows = np.linspace(0, 1, self.height)
        places = [place for place, _ in stops]
        table = np.array([colour for _, colour in stops], np.float32)
        column = np.stack([np.interp(rows, places, table[:, i]) for i in range(3)], 1)
        bright = np.minimum(np.maximum(column, 0), 255).astype(np.uint8)[:, None]
        self.picture = cv2.resize(bright, (self.width, self.height), interpolation=cv2.INTER_NEAREST)


def _clipped(colour: Colour) -> list[float]:
    clipped: list[float] = np.minimum(np.maximum(np.asarray(colour, np.float64), 0), 255).tolist()
    return clipped


def _rounded(left: float, top: float, right: float, bottom: float, radius: float) -> np.ndarray:
    """The outline of a rectangle with cut corners."""
    r = min(radius, (right - left) / 2, (bottom - top) / 2)
    s = 0.3 * r
    return np.array([
        [left + r, top], [right - r, top], [right - s, top + s], [right, top + r],
        [right, bottom - r], [right - s, bottom - s], [right - r, bottom], [left + r, bottom],
        [left + s, bottom - s], [left, bottom - r], [left, top + r], [left + s, top + s],
    ])  # fmt: skip


_EDGELESS = 0.25
"""Share of the bodywork that has nearly the plate's colour: grey on silver has no edge to speak of."""


def _paint(rng: np.random.Generator) -> np.ndarray:
    """A car's colour."""
    if rng.random() < 0.15:
        return rng.uniform(0, 255, 3)
    paint = np.array(_PAINTS[int(rng.integers(len(_PAINTS)))], np.float64)
    return paint * rng.uniform(0.7, 1.1) + rng.normal(0, 5, 3)


def surround(
    picture: np.ndarray,
    corners: np.ndarray,
    paper: Colour,
    rng: np.random.Generator,
    everywhere: bool = False,
    plain: bool = False,
    like_paper: bool = False,
) -> None:
    """Draws bodywork around the plate at `corners`, float32 (4, 2), on `picture`, in place.

    `paper` is the colour of the plate, 0..255. The bodywork covers the whole picture where it is to be
    `everywhere`, else a few heights of the plate around it. It is a `plain` sheet, or has what is found
    around plates: a recess, a grille, a handle. Now and then, or where it is to be `like_paper`, it has
    nearly the plate's colour.
    """
    width, height = (float(v) for v in side_lengths(corners))
    aspect = width / height
    beyond = (0.5, 0.5) if everywhere else (rng.uniform(0.15, 0.6) * aspect, rng.uniform(0.4, 2.2))
    panel = _Panel(min(_FINEST, max(6.0, 0.6 * height)), (aspect / 2 + beyond[0], 0.5 + beyond[1]))
    edgeless = rng.random() < _EDGELESS or like_paper
    paint = np.asarray(paper, np.float64) * np.exp(rng.normal(-0.08, 0.12)) if edgeless else _paint(rng)
    _bodywork(panel, paint, rng, 0.08 if edgeless else 0.25)
    if not plain:
        _fitted(panel, paint, aspect / 2, edgeless, rng)
    if everywhere:
        picture[:] = _seen(panel, corners, (0, 0), picture.shape[1::-1])
    else:
        _mount(picture, panel, corners, rng)


def _fitted(panel: _Panel, paint: np.ndarray, half: float, edgeless: bool, rng: np.random.Generator) -> None:
    """What is found around a plate, `half` of whose width is given."""
    kind = rng.random()
    if edgeless and (other := rng.random()) >= 0.3:
        # Mostly with nothing right around the plate either, or with bars that end at it.
        kind = 0.5 if other < 0.45 else 1.0
    if kind < 0.45:
        _recess(panel, paint, half, rng)
    elif kind < 0.6:
        dark = paint if edgeless else np.full(3, rng.uniform(5, 40))
        _grille(panel, dark, half, rng)
    elif kind < 0.8:
        _bumper(panel, paint, rng)
    if rng.random() < 0.4:
        _handle(panel, paint, half, rng)
    if rng.random() < 0.2:
        _trim(panel, rng)
    if rng.random() < 0.25:
        _beside(panel, half, rng)


def _bodywork(panel: _Panel, paint: np.ndarray, rng: np.random.Generator, bend: float) -> None:
    """Sheet metal that bends, 0..0.5: it mirrors the sky above a crease and the ground below it."""
    crease = rng.uniform(0.1, 0.9)
    lights = np.exp(rng.normal(0, bend, 4))
    lift = rng.uniform(0, 40, 4) * (rng.random(4) < 0.4)
    places = [0.0, crease, min(1.0, crease + rng.uniform(0.01, 0.3)), 1.0]
    panel.ramp([(p, paint * light + more) for p, light, more in zip(places, lights, lift, strict=True)])


def _recess(panel: _Panel, paint: np.ndarray, half: float, rng: np.random.Generator) -> None:
    """A hollow that the plate lies in, in the shade of its upper edge, with light on its lower lip."""
    # From a plate's own width to that of the widest plate of any country.
    left, right = half + np.exp(rng.uniform(np.log(0.05), np.log(1.6), 2))
    top, bottom = 0.5 + rng.uniform(0.04, 0.45, 2)
    depth = rng.uniform(0.03, 0.2)
    radius = rng.uniform(0, 0.35)
    base = paint if rng.random() < 0.7 else np.full(3, rng.uniform(8, 45))
    lip = 0.03 + 0.03 * rng.random()
    panel.shape(_rounded(-left, -top, right, bottom + lip, radius), paint * 1.2 + rng.uniform(0, 70))
    panel.shape(_rounded(-left, -top, right, bottom, radius), base * rng.uniform(0.2, 0.55))
    ground = _rounded(-left + depth, -top + depth, right - depth, bottom, radius)
    panel.shape(ground, base * rng.uniform(0.4, 1.0))


def _grille(panel: _Panel, dark: np.ndarray, half: float, rng: np.random.Generator) -> None:
    """The bars of a grille or an air intake behind the plate, before a `dark` colour."""
    reach = half + rng.uniform(0.2, 1.5)
    top, bottom = -0.5 - rng.uniform(-0.3, 1.2), 0.5 + rng.uniform(-0.3, 1.2)
    panel.shape(_rounded(-reach, top, reach, bottom, rng.uniform(0, 0.4)), dark)
    bright = np.full(3, rng.uniform(30, 190))
    step = rng.uniform(0.12, 0.4)
    thick = step * rng.uniform(0.15, 0.6)
    if rng.random() < 0.75:
        for y in np.arange(top + step / 2, bottom - thick, step):
            panel.bar(-reach, y, reach, y + thick, (bright, bright * 0.5))
    else:
        for x in np.arange(-reach + step / 2, reach - thick, step):
            panel.box(x, top, x + thick, bottom, bright)


def _bumper(panel: _Panel, paint: np.ndarray, rng: np.random.Generator) -> None:
    """The seams and steps of a bumper, right across."""
    side = panel.reach[0]
    for _ in range(int(rng.integers(1, 4))):
        y = rng.uniform(-1, 1) * panel.reach[1]
        thick = rng.uniform(0.02, 0.09)
        panel.bar(-side, y, side, y + thick, (paint * 0.35, paint * 1.25 + 25))
        if rng.random() < 0.4:
            step = paint * rng.uniform(0.5, 1.3) if rng.random() < 0.5 else np.full(3, rng.uniform(15, 60))
            panel.box(-side, y + thick, side, y + thick + rng.uniform(0.2, 1.0), step)


def _handle(panel: _Panel, paint: np.ndarray, half: float, rng: np.random.Generator) -> None:
    """A boot's handle or the housing of the plate's lights, above the plate."""
    across = half * rng.uniform(0.35, 1.25)
    thick = rng.uniform(0.12, 0.45)
    low = -0.5 - rng.uniform(0.0, 0.35)
    high = low - thick
    kind = rng.random()
    if kind < 0.4:  # chrome
        colours: tuple[Colour, ...] = tuple(np.full(3, v) for v in (120, 245, 190, 60, 140))
    elif kind < 0.75:
        colours = (paint * 1.2 + 30, paint, paint * 0.6)
    else:
        colours = (np.full(3, 60), np.full(3, 24), np.full(3, 12))
    panel.bar(-across, high, across, low, colours)
    if rng.random() < 0.5:
        # What it throws on the panel below.
        panel.box(-across, low, across, low + rng.uniform(0.03, 0.12), paint * 0.3)
    if rng.random() < 0.6:
        lit = np.array([255, 246, 220]) * rng.uniform(0.5, 1)
        at, size = across * rng.uniform(0.2, 0.8), rng.uniform(0.06, 0.2)
        for x in (-at, at):
            panel.box(x - size, low - 0.06, x + size, low + 0.03, lit)


def _trim(panel: _Panel, rng: np.random.Generator) -> None:
    """A strip of chrome or black plastic across, above or below the plate."""
    thick = rng.uniform(0.05, 0.2)
    y = rng.choice([-1, 1]) * (0.56 + rng.uniform(0, 0.6)) - thick / 2
    tones = (90, 235, 250, 160, 70) if rng.random() < 0.6 else (70, 40, 20)
    panel.bar(-panel.reach[0], y, panel.reach[0], y + thick, [np.full(3, v) for v in tones])


def _beside(panel: _Panel, half: float, rng: np.random.Generator) -> None:
    """A pair to the left and right of the plate: bolts, reflectors, fog lights, parking sensors."""
    x = half + rng.uniform(0.12, 0.9)
    y, size = rng.uniform(-0.5, 0.5), rng.uniform(0.05, 0.3)
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], 1)
    kind = rng.random()
    for side in (-1, 1):
        centre = np.array([side * x, y])
        if kind < 0.4:
            shade = rng.uniform(30, 200)
            panel.shape(circle * size * 0.6 + centre, np.full(3, shade * 0.4))
            panel.shape(circle * size * 0.45 + centre - 0.02, np.full(3, shade))
        else:
            colour = np.array([(190, 20, 24), (240, 150, 30), (235, 235, 240)][int(rng.integers(3))])
            wide = size * rng.uniform(1, 3)
            glass = _rounded(-wide, -size, wide, size, size)
            panel.shape(glass + centre, colour * 0.5)
            panel.shape(glass * [0.8, 0.5] + centre - [0, 0.3 * size], colour)


def _matrix(panel: _Panel, corners: np.ndarray) -> np.ndarray:
    """The homography from a panel's pixels to the picture's, both counted from the middles of pixels."""
    width, height = side_lengths(corners)
    half = np.array([width / height / 2, 0.5])
    plate = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    return homography((plate + panel.reach) * panel.scale - 0.5, corners - 0.5)


def _seen(panel: _Panel, corners: np.ndarray, start: tuple[int, int], size: Sequence[int]) -> np.ndarray:
    """The panel as the camera sees it: the part of `size` (width, height) from pixel `start` (x, y) on."""
    move = np.array([[1, 0, -start[0]], [0, 1, -start[1]], [0, 0, 1]])
    matrix = move @ _matrix(panel, corners)
    return cv2.warpPerspective(panel.picture, matrix, size, borderMode=cv2.BORDER_REPLICATE)


def _mount(picture: np.ndarray, panel: _Panel, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Lays a panel over the picture in the plate's perspective, its edges hard or blended in."""
    whole = np.array([[0, 0], [panel.width, 0], [panel.width, panel.height], [0, panel.height]]) - 0.5
    outline = cv2.perspectiveTransform(whole[None], _matrix(panel, corners))[0]
    # Where the plane nears the horizon the outline runs away: there is no such bodywork.
    if not cv2.isContourConvex(np.clip(outline, -1e5, 1e5).astype(np.float32)):
        return
    plate_height = float(side_lengths(corners)[1])
    soft = round(plate_height * rng.uniform(0.01, 0.35)) if rng.random() < 0.5 else 0
    height, width = picture.shape[:2]
    left, top = (int(v) for v in np.clip(np.floor(outline.min(0)) - soft, 0, (width - 1, height - 1)))
    right, bottom = (
        int(v) for v in np.clip(np.ceil(outline.max(0)) + soft + 1, (left + 1, top + 1), (width, height))
    )
    cover: np.ndarray = np.zeros((bottom - top, right - left), np.uint8)
    points = _curved(outline - (left, top), rng.uniform(0, 0.5) * plate_height)
    cv2.fillPoly(cover, [np.rint(points * 16).astype(np.int32)], int(rng.uniform(215, 256)), cv2.LINE_AA, 4)
    if soft:
        cover = cv2.blur(cover, (2 * soft + 1, 2 * soft + 1))
    paint = _seen(panel, corners, (left, top), (right - left, bottom - top))
    picture[top:bottom, left:right] = blend(paint, picture[top:bottom, left:right], cover)


def _curved(quad: np.ndarray, radius: float) -> np.ndarray:
    """A quadrilateral with its corners cut off `radius` pixels from each."""
    points = []
    for i in range(4):
        for other in (i - 1, (i + 1) % 4):
            side = quad[other] - quad[i]
            points.append(quad[i] + side * min(0.5, radius / max(1.0, float(np.hypot(*side)))))
    return np.array(points)


def match_brightness(
    picture: np.ndarray, corners: np.ndarray, paper: Colour, rng: np.random.Generator
) -> None:
    """Gives what is around the plate at `corners` about the plate's own brightness, on `picture`, in place.

    `paper` is the colour of the plate, 0..255. A white plate on a white car, or a plate in the sun among what
    is as bright, has an edge that hardly shows, and around it all the detail that cars have.
    """
    size = float(side_lengths(corners)[0])
    soft = size * rng.uniform(0.2, 1.0)
    near, mask = _cover(picture, corners, size * rng.uniform((0.7, 0.5), (3.0, 2.0)), soft)
    around, own = near.reshape(-1, 3).mean(0), np.asarray(paper, np.float64)
    if rng.random() < 0.5:  # as bright, in a colour of its own
        own = around + (own.mean() - around.mean())
    wanted, contrast = own * np.exp(rng.normal(-0.05, 0.12)), rng.uniform(0.25, 1.0)
    tones = np.clip(wanted + contrast * (np.arange(256)[:, None] - around), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        picture[:] = cv2.LUT(picture, tones[None])
    else:
        near[:] = blend(cv2.LUT(near, tones[None]), near, mask)


def cast_shade(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Puts the plate at `corners` and the car around it in the shade, on `picture`, in place.

    In a bright picture the camera leaves it dark, and light scattered in the lens makes it flat besides.
    """
    gain, veil = float(np.exp(rng.uniform(np.log(0.12), np.log(0.7)))), rng.uniform(0, 45)
    veil = veil if rng.random() < 0.5 else 0.0
    size = float(side_lengths(corners)[0])
    reach = size * rng.uniform((0.7, 0.5), (3.0, 2.0))
    part, mask = _cover(picture, corners, reach, size * rng.uniform(0.02, 0.5))
    dim = (np.arange(256) * gain + veil * (1 - gain)).astype(np.uint8)
    part[:] = blend(cv2.LUT(part, dim), part, mask)


def _cover(
    picture: np.ndarray, corners: np.ndarray, reach: np.ndarray, soft: float
) -> tuple[np.ndarray, np.ndarray]:
    """The part of a picture, a view, that is so near to the plate at `corners`, and a mask of its size.

    `reach`, (2,), is across and down from the plate's middle, in pixels; around it the mask, uint8, falls
    from 255 to 0 over some `soft` pixels.
    """
    middle, size = corners.mean(0), float(side_lengths(corners)[0])
    height, width = picture.shape[:2]
    left, top = (int(v) for v in np.clip(middle - reach - 2 * soft, 0, (width - 1, height - 1)))
    right, bottom = (int(v) for v in np.clip(middle + reach + 2 * soft + 1, 1, (width, height)))
    part = picture[top:bottom, left:right]
    # Small, as it is smooth: enlarged it costs a third of drawing it at full size.
    scale = min(1.0, 24 / size)
    small = max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))
    cover: np.ndarray = np.zeros(small, np.uint8)
    x, y = (round(v) for v in ((middle - reach - (left, top)) * scale).tolist())
    far, low = (round(v) for v in ((middle + reach - (left, top)) * scale).tolist())
    cover[max(0, y) : max(0, low), max(0, x) : max(0, far)] = 255
    side = 2 * round(soft * scale) + 1
    cover = cv2.blur(cover, (side, side))
    return part, cv2.resize(cover, part.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def occlude(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Draws what stands before a plate's edge on `picture`, in place: a tow ball, a frame's lip, a cable.

    It hides a sliver of the characters at most: a ball or lip reaches 0.16 of the height into the plate.
    """
    aspect = float(np.divide(*side_lengths(corners)))
    outline = np.array([[-aspect / 2, -0.5], [aspect / 2, -0.5], [aspect / 2, 0.5], [-aspect / 2, 0.5]])
    matrix = homography(outline, corners - 0.5)

    def fill(points: np.ndarray, colour: Colour) -> None:
        seen = cv2.perspectiveTransform(points[None].astype(np.float64), matrix)[0]
        cv2.fillPoly(picture, [np.rint(seen * 16).astype(np.int32)], _clipped(colour), cv2.LINE_AA, 4)

    dark = np.full(3, rng.uniform(8, 70))
    kind = rng.random()
    if kind < 0.45:
        size, x = rng.uniform(0.14, 0.3), rng.normal(0, 0.12) * aspect
        y = 0.5 - rng.uniform(0.0, 0.16) + size
        angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
        ball = np.stack([np.cos(angles), np.sin(angles)], 1) * size
        neck = size * rng.uniform(0.4, 0.6)
        fill(np.array([[x - neck, y], [x + neck, y], [x + neck, y + 1], [x - neck, y + 1]]), dark * 0.8)
        fill(ball + np.array([x, y]), dark)
        fill(ball * 0.45 + np.array([x - 0.3 * size, y - 0.35 * size]), dark + rng.uniform(20, 120))
    elif kind < 0.85:
        edge = 0.5 - rng.uniform(0.02, 0.13)
        thick, side = rng.uniform(0.1, 0.3), aspect / 2 * rng.uniform(1.0, 1.15)
        lip = np.array([[-side, edge], [side, edge], [side, edge + thick], [-side, edge + thick]])
        lip *= [1, 1 if rng.random() < 0.4 else -1]
        fill(lip, dark if rng.random() < 0.7 else rng.uniform(60, 240, 3))
    else:
        # An arm or a cable that only crosses a corner.
        side, high = rng.choice([-1, 1], 2)
        foot = np.array([side * (aspect / 2 - rng.uniform(0.05, 0.3)), high * 0.7])
        end = np.array([side * (aspect / 2 + 0.3), high * (0.5 - rng.uniform(0.1, 0.5))])
        half = np.array([0.0, rng.uniform(0.02, 0.06)])
        fill(np.array([foot - half, end - half, end + half, foot + half]), dark)
