import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH
from numberplate.plates.design import Design, DesignError, read_design, shipped_designs
from numberplate.plates.generic import MIN_CONTRAST, luma
from numberplate.plates.pattern import MARKS

SMALLEST: dict[str, Any] = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [520, 110],
    "lines": [{"pattern": "@@ ###", "height": 75, "y": 55}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
}


def write(path: Path, **changes: Any) -> Path:
    path.write_text(yaml.safe_dump({**SMALLEST, **changes}), encoding="utf-8")
    return path


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
    covered = sum(band.width for band in design.bands)
    for line in design.lines:
        assert line.width is None or line.width < (design.size[0] - covered) / 4


def test_shipped_designs_are_told_apart() -> None:
    designs = shipped_designs()
    assert len(designs) >= 20
    assert len({(d.code, d.name) for d in designs}) == len(designs)
    assert {"de", "fr", "gb", "us", "br", "nl"} <= {d.code.partition("-")[0] for d in designs}


def test_read_design_fills_in_what_is_not_said(tmp_path: Path) -> None:
    design = read_design(write(tmp_path / "xx.yaml"))
    assert (design.code, design.size, design.weight) == ("xx", (520, 110), 1)
    assert design.letterings == ("*",)
    assert design.aspect == pytest.approx(520 / 110)
    assert design.lines[0].pattern.matches("AB123")


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"colour": "#ffffff"}, "colour", "Extra inputs are not permitted"),  # a key that nobody reads
        ({"lines": []}, "lines", "at least 1 item"),
        ({"variants": []}, "variants", "at least 1 item"),
        ({"size": [520]}, "size", "Field required"),
        ({"size": [520, 0]}, "size.1", "greater than 0"),
        ({"variants": [{"paper": "white", "ink": "#000000"}]}, "variants.0.paper", "match pattern"),
        ({"variants": [{"paper": "#FFFFFF", "ink": "#000000"}]}, "variants.0.paper", "match pattern"),
        ({"lines": [{"pattern": "@(#", "height": 75, "y": 55}]}, "lines.0.pattern", "character 4: no ')'"),
        ({"lines": [{"pattern": 7, "height": 75, "y": 55}]}, "lines.0.pattern", "instance of Pattern"),
        ({"lines": [{"pattern": "@#", "height": "tall", "y": 55}]}, "lines.0.height", "valid number"),
        ({"bands": [{"side": "top", "width": 9, "colour": "#000000"}]}, "bands.0.side", "'left' or 'right'"),
        ({"frame": 30}, "frame", "less than or equal to 1"),  # a share, not a percentage
        ({"holes": 5}, "holes", "less than or equal to 4"),
        # Each part is right, but not all of them together.
        ({"lines": [{"pattern": "@{9}##", "height": 75, "y": 55}]}, "lines", "of 11 to 11 characters"),
        ({"lines": [{"pattern": "@{1,4}", "height": 75, "y": 55}]}, "lines", "of 1 to 4 characters"),
        ({"lines": [{"pattern": "@@@@@@", "height": 30, "y": 30}] * 2}, "lines", "of 12 to 12 characters"),
        ({"lines": [{"pattern": "@@##", "height": 75, "y": 20}]}, "lines.0", "upper or lower edge"),
        ({"bands": [{"side": "left", "width": 520, "colour": "#000000"}]}, "bands", "no room"),
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
    ("content", "reason"),
    [
        (b"", "a mapping"),
        (b"- a\n- b\n", "a mapping"),
        (b"code: [", "line 1"),
        (b"code: \xff\xfe", "utf-8"),
        (b"code: xx\n", "name: Field required"),
    ],
)
def test_what_is_no_design_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(DesignError, match=re.escape(reason)) as caught:
        read_design(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_missing_file_is_named_once(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    with pytest.raises(DesignError) as caught:
        read_design(path)
    assert str(caught.value) == f"{path}: No such file or directory"
