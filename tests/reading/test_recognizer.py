"""The recognizer: views, lines, and which script's head is believed."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numberplate.models.cards.recognizer import Head
from numberplate.models.codec.recognizer import TextCodec, code_points
from numberplate.models.initial import RECOGNIZER
from numberplate.models.manifest import WeightsError
from numberplate.models.spec import LATIN
from numberplate.plates.alphabet import ALPHABET, alphabet
from numberplate.plates.formats import Format, Regions
from numberplate.reading.decoding import Reading
from numberplate.reading.recognizer import Recognizer, Seen, jittered

from .conftest import MakeWeights, save_recognizer

NOTHING: list[Format] = []
CROPS = np.zeros((2, 48, 144), np.uint8)


def test_views_show_the_same_a_little_moved() -> None:
    crop = np.zeros((48, 144), np.uint8)
    crop[20:28, 60:84] = 200
    for view in jittered(crop, RECOGNIZER.views):
        assert (view.shape, view.dtype) == (crop.shape, crop.dtype)
        y, x = np.nonzero(view > 100)
        assert np.abs([x.mean() - 71.5, y.mean() - 23.5]).max() <= 2.5
        assert 0.85 <= len(x) / (8 * 24) <= 1.25
    assert len({view.tobytes() for view in jittered(crop, RECOGNIZER.views)} | {crop.tobytes()}) == 5


def test_a_doubtful_crop_is_read_in_its_views(make_weights: MakeWeights) -> None:
    recognizer = Recognizer(make_weights("AB123"), regions=Regions((), NOTHING))
    seen = recognizer.look(CROPS)
    # The network of the tests says the same of every crop, but not what it is said to have said of the first.
    seen.latin[:, 8] = 0
    alone, together = recognizer.decode(seen), recognizer.decode(seen, crops=CROPS)
    assert alone[0].confidence < 0.5 < together[0].confidence
    assert together[0].text == "AB123"


def test_confidence_is_that_of_the_likeliest_alignment(
    make_weights: MakeWeights,
) -> None:
    recognizer = Recognizer(make_weights("AB123"))
    logits = recognizer.look(np.zeros((2, 48, 144), np.uint8)).latin
    logits = logits + np.random.default_rng(4).normal(0, 1, logits.shape).astype(np.float32)
    readings = recognizer.decode(Seen({LATIN: logits}))
    for crop, p, reading in zip(logits, recognizer.alignment_probabilities(logits), readings, strict=True):
        odds = np.exp(crop.astype(float))
        assert p == pytest.approx((odds.max(-1) / odds.sum(-1)).prod(), rel=1e-4)
        assert 0 < p <= reading.confidence + 1e-6


def logits_of(head: TextCodec, text: str) -> np.ndarray:
    """Logits (1, steps, classes) of a head that says `text`, and `?` for what it does not know."""
    codes = head.encode(code_points(text)[None])[0]
    logits = np.full((1, 36, head.count), -10.0, np.float32)
    classes = np.full(36, head.blank)
    classes[: 2 * len(text) : 2] = codes[: len(text)]
    logits[0, np.arange(36), classes] = 10.0
    return logits


def headed(
    folder: Path, *scripts: str, formats: Sequence[Format] = NOTHING
) -> tuple[Recognizer, dict[str, TextCodec]]:
    """A recognizer with a Latin head and those of scripts, and the codec of each head."""
    recognizer = Recognizer(folder, regions=Regions((), formats))
    codecs = {LATIN: TextCodec(ALPHABET)}
    codecs |= {script: TextCodec(alphabet(script).characters) for script in scripts}
    heads = tuple(
        Head(name, f"logits_{name}", codec.characters, True, 1.0, 1.0) for name, codec in codecs.items()
    )
    reader = recognizer.with_card(replace(recognizer.card, heads=heads))
    return reader, codecs


@pytest.mark.parametrize(("han", "told"), [("A12345", False), ("皖A12345", True)])
def test_a_hopeless_latin_text_is_told_where_another_script_may_have_one(
    make_weights: MakeWeights, han: str, told: bool
) -> None:
    reader, codecs = headed(make_weights("AB123"), "han")
    # The Latin head is hardly sure of anything; what the other one reads may have characters of its own.
    seen = Seen({LATIN: logits_of(codecs[LATIN], "A12345") / 8, "han": logits_of(codecs["han"], han)})
    (reading,) = reader.decode(seen, least=[0.9])
    assert bool(reading.candidates) == told
    assert "".join(c.text for c in reading.characters) == (han if told else "")


@pytest.mark.parametrize(
    ("latin", "han", "text", "script"),
    [
        ("皖A12345", "皖A12345", "皖A12345", "han"),  # ?A12345 to the Latin head
        ("BA12345", "皖A12345", "BA12345", "latin"),  # which is not asked where nothing is unknown
        ("皖A12345", "A12345", "?A12345", "latin"),  # no other script has a character of its own
        ("皖皖皖45", "45", "", "latin"),  # hardly any character is known
        ("皖皖45", "45", "??45", "latin"),  # half of them are
    ],
)
def test_other_scripts_are_asked_where_latin_letters_do_not_tell(
    make_weights: MakeWeights, latin: str, han: str, text: str, script: str
) -> None:
    reader, codecs = headed(make_weights("AB123"), "han")
    seen = Seen({LATIN: logits_of(codecs[LATIN], latin), "han": logits_of(codecs["han"], han)})
    (reading,) = reader.decode(seen)
    assert (reading.text, reading.script) == (text, script)
    assert "".join(c.text for c in reading.characters) == text


@pytest.mark.parametrize("strangers", [(), ("bengali", "hebrew", "thai")])
def test_what_is_of_a_format_counts_in_another_script_though_it_is_faint(
    make_weights: MakeWeights, strangers: tuple[str, ...]
) -> None:
    """One character is likelier another one, with which the text is of no format.

    Strangers are sure that it is unknown to them, which tells nothing that the Latin head does not.
    """
    formats = [Format("xa", "A land", 1, ("[皖桂]A#{5}",), "han")]
    reader, codecs = headed(make_weights("AB123"), "han", *strangers, formats=formats)
    han = logits_of(codecs["han"], "晋A12345")
    han[0, 0, codecs["han"].characters.index("皖")] = 8.0
    others = {name: logits_of(codecs[name], "皖A12345") for name in (LATIN, *strangers)}
    (reading,) = reader.decode(Seen({**others, "han": han}))
    assert reading.text == "皖A12345"
    assert 0.05 < reading.confidence < 0.9
    assert all(c.text.startswith(("皖", "桂")) for c in reading.candidates)


@pytest.mark.parametrize("heads", [1, 2])  # that are asked
def test_a_head_that_tells_more_characters_counts_before_one_that_is_blind_to_them(
    make_weights: MakeWeights, heads: int
) -> None:
    reader, codecs = headed(make_weights("AB123"), "bengali", "kana")
    scripts = replace(reader.card.scripts, heads=heads)
    reader = reader.with_card(replace(reader.card, views=(), scripts=scripts))
    seen = Seen(
        {
            LATIN: logits_of(codecs[LATIN], "品川4あ1234"),
            "bengali": logits_of(codecs["bengali"], "4ঢ1234"),
            "kana": logits_of(codecs["kana"], "品川4あ1234") * np.float32(0.5),
        }
    )
    assert reader.decode(seen)[0].text == "品川4あ1234"


def test_rows_of_a_script_that_no_plate_repeats_in_latin_letters_are_one_text(
    make_weights: MakeWeights,
) -> None:
    reading = read_two_rows(make_weights("AB123"), "hangul", ("???", "9554"), ("경기나", "9554"))
    assert reading.text == "경기나9554"
    assert reading.rows is not None
    assert reading.rows() == ("경기나", "9554")


@pytest.mark.parametrize(
    ("region", "text"), [("", "皖A12345"), ("cn", "皖A12345"), ("gb", "?A12345"), ("gb,cn", "皖A12345")]
)
def test_with_a_region_its_scripts_alone_are_read(make_weights: MakeWeights, region: str, text: str) -> None:
    reader, codecs = headed(make_weights("AB123"), "han")
    seen = Seen({LATIN: logits_of(codecs[LATIN], "皖A12345"), "han": logits_of(codecs["han"], "皖A12345")})
    (reading,) = reader.with_regions(Regions(region)).decode(seen)
    assert reading.text == text


@pytest.mark.parametrize(
    ("accented", "surer", "text", "script"),
    [
        ("GÖKX417", True, "GÖKX417", "latin-extended"),
        ("GÖKX417", False, "GOKX417", "latin"),  # the Latin head is surer that there is none
        ("GOKX417", True, "GOKX417", "latin"),
    ],
)
def test_the_head_that_is_most_confident_of_its_own_letters_counts(
    make_weights: MakeWeights, accented: str, surer: bool, text: str, script: str
) -> None:
    reader, codecs = headed(make_weights("AB123"), "latin-extended")
    reader = reader.with_card(replace(reader.card, views=()))
    shares = (0.42, 1.0) if surer else (1.0, 0.42)
    said = {LATIN: "GOKX417", "latin-extended": accented}
    logits = {
        name: logits_of(codec, said[name]) * np.float32(share)
        for (name, codec), share in zip(codecs.items(), shares, strict=True)
    }
    (reading,) = reader.decode(Seen(logits))
    assert (reading.text, reading.script) == (text, script)


def test_an_egyptian_text_is_given_in_reading_order(make_weights: MakeWeights) -> None:
    reader, codecs = headed(make_weights("AB123"), "arabic")
    known = alphabet("arabic")
    printed = known.printed("سبق١٢٣")
    both = {name: logits_of(codec, printed) for name, codec in codecs.items()}
    (reading,) = reader.decode(Seen(both))
    assert reading.text == "سبق١٢٣"
    assert "".join(c.text for c in reading.characters) == "سبق١٢٣"


def test_lines_are_read_as_one_text(make_weights: MakeWeights) -> None:
    recognizer = Recognizer(make_weights(text="AB1"), regions=Regions((), NOTHING))
    line = recognizer.read(CROPS[:1])[0]
    both = recognizer.read_lines(CROPS)
    assert both.text == "AB1AB1"
    assert both.confidence == pytest.approx(line.confidence**2, abs=1e-3)
    assert [c.text for c in both.characters] == list("AB1AB1")
    assert both.candidates[0].text == both.text


def test_two_lines_may_end_and_begin_with_the_same_character(make_weights: MakeWeights) -> None:
    assert (
        Recognizer(make_weights(text="1A1"), regions=Regions((), NOTHING)).read_lines(CROPS).text == "1A11A1"
    )


def test_formats_are_of_the_whole_text_of_both_lines(make_weights: MakeWeights) -> None:
    """The last character of each line is a little unsure; the formats know that the text ends in letters."""
    formats = [Format("xc", "C land", 1, ("AB@AB@",))]
    regions = Regions((), formats)
    recognizer = Recognizer(make_weights(text="ABC"), regions=regions)
    assert [*regions.probabilities(recognizer.read_lines(CROPS).text)] == ["xc"]
    assert not regions.probabilities(recognizer.read(CROPS[:1])[0].text)


def test_a_plate_without_text_in_a_half_has_no_two_lines(make_weights: MakeWeights) -> None:
    assert Recognizer(make_weights(text="")).read_lines(CROPS).text == ""


def read_two_rows(folder: Path, script: str, latin: tuple[str, str], own: tuple[str, str]) -> Reading:
    """The reading of two rows of which the Latin head makes `latin` and that of a script `own`."""
    # Persian looks like Arabic, of which no format is known here: then any text may be of one.
    repeated = [Format("xa", "A land", 1, ("<persian:digits>{4}",), "persian", repeats=True)]
    reader, codecs = headed(folder, script, formats=repeated)
    seen = {
        name: np.concatenate([logits_of(codecs[name], line) for line in lines])
        for name, lines in ((LATIN, latin), (script, own))
    }
    return reader.decode_lines(Seen(seen))


@pytest.mark.parametrize(
    ("latin", "bengali", "text"),
    [
        (("?", "???"), ("ঢ", "১৬৮"), "ঢ১৬৮"),
        (("", "???"), ("ঢ", "১৬৮"), "ঢ১৬৮"),  # the Latin head takes the one letter for none
        (("", "AB1"), ("", "AB1"), ""),
    ],
)
def test_lines_are_of_a_script_that_has_characters_in_each(
    make_weights: MakeWeights, latin: tuple[str, str], bengali: tuple[str, str], text: str
) -> None:
    assert read_two_rows(make_weights("AB123"), "bengali", latin, bengali).text == text


@pytest.mark.parametrize(
    ("latin", "arabic", "text"),
    [
        (("???????", "3010XTB"), ("٣٠١٠حطب", "3010"), "3010XTB"),
        (("??1????", "3010XTB"), ("٣٠١٠حطب", "3010"), "3010XTB"),  # ١ is a 1 to the Latin head
        (("3010XTB", "??1????"), ("3010", "٣٠١٠حطب"), "3010XTB"),
        (("???????", "30?0XTB"), ("٣٠١٠حطب", "30"), "30?0XTB"),  # a blot in the Latin row
        (("????", "?1234"), ("حطبم", "م1234"), "مبطحم1234"),  # no blot: a letter of the other script
        (("A?1B", "3010XTB"), ("1", "3010"), "A?1B3010XTB"),  # a blot in a plate of two Latin lines
        (("???", "3010XTB"), ("", "3010"), "???3010XTB"),  # no script has a text there
    ],
)
def test_of_a_plate_that_says_it_in_two_scripts_the_latin_row_is_read(
    make_weights: MakeWeights, latin: tuple[str, str], arabic: tuple[str, str], text: str
) -> None:
    assert read_two_rows(make_weights("AB123"), "arabic", latin, arabic).text == text


@pytest.mark.parametrize(
    ("own", "text", "rows"),
    [
        (("ون", "٦٥٦"), "نو٦٥٦", ("نو", "٦٥٦")),  # an Egyptian motorcycle's letters are read from the right
        (("٦٥٦", "ون"), "٦٥٦نو", ("٦٥٦", "نو")),
        (("6أ", "51037"), "أ651037", ("أ6", "51037")),
    ],
)
def test_each_of_two_rows_is_read_in_its_own_order(
    make_weights: MakeWeights, own: tuple[str, str], text: str, rows: tuple[str, str]
) -> None:
    latin = tuple("".join(c if c in ALPHABET else "?" for c in row) for row in own)
    reading = read_two_rows(make_weights("AB123"), "arabic", (latin[0], latin[1]), own)
    assert reading.text == text
    assert "".join(c.text for c in reading.characters) == text
    assert reading.rows is not None
    assert reading.rows() == rows


def test_both_rows_of_a_plate_that_says_it_in_two_scripts_are_told(make_weights: MakeWeights) -> None:
    reading = read_two_rows(make_weights("AB123"), "arabic", ("???????", "3010XTB"), ("٣٠١٠حطب", "3010"))
    assert reading.rows is not None
    assert reading.rows() == ("بطح٣٠١٠", "3010XTB")
    told = pickle.loads(pickle.dumps(reading))
    assert told.rows() == reading.rows()


def test_a_row_of_one_is_no_row_of_two(make_weights: MakeWeights) -> None:
    recognizer = Recognizer(make_weights(text="AB1"), regions=Regions((), NOTHING))
    assert recognizer.read(CROPS[:1])[0].rows is None
    both = recognizer.read_lines(CROPS).rows
    assert both is not None
    assert both() == ("AB1", "AB1")


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"off": np.zeros(6)}, r"corners: expected shape \(None, 8\), got"),
        ({"cut": (0.0, 0.0)}, r"cut: expected shape \(None, 4\), got"),
        ({"lines": (0.0, 0.5, 1.0)}, r"lines: expected shape \(None, 2\), got"),
    ],
)
def test_what_a_network_states_of_a_plate_is_of_its_size(
    tmp_path: Path, stated: dict[str, np.ndarray], expected: str
) -> None:
    save_recognizer(tmp_path, "AB12", **stated)
    with pytest.raises(WeightsError, match=expected):
        Recognizer(tmp_path)
