import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.evaluation.edits import align, edit_distance

texts = st.text("ABC012", max_size=8)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("", "", 0),
        ("", "AB1", 3),  # nothing was read
        ("AB123", "AB123", 0),
        ("AB123", "A8123", 1),  # one replaced
        ("AB123", "AB12", 1),  # the last was cut off
        ("AB123", "1AB123", 1),  # a band's or a seal's edge read as a 1: not six replacements
        ("AB12", "BA12", 2),  # two swapped are two edits: Levenshtein knows no swaps
        ("KITTEN", "SITTING", 3),  # the textbook's
    ],
)
def test_edit_distance(a: str, b: str, distance: int) -> None:
    assert edit_distance(a, b) == distance


@given(texts, texts)
def test_alignment_gives_both_texts_back(a: str, b: str) -> None:
    pairs = align(a, b)
    assert "".join(left for left, _ in pairs) == a
    assert "".join(right for _, right in pairs) == b
    assert ("", "") not in pairs


@given(texts, texts, texts)
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))
