from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH
from numberplate.plates.design import shipped_designs
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.statistics import count, table, texts
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

plates = st.lists(st.text(ALPHABET, max_size=MAX_LENGTH), max_size=30)


def test_a_worked_example() -> None:
    counted = count([("de", "AB1"), ("de", "AA"), ("fr", "A1B2")])
    assert counted.texts == 3
    assert counted.codes == Counter(de=2, fr=1)
    assert counted.length_share(2) == pytest.approx(1 / 3)
    assert counted.characters[ALPHABET.index("A")] == pytest.approx(4 / 9)
    assert counted.at(0)[ALPHABET.index("A")] == 1
    assert counted.at(1)[[ALPHABET.index(c) for c in "AB1"]] == pytest.approx([1 / 3] * 3)
    assert counted.at(9).sum() == 0  # no text is so long
    assert counted.rarest == ("0", 0.0)
    assert counted.missing_lengths == [5, 6, 7, 8, 9, 10, 11, 12]


@given(plates)
def test_counts_are_those_of_the_texts(drawn: list[str]) -> None:
    counted = count(("xx", text) for text in drawn)
    assert counted.texts == len(drawn)
    assert counted.places.sum() == sum(map(len, drawn))
    found = Counter("".join(drawn))
    assert counted.places.sum(0).tolist() == [found[c] for c in ALPHABET]
    for place in range(MAX_LENGTH):
        assert counted.places[place].sum() == sum(len(text) > place for text in drawn)
    if any(drawn):
        assert counted.characters.sum() == pytest.approx(1)
        assert counted.rarest[1] == counted.characters.min()


@pytest.mark.parametrize("text", ["a", "A-B", "ABCDEFGHIJKLM", "Ä1"])
def test_what_is_no_text_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        count([("xx", text)])


def test_the_table_says_what_is_rare_and_what_is_missing() -> None:
    text = table(count([("generic", "AB1"), ("de", ALPHABET[:10])]))
    first, *_, least, missing = text.splitlines()
    assert first.startswith("2 texts of 1 regions, 50 % of none")
    assert least == "Least frequent: C, 0.00 % of all characters"
    assert missing == "No text has a length of 2, 4, 5, 6, 7, 8, 9, 11, 12"
    rows = {line[0]: line.split() for line in text.splitlines()[6:42]}
    assert "".join(rows) == ALPHABET
    assert rows["A"] == ["A", "7.7", "50.0", *["–"] * 11]
    assert max(map(len, text.splitlines())) <= 80


@pytest.fixture(scope="module")
def ingredients() -> Ingredients:
    return Ingredients(Letterings(), Backgrounds())


def test_the_same_seed_gives_the_same_texts(ingredients: Ingredients) -> None:
    one, same, other = (list(texts(ingredients, seed, 20)) for seed in (1, 1, 2))
    assert one == same
    assert one != other


def test_texts_are_those_of_the_designs(ingredients: Ingredients) -> None:
    german = tuple(design for design in shipped_designs() if design.code == "de")
    assert german
    only = Ingredients(ingredients.letterings, ingredients.backgrounds, german, 0.0)
    for code, text in texts(only, 3, 200):
        assert code == "de"
        assert MIN_LENGTH <= len(text) <= MAX_LENGTH


def test_the_shipped_mix_is_balanced(ingredients: Ingredients) -> None:
    """Every character and every length that the recognizer is to read is met often enough to be learnt."""
    counted = count(texts(ingredients, 7, 5000))
    character, share = counted.rarest
    assert share > 0.01, character
    assert counted.missing_lengths == []
    assert min(counted.length_share(n) for n in range(MIN_LENGTH, MAX_LENGTH + 1)) > 0.005
    # Everywhere in a text: at each of the first seven places too.
    scarce = {c for place in range(7) for c, v in zip(ALPHABET, counted.at(place), strict=True) if v < 0.003}
    assert not scarce
    assert np.isclose(counted.codes["generic"] / counted.texts, ingredients.generic, atol=0.03)
