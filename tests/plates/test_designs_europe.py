"""The European designs, against texts as they are seen on roads there."""

from importlib import resources
from itertools import pairwise

import numpy as np
import pytest

from numberplate.plates.design import Design, read_design
from numberplate.plates.pattern import MARKS
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.type.lettering import Letterings

# By file: texts that the series has, and texts that it has not. Those of several lines are read as one.
TEXTS = {
    "ad": ("B4837 N0123", "12345 AB123 O1234"),
    "al": ("AA123BC ZZ999ZZ", "AA1234B AI123BC AAA123"),
    "at": ("W12345B G123AB GU456BC KU12ABC W1234X BMAX1", "Q123AB W123456 GRZ123AB WQ1234"),
    "at-black": ("W123456 ST12345 N12 O123456", "A123456 W12345B"),
    "at-colours": ("W1234A SL123BC", "123ABC"),
    "at-motorcycle": ("W12AB GU345CD SLAB1", "W12345A Q12AB"),
    "at-two-line": ("W123AB GU45CD LABC1", "WQ12AB 12345"),
    "ba": ("A12E345 TA123456 K00M999", "B12A345 A12B345 TA12345"),
    "be": ("1ABC234 2XYZ001 TXAB123 TLZZ999 OABC123 QAIB001", "3ABC123 1AOB123 ABC123 1ABC23"),
    "be-motorcycle": ("MABC123 MQQQ000", "1ABC123 MOBC123"),
    "be-older": ("ABC123 123ABC", "1ABC123 AOC123 123QAB"),
    "be-two-line": ("1ABC234 2ZZZ999", "3ABC123 1OBC234"),
    "bg": ("CB1234AB A0001MX PB9999KT", "CD1234AB CB123AB CB1234DF"),
    "bg-two-line": ("CB1234AB E0001KK", "CB1234LL"),
    "by": ("1234AB7 0001XX1 E123CK5 AI12344", "1234AB8 1234DB7 12345AB7"),
    "by-two-line": ("1234AB7", "1234AB9 1234GB7"),
    "ch-front": ("ZH123456 GE12 BE417890", "ZZ123 ZH012345 ZH1234567"),
    "ch-rear": ("ZH123456 AI18313", "CH1234 ZH0123"),
    "ch-two-line": ("TI99999 VS100200", "FL12345"),
    "cy": ("MAA001 KZN999 HBY698", "MAA01 IOA123 AB123"),
    "cz": ("1A12345 7AB1234 5U10000 EL123AB", "1G12345 1AO1234 AB12345 12A3456"),
    "cz-motorcycle": ("4S8727 5PA1234", "4G8727"),
    "cz-older": ("BSA1234 AB1234", "1A12345 A1234"),
    "cz-two-line": ("1A12345 7AB1234", "7GB1234"),
    "de": ("BMW1234 MAB123 HHAB1234 BA1 FFBE12E DRH12H", "B1234 BAB0123 ABCDABC1 1BAB23"),
    "de-motorcycle": ("BAB12 PLWS4 HHX123", "BAB1234"),
    "de-official": ("0170123 01714 Y123456 BP1234 THW81234 BD16123", "B1234 Y012345"),
    "de-season": ("MAB12 ZU71H VNJG13H", "MAB1234"),
    "de-small": ("KHCA321 BA1", "BA0123"),
    "de-temporary": ("B04123 RTV03999 AJ79L", "B06123 BAB123"),
    "de-trade": ("J06924 ZT07123 HH061234", "J05924 BAB123"),
    "de-two-line": ("BAB1234 MX1 EZHCA47E", "B1234 BA0123"),
    "dk": ("AB12345 XY98765", "AB01234 IA12345 AQ12345 ABC1234"),
    "dk-two-line": ("GE67709 EE27145", "OE67709"),
    "ee": ("123ABC 999BMW 12ABC", "ABC123 123AQC 1234AB"),
    "es": ("1234BBB 0000ZZZ 9876LMN", "1234ABC 123BBB 1234BQB"),
    "es-motorcycle": ("3906GBD", "3906GAD"),
    "es-provincial": ("M1234AB B0001Z TF9999BX GC5555AJ", "QQ1234AB M123AB 1234BBB"),
    "es-two-line": ("4429RWD", "4429RED"),
    "fi": ("ABC123 XY12 BLC8 ZZZ999", "A123 ABCD12 AQB123"),
    "fi-two-line": ("MFM662 OJ4", "M662"),
    "fo": ("AB123 JJ262", "ABC12 FO1234"),
    "fr": ("AA123BC WT250HL ZZ999ZZ", "AI123BC AA1234B 1234AB75 OO123AA"),
    "fr-black": ("1234AB75 738TZZ06 AB123CD", "AI123CD"),
    "fr-departement": ("1234AB75 928GK07 123ABC2A 4549JK2B 8932FP11", "AB123CD 1234AB00 1234OI75 0123AB75"),
    "fr-motorcycle": ("NY508SG", "NYO08SG NI508SG"),
    "fr-two-line": ("QW209ET", "QO209ET"),
    "gb-classic": ("WTY30S ABC123 5077ZC A1", "AB12CDE"),
    "gb-front": ("AB51ABC LM76XYZ SW23HUS BD02SMR", "AB12CDI QA51ABC JA51ABC AB77ABC AB27XYZ AB01ABC ABC123"),
    "gb-motorcycle": ("PR58YPL A123BCD", "AB12CDI IA58YPL"),
    "gb-nir": ("HZ1629 HGZ9350 AIA1234 AUI4321", "AB1234 HQZ935 HZ0629"),
    "gb-older-marks": ("A123BCD ABC123D ABC1D WTY30 K2486 1234AB", "I123BCD ABC123I AB12CDE 0123AB"),
    "gb-rear": ("AB51ABC VY63UZX", "QA51ABC AB12CQE"),
    "gb-square": ("OX72XOJ KA05FWM A123BCD", "OX72XIJ"),
    "gg": ("12345 315", "A123 012 123456"),
    "gi": ("G1234A G5366C", "G12345 A1234G G0123A"),
    "gr": ("YKX1234 TTA8668 OAT3184", "YKX0123 ABC1234 YKX123 QAB1234"),
    "gr-motorcycle": ("PNH6 NYE36 ABE1234", "PNH0 CNH6"),
    "gr-two-line": ("OAZ1844", "OAC1844"),
    "hr": ("ZG1234AB ZD123C ST0001ZZ", "ZG1234QA XX123A ZG12AB"),
    "hr-two-line": ("OG8945E ZG868CC", "ZG8684W"),
    "hu": ("AABB123 AEIB001 BCDE999", "ABCD123 AQBB123 AAB123"),
    "hu-older": ("ABC123 JOE659", "AB1234 ABQ123"),
    "hu-two-line": ("IZE802", "IQE802"),
    "ie": ("131D1234 212SO1 241WX987 261C12", "130D1234 123D1234 131XX123 131D0123"),
    "ie-older": ("06KY656 88G7705 99D123456 12WD1234", "13D1234 06XX123 131D123"),
    "ie-two-line": ("151D39749 06KY656", "151XX39749"),
    "im": ("DMN5D PMN123A J188MAN MAN123 MAN1234", "AMN123A PMN123Z DIN5D"),
    "is": ("GK783 YEX12 ABD12", "GK7834 QK783 CC123"),
    "is-two-line": ("TE322 UTZ57", "TC322"),
    "it": ("AA123BC GM999ZZ", "AI123BC AO123BC AA1234B AU123BC"),
    "it-front": ("VY405RM", "VY405RO"),
    "it-motorcycle": ("XA59236", "XI59236"),
    "it-older": ("AB123CD MI12345A ROMA123456 NAD39098", "IO123AB MIO12345"),
    "it-two-line": ("ZT992TZ ZA000AA", "AT992TZ ZT992TO"),
    "je": ("J12345 J500408", "A12345 J012345 J1234567"),
    "li": ("FL12345 FL999", "ZH12345 FL01234"),
    "lt": ("ABC123 KHA961 EA1234", "AQC123 AWC123 AB1234"),
    "lt-two-line": ("LJL815", "LXL815"),
    "lu": ("AB1234 DU0750 12345", "IO1234 ABC123 AO1234"),
    "lv": ("AB1234 DI3918 KP1", "ABC123 QW1234 AX1234 AB0123"),
    "mc": ("6051 A123 1A23 0J63", "ABC12 12345"),
    "md": ("ABC123 WGC453", "AB1234 AQC123"),
    "md-older": ("CAB123 KBC001 BLAB999", "ZZAB123 CQB123"),
    "me": ("PGAB123 HNCD999", "PGAI123 PGOB123 XXAB123"),
    "mk": ("SK1234AB OH123CD", "SK12AB ZZ1234AB SK1234QX"),
    "mt": ("ABC123 QQQ001", "AB1234 ABCD12"),
    "nl": ("AB1234 12AB34 1234AB GB12BD GBBB12 12BBGG 12GBB3 1GBB23 GB123B G123BB GBB12B", "AB12CD 12ACB3"),
    "nl-blue": ("AB1234 1234UJ 21UJ28", "AB12CD CQ1234"),
    "nl-motorcycle": ("02MP37 MSTG99 MB12BD", "02AP37"),
    "nl-two-line": ("T79675 RDXP99 12GB34", "A79675"),
    "no": ("DP70231 EL67393 AB12345", "DQ70231 AI12345 AB01234 ABC1234"),
    "no-two-line": ("DV8408 BC29411", "DO8408"),
    "pl": ("WA12345 KR1234A PO123AC GD1A234 WY1AC23 WRAA123 KRA12AC", "WA123BA QA12345 WRAB123 WA1234O"),
    "pl-black": ("ETO4971 YJJ130F", "ETQ4971"),
    "pl-motorcycle": ("LD8858 TCX156K", "LD88D8"),
    "pl-two-line": ("SA16520 OD4XG41", "SA1652O"),
    "pt": ("AA01AA MN19WR ZK99YW", "0101AA AA0101"),
    "pt-black": ("LR4003 VS7504", "KR4003 4003LR"),
    "pt-dated": ("3025RJ 75PH72", "75WH72 AA01AA"),
    "ro": ("B123ABC CJ01XYZ TM99ABC B12ABC", "CJ123ABC XX12ABC CJ12IBC CJ12OBC CJ12AQC"),
    "ro-temporary": ("TR09551 B012345 CJ0123", "TR00551 TR19551"),
    "ro-two-line": ("MM67ANI", "MM67QNI"),
    "rs": ("BG1234AB NS123CX", "BG1234QA XX123AB BG12AB"),
    "ru": ("A123BC77 H798MK177 X001XX99 P847EX10", "D123BC77 A123BC00 A123BC1 AB12377"),
    "ru-bus": ("CM25477 XC871978", "CM25D77 DM25477"),
    "ru-two-line": ("Y030TA777 P344BK197", "Y030TD77"),
    "se": ("ABC123 ABC12A DHY826", "ABI123 AQC123 ABV123 ABC12O AB1234"),
    "se-two-line": ("FAJ429 DHY82B", "FIJ429"),
    "si": ("LJAB123 MSD1234 LJ124KC MS779BA", "XXAB123 LJQB123 LJ12345"),
    "sk": ("AA123BB HE082GD", "A1234BB AA12BBB"),
    "sk-band": ("BA123AB", "BA1234A"),
    "sk-old": ("BA123AB", "BA1234A"),
    "sk-shield": ("BA123AB KE999ZZ", "BA1234A"),
    "sk-two-line": ("FH159JX", "FH1590X"),
    "sm": ("A2726 C6273", "12726 AB123"),
    "tr": ("34ABC123 06A1234 81AB123 35AB1234 01ABC12", "82ABC123 00A1234 34AQC123 34A123"),
    "tr-two-line": ("05L92 34N6425", "00L92 34W6425"),
    "ua": ("AA1234BB KA0001XX AE9999TP", "DA1234BB AA1234DD AA123BB"),
    "ua-electric": ("AA1234YB KA0001ZA", "AA1234AB"),
    "ua-two-line": ("BHPI7579 KAAK5736", "BHLI7579"),
    "xk": ("01123AB 07999TC", "08123AB 01012AB 00123AB"),
}  # fmt: skip

# Jurisdictions whose letters are few, and those letters.
LETTERS = {
    "ba": "AEJKMOT", "bg": "ABCEHKMOPTXY", "by": "ABCEHIKMOPTX", "gr": "ABEHIKMNOPTXYZ", "ru": "ABCEHKMOPTXY",
    "ua": "ABCEHIKMOPTXYZ", "li": "FL",
}  # fmt: skip

EUROPE = {file.partition("-")[0] for file in TEXTS}
FOLDER = resources.files("numberplate.plates").joinpath("designs")
FILES = {f.name.removesuffix(".yaml"): read_design(f) for f in FOLDER.iterdir() if f.name.endswith(".yaml")}


def matches(design: Design, text: str, line: int = 0) -> bool:
    """Whether the lines from `line` on, one after the other, make the text."""
    if line == len(design.lines):
        return not text
    return any(
        design.lines[line].pattern.matches(text[:n]) and matches(design, text[n:], line + 1)
        for n in range(len(text) + 1)
    )


def test_the_table_has_every_european_design() -> None:
    assert set(TEXTS) == {file for file, d in FILES.items() if d.code.partition("-")[0] in EUROPE}
    assert len({FILES[file].code for file in TEXTS}) >= 36


@pytest.mark.parametrize("file", TEXTS)
def test_patterns_know_the_series(file: str) -> None:
    right, wrong = (texts.split() for texts in TEXTS[file])
    assert [text for text in right if not matches(FILES[file], text)] == []
    assert [text for text in wrong if matches(FILES[file], text)] == []


@pytest.mark.parametrize("file", [f for f in TEXTS if f.partition("-")[0] in LETTERS])
def test_no_letter_is_drawn_that_the_country_leaves_out(file: str) -> None:
    rng = np.random.default_rng(1)
    allowed = set(LETTERS[file.partition("-")[0]] + "0123456789" + MARKS)
    for line in FILES[file].lines:
        for _ in range(100):
            assert set(line.pattern.generate(rng)) <= allowed


@pytest.fixture(scope="module")
def letterings() -> Letterings:
    """The drawn alphabets alone."""
    return Letterings()


@pytest.mark.parametrize("file", TEXTS)
def test_plates_are_drawn(letterings: Letterings, file: str) -> None:
    design = FILES[file]
    for seed in range(2):
        flat = draw_flat(design, letterings, 0.3, np.random.default_rng(seed))
        assert matches(design, flat.text)
        assert len(flat.lines) == len(design.rows)


@pytest.mark.parametrize("file", TEXTS)
def test_texts_have_room(file: str) -> None:
    # With every character as wide as an H, a line is squeezed by a fifth at most.
    design = FILES[file]
    ends = {
        side: max((b.width for b in design.bands if b.side == side), default=0) for side in ("left", "right")
    }
    for row in design.rows:
        for i in row:
            line = design.lines[i]
            low, high = ends["left"], design.size[0] - ends["right"]
            middle = (low + high) / 2 if line.x is None else line.x * design.size[0]
            rng = np.random.default_rng(1)
            for text in (line.pattern.generate(rng) for _ in range(60)):
                marks = sum(c in MARKS for c in text)
                gaps = sum(c not in MARKS and d not in MARKS for c, d in pairwise(text))
                width = (len(text) - marks) * (line.width or 0) + gaps * line.gap + marks * line.space
                assert width * 0.8 < 2 * min(middle - low, high - middle), text


def test_variants_are_named_once_each() -> None:
    for file in TEXTS:
        names = [variant.name for variant in FILES[file].variants]
        assert all(names), file
        assert len(set(names)) == len(names), file
