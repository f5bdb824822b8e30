import os
import re
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import numberplate
from numberplate.plates.alphabet import (
    ALPHABET,
    Alphabet,
    AlphabetError,
    alphabet,
    alphabets,
    compiled,
    fold,
    folds,
    known_characters,
    latins,
    normalize,
    on_screen,
)
from numberplate.plates.alphabet import latin as latin_of
from numberplate.sightings.wildcard import normalize_wildcard


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("AB12 CDE", "AB12CDE"),
        ("ab-12.cd", "AB12CD"),
        ("  B·MW\t1\n", "BMW1"),  # the seal between two parts is often typed as a middle dot
        ("", ""),
        ("--", ""),
    ],
)
def test_normalize(text: str, normal: str) -> None:
    assert normalize(text) == normal


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("AB²", "²"),  # alphanumeric to Python, and no digit of a plate
        ("ΨB 12", "Ψ"),
    ],
)
def test_normalize_names_what_is_in_no_alphabet(text: str, foreign: str) -> None:
    with pytest.raises(ValueError, match=f"{foreign!r} is in no alphabet"):
        normalize(text)


def test_normalize_takes_no_mixture_of_scripts() -> None:
    with pytest.raises(ValueError, match="of no one alphabet"):
        normalize("皖あ12")


@pytest.mark.parametrize(
    ("text", "normal", "latin"),
    [
        ("mü ab 123", "MÜAB123", "MUAB123"),
        ("MU\u0308 AB 123", "MÜAB123", "MUAB123"),
        ("А 123 ВЕ 77", "A123BE77", "A123BE77"),  # Cyrillic letters of the shape of Latin ones
        ("1234 ЖБ", "1234ЖБ", "1234ZHB"),
        ("皖A·12345", "皖A12345", "AHA12345"),
        ("12가 3456", "12가3456", "12GA3456"),
        ("品川 330 あ 12-34", "品川330あ1234", "SHINAGAWA330A1234"),
        ("ه أ ق ٤٧٦", "ھأق٤٧٦", "HAG476"),
        ("۱۲ ب ۳۴۵ ۶۷", "۱۲ب۳۴۵۶۷", "12B34567"),
        ("1กข 2345", "1กข2345", "1KKH2345"),
    ],
)
def test_texts_of_other_scripts(text: str, normal: str, latin: str) -> None:
    assert normalize(text) == normal
    assert latin_of(normal) == latin
    assert fold(normal) == fold(latin)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("１２가 ３４５６", "12가3456"),  # in full width
        ("12\u1100\u1161 3456", "12가3456"),  # decomposed, as macOS names files
        ("皖Ａ·１２３４５", "皖A12345"),
        ("粵Z·1234港", "粤Z1234港"),  # as Hong Kong writes Guangdong
        ("品川 330 ｱ ・・12", "品川330あ12"),
        ("袖ケ浦 580 う 1", "袖ヶ浦580う1"),
        ("ﻣﻮ ١٢٣", "مو١٢٣"),  # letters as they stand in a word
        ("12345 | هـ | 6", "12345ھ6"),  # lengthened, as Morocco's and Egypt's are mostly written
        ("۱۲ ي ۳۴۵ ۶۷", "۱۲ی۳۴۵۶۷"),  # an Arabic yeh on a Persian plate
        ("12 ك ٣٤", "12ك٣٤"),
        ("กข ๑๒๓๔", "กข1234"),
        ("बा २ च ३४५६", "ब२च३४५६"),  # signs of vowels are no characters of plates
        ("ם 12-345", "מ12345"),
        ("ΙΖΑ-1234", "IZA1234"),  # Greek
    ],
)
def test_one_text_written_in_several_ways(written: str, normal: str) -> None:
    assert normalize(written) == normal
    assert normalize_wildcard(written) == normal


def test_what_is_of_two_alphabets_may_be_written_in_two_ways() -> None:
    assert latins("12م34567") == ("12Z34567", "12M34567")  # Saudi Arabia's meem and Iran's
    assert latins("م*") == ("Z*", "M*")
    assert latins("حنط٧٦٥٣") == ("JNT7653", "7653TNJ")  # the Arabic and the Latin row of a Saudi plate
    assert latins("٧٦٥٣حنط") == ("7653JNT", "JNT7653", "7653TNJ")
    assert latins("12345أ6") == ("12345A6",)
    assert latins("۱۲م۳۴۵۶۷") == ("12M34567",)
    assert folds("皖A*O?") == ("AHA*0?",)
    assert latins("AB12") == ("AB12",)
    assert latin_of("م?١٢") == "Z?12"  # an unknown character says nothing of the others' script


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("أبج١٢٣", "أبج١٢٣<"),
        ("أب*", "أب*<"),
        ("۱۲م۳۴۵۶۷", "۱۲م<۳۴۵۶۷"),
        ("12345أ6", "12345أ<6"),
        ("צ123456", "צ<123456"),
        ("皖A12345", "皖A12345"),
        ("١٢٣٤", "١٢٣٤"),
        ("AB12CDE", "AB12CDE"),
    ],
)
def test_marks_keep_the_order_of_the_plate_on_a_screen(text: str, marked: str) -> None:
    assert on_screen(text) == marked.replace("<", "\u200e")
    assert normalize(on_screen(text)) == normalize(text)


def test_the_data_file_is_what_the_alphabets_say() -> None:
    """Else run `python -m numberplate.plates.alphabet`."""
    package = Path(str(resources.files("numberplate.plates")))
    assert (package / "alphabets.json").read_text(encoding="utf-8") == compiled(package / "alphabets")


@pytest.mark.parametrize("one", alphabets().values(), ids=lambda a: a.code)
def test_an_alphabet_is_whole(one: Alphabet) -> None:
    assert one.characters.startswith(ALPHABET)
    assert len({*one.characters}) == len(one.characters)
    assert not {*one.composed} - {*one.own}
    for name, some in one.sets.items():
        assert {*"".join(some)} <= {*one.characters}, name
    assert {*one.same.values()} <= {*one.characters}
    assert not {*one.same} & {*one.characters}
    for text in (*one.own, *(word for words in one.sets.values() for word in words)):
        if text in one.folding or len(text) == 1:
            continue
        assert fold(one.latin(text)).isascii(), text
    # By what it is searched is of digits and Latin letters; only Japan's offices are known as words alone.
    assert {*one.fold(one.own)} <= {*ALPHABET} or one.code == "kana"


@pytest.mark.parametrize(
    ("script", "text", "printed"),
    [
        ("arabic", "طبج٣٩٤٥", "٣٩٤٥جبط"),
        ("arabic", "أ١", "١أ"),
        ("arabic", "جب", "بج"),  # the upper row of a motorcycle's
        ("arabic", "12345ب6", "12345ب6"),  # Morocco
        ("arabic", "3190TNJ", "3190TNJ"),
        ("persian", "۱۲ب۳۴۵۶۷", "۱۲ب۳۴۵۶۷"),
        ("han", "皖A12345", "皖A12345"),
    ],
)
def test_order_on_the_plate(script: str, text: str, printed: str) -> None:
    assert alphabet(script).printed(text) == printed
    assert alphabet(script).read(printed) == text


@given(st.sampled_from([*alphabets()]), st.data())
def test_reading_undoes_printing(script: str, data: st.DataObject) -> None:
    one = alphabet(script)
    text = data.draw(st.text(one.own, max_size=4)) + data.draw(st.text(one.characters, max_size=5))
    # A text of digits and then letters is on no plate that is read from right to left.
    assert one.read(one.printed(text)) == text or one.printed(text) == text
    assert sorted(one.printed(text)) == sorted(text)


def test_no_such_alphabet() -> None:
    with pytest.raises(AlphabetError, match="no alphabet 'runic'; known: latin, arabic"):
        alphabet("runic")


@given(st.text(max_size=12))
def test_what_normalize_returns_is_normal(text: str) -> None:
    try:
        normal = normalize(text)
    except ValueError:
        return
    assert set(normal) <= known_characters()
    assert normalize(normal) == normal


def test_fold() -> None:
    assert fold("OI01BQ8") == "0101BQ8"  # only what many countries do not tell apart
    assert fold(fold(ALPHABET)) == fold(ALPHABET)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name: A\n", "characters: is missing"),
        ("name: A\ncharacters: ԱԲ\nfolds: {Ա: A}\n", "folds: there is no such key"),
        ("name: A\ncharacters: [Ա, Բ]\n", "characters: ['Ա', 'Բ'] is no str"),
        ("name: A\ncharacters: ԱԲԱ\n", "characters: 'Ա' is there twice"),
        ("name: A\ncharacters: ԱA\n", "characters: 'A' is there twice"),
        ("name: A\ncharacters: Աբ\n", "characters: 'բ' is no composed capital letter or digit"),
        ("name: A\ncharacters: Աั\n", "characters: 'ั' is no composed capital letter or digit"),
        ("name: A\ncharacters: ԱΑ\n", "characters: 'Α' is no composed capital letter or digit"),
        ("name: A\ncharacters: ԱԲ\nfold: {Ա: Á}\n", "fold: 'Á' for 'Ա' is not of digits and A-Z"),
        ("name: A\ncharacters: ԱԲ\nfit: boxes\n", "fit: 'boxes' is none of letters, box, em, line"),
        ("name: A\ncharacters: ԱԲ\nsets: {x: ԱԶ}\n", "sets.x: 'ԱԶ' is not of its characters"),
        ("name: A\ncharacters: ԱԲ\nfold: {Ա: NO}\n", "fold: 'Ա' and False have to be texts"),
        ("name: A\ncharacters: ԱԲ\nsame: {Զ: Ժ}\n", "same: 'Ժ' is not of its characters"),
        ("name: A\ncharacters: ԱԲ\nshapes: {Զ: Ժ}\n", "shapes: 'Զ' is not of its characters"),
        ("name: [\n", "line 2: not YAML: "),
        ("", "expected a mapping"),
    ],
)
def test_an_alphabet_that_is_wrong_is_not_compiled(tmp_path: Path, text: str, reason: str) -> None:
    """What is compiled is read whenever a plate is: one that is wrong would end every command."""
    path = tmp_path / "armenian.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AlphabetError, match=re.escape(f"{path}: {reason}")):
        compiled(tmp_path)


@pytest.mark.parametrize(
    ("module", "file", "made"),
    [
        ("alphabet", "alphabets/armenian.yaml", "alphabets.json"),
        ("formats", "designs/xx.yaml", "formats.json"),
    ],
)
def test_compiling_what_is_wrong_is_a_line_and_changes_nothing(
    tmp_path: Path, module: str, file: str, made: str
) -> None:
    source = Path(numberplate.__file__).parent
    package = shutil.copytree(source, tmp_path / "numberplate", ignore=shutil.ignore_patterns("weights"))
    (package / "plates" / file).write_text("name: N\n", encoding="utf-8")
    before = (package / "plates" / made).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", f"numberplate.plates.{module}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(str(package / "plates" / file))
    assert (package / "plates" / made).read_bytes() == before
