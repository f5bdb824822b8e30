import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numberplate.synthesis.world.plain import plain_surface


@given(seed=st.integers(0, 10**6), height=st.integers(8, 80), width=st.integers(8, 80))
def test_a_surface_of_one_colour_in_uneven_light(seed: int, height: int, width: int) -> None:
    picture = plain_surface(height, width, np.random.default_rng(seed))
    assert (picture.shape, picture.dtype) == ((height, width, 3), np.uint8)
    middle = np.median(picture.reshape(-1, 3), 0)
    assert np.abs(picture - middle).mean() < 45
    assert (plain_surface(height, width, np.random.default_rng(seed)) == picture).all()


def test_black_white_and_any_other() -> None:
    means = [plain_surface(20, 30, np.random.default_rng(seed)).mean() for seed in range(100)]
    assert sum(mean < 26 for mean in means) > 10
    assert sum(mean > 190 for mean in means) > 15
    assert sum(60 < mean < 170 for mean in means) > 10
