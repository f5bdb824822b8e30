import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.synthesis.plate.generic import MIN_CONTRAST, TWO_LINES, generic_design, luma


def test_luma() -> None:
    assert luma("#000000") == 0
    assert abs(luma("#ffffff") - 255) < 1e-6
    assert luma("#00ff00") > luma("#ff0000") > luma("#0000ff")


@given(st.integers(0, 2**32 - 1))
def test_generic_designs_can_be_read(seed: int) -> None:
    design = generic_design(np.random.default_rng(seed))
    width, height = design.size
    assert 0.9 <= design.aspect <= 6
    (variant,) = design.variants
    assert abs(luma(variant.paper) - luma(variant.ink)) >= MIN_CONTRAST
    assert len(design.rows) <= 2
    least, most = (sum(ends) for ends in zip(*(line.pattern.lengths for line in design.lines), strict=True))
    assert MIN_LENGTH <= least == most <= MAX_LENGTH
    assert all(line.pattern.lengths[0] for line in design.lines)
    top, bottom = min(line.top for line in design.lines), max(line.bottom for line in design.lines)
    assert 0 <= top < bottom <= height
    for caption in design.captions:
        assert 0 <= caption.y - caption.height / 2 <= caption.y + caption.height / 2 <= height
        # It is beside the text, not on it.
        assert caption.y + caption.height / 2 <= top or caption.y - caption.height / 2 >= bottom
    assert sum(band.width for band in design.bands if band.side in ("left", "right")) < 0.75 * width


def test_generic_designs_are_many() -> None:
    rng = np.random.default_rng(5)
    designs = [generic_design(rng) for _ in range(300)]
    assert len({d.size for d in designs}) > 250
    texts = ["".join(line.pattern.generate(rng) for line in d.lines) for d in designs]
    lengths = {len("".join(c for c in t if c.isalnum())) for t in texts}
    assert lengths == set(range(MIN_LENGTH, MAX_LENGTH + 1))
    assert {d.emblem for d in designs} >= {"blob", "shield", "circle", "stickers"}
    assert {band.side for d in designs for band in d.bands} == {"left", "right", "top"}
    assert 0.1 < np.mean([bool(d.bands) for d in designs]) < 0.6
    assert 0.002 < np.mean([all(c.isalpha() for c in t if c.isalnum()) for t in texts]) < 0.05
    dark = [luma(d.variants[0].paper) < luma(d.variants[0].ink) for d in designs]
    assert 0.1 < np.mean(dark) < 0.35


def test_a_share_has_two_lines() -> None:
    rng = np.random.default_rng(6)
    two = [d for d in (generic_design(rng) for _ in range(1500)) if len(d.rows) == 2]
    assert abs(len(two) / 1500 - TWO_LINES) < 0.03
    assert max(d.aspect for d in two) < 2.7  # they are squarer
    assert min(d.aspect for d in two) < 1.1


def test_the_same_seed_gives_the_same_design() -> None:
    one, other = (generic_design(np.random.default_rng(9)) for _ in range(2))
    assert one == other
    assert one != generic_design(np.random.default_rng(10))


def test_layouts_of_one_row() -> None:
    rng = np.random.default_rng(7)
    many = [d for d in (generic_design(rng) for _ in range(1500)) if len(d.rows) == 1 and len(d.lines) > 1]
    assert len(many) > 150
    stacked = [d for d in many if len(d.lines) == 3 and len({line.x for line in d.lines}) == 2]
    assert len(stacked) > 50
    for design in stacked:
        one, other = (line for line in design.lines if [x.x for x in design.lines].count(line.x) == 2)
        assert one.bottom <= other.top  # read from top to bottom
    assert not any(band.side in ("left", "right") for d in many for band in d.bands)
    # Groups in places of their own, all of one height.
    assert sum(len({line.height for line in d.lines}) == 1 for d in many) > 30
