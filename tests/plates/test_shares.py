from collections import Counter

import numpy as np
import pytest

from numberplate.plates.shares import Shares


def test_things_are_drawn_as_often_as_their_shares_say():
    rng = np.random.default_rng(3)
    shares = Shares({"a": 1, "b": 3, "never": 0, "c": 6})
    found = Counter(shares.draw(rng) for _ in range(20_000))
    assert set(found) == {"a", "b", "c"}
    assert found["a"] / 20_000 == pytest.approx(0.1, abs=0.01)
    assert found["c"] / 20_000 == pytest.approx(0.6, abs=0.015)


def test_the_same_generator_draws_the_same_things():
    shares = Shares({i: i + 1 for i in range(9)})
    one, other = ([shares.draw(rng) for _ in range(50)] for rng in (np.random.default_rng(7) for _ in "ab"))
    assert one == other


@pytest.mark.parametrize("shares", [{}, {"a": 0}, {"a": 2, "b": -1}, {"a": float("nan")}])
def test_shares_that_no_draw_can_follow_are_refused(shares):
    with pytest.raises(ValueError, match="shares: expected"):
        Shares(shares)
