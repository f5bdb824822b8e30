import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import BaseModel

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.plates.design import (
    Band,
    Caption,
    Design,
    DesignError,
    Line,
    Sticker,
    Variant,
    read_design,
    shipped_designs,
)
from numberplate.plates.pattern import MARKS
from numberplate.synthesis.plate.generic import MIN_CONTRAST, luma

SMALLEST: dict[str, Any] = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [520, 110],
    "lines": [{"pattern": "@@ ###", "height": 75, "y": 55}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
}

CAPTION: dict[str, Any] = {"texts": ["ZENDA"], "height": 12, "y": 17, "colours": ["#0d3a24"]}
STICKER: dict[str, Any] = {"shape": "circle", "size": [20, 20], "x": 0.5, "y": 0.5, "colours": ["#0d3a24"]}


def write(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump({**SMALLEST, **changes}), encoding="utf-8")
    return path


def two(y: float, other: float, first: dict[str, Any] | None = None, second: Any = None) -> list[Any]:
    """Two lines of letters 40 mm high, about y and other."""
    line = {"pattern": "@@#", "height": 40}
    return [{**line, "y": y, **(first or {})}, {**line, "y": other, **(second or {})}]


@pytest.mark.parametrize("design", shipped_designs(), ids=lambda d: f"{d.code}-{d.name}")
def test_shipped_designs_can_be_drawn_and_read(design: Design) -> None:
    assert design.source  # where the figures come from
    rng = np.random.default_rng(1)
    for _ in range(50):
        texts = [line.pattern.generate(rng) for line in design.lines]
        bare = ["".join(c for c in text if c not in MARKS) for text in texts]
        assert all(line.pattern.matches(text) for line, text in zip(design.lines, bare, strict=True))
        assert MIN_LENGTH <= len("".join(bare)) <= MAX_LENGTH
    for variant in design.variants:
        assert abs(luma(variant.paper) - luma(variant.ink)) >= MIN_CONTRAST
    covered = sum(band.width for band in design.bands if band.side in ("left", "right"))
    for line in design.lines:
        assert line.width is None or line.width < (design.size[0] - covered) / 4


def test_shipped_designs_are_told_apart() -> None:
    designs = shipped_designs()
    assert len(designs) >= 20
    assert len({(d.code, d.name) for d in designs}) == len(designs)
    assert {"de", "fr", "gb", "us", "br", "nl"} <= {d.code.partition("-")[0] for d in designs}


GUIDE = (Path(__file__).parents[2] / "docs" / "adding-a-country.md").read_text(encoding="utf-8")


def test_the_guides_example_is_a_design(tmp_path: Path) -> None:
    (tmp_path / "ruritania.yaml").write_text(GUIDE.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    design = read_design(tmp_path / "ruritania.yaml")
    assert design.code == "xr"
    assert design.lines[0].pattern.matches("AB123XY")


@pytest.mark.parametrize("part", [Design, Line, Variant, Band, Caption, Sticker], ids=lambda p: p.__name__)
def test_the_guide_tells_every_key(part: type[BaseModel]) -> None:
    """Each part has a table that names its keys, all of them and no other."""
    heading = {
        Design: "### The plate",
        Line: "(`lines`)",
        Variant: "(`variants`)",
        Band: "(`bands`)",
        Caption: "(`captions`)",
        Sticker: "(`stickers`)",
    }[part]
    rows = [row for row in GUIDE.split(heading)[1].split("\n#")[0].splitlines() if row.startswith("| `")]
    named = [key for row in rows for key in re.findall("`([a-z_]+)`", row.split("|")[1])]
    assert sorted(named) == sorted(part.model_fields)
    for row in rows:
        keys = re.findall("`([a-z_]+)`", row.split("|")[1])
        if any(part.model_fields[key].is_required() for key in keys):
            # No default is told for what must be given, unless another key of the row has one.
            assert not row.split("|")[-2].strip() or len(keys) > 1, row


def test_read_design_fills_in_what_is_not_said(tmp_path: Path) -> None:
    design = read_design(write(tmp_path / "xx.yaml"))
    assert (design.code, design.size, design.weight) == ("xx", (520, 110), 1)
    assert design.letterings == ("*",)
    assert design.aspect == pytest.approx(520 / 110)
    assert design.lines[0].pattern.matches("AB123")


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"colour": "#ffffff"}, "colour", "no such key"),  # a key that nobody reads
        ({"lines": [{"pattern": "@#", "heigth": 75, "y": 55}]}, "lines.0.heigth", "no such key"),  # misspelt
        ({"lines": []}, "lines", "at least 1 item"),
        ({"variants": []}, "variants", "at least 1 item"),
        ({"size": [520]}, "size.1", "is missing"),
        ({"size": [520, 0]}, "size.1", "greater than 0"),
        ({"variants": [{"paper": "white", "ink": "#000000"}]}, "variants.0.paper", "not 'white'"),
        (
            {"variants": [{"paper": None, "ink": "#000000"}]},
            "variants.0.paper",
            "in quotes",
        ),  # YAML's comment
        ({"name": False}, "name", "in quotes"),  # YAML's NO
        ({"variants": [{"paper": "#FFFFFF", "ink": "#000000"}]}, "variants.0.paper", "lower case"),
        ({"lines": [{"pattern": "@(#", "height": 75, "y": 55}]}, "lines.0.pattern", "character 4: no ')'"),
        ({"lines": [{"pattern": 7, "height": 75, "y": 55}]}, "lines.0.pattern", "text in quotes"),
        ({"lines": [{"pattern": "@#", "height": "tall", "y": 55}]}, "lines.0.height", "valid number"),
        ({"bands": [{"side": "up", "width": 9, "colour": "#000000"}]}, "bands.0.side", "'left', 'right'"),
        ({"frame": 30}, "frame", "less than or equal to 1"),  # a share, not a percentage
        ({"holes": 3}, "holes", "0, 2 or 4"),
        ({"size": [float("inf"), 110]}, "size.0", "less than or equal to 2000"),
        ({"size": [2000, 50]}, "size", "more than 20 times"),
        ({"radius": float("inf")}, "radius", "less than or equal to 2000"),
        ({"name": "N" * 201}, "name", "at most 200 characters"),
        ({"captions": [CAPTION | {"height": 1e9}]}, "captions.0.height", "less than or equal to 2000"),
        ({"captions": [CAPTION | {"colours": []}]}, "captions.0.colours", "at least 1 item"),
        ({"captions": [CAPTION | {"texts": ["A" * 101]}]}, "captions.0.texts.0", "at most 100 characters"),
        ({"stickers": [STICKER | {"colours": []}]}, "stickers.0.colours", "at least 1 item"),
        ({"stickers": [STICKER | {"size": [9e9, 9e9]}]}, "stickers.0.size.0", "less than or equal to 2000"),
        ({"lines": [{"pattern": "@Ж##", "height": 75, "y": 55}]}, "lines.0.pattern", "'Ж' is not of the"),
        # Marks are no part of a text's length.
        ({"lines": [{"pattern": "@@#((-{12}){12}){12}", "height": 75, "y": 55}]}, "lines.0.pattern", "200"),
        # Each part is right, but not all of them together.
        ({"lines": [{"pattern": "@{11}##", "height": 75, "y": 55}]}, "lines", "of 13 to 13 characters"),
        ({"lines": [{"pattern": "@{1,4}", "height": 75, "y": 55}]}, "lines", "of 1 to 4 characters"),
        ({"lines": [{"pattern": "@@@@@@@", "height": 30, "y": 30}] * 2}, "lines", "of 14 to 14 characters"),
        ({"lines": [{"pattern": "@@##", "height": 75, "y": 20}]}, "lines.0", "upper or lower edge"),
        ({"lines": [{"pattern": "@@##", "height": 75, "y": 55, "stroke": 30}]}, "lines.0.stroke", "a third"),
        ({"bands": [{"side": "left", "width": 520, "colour": "#000000"}]}, "bands", "no room"),
        ({"bands": [{"side": "top", "width": 20, "colour": "#000000"}]}, "lines.0", "into a band"),
        ({"bands": [{"side": "bottom", "width": 20, "colour": "#000000"}]}, "lines.0", "into a band"),
        ({"lines": two(30, 80, first={"x": 0.3})[::-1]}, "lines.1", "from top to bottom"),
        ({"lines": two(40, 70)}, "lines.1", "not wholly below lines.0"),
        ({"lines": two(55, 55, first={"x": 0.3})}, "lines.1", "no x"),
        ({"lines": two(55, 50, first={"x": 0.7}, second={"x": 0.2})}, "lines.1", "from left to right"),
        ({"border_inset": 60}, "border", "no room"),
    ],
)
def test_an_error_names_file_key_and_reason(
    tmp_path: Path, changes: dict[str, Any], key: str, reason: str
) -> None:
    path = write(tmp_path / "bad.yaml", **changes)
    with pytest.raises(DesignError) as caught:
        read_design(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert re.search(rf"\b{re.escape(key)}\b", message)
    assert reason in message


@pytest.mark.parametrize(
    ("lines", "rows"),
    [
        (two(30, 80), ((0,), (1,))),
        (two(30, 70), ((0,), (1,))),  # they touch
        (two(50, 60, {"x": 0.2}, {"x": 0.7}), ((0, 1),)),
        # Two small ones above each other, and a large one beside both.
        (
            [
                {"pattern": "@", "height": 20, "y": 30, "x": 0.1},
                {"pattern": "@", "height": 20, "y": 70, "x": 0.1},
                {"pattern": "####", "height": 70, "y": 50, "x": 0.6},
            ],
            ((0, 1, 2),),
        ),
        # A small one above at one side of the second row's two.
        (
            [*two(25, 80, second={"x": 0.2}), {"pattern": "##", "height": 50, "y": 78, "x": 0.7}],
            ((0,), (1, 2)),
        ),
    ],
)
def test_rows(tmp_path: Path, lines: list[dict[str, Any]], rows: tuple[tuple[int, ...], ...]) -> None:
    assert read_design(write(tmp_path / "xx.yaml", lines=lines)).rows == rows


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "expected a mapping"),
        (b"- a\n- b\n", "a mapping"),
        (b"code: [", "line 1: not YAML: "),
        (b"code: xx\nname: a: b\n", "line 2: not YAML: mapping values are not allowed here"),
        (b"code: \x07", "special characters are not allowed"),
        (b"code: \xff\xfe", "utf-8"),
        (b"code: xx\n", "name: is missing"),
        (b"code: xx\ncode: yy\n", "line 2: not YAML: the key 'code' is given twice"),
        (b"name: 1\ncode: 2020-13-45\n", "line 2: not YAML: '2020-13-45' is no timestamp"),
        (b"code: !!int ''\n", "line 1: not YAML: '' is no int"),
        (b"code: !!bool x\n", "'x' is no bool"),
        (b"code: !!timestamp x\n", "'x' is no timestamp"),
        (b"a: &a {b: 1}\nc: {<<: *a}\n", "line 2: not YAML: mappings are not merged here"),
        (b"a: " + b"[" * 5000, "too many parts within each other"),
        (b"a: [" + b"x," * 50_000 + b"]", "more than 100000 bytes"),
        (b"code: no\n", "code: Input should be a valid string, but YAML reads False: write it in quotes"),
    ],
)
def test_what_is_no_design_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(DesignError, match=re.escape(reason)) as caught:
        read_design(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_message_is_short_whatever_the_value(tmp_path: Path) -> None:
    bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    bomb += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    for value in ("*i", f'"{"N" * 9000}"'):
        for key in ("paper", "name"):
            path = tmp_path / "bad.yaml"
            path.write_text("\n".join([*bomb, "variants:", f"- {{{key}: {value}, ink: '#000000'}}"]))
            with pytest.raises(DesignError) as caught:
                read_design(path)
            assert len(str(caught.value)) < len(str(path)) + 600
    path = write(tmp_path / "bad.yaml", lines=[{"pattern": "A" * 5000 + "+", "height": 75, "y": 55}])
    with pytest.raises(DesignError, match=r"A…?', character 5001: '\+' is not|A\+…', character 5001: "):
        read_design(path)


def test_a_missing_file_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value) == f"{path}: No such file or directory"
