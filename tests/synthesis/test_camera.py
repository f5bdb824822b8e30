from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.synthesis.camera import (
    Chances,
    Flash,
    bloom,
    chromatic,
    compress,
    darken,
    defocus,
    glare,
    infrared,
    interlace,
    light,
    metered,
    motion,
    noise,
    photograph,
    random_flash,
    rolling_shutter,
    scatter,
    shadow,
    sharpen,
    shrink,
    soften,
    stretch,
)

Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]

NEVER = Chances(**dict.fromkeys(vars(Chances()), 0.0))

STEPS: dict[str, Step] = {
    "light": light,
    "shadow": lambda picture, rng: shadow(picture, rng, 0.6),
    "glare": lambda picture, rng: glare(picture, rng, 0.7),
    "darken": lambda picture, rng: darken(picture, 0.3),
    "bloom": lambda picture, rng: bloom(picture, rng, 4.0),
    "infrared": lambda picture, rng: infrared(picture, rng, 0.5),
    "chromatic": lambda picture, rng: chromatic(picture, rng, 1.3),
    "soften": lambda picture, rng: soften(picture, 1.5),
    "soften by nothing": lambda picture, rng: soften(picture, 0.0),
    "defocus": lambda picture, rng: defocus(picture, 2.5),
    "motion": lambda picture, rng: motion(picture, 5.0, 0.4),
    "motion by nothing": lambda picture, rng: motion(picture, 0.0, 0.4),
    "interlace": lambda picture, rng: interlace(picture, 2),
    "interlace far": lambda picture, rng: interlace(picture, -100),
    "shrink": lambda picture, rng: shrink(picture, rng, 2.3),
    "scatter": lambda picture, rng: scatter(picture, 5.0, 0.5),
    "stretch": lambda picture, rng: stretch(picture, 0.9),
    "noise": lambda picture, rng: noise(picture, rng, 8.0, shot=0.5),
    "sharpen": lambda picture, rng: sharpen(picture, rng, 1.0),
    "compress": lambda picture, rng: compress(picture, 60),
    "compress again": lambda picture, rng: compress(picture, 60, (3, 7)),
    "photograph": lambda picture, rng: photograph(picture, rng, 18.0),
    "photograph at night": lambda picture, rng: photograph(picture, rng, 18.0, flash=random_flash(rng)),
    "photograph without any step": lambda picture, rng: photograph(picture, rng, 18.0, NEVER),
}

SIZES = [(48, 64), (31, 57), (5, 4)]
"""Height and width; odd ones, and one smaller than any kernel."""


def frozen(height: int, width: int) -> np.ndarray:
    """A picture that cannot be written to: a square on a gradient."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = np.linspace(30, 200, width)[:, None]
    picture[height // 4 : height // 2, width // 4 : width // 2] = (250, 40, 90)
    picture.setflags(write=False)
    return picture


@pytest.mark.parametrize("name", STEPS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.sampled_from(SIZES))
def test_each_step_keeps_shape_and_type_and_leaves_its_input(
    name: str, seed: int, size: tuple[int, int]
) -> None:
    picture = frozen(*size)
    before = picture.copy()
    taken = STEPS[name](picture, np.random.default_rng(seed))
    assert taken.shape == picture.shape
    assert taken.dtype == np.uint8
    assert (picture == before).all()
    assert not np.shares_memory(taken, picture)
    again = STEPS[name](picture, np.random.default_rng(seed))
    assert (again == taken).all()  # all of the randomness comes from the generator


def detail(of: np.ndarray, axis: int = 1) -> float:
    """Mean step between neighbouring pixels along an axis."""
    return float(np.abs(np.diff(of.astype(float), axis=axis)).mean())


def test_what_blurs_and_what_sharpens() -> None:
    rng = np.random.default_rng(0)
    picture = frozen(48, 64)
    for blurred in (soften(picture, 3.0), defocus(picture, 3.0), motion(picture, 6.0, 0.0)):
        assert detail(blurred) < 0.95 * detail(picture)
    assert detail(sharpen(picture, rng, 1.0)) > detail(picture)
    assert detail(soften(picture, 6.0)) < detail(soften(picture, 3.0))


def test_motion_keeps_what_lies_along_it() -> None:
    stripes = np.zeros((48, 64, 3), np.uint8)
    stripes[::4] = 255
    assert (motion(stripes, 7.0, 0.0) == stripes).all()
    assert detail(motion(stripes, 7.0, np.pi / 2), 0) < 0.5 * detail(stripes, 0)


def test_noise_grows_with_the_light_by_its_share_of_shot_noise_and_in_the_dark_by_amplification() -> None:
    def spread(grey: int, shot: float, gain: float = 1.0) -> float:
        flat = np.full((160, 200, 3), grey, np.uint8)
        return float(noise(flat, np.random.default_rng(3), 8.0, shot, gain).std())

    assert 7 < spread(128, 0.0) < 9
    assert 7 < spread(128, 0.9) < 9
    assert abs(spread(50, 0.0) - spread(200, 0.0)) < 0.5
    assert spread(200, 0.9) > 1.5 * spread(50, 0.9)
    assert spread(128, 0.5, gain=0.3) > 1.4 * spread(128, 0.5)


def test_noise_of_a_picture_larger_than_its_table() -> None:
    flat = np.full((700, 900, 3), 120, np.uint8)
    assert 7 < noise(flat, np.random.default_rng(0), 8.0)[600:, 800:].std() < 9


@pytest.mark.parametrize("seed", range(12))
def test_a_shadow_only_darkens_and_glare_and_bloom_only_brighten(seed: int) -> None:
    rng = np.random.default_rng(seed)
    flat = np.full((48, 64, 3), 120, np.uint8)
    dark = shadow(flat, rng, 0.6)
    assert (dark <= flat).all()
    assert dark.min() >= 0.4 * 120 - 2
    assert (shadow(flat, rng, 0.0) == flat).all()
    spot = glare(flat, rng, 0.7)
    assert (spot >= flat).all()
    assert spot.max() <= 120 + 0.7 * 135 + 2
    lamp = flat.copy()
    lamp[20:28, 20:40] = 255
    spilt = bloom(lamp, rng, 6.0)
    assert (spilt >= lamp).all()
    assert spilt[18, 30, 0] > 125
    assert (bloom(flat, rng, 6.0) == flat).all()  # nothing is nearly white


def test_shadows_darken_much_and_little() -> None:
    flat = np.full((48, 64, 3), 120, np.uint8)
    means = [shadow(flat, np.random.default_rng(seed), 0.6).mean() for seed in range(30)]
    assert min(means) < 85
    assert max(means) > 105


def test_infrared_is_grey_and_falls_off() -> None:
    grey = infrared(np.full((48, 64, 3), (200, 60, 90), np.uint8), np.random.default_rng(0), 0.5)
    assert (grey == grey[..., :1]).all()
    assert grey[24, 32, 0] > grey[[0, 0, -1, -1], [0, -1, 0, -1], 0].min() + 10


def test_chromatic_moves_red_and_blue_apart() -> None:
    edge = np.zeros((20, 40, 3), np.uint8)
    edge[:, 20:] = 240
    for seed in range(8):
        red, green, blue = np.moveaxis(chromatic(edge, np.random.default_rng(seed), 2.0).astype(int), -1, 0)
        assert (green == edge[..., 1]).all()
        # What one channel gains on the green one at the edge, the other loses.
        assert abs((red - green).sum() + (blue - green).sum()) < 0.1 * max(1, np.abs(red - green).sum()) + 200


def test_interlacing_moves_every_other_row() -> None:
    picture = frozen(48, 64)
    for shift in (3, -3):
        combed = interlace(picture, shift)
        assert (combed[::2] == picture[::2]).all()
        assert (combed[1::2, 10:50] == picture[1::2, 10 - shift : 50 - shift]).all()
    assert (interlace(picture, 0) == picture).all()


def test_a_rolling_shutter_shears() -> None:
    corners = np.array([[10, 20], [110, 20], [110, 50], [10, 50]], np.float32)
    leant = rolling_shutter(corners, 0.2)
    assert (corners == [[10, 20], [110, 20], [110, 50], [10, 50]]).all()
    assert leant[:, 1].tolist() == corners[:, 1].tolist()
    assert np.allclose(leant.mean(0), corners.mean(0))
    assert np.allclose(leant[:, 0], [7, 107, 113, 13])


def test_jpeg_of_less_quality_loses_more() -> None:
    picture = noise(frozen(48, 64), np.random.default_rng(0), 6.0)
    losses = [np.abs(compress(picture, q).astype(int) - picture).mean() for q in (95, 60, 20)]
    assert losses[0] < losses[1] < losses[2]
    # Red stays red: its channels are not taken for one another.
    red = np.full((32, 32, 3), (220, 20, 30), np.uint8)
    assert np.abs(compress(red, 90).astype(int) - red).max() < 8


def test_flashes_keep_the_ranges_that_they_promise() -> None:
    rng = np.random.default_rng(0)
    flashes = [random_flash(rng) for _ in range(200)]
    assert all(0.06 <= f.surroundings <= 0.7 and 1 <= f.plate <= 1.5 and 0 <= f.bloom <= 0.5 for f in flashes)
    assert 50 < sum(f.infrared for f in flashes) < 150


def test_a_night_camera_sees_grey() -> None:
    flash = Flash(surroundings=0.2, plate=1.3, infrared=True, bloom=0.2)
    taken = photograph(frozen(48, 64), np.random.default_rng(0), 18.0, replace(NEVER, light=0), flash)
    assert (taken == taken[..., :1]).all()


def test_chances_are_kept() -> None:
    picture = frozen(48, 64)
    assert (photograph(picture, np.random.default_rng(0), 18.0, NEVER) == picture).all()
    for name in vars(NEVER):
        if name in ("extremes", "compress_again"):  # how strong the others are; only after the first
            continue
        always = replace(NEVER, **{name: 1.0})
        changed = [
            (photograph(picture, np.random.default_rng(seed), 30.0, always) != picture).any()
            for seed in range(4)
        ]
        assert any(changed), name


def test_scattered_light_keeps_the_mean_and_takes_contrast() -> None:
    edge = np.full((40, 80), 60, np.uint8)
    edge[:, 40:] = 200
    seen = scatter(edge, 8.0, 0.4).astype(int)
    assert abs(seen.mean() - edge.mean()) < 1
    assert seen[20, 39] > 60 + 15
    assert seen[20, 40] < 200 - 15
    assert seen[20, 40] - seen[20, 39] > 0.5 * 140  # as steep as before, but for what went astray
    assert seen[20, 2] == 60
    assert (scatter(edge, 8.0, 0.0) == edge).all()


def test_a_black_point_pulls_down_what_is_dark_and_keeps_white() -> None:
    hazy = np.linspace(80, 255, 64, dtype=np.uint8)[None].repeat(48, 0)
    clear = stretch(hazy, 1.0).astype(int)
    assert clear.min() < 8
    assert clear.max() == 255
    assert (np.diff(clear[0]) >= 0).all()
    assert 35 < stretch(hazy, 0.5).min() < 50
    assert (stretch(hazy, 0.0) == hazy).all()
    dim = np.linspace(40, 150, 64, dtype=np.uint8)[None].repeat(48, 0)
    assert stretch(dim, 0.0, 1.0).max() == 255
    assert 180 < stretch(dim, 0.0, 0.5).max() < 215
    assert stretch(np.full((20, 20), 100, np.uint8), 1.0).max() == 0  # hardly a picture, and no error


def test_metering_brings_dark_and_light_pictures_together_and_spares_what_is_light() -> None:
    def means(grey: int) -> list[float]:
        flat = np.full((48, 64, 3), grey, np.uint8)
        generators = (np.random.default_rng(seed) for seed in range(40))
        return [light(flat, rng, metered(flat, rng), 0.0).mean() for rng in generators]

    dark, pale = np.mean(means(40)), np.mean(means(235))
    assert 60 < dark < 110
    assert 110 < pale < 200
    lamp = np.full((48, 64, 3), 60, np.uint8)
    lamp[:10] = 250
    spared = [metered(lamp, np.random.default_rng(seed)) for seed in range(40)]
    lamp[:10] = 60
    assert np.mean(spared) < np.mean([metered(lamp, np.random.default_rng(seed)) for seed in range(40)])


def test_extremes_are_darker_lighter_and_more_blurred() -> None:
    rng = np.random.default_rng(2)
    picture = cv2.resize(rng.integers(40, 216, (24, 32, 3), np.uint8), (128, 96))

    def taken(share: float) -> list[np.ndarray]:
        chances = Chances(
            extremes=share, soft=0.4, defocus=0.3, motion=0.3, shrink=0.0, noise=0.0, sharpen=0.0
        )
        return [photograph(picture, np.random.default_rng(s), 30.0, chances, grey=True) for s in range(60)]

    bad, good = taken(1.0), taken(0.0)
    assert np.std([p.mean() for p in bad]) > 1.5 * np.std([p.mean() for p in good])
    contrast = [float(np.median([detail(p) / max(1.0, p.std()) for p in side])) for side in (bad, good)]
    assert contrast[0] < contrast[1]


def test_photographs_differ() -> None:
    picture = frozen(48, 64)
    taken = [photograph(picture, np.random.default_rng(seed), 18.0) for seed in range(20)]
    assert len({t.tobytes() for t in taken}) == 20
    assert np.std([t.mean() for t in taken]) > 5  # dark ones and light ones


@pytest.mark.parametrize("flash", [None, Flash(surroundings=0.5, plate=1.3, infrared=False, bloom=0.3)])
@pytest.mark.parametrize("seed", range(12))
def test_a_grey_photograph_is_the_luma_of_the_coloured_one(seed: int, flash: Flash | None) -> None:
    rng = np.random.default_rng(seed)
    colours = cv2.resize(rng.integers(40, 216, (6, 8, 3), np.uint8), (128, 96))
    # What a black point cuts off in one channel alone does not commute.
    chances = replace(Chances(), noise=0.0, stretch=0.0, compress=seed % 2)
    coloured = photograph(colours, np.random.default_rng(seed), 18.0, chances, flash)
    grey = photograph(colours, np.random.default_rng(seed), 18.0, chances, flash, grey=True)
    assert grey.shape == (96, 128)
    away = np.abs(grey.astype(int) - cv2.cvtColor(coloured, cv2.COLOR_RGB2GRAY))
    assert away.mean() < 1.5
    assert np.quantile(away, 0.99) < 8


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_a_grey_picture_is_as_strong_as_its_luma_in_colour(seed: int) -> None:
    flat = np.full((300, 400, 3), 128, np.uint8)
    coloured = cv2.cvtColor(noise(flat, np.random.default_rng(seed), 9.0, 0.5), cv2.COLOR_RGB2GRAY)
    grey = noise(flat[..., 0], np.random.default_rng(seed), 9.0, 0.5)
    assert grey.std() == pytest.approx(coloured.std(), rel=0.03)
