from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH, alphabet, alphabets
from numberplate.plates.design import shipped_designs
from numberplate.plates.formats import (
    ANY,
    PREFERENCE,
    Format,
    RegionError,
    Regions,
    compiled,
    compiled_shapes,
    shipped_formats,
)
from numberplate.plates.pattern import MARKS

FORMATS = [
    Format("xa", "A land", 3, ("@@-##",)),
    Format("xa", "A land, two lines", 1, ("@@", "##|#@")),
    Format("xb", "B land", 2, ("@@ ##|##@@",)),
    Format("xc-n", "C land, north", 1, ("N###",)),
    Format("xc-s", "C land, south", 1, ("S###|@###",)),
]
texts = st.text("NSAB12", min_size=1, max_size=5)
PRIOR = (0.4, 30.0)
"""Power and bound of what the formats say."""

shipped = Regions()


@pytest.mark.slow
def test_the_data_file_is_what_the_designs_say() -> None:
    """Else run `python -m numberplate.plates.formats`."""
    place = resources.files("numberplate.plates")
    designs = [design for script in alphabets() for design in shipped_designs(script)]
    assert place.joinpath("formats.json").read_text(encoding="utf-8") == compiled(designs)
    files = {f.name: f.read_text(encoding="utf-8") for f in place.joinpath("shapes").iterdir()}
    assert files == {f"{script}.json": text for script, text in compiled_shapes(shipped_formats()).items()}


@pytest.mark.parametrize("preferred", [(), ("gb", "us"), ("jp",)])
def test_what_is_compiled_says_what_the_patterns_say(preferred: tuple[str, ...]) -> None:
    compiled_ones, parsed = Regions(preferred), Regions(preferred, shipped_formats())
    for text in ("LA51ABC", "7ABC123", "B0", "QQQQQQQQQQQQ", "皖A12345", "品川330あ1234", "طبج٣٩٤٥", "Ä?1"):
        assert compiled_ones.probabilities(text) == pytest.approx(parsed.probabilities(text), rel=1e-12)
        assert compiled_ones.odds(text) == pytest.approx(parsed.odds(text), rel=1e-12)
        assert compiled_ones.may_be(text) == parsed.may_be(text)


def by_definition(text: str, preferred: tuple[str, ...]) -> dict[str, float]:
    """Bayes' rule, one format after the other."""
    joint = {"": ANY / (MAX_LENGTH - MIN_LENGTH + 1) / 36 ** len(text)}
    for format_ in FORMATS:
        prior = (1 - ANY) * format_.weight / sum(f.weight for f in FORMATS)
        if format_.code in preferred or format_.code[:2] in preferred:
            prior *= PREFERENCE
        joint[format_.code] = joint.get(format_.code, 0) + prior * format_.pattern.probability(text)
    return {code: p / sum(joint.values()) for code, p in joint.items() if p and code}


@given(texts, st.sampled_from([(), ("xa",), ("xc",), ("xc-n", "xb")]))
def test_probabilities_are_those_of_bayes_rule(text: str, preferred: tuple[str, ...]) -> None:
    found = Regions(preferred, FORMATS).probabilities(text)
    assert found == pytest.approx(by_definition(text, preferred))
    assert list(found.values()) == sorted(found.values(), reverse=True)


@pytest.mark.parametrize("format_", shipped_formats(), ids=lambda f: f"{f.code}-{f.name}")
def test_what_a_design_draws_may_be_of_its_region(format_: Format) -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        text = "".join(c for c in format_.pattern.generate(rng) if c not in MARKS)
        own = alphabet(format_.script).own
        if own and not {*own} & {*text}:
            continue  # a Russian text, say, all of whose letters are as good as Latin
        found = shipped.probabilities(text)
        assert format_.code in found
        assert 0 < sum(found.values()) <= 1
        assert 1 < shipped.favour(text, *PRIOR) <= PRIOR[1]


@given(st.text(ALPHABET, max_size=12))
def test_any_text_has_probabilities(text: str) -> None:
    found = shipped.probabilities(text)
    assert 0 <= sum(found.values()) <= 1 + 1e-9
    assert 1 <= shipped.favour(text, *PRIOR) <= PRIOR[1]
    assert (shipped.favour(text, *PRIOR) > 1) == bool(found)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("LA51ABC", "gb"),
        ("1234BCD", "es"),
        ("ABC1D23", "br"),
        ("7ABC123", "us-ca"),
        ("皖A12345", "cn"),
        ("12가3456", "kr"),
        ("品川330あ1234", "jp"),
        ("طبج٣٩٤٥", "eg"),
        ("حنط٣١٩٠", "sa"),
        ("۱۲ب۳۴۵۶۷", "ir"),
        ("1กข2345", "th"),
        ("MÜAB123", "de"),
    ],
)
def test_well_known_texts(text: str, code: str) -> None:
    found = shipped.probabilities(text)
    assert next(iter(found)) == code
    assert found[code] > 0.5


candidates = st.lists(
    st.tuples(
        st.one_of(
            st.text(ALPHABET, min_size=2, max_size=10),
            st.sampled_from(["AB12CDE", "1234BCD", "ABC1234", "12345", "7ABC123"]),
        ),
        st.floats(1e-6, 1),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda c: c[0],
)


@pytest.mark.slow
@given(candidates, st.sampled_from([(), ("gb",), ("us", "de")]))
def test_what_the_picture_is_sure_of_stays_first(
    found: list[tuple[str, float]], preferred: tuple[str, ...]
) -> None:
    reordered = Regions(preferred, FEW).reorder(found, *PRIOR)
    assert sorted(text for text, _ in reordered) == sorted(text for text, _ in found)
    assert sum(p for _, p in reordered) == pytest.approx(sum(p for _, p in found))
    assert [p for _, p in reordered] == sorted((p for _, p in reordered), reverse=True)
    (first, most), *others = sorted(found, key=lambda c: -c[1])
    if all(most > PRIOR[1] * p for _, p in others):
        assert reordered[0][0] == first


FEW = [f for f in shipped_formats() if f.code in ("gb", "de", "us", "us-ca", "es", "br")]


def test_order_of_candidates_of_like_probability() -> None:
    # O for 0 in no format, against the format.
    assert shipped.reorder([("AB1OCDE", 0.5), ("AB10CDE", 0.4)], *PRIOR)[0][0] == "AB10CDE"
    # An odd text that the picture is sure of is not made a usual one.
    assert shipped.reorder([("AB1OCDE", 0.95), ("AB10CDE", 0.04)], *PRIOR)[0][0] == "AB1OCDE"
    # Where none is of a format nothing is known of them, whatever their lengths.
    odd = [("1QQ1Q1Q", 0.3), ("QQQQ", 0.2)]
    assert Regions((), FORMATS).reorder(odd, *PRIOR) == [(text, pytest.approx(p)) for text, p in odd]
    assert shipped.reorder([], *PRIOR) == []


def test_a_preferred_region_is_likelier_and_no_other_impossible() -> None:
    before, after = Regions((), FORMATS), Regions("XB", FORMATS)
    assert after.preferred == ("xb",)
    assert after.probabilities("AB12")["xb"] > before.probabilities("AB12")["xb"]
    assert after.probabilities("AB12")["xa"] > 0
    assert after.favour("12AB", *PRIOR) >= before.favour("12AB", *PRIOR) > 1
    assert after.favour("N123", *PRIOR) == before.favour("N123", *PRIOR)


@pytest.mark.parametrize(
    ("preferred", "scripts"),
    [
        ("", None),
        ("gb", {"latin"}),
        ("us", {"latin"}),
        ("de", {"latin", "latin-extended"}),
        ("gb,eg", {"latin", "arabic"}),
    ],
)
def test_a_region_has_its_scripts(preferred: str, scripts: set[str] | None) -> None:
    assert Regions(preferred).scripts == scripts


def test_a_country_stands_for_its_states() -> None:
    country, state = Regions("xc", FORMATS), Regions(["xc-n"], FORMATS)
    none = Regions((), FORMATS)
    assert country.probabilities("S123") != state.probabilities("S123") == none.probabilities("S123")
    assert state.probabilities("N123")["xc-n"] > none.probabilities("N123")["xc-n"]


def test_several_regions() -> None:
    assert Regions("gb, DE,gb").preferred == Regions(["GB", "de"]).preferred == ("gb", "de")
    assert Regions("").preferred == ()
    assert Regions("UK, el").preferred == ("gb", "gr")  # as people and the EU say


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("gbr", "gb"),
        ("germany", "de"),
        ("us-xx", "us-"),
        ("us-cal", "us-ca"),
        ("", "known: .*gb"),
        ("123", "known: .*gb"),
        ("gb;de", "gb"),
    ],
)
def test_an_unknown_region_is_named_with_those_like_it(code: str, near: str) -> None:
    with pytest.raises(RegionError, match=rf"^no region '{code}'; .*\b{near}"):
        Regions([code])


@pytest.mark.parametrize(
    ("text", "known"),
    [("皖A12345", True), ("皖皖皖", False), ("AIQأأ75", False), ("ZG७4208I", False), ("?A12345", False)],
)
def test_a_text_may_be_of_a_format_of_its_script(text: str, known: bool) -> None:
    assert Regions().may_be(text) == known


@pytest.mark.parametrize("script", ["kana", "hangul", "han", "arabic", "cyrillic"])
def test_shapes_are_those_of_a_script_s_formats(script: str) -> None:
    shapes = shipped.shapes(script)
    assert shapes is not None
    characters = [*alphabet(script).characters]
    rng = np.random.default_rng(3)
    for format_ in (f for f in shipped_formats() if f.script == script):
        for _ in range(20):
            text = "".join(c for c in format_.pattern.generate(rng) if c not in MARKS)
            assert text in shapes
            other = list(text)
            other[int(rng.integers(len(text)))] = characters[int(rng.integers(len(characters)))]
            if {*other} & {*alphabet(script).own}:
                assert ("".join(other) in shapes) == shipped.may_be("".join(other))
            assert text * 2 not in shapes


def test_of_a_script_without_formats_no_shapes_are_known() -> None:
    assert Regions((), ()).shapes("kana") is None


def test_arabic_plates_repeat_their_text_in_latin_letters() -> None:
    assert shipped.repeated == {"arabic"}


def test_any_text_may_be_of_a_script_whose_formats_are_not_known() -> None:
    assert Regions((), ()).may_be("皖皖皖")
    assert not Regions((), ()).may_be("皖?")


def test_the_shape_of_a_plate_tells_regions_with_like_texts_apart() -> None:
    long = Format("xa", "A land", 1, ("@{3}#{3}",), aspect=4.7)
    high = Format("xb", "B land", 1, ("@{3}#{3}",), aspect=2.0)
    unknown = Format("xc", "C land", 1, ("@{3}#{3}",))
    regions = Regions((), (long, high, unknown))
    alike = regions.probabilities("ABC123")
    assert alike["xa"] == pytest.approx(alike["xb"])
    for aspect, code, other in ((4.6, "xa", "xb"), (2.1, "xb", "xa")):
        found = regions.probabilities("ABC123", aspect)
        assert found[code] > 0.5
        assert found[code] > 5 * found[other]
        # As much as was said of it before: nothing is known of its plates' shape.
        assert found[other] < found["xc"] < found[code]
    # However odd the shape, none is ruled out.
    assert min(regions.probabilities("ABC123", 0.7).values()) > 0.1


@pytest.mark.parametrize("aspect", [0.0, -1.0, float("nan")])
@pytest.mark.parametrize("text", ["ABC123", "?"])
def test_an_aspect_that_is_none(text: str, aspect: float) -> None:
    known = Format("xa", "A land", 1, ("@{3}#{3}",), aspect=2.0)
    with pytest.raises(ValueError, match="aspect: expected a number above 0, got"):
        Regions((), (known,)).probabilities(text, aspect)


@given(st.floats(0.1, 20), st.floats(0.5, 8))
def test_any_aspect_gives_probabilities(seen: float, usual: float) -> None:
    regions = Regions((), (Format("xa", "A land", 1, ("@{3}#{3}",), aspect=usual),))
    found = regions.probabilities("ABC123", seen)["xa"]
    assert 0 < found < 1
    assert regions.probabilities("ABC123", usual)["xa"] >= found - 1e-3  # as usual aspects are rounded
