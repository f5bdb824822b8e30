"""The designs of scripts beyond the Latin: texts that each series issues, and texts that it does not."""

from importlib import resources

import numpy as np
import pytest

from numberplate.plates.alphabet import alphabet
from numberplate.plates.design import Design, named_design, shipped_designs
from numberplate.plates.formats import Regions
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.type.lettering import Letterings

# File: texts that were or could be issued, from left to right: texts that could not. A slash parts lines.
TABLE = """
arabic/eg: ٣٩٤/جبأ ٢٤٥٧/وق ١٢/س: ٣٩٤/جبغ 394/جبأ ٣٠٤/جبأ
arabic/iq: ١٢٣٤٥/ب ٨٩٩٩/ل: 12345/ب ١٢/ب
arabic/ma: 12345أ6 1234ھ78 98765ط1: 0123أ6 12345ج6 12345أ90
arabic/sa: ٧٦٥٣/طنح/7653/TNJ ١٢٣٤/مكر/1234/RKZ: ٧٦٥٣/غنح/7653/TNJ ٧٦٥٣/طنح/7653/TNO
bengali/bd: গ/১২৩৪৫৬: গ/123456 গগ/১২৩৪৫৬
bengali/bd-commercial: ট/১১৩৪৫৬: ট/১১৩৪
cyrillic/mn: 1234YБA 9876YHГ 0001XӨЭ 1111APB: 1234БЯA 123YБA 1234AБB
cyrillic/mn-two-line: 1234/YБA 5555/ДГЛ: 1234/ДБA 1234/YБ
cyrillic/su: Ж1234MO Б5678ПP: 1234MOЖ AB123CD
cyrillic/su-1958: 1234MOЖ 9876ЛEA: Ж1234MO 123MOЖ
han/cn-airport: 民航A1234: 京民航A123 民航12345
han/cn-black: 粤Z1234港 粤ZAB12澳 京A1234领: 京A1234港 粤Z1234警
han/cn-blue: 京A12345 粤B6K789 川AD1234: 京I12345 粤AO2345 京A1234警
han/cn-embassy: 使123456 224578使: 使12345 京123456
han/cn-emergency: 京AX12应急 川A123S应急: 京A12345 京A1234警
han/cn-green: 粤AD12345 京A12345F 沪BFB1234: 粤A12345 粤AD1234
han/cn-police: 京A1234警 沪B0A12警: 京A1234学 京AO123警
han/cn-school: 苏E1234学 苏E1234挂: 苏E1234警 苏E12345
han/cn-temporary: 浙A1234临: 浙A1234试
han/cn-test: 浙A1234试 浙A1234超: 浙A1234临
han/cn-yellow-rear: 鲁B/12345 鲁B/1234挂: 鲁B/1234警 鲁B/1234港
hangul/kr: 12가3456 123거4567 12허3456: 12바3456 12배3456 012가3456
hangul/kr-diplomatic: 외교123456 준외001002: 12육3456 임1234
hangul/kr-military: 12육3456 임1234: 외교123456 12가3456
hangul/kr-region: 서울12바3456 경기70배1234: 서울12가3456 서울12허3456
hangul/kr-short: 12가3456 123호4567: 12바3456 12배3456 099하1234
hangul/kr-two-line: 서울52/가3108 부산1/허2345: 서울52/바3108
hangul/kr-two-line-commercial: 서울31/바3108 인천80/배1234: 서울31/가3108 서울31/허3108
hebrew/il-army: צ123456 12345צ: מ123456
kana/jp: 品川330/さ1234 品川33/ろ12 横浜30A/よ1234 横浜500/わ1: 品川330/さ0123 品川330/あ1234 品川330/お1234
kana/jp-commercial: 品川330/あ1234 川崎100/を99: 品川330/さ1234
kana/jp-kei: 品川580/あ1234 品川480/わ7: 品川580/り1234 品川330/あ1234
kana/jp-kei-commercial: 品川480/り1234 品川480/れ12: 品川480/あ1234
persian/ir: ۱۲ب۳۴۵/۶۷ ۹۸ی۷۶۵/۱۰: ۱۲ا۳۴۵/۶۷ ۱۲ت۳۴۵/۶۷ ١٢ب٣٤٥/٦٧
persian/ir-government: ۱۲ا۳۴۵/۶۷: ۱۲ب۳۴۵/۶۷
persian/ir-police: ۱۲پ۳۴۵/۶۷ ۱۲ث۳۴۵/۶۷: ۱۲ش۳۴۵/۶۷
persian/ir-army: ۱۲ش۳۴۵/۶۷: ۱۲پ۳۴۵/۶۷
persian/ir-ministry: ۱۲ز۳۴۵/۶۷ ۱۲ف۳۴۵/۶۷: ۱۲ا۳۴۵/۶۷
persian/ir-taxi: ۱۲ت۳۴۵/۶۷ ۱۲ع۳۴۵/۶۷ ۱۲ک۳۴۵/۶۷: ۱۲ب۳۴۵/۶۷
thai/th: 1กข1234 กข9 9ฮฮ99: กข0123 1กขค123 กข12345
thai/th-taxi: ทต1234 1มก1234: กข1234 1กข1234
latin-extended/de: GÖKX417 HÄKX417 PLÖA1 SÜWAB123 LÜNX99 TÖNA1E: ÄÖA1 GÖA0123 HAKX417
"""
ROWS = [line.split(":") for line in TABLE.strip().splitlines()]


def matches(design: Design, text: str) -> bool:
    parts = text.split("/")
    return len(parts) == len(design.lines) and all(
        line.pattern.matches(part) for line, part in zip(design.lines, parts, strict=True)
    )


@pytest.mark.parametrize(("name", "issued", "not_issued"), ROWS, ids=[name for name, _, _ in ROWS])
def test_texts(name: str, issued: str, not_issued: str) -> None:
    design = named_design(name)
    assert [text for text in issued.split() if not matches(design, text)] == []
    assert [text for text in not_issued.split() if matches(design, text)] == []


def files(script: str) -> list[str]:
    folder = resources.files("numberplate.plates").joinpath("designs", script)
    return [f"{script}/{f.name.removesuffix('.yaml')}" for f in folder.iterdir()]


def test_a_letter_of_a_use_is_on_plates_of_its_colour_alone() -> None:
    """A yellow plate with a private car's letter, or a black one with 警, is one that nobody has seen."""
    for script, letters, paper in (
        ("han", "警", "#f2f2f2"),
        ("han", "港澳", "#161616"),
        ("hangul", "바아자배", "#f0c41c"),
        ("kana", "りれ", "#181818"),
        ("persian", "ا", "#b41c24"),
        ("persian", "تعک", "#f0c41c"),
    ):
        # Of registered cars and motorcycles of Japan, り and れ are private or rented.
        of_use = [n for n in files(script) if not n.startswith(("kana/jp-m", "kana/jp-p")) and n != "kana/jp"]
        for name in of_use:
            design = named_design(name)
            lettered = design.lines[-1 if script in ("hangul", "kana") else 0].pattern.characters
            if {*letters} & {*lettered}:
                assert {variant.paper for variant in design.variants} == {paper}, (name, letters)


def test_kana_that_no_plate_has() -> None:
    used = {c for design in shipped_designs("kana") for c in design.lines[1].pattern.characters}
    assert not used & {*"おしへん"}


def test_all_provinces_of_china() -> None:
    provinces = alphabet("han").sets["province"]
    assert len(provinces) == 31
    for name in ("han/cn-blue", "han/cn-green", "han/cn-yellow-rear", "han/cn-police"):
        assert {*provinces} <= {*named_design(name).lines[0].pattern.characters}


def test_what_marks_a_police_plate_is_red() -> None:
    """The province's character and the figures are black."""
    design = named_design("han/cn-police")
    whole = draw_flat(design, Letterings(), 1.0, np.random.default_rng(3))
    x0, y0 = whole.corners[0].astype(int)
    x1, y1 = whole.corners[2].astype(int)
    plate = whole.picture[y0:y1, x0:x1].astype(int)
    red = (plate[..., 0] - plate[..., 1] > 100) & (plate[..., 0] - plate[..., 2] > 80)
    columns = np.flatnonzero(red.any(0))
    assert red.sum() > 200
    assert columns.min() > 0.75 * plate.shape[1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("京A1234警", "cn"),
        ("粤AD12345", "cn"),
        ("12가3456", "kr"),
        ("서울12바3456", "kr"),
        ("品川330さ1234", "jp"),
        ("أبج٣٩٤", "eg"),
        ("12345أ6", "ma"),
        ("ب١٢٣٤٥", "iq"),
        ("۱۲ب۳۴۵۶۷", "ir"),
        ("1กข1234", "th"),
        ("গ১২৩৪৫৬", "bd"),
        ("ब२च३४५६", "np"),
        ("1234YБA", "mn"),
        ("PLÖA1", "de"),
        ("צ123456", "il"),
    ],
)
def test_the_region_follows_from_the_text(text: str, code: str) -> None:
    likeliest = max(Regions().probabilities(text).items(), key=lambda item: item[1])
    assert likeliest[0] == code
    assert likeliest[1] > 0.5
