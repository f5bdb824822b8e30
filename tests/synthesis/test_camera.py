from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.synthesis.camera import blur, compress, light, noise, photograph, shadow, sharpen, shrink

Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]

STEPS: dict[str, Step] = {
    "light": light,
    "shadow": shadow,
    "blur": lambda picture, rng: blur(picture, rng, 2.5),
    "blur by nothing": lambda picture, rng: blur(picture, rng, 0.0),
    "shrink": lambda picture, rng: shrink(picture, rng, 2.3),
    "noise": lambda picture, rng: noise(picture, rng, 8.0),
    "sharpen": sharpen,
    "compress": compress,
    "photograph": lambda picture, rng: photograph(picture, rng, 18.0),
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


def test_steps_do_what_they_are_called() -> None:
    rng = np.random.default_rng(0)
    picture = frozen(48, 64)

    def detail(of: np.ndarray) -> float:
        return float(np.abs(np.diff(of.astype(float), axis=1)).mean())

    assert detail(blur(picture, rng, 3.0)) < detail(picture)
    assert detail(sharpen(picture, rng)) > detail(picture)
    flat = np.full((48, 64, 3), 120, np.uint8)
    assert 4 < noise(flat, rng, 8.0).std() < 12
    darker = shadow(flat, rng)
    assert (darker <= flat).all()
    assert darker.min() < 0.85 * 120


def test_photographs_differ() -> None:
    picture = frozen(48, 64)
    taken = [photograph(picture, np.random.default_rng(seed), 18.0) for seed in range(20)]
    assert len({t.tobytes() for t in taken}) == 20
    assert np.std([t.mean() for t in taken]) > 5  # dark ones and light ones
