import numpy as np
import pytest

from numberplate.synthesis.type.pixels import CHARACTERS, dotted


@pytest.mark.parametrize("bold", [False, True])
def test_characters_differ_and_have_their_cells(bold: bool) -> None:
    size = (8, 8) if bold else (7, 6)
    seen = {dotted(c, bold).tobytes() for c in CHARACTERS}
    assert len(seen) == len(CHARACTERS)
    for c in CHARACTERS:
        cell = dotted(c, bold)
        assert cell.shape == size
        assert set(np.unique(cell)) <= {0, 255}
        assert not cell[:, -1].any()  # a gap before the next one
    assert dotted("10:45", bold).shape == (size[0], 5 * size[1])
    assert dotted("", bold).shape == (size[0], 0)


def test_a_one_looks_like_a_one() -> None:
    rows = ["".join("#" if v else " " for v in row).rstrip() for row in dotted("1")]
    assert rows == ["  #", " ##", "  #", "  #", "  #", "  #", " ###"]


def test_what_it_lacks_is_named() -> None:
    with pytest.raises(KeyError, match="é"):
        dotted("é")
