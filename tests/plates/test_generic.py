import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.plates.generic import MIN_CONTRAST, generic_design, luma


def test_luma() -> None:
    assert luma("#000000") == 0
    assert abs(luma("#ffffff") - 255) < 1e-6
    assert luma("#00ff00") > luma("#ff0000") > luma("#0000ff")


@given(st.integers(0, 2**32 - 1))
def test_generic_designs_can_be_read(seed: int) -> None:
    design = generic_design(np.random.default_rng(seed))
    width, height = design.size
    assert 1.5 <= design.aspect <= 6
    (variant,) = design.variants
    assert abs(luma(variant.paper) - luma(variant.ink)) >= MIN_CONTRAST
    (line,) = design.lines
    assert MIN_LENGTH <= line.pattern.lengths[0] == line.pattern.lengths[1] <= MAX_LENGTH
    top, bottom = line.y - line.height / 2, line.y + line.height / 2
    assert 0 <= top < bottom <= height
    for caption in design.captions:
        assert 0 <= caption.y - caption.height / 2 <= caption.y + caption.height / 2 <= height
        # It is beside the text, not on it.
        assert caption.y + caption.height / 2 <= top or caption.y - caption.height / 2 >= bottom
    assert sum(band.width for band in design.bands) < 0.75 * width


def test_generic_designs_are_many() -> None:
    rng = np.random.default_rng(5)
    designs = [generic_design(rng) for _ in range(300)]
    assert len({d.size for d in designs}) > 250
    texts = [d.lines[0].pattern.generate(rng) for d in designs]
    assert {len("".join(c for c in t if c.isalnum())) for t in texts} == set(range(2, 11))
    assert {d.emblem for d in designs} >= {"blob", "shield", "circle", "stickers"}
    assert 0.1 < np.mean([bool(d.bands) for d in designs]) < 0.6


def test_the_same_seed_gives_the_same_design() -> None:
    one, other = (generic_design(np.random.default_rng(9)) for _ in range(2))
    assert one == other
    assert one != generic_design(np.random.default_rng(10))
