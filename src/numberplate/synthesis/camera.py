"""The camera: what light, lens, sensor and file format do to a picture: uint8 (height, width, 3) RGB.

From `shadow` on all but `infrared` and `chromatic` take a grey picture, (height, width), as well. Each step
returns a new picture and leaves the one it was given. `photograph` takes them in the order in which they
happen; docs/realism.md shows each of them.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from numberplate.pictures.encode import encode
from numberplate.plates.shares import Shares
from numberplate.synthesis.paint import shade


@dataclass(frozen=True)
class Chances:
    """How often `photograph` takes each step, 0..1; with all of them at 0 it takes none.

    Of soft, defocus and motion it takes one at most: together they sum to no more than 1.
    """

    extremes: float = 0.17
    """Share of pictures taken badly: too dark or burnt out, much blurred, squeezed to little. Training may
    begin with more of them and end on what the world looks like."""
    light: float = 1.0
    shadow: float = 0.15
    glare: float = 0.04
    chromatic: float = 0.12
    scatter: float = 0.8
    soft: float = 0.25
    defocus: float = 0.1
    motion: float = 0.1
    interlace: float = 0.02
    shrink: float = 0.15
    noise: float = 0.85
    stretch: float = 0.8
    sharpen: float = 0.65
    compress: float = 0.7
    compress_again: float = 0.3
    """Of the pictures that were compressed once."""
    grey: float = 0.1
    averaged: float = 0.0
    """Instead of all from soft on: as the mean of a video's frames is."""


DEFAULT_CHANCES = Chances()

_DOWN = {cv2.INTER_AREA: 0.6, cv2.INTER_LINEAR: 0.28, cv2.INTER_CUBIC: 0.1}
# Dropping pixels breaks strokes up: only where few are dropped.
_SHRUNK_LITTLE = Shares({**_DOWN, cv2.INTER_NEAREST: 0.02})
_SHRUNK_MUCH = Shares(_DOWN)
_ENLARGED = Shares(
    {cv2.INTER_LINEAR: 0.5, cv2.INTER_CUBIC: 0.3, cv2.INTER_LANCZOS4: 0.17, cv2.INTER_NEAREST: 0.03}
)

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)


@dataclass(frozen=True)
class Flash:
    """A lamp beside the camera, at dusk or at night: plates shine, and the rest is dark."""

    surroundings: float
    """Share of its light that the rest keeps: 0.06 at night to 0.7 at dusk."""
    plate: float
    """Gain of what is light on a plate, 1..1.5."""
    infrared: bool
    """A night camera's invisible lamp: the picture is grey."""
    bloom: float
    """How far light spills from what is white, in heights of a letter, 0..0.5."""


def random_flash(rng: np.random.Generator) -> Flash:
    """From dusk to dark, with a flash, headlamps or an infra-red lamp."""
    return Flash(
        surroundings=float(np.exp(rng.uniform(np.log(0.06), np.log(0.7)))),
        plate=float(rng.uniform(1.0, 1.5)),
        infrared=bool(rng.random() < 0.5),
        bloom=float(rng.uniform(0, 0.5)) if rng.random() < 0.6 else 0.0,
    )


def darken(picture: np.ndarray, gain: float) -> np.ndarray:
    """What no lamp lights: all but a share `gain`, 0..1, of the light is gone."""
    return cv2.LUT(picture, (np.arange(256) * gain).astype(np.uint8))


def rolling_shutter(corners: np.ndarray, shear: float) -> np.ndarray:
    """Corners (4, 2) of what moves to the side while the sensor reads row after row: it leans.

    `shear`, -0.3..0.3: pixels to the side for each row.
    """
    leant = corners.copy()
    leant[:, 0] += shear * (corners[:, 1] - corners[:, 1].mean())
    return leant


def metered(picture: np.ndarray, rng: np.random.Generator) -> float:
    """The gain by which a camera exposes that meters: towards a middle grey, sparing what is light.

    It meters all that it sees, of which the picture may be a small part: so it goes a part of the way.
    """
    some = picture[1::3, 1::3].reshape(-1, picture.shape[2]) @ _LUMA[0]
    wanted = 115 * float(np.exp(rng.normal(0, 0.2)))
    gain = (wanted / max(4.0, float(some.mean()))) ** rng.uniform(0.3, 1)
    lightest = max(16.0, float(np.partition(some, int(0.97 * some.size))[int(0.97 * some.size)]))
    return float(min(max(gain, 0.4), 2.5, 320 * np.exp(rng.normal(0, 0.25)) / lightest))


def light(
    picture: np.ndarray, rng: np.random.Generator, gain: float = 1.0, astray: float = 1.0
) -> np.ndarray:
    """Exposure by `gain` (below 1 darker, above it brighter), with a random gamma, lift and cast of colour.

    `astray`, 0..1: how far these are off, and how hard what is too light is cut off in place of fading out.
    """
    gamma = float(np.exp(rng.normal(0, 0.1 + 0.2 * astray)))
    # The darkest ink mirrors some of the sky, and a lens scatters light: black is seldom black.
    veil = float(np.exp(rng.uniform(np.log(0.0005), np.log(0.04))))
    lift = rng.uniform(0, 70) if rng.random() < 0.3 * astray else 0.0
    cast = np.minimum(np.maximum(rng.normal(1, 0.06, 3), 0.8), 1.2)
    linear = (np.arange(256, dtype=np.float32) / 255) ** (2.2 * gamma)
    ramp = ((linear + veil) / (1 + veil)) ** (1 / 2.2)
    table = ramp[:, None] * gain * cast
    knee = 0.93 + 0.07 * astray
    if knee < 1:
        # Cameras' tone curves bend where it grows light.
        over = np.maximum(table - knee, 0)
        table = np.minimum(table, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))
    levels = np.minimum(table * (255 - lift) + lift, 255).astype(np.uint8)
    return cv2.LUT(picture, levels[None])


def shadow(picture: np.ndarray, rng: np.random.Generator, darkness: float) -> np.ndarray:
    """The edge of a cast shadow, a post's stripe or the mottle of leaves.

    `darkness`: share of the light that is missing in it, 0..0.8.
    """
    height, width = picture.shape[:2]
    mask: np.ndarray = np.zeros((height, width), np.uint8)
    size = float(np.hypot(height, width))
    kind = rng.random()
    if kind < 0.8:
        angle = rng.uniform(0, 2 * np.pi)
        along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
        edge = rng.uniform(0.2, 0.8, 2) * (width, height)
        thick = size * 2 if kind < 0.6 else min(height, width) * rng.uniform(0.1, 0.5)
        strip = [edge - size * along, edge + size * along]
        strip += [strip[1] + thick * across, strip[0] + thick * across]
        cv2.fillPoly(mask, [(np.array(strip) * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    else:
        for _ in range(int(rng.integers(3, 16))):
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            axes = rng.uniform(0.03, 0.3, 2) * min(height, width) + 1
            turn = rng.uniform(0, 180)
            cv2.ellipse(mask, ((x, y), (2 * axes[0], 2 * axes[1]), turn), 255, -1, cv2.LINE_AA)
    # Two box blurs: as fast however wide the penumbra is.
    soft = float(np.exp(rng.uniform(np.log(0.01), np.log(0.3)))) * min(height, width)
    side = 2 * round(soft) + 1
    if side > 1:
        mask = cv2.blur(cv2.blur(mask, (side, side)), (side, side))
    factor = cv2.LUT(mask, (255 - darkness * np.arange(256)).round().astype(np.uint8))
    return shade(picture, factor)


def glare(picture: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """The blurred image of the sun or a lamp on what shines: pales a spot by `strength`, 0..0.8, at most."""
    height, width = picture.shape[:2]
    rows, columns = max(2, height // 4), max(2, width // 4)
    x, y = rng.uniform(0, 1, 2) * (columns, rows)
    reach = rng.uniform(0.1, 0.5) * rows
    stretch = rng.uniform(1, 3)
    across = ((np.arange(columns, dtype=np.float32) - x) / (reach * stretch)) ** 2
    down = ((np.arange(rows, dtype=np.float32) - y) / reach) ** 2
    spot = np.exp(-across)[None] * np.exp(-down)[:, None]
    dark = (255 - 255 * strength * spot).astype(np.uint8)
    dark = cv2.resize(dark, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.bitwise_not(shade(cv2.bitwise_not(picture), dark))


def bloom(picture: np.ndarray, rng: np.random.Generator, reach: float, strength: float = 0.6) -> np.ndarray:
    """Light of what is nearly white spills over `reach` pixels around it; `strength` 0..1."""
    height, width = picture.shape[:2]
    table = np.maximum(np.arange(256) - 190, 0) * (255 / 65) * strength * rng.uniform(0.7, 1)
    bright = cv2.LUT(picture, np.minimum(table, 255).astype(np.uint8))
    small = (max(1, width // 2), max(1, height // 2))
    side = 2 * max(1, round(reach / 3)) + 1
    spilt = cv2.resize(bright, small, interpolation=cv2.INTER_AREA)
    spilt = cv2.blur(cv2.blur(spilt, (side, side)), (side, side))
    return cv2.add(picture, cv2.resize(spilt, (width, height), interpolation=cv2.INTER_LINEAR))


def infrared(picture: np.ndarray, rng: np.random.Generator, falloff: float) -> np.ndarray:
    """A night camera's own lamp: grey, with the light falling off by `falloff`, 0..0.9, at the edges."""
    height, width = picture.shape[:2]
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    x, y = rng.uniform(0.3, 0.7, 2)
    across = (np.linspace(0, 1, 33, dtype=np.float32) - x) ** 2
    down = (np.linspace(0, 1, 33, dtype=np.float32) - y) ** 2
    lamp = np.maximum(255 - falloff * 255 * 2 * (across[None] + down[:, None]), 20).astype(np.uint8)
    lit = cv2.multiply(grey, cv2.resize(lamp, (width, height), interpolation=cv2.INTER_LINEAR), scale=1 / 255)
    return cv2.cvtColor(lit, cv2.COLOR_GRAY2RGB)


def chromatic(picture: np.ndarray, rng: np.random.Generator, shift: float) -> np.ndarray:
    """A lens that breaks colours unlike: red moves by `shift` pixels, blue as far the other way."""
    height, width = picture.shape[:2]
    angle = rng.uniform(0, 2 * np.pi)
    dx, dy = shift * np.cos(angle), shift * np.sin(angle)
    red, green, blue = cv2.split(picture)
    moved = [
        cv2.warpAffine(
            channel,
            np.array([[1, 0, sign * dx], [0, 1, sign * dy]]),
            (width, height),
            borderMode=cv2.BORDER_REPLICATE,
        )
        for channel, sign in ((red, 1), (blue, -1))
    ]
    return cv2.merge([moved[0], green, moved[1]])


def scatter(picture: np.ndarray, reach: float, share: float) -> np.ndarray:
    """Light that a lens leads astray: a `share` of it, 0..0.6, lands within `reach` pixels.

    Edges stay as steep as they were but for their contrast, on a skirt of what is around.
    """
    side = 2 * max(1, round(reach / 2)) + 1
    astray = cv2.blur(cv2.blur(picture, (side, side)), (side, side))
    return cv2.addWeighted(picture, 1 - share, astray, share, 0)


def soften(picture: np.ndarray, radius: float) -> np.ndarray:
    """A soft lens: a Gaussian of `radius` pixels."""
    return cv2.GaussianBlur(picture, (0, 0), max(0.25, 0.7 * radius))


def defocus(picture: np.ndarray, radius: float) -> np.ndarray:
    """Out of focus: each point becomes a disc of `radius` pixels."""
    centre = max(1, int(np.ceil(radius)))
    side = np.arange(-centre, centre + 1, dtype=np.float32)
    kernel = np.minimum(np.maximum(np.float32(radius + 0.5) - np.hypot(side, side[:, None]), 0), 1)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def motion(picture: np.ndarray, length: float, angle: float) -> np.ndarray:
    """What moves while the shutter is open: a streak of `length` pixels along `angle` (0: to the side)."""
    reach = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    across, down = (max(1, int(np.ceil(abs(r)))) for r in reach)
    kernel = np.zeros((2 * down + 1, 2 * across + 1), np.float32)
    for t in np.linspace(-1, 1, 8 * max(across, down) + 1):
        kernel[round(down + t * reach[1]), round(across + t * reach[0])] += 1
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def interlace(picture: np.ndarray, shift: int) -> np.ndarray:
    """Two half pictures, taken one after the other: every other row is `shift` pixels further right."""
    combed = picture.copy()
    width = picture.shape[1]
    shift = int(np.clip(shift, 1 - width, width - 1))
    if shift > 0:
        combed[1::2, shift:] = picture[1::2, : width - shift]
    elif shift < 0:
        combed[1::2, :shift] = picture[1::2, -shift:]
    return combed


def shrink(picture: np.ndarray, rng: np.random.Generator, factor: float) -> np.ndarray:
    """Lost resolution: down by `factor`, 1..3, and up again, with the resamplers of real software."""
    height, width = picture.shape[:2]
    small = (max(4, round(width / factor)), max(4, round(height / factor)))
    downs = _SHRUNK_LITTLE if factor < 1.5 else _SHRUNK_MUCH
    down = cv2.resize(picture, small, interpolation=downs.draw(rng))
    return cv2.resize(down, (width, height), interpolation=_ENLARGED.draw(rng))


def noise(
    picture: np.ndarray, rng: np.random.Generator, deviation: float, shot: float = 0.0, gain: float = 1.0
) -> np.ndarray:
    """The sensor's noise, `deviation` in grey levels at mid-grey for an exposure of `gain` 1.

    `shot`, 0..1, is the share of its variance that counts photons and grows with the light; the rest is the
    same everywhere. A camera that had less light (`gain` < 1) amplifies more: the deviation grows with
    gain ** -0.4. Sometimes all channels have the same noise, and sometimes it is blotched, as where a camera
    has smoothed it.
    """
    height, width = picture.shape[:2]
    tile = _grain(bool(rng.random() < 0.5), bool(rng.random() < 0.25), picture.ndim == 2)
    y, x = (int(rng.integers(max(1, a - b + 1))) for a, b in zip(tile.shape, (height, width), strict=False))
    more = [max(0, b - a) for a, b in zip(tile.shape, (height, width), strict=False)]
    if any(more):
        tile = cv2.copyMakeBorder(tile, 0, more[0], 0, more[1], cv2.BORDER_WRAP)
    levels = np.arange(256, dtype=np.float32) / 128
    table = np.float32(deviation * gain**-0.4) * np.sqrt(1 - shot + shot * levels)
    spread = cv2.LUT(picture, table.astype(np.float32))
    grain = cv2.multiply(spread, tile[y : y + height, x : x + width])
    return cv2.add(picture, grain, dtype=cv2.CV_8U)


@cache
def _grain(coloured: bool, blotched: bool, grey: bool) -> np.ndarray:
    """Noise of deviation 1, of which each picture gets a part: drawing it anew costs more than the rest.

    A `grey` picture gets the luma of it, which deviates less than 1 where the noise is coloured.
    """
    if grey:
        return np.ascontiguousarray(cv2.transform(_grain(coloured, blotched, False), _LUMA))
    shape = (640, 768, 3 if coloured else 1)
    tile: np.ndarray = np.random.default_rng(35).standard_normal(shape, dtype=np.float32)
    tile = tile if coloured else cv2.merge([tile] * 3)
    if blotched:
        tile = cv2.GaussianBlur(tile, (0, 0), 0.8)
        tile = tile / tile.std()
    return tile


def stretch(picture: np.ndarray, share: float, lights: float = 0.0) -> np.ndarray:
    """A camera's black point: what scattered light has lifted is pulled down, by a `share` of it, 0..1.

    What is light stays as it is, or with `lights`, 0..1, is brought so much nearer to white, as where the
    levels are set automatically.
    """
    some = picture[1::3, 1::3]
    some = some.ravel() if picture.ndim == 2 else (some @ _LUMA[0]).ravel()
    low, high = (int(part * some.size) for part in (0.01, 0.98))
    ordered = np.partition(some, (low, high))
    black = share * float(ordered[low])
    white = 255 - lights * (255 - float(ordered[high]))
    # Hardly any contrast is left as it is: there stretching would show little but noise.
    levels = (np.arange(256, dtype=np.float32) - black) * (255 / max(white - black, 55))
    return cv2.LUT(picture, np.minimum(np.maximum(levels, 0), 255).astype(np.uint8))


def sharpen(picture: np.ndarray, rng: np.random.Generator, amount: float, reach: float = 1.0) -> np.ndarray:
    """The halo that cameras' own sharpening leaves at edges, about `reach` pixels wide; `amount` 0..2."""
    soft = cv2.GaussianBlur(picture, (0, 0), reach * rng.uniform(0.6, 1.8))
    return cv2.addWeighted(picture, 1 + amount, soft, -amount, 0)


def compress(picture: np.ndarray, quality: int, shift: tuple[int, int] = (0, 0)) -> np.ndarray:
    """One pass through JPEG of `quality` 1..100, its blocks `shift` pixels off: 0..7 right and down."""
    height, width = picture.shape[:2]
    x, y = shift
    if x or y:
        picture = cv2.copyMakeBorder(picture, y, 0, x, 0, cv2.BORDER_REPLICATE)
    how = cv2.IMREAD_GRAYSCALE if picture.ndim == 2 else cv2.IMREAD_COLOR_RGB
    decoded = np.asarray(cv2.imdecode(np.frombuffer(encode(picture, quality=quality), np.uint8), how))
    return np.ascontiguousarray(decoded[y : y + height, x : x + width]) if x or y else decoded


def photograph(
    picture: np.ndarray,
    rng: np.random.Generator,
    detail: float,
    chances: Chances = DEFAULT_CHANCES,
    flash: Flash | None = None,
    grey: bool = False,
) -> np.ndarray:
    """A picture as a random camera would have taken it, or its luma alone, (height, width), if `grey`.

    `detail` is the height in pixels of the smallest thing that should still be read: blur and lost resolution
    keep in proportion to it. Under a `flash`, which the plates in the picture already reflect, there are no
    shadow and no glare.

    The luma is that of the coloured picture but for rounding and for coloured noise, which follows each
    channel's light: what comes after light, bloom and the lens's colours commutes with taking it. On one
    channel it takes half the time.
    """
    happens = {name: rng.random() < chance for name, chance in vars(chances).items()}
    badly = happens["extremes"]
    if badly:
        gain = float(rng.uniform(0.25, 1.0) if rng.random() < 0.5 else rng.uniform(0.9, 1.6))
    else:
        gain = metered(picture, rng)
    picture = picture.copy() if not happens["light"] else light(picture, rng, gain, float(badly))
    if flash is not None:
        if flash.infrared:
            picture = infrared(picture, rng, float(rng.uniform(0, 0.5)))
        if flash.bloom:
            picture = bloom(picture, rng, flash.bloom * detail)
    if grey and not happens["chromatic"]:
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    if flash is None:
        if happens["shadow"]:
            picture = shadow(picture, rng, float(rng.uniform(0.2, 0.65)))
        if happens["glare"]:
            picture = glare(picture, rng, float(rng.uniform(0.2, 0.7)))
    if happens["chromatic"]:
        picture = chromatic(picture, rng, float(rng.uniform(0.01, 0.05)) * detail)
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if grey else picture
    if happens["scatter"]:
        reach = max(3.0, detail * float(np.exp(rng.uniform(np.log(0.06), np.log(0.4)))))
        picture = scatter(picture, reach, float(rng.uniform(0, 0.45)))
    if happens["averaged"]:
        # Much blurred, but hardly noisy, so that it bears sharpening.
        picture = soften(picture, detail * float(rng.uniform(0.04, 0.17)))
        picture = noise(picture, rng, float(rng.uniform(0.5, 3)), 0.5)
        return sharpen(picture, rng, float(rng.uniform(0, 2)))
    radius = detail * float(rng.uniform(0.04, 0.1) if badly else rng.uniform(0.005, 0.045))
    blur = rng.random()
    if blur < chances.soft + chances.defocus + chances.motion:
        if blur < chances.soft or radius < 0.6:
            picture = soften(picture, radius)
        elif blur < chances.soft + chances.defocus:
            picture = defocus(picture, radius)
        else:
            # Cars move level before most cameras.
            angle = rng.uniform(0, np.pi) if rng.random() < 0.5 else rng.normal(0, 0.15)
            picture = motion(picture, 2 * radius, float(angle))
    if happens["interlace"] and detail > 12:
        comb = max(1, round(detail * rng.uniform(0.02, 0.08)))
        picture = interlace(picture, comb if rng.random() < 0.5 else -comb)
    if happens["shrink"]:
        picture = shrink(picture, rng, float(rng.uniform(1.1, max(1.2, min(2.6, detail / 9)))))
    if happens["noise"]:
        deviation = float(rng.exponential(5.0 if badly else 1.1) + 0.2)
        picture = noise(picture, rng, deviation, float(rng.uniform(0, 0.9)), min(1.0, gain))
    if happens["stretch"]:
        lights = float(rng.uniform(0, 1)) if rng.random() < 0.3 else 0.0
        picture = stretch(picture, float(rng.uniform(0, 1)), lights)
    if happens["sharpen"]:
        # What is small in a picture was larger on the sensor: scaling down sharpens once more.
        most = 0.7 + 0.8 * min(max(1.5 - detail / 40, 0.0), 1.0)
        picture = sharpen(picture, rng, float(rng.uniform(0.05, most)), min(max(detail / 26, 0.8), 4.0))
    if happens["grey"] and not grey:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if happens["compress"]:
        picture = compress(picture, int(rng.integers(20, 70) if badly else rng.integers(76, 98)))
        if happens["compress_again"]:
            x, y = (int(v) for v in rng.integers(0, 8, 2))
            picture = compress(picture, int(rng.integers(55 if badly else 75, 97)), (x, y))
    return picture
