import re
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET
from numberplate.plates.pattern import MARKS, Pattern, PatternError

seeds = st.integers(0, 2**32 - 1)

_items = st.one_of(
    st.sampled_from(["@", "#", "?", "[A-HJ]", "[XYZ1-3]", "A", "7", " ", "-", ".", "*"]),
    st.sampled_from(["(AB|C)", "(@#|#@)", "(A|)"]),
)
_repeats = st.sampled_from(["", "{1}", "{2}", "{0,2}", "{1,3}"])
_sequences = st.lists(st.builds(str.__add__, _items, _repeats), max_size=5).map("".join)
patterns = st.recursive(
    _sequences,
    lambda inner: st.builds(lambda a, b, times: f"({a}|{b}){times}", inner, inner, _repeats),
    max_leaves=4,
)


@given(patterns, seeds)
def test_every_text_it_generates_matches(source: str, seed: int) -> None:
    pattern = Pattern(source)
    drawn = pattern.generate(np.random.default_rng(seed))
    text = "".join(c for c in drawn if c not in MARKS)
    assert set(text) <= set(ALPHABET)
    assert pattern.matches(text)
    least, most = pattern.lengths
    assert least <= len(text) <= most


@given(patterns, st.text(ALPHABET, max_size=4))
def test_a_text_longer_than_any_it_generates_does_not_match(source: str, end: str) -> None:
    pattern = Pattern(source)
    assert not pattern.matches("A" * (pattern.lengths[1] + 1) + end)


@pytest.mark.parametrize(
    ("source", "matching", "other"),
    [
        ("@@##", ["AB12"], ["A112", "AB1", "AB123", "ab12", ""]),
        ("@@ ##-@", ["AB12C"], ["AB 12-C"]),  # marks are no part of a text
        ("[A-HJ-P]7", ["A7", "J7", "P7"], ["I7", "Q7", "A8"]),
        ("(AB|C|)1", ["AB1", "C1", "1"], ["A1", "ABC1"]),
        ("#{2,3}", ["12", "123"], ["1", "1234"]),
        ("(@#){2}", ["A1B2"], ["A1", "A1B2C3", "AB12"]),
        ("@|##", ["A", "12"], ["A12", "1"]),  # alternatives need no brackets
        ("", [""], ["A"]),
    ],
)
def test_matches(source: str, matching: list[str], other: list[str]) -> None:
    pattern = Pattern(source)
    assert [text for text in matching if not pattern.matches(text)] == []
    assert [text for text in other if pattern.matches(text)] == []


# Two characters of few classes: all their texts can be tried.
_few = st.recursive(
    st.lists(
        st.builds(
            str.__add__, st.sampled_from(["A", "[A1]", "1", "-", "(A|1A|)"]), st.sampled_from(["", "{0,2}"])
        ),
        max_size=2,
    ).map("".join),
    lambda inner: st.builds(
        lambda a, b, times: f"({a}|{b}){times}", inner, inner, st.sampled_from(["", "{2}", "{0,2}"])
    ),
    max_leaves=3,
)


@pytest.mark.slow
@given(_few)
def test_probabilities_of_all_texts_sum_to_one(source: str) -> None:
    pattern = Pattern(source)
    most = pattern.lengths[1]
    texts = ["".join(t) for length in range(min(most, 6) + 1) for t in product("A1", repeat=length)]
    whole = sum(pattern.probability(text) for text in texts)
    assert whole == pytest.approx(1) if most <= 6 else whole <= 1 + 1e-9
    assert all(pattern.matches(text) == (pattern.probability(text) > 0) for text in texts)


@pytest.mark.parametrize("source", ["(A{1,3}|[A1]{2,3}){1,2}", "A-1|[A1]{2}|(A|)1", "((A|1){0,2}A){0,2}"])
def test_probabilities_are_the_frequencies_of_what_it_generates(source: str) -> None:
    pattern, rng, count = Pattern(source), np.random.default_rng(5), 4000
    drawn = Counter(pattern.generate(rng).replace("-", "") for _ in range(count))
    for text, times in drawn.items():
        p = pattern.probability(text)
        assert abs(times / count - p) < 5 * np.sqrt(p * (1 - p) / count)


@pytest.mark.parametrize(
    ("source", "text", "probability"),
    [
        ("@#", "A1", 1 / 260),
        ("@ -#", "A1", 1 / 260),  # marks are drawn, but are no part of it
        ("A|7|7", "7", 2 / 3),
        ("A{1,4}", "AAA", 1 / 4),
        ("(A|AA){1,2}", "AA", 1 / 2 * 1 / 2 + 1 / 2 * 1 / 4),  # one AA, or two A
        ("[AA-C]", "A", 1 / 3),  # named twice, there once
        ("@#", "1A", 0),
        ("@#", "A", 0),
        ("", "", 1),
    ],
)
def test_probability(source: str, text: str, probability: float) -> None:
    assert Pattern(source).probability(text) == pytest.approx(probability)


@given(_few, seeds)
def test_shapes_are_the_same_texts(source: str, seed: int) -> None:
    pattern, rng = Pattern(source), np.random.default_rng(seed)
    shapes = pattern.shapes()
    assert sum(shapes.values()) == pytest.approx(1)
    text = "".join(c for c in pattern.generate(rng) if c not in MARKS)
    expected = sum(
        p / np.prod([len(characters) for characters in shape])
        for shape, p in shapes.items()
        if len(shape) == len(text) and all(map(str.__contains__, shape, text))
    )
    assert pattern.probability(text) == pytest.approx(expected)


def test_nested_repeats_take_no_longer_than_others() -> None:
    pattern = Pattern("(" * 12 + "@{1,10}" + "|#){1,10}" * 12)
    text = "ABCDEFGHIJ"
    assert pattern.matches(text)
    assert not pattern.matches(text + "-")
    assert 0 < pattern.probability(text) < 26**-10
    # Its probability is too small for a float: it matches all the same.
    assert Pattern("(A{10}){10}" * 5 + "(@{10}){10}" * 5).matches("A" * 1000)


def test_generates_marks_and_each_alternative() -> None:
    rng = np.random.default_rng(3)
    drawn = [Pattern("A*(B-|C.)# 1").generate(rng) for _ in range(200)]
    assert all(re.fullmatch(r"A\*(B-|C\.)[0-9] 1", text) for text in drawn)
    dashes = sum("-" in text for text in drawn)
    assert 70 < dashes < 130  # equally likely


@pytest.mark.parametrize(
    ("source", "place", "reason"),
    [
        ("AB)C", 3, "')' without '('"),
        ("A(B|C", 6, "no ')' follows"),
        ("A[BC", 2, "no ']' follows"),
        ("A[]", 2, "an empty class"),
        ("A[-]", 2, "not a class"),
        ("A[B-]", 2, "not a class"),
        ("A[Z-A]", 2, "not a class"),  # runs backwards
        ("A[a-z]", 2, "not a class"),
        ("A[B\n]", 2, "not a class"),
        ("@{2", 2, "no '}' follows"),
        ("@{}", 2, "not a number of times"),
        ("@{0}", 2, "not a number of times"),
        ("@{3,2}", 2, "not a number of times"),
        ("@{,2}", 2, "not a number of times"),
        ("@{13}", 2, "more than 12 times"),
        ("@{-1}", 2, "not a number of times"),
        ("@{٢}", 2, "not a number of times"),  # a digit, but not of ours
        ("@{99999999999}", 2, "more than 12 times"),  # not for the regular expression to find out
        ("A+", 2, "'+' is not in the grammar"),
        ("ab", 1, "'a' is not in the grammar"),
        ("AB}", 3, "'}' is not in the grammar"),
        ("{2}", 1, "'{' is not in the grammar"),  # nothing before it to repeat
        ("(" * 21 + "A" + ")" * 21, 22, "more than 20 parentheses"),
    ],
)
def test_an_error_names_pattern_place_and_reason(source: str, place: int, reason: str) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(source)
    message = str(caught.value)
    assert message.startswith(f"pattern {source!r}, character {place}: ")
    assert reason in message


def test_a_pattern_has_a_greatest_length() -> None:
    with pytest.raises(PatternError, match="10001 characters, more than 10000") as caught:
        Pattern("A" * 10_001)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (f"@{{{'1' * 5000}}}", "not a number of times"),  # Python makes no number of so many digits
        (f"@{{{'1' * 900}}}", "more than 12 times"),
        (f"@{{{'x' * 5000}}}", "not a number of times"),
        (f"[{'.' * 5000}]", "not a class"),
        (f"<{'x' * 5000}:letters>", "no alphabet"),
        (f"<han:{'x' * 5000}>", "han has no set"),
    ],
)
def test_an_error_shows_no_more_than_a_line_of_the_pattern(source: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason) as caught:
        Pattern(source)
    assert len(str(caught.value)) < 400


def test_groups_side_by_side_are_not_within_each_other() -> None:
    assert Pattern("(A|B)" * 50).lengths == (50, 50)


@pytest.mark.parametrize(
    ("source", "steps"), [("@@# -", 5), ("(A|BC){1,3}-{2}", 8), ("((){12}){12}", 144), ("", 1)]
)
def test_steps_count_marks_and_empty_groups_too(source: str, steps: int) -> None:
    assert Pattern(source).steps == steps


def test_equal_where_the_source_is() -> None:
    assert Pattern("@#") == Pattern("@#") != Pattern("#@")
    assert len({Pattern("@#"), Pattern("@#")}) == 1
