import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.synthesis import likeness

DESIGN: dict[str, Any] = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [520, 110],
    "lines": [{"pattern": "XX ###", "height": 75, "y": 55}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
}


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["synthesize", *map(str, arguments)])


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("kind", ["scene", "plate"])
def test_writes_pictures_labels_and_a_sheet(kind: str, tmp_path: Path) -> None:
    out = tmp_path / "a" / "out"
    result = run("--kind", kind, "-n", "12", "--out", out, "--size", "160x96")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"12 pictures, labels.csv and sheet.png are in {out}\n"
    assert result.stderr == ""  # no progress bar where there is no terminal
    names = [f"{i:06d}.png" for i in range(12)]
    assert sorted(p.name for p in out.iterdir()) == [*names, "labels.csv", "sheet.png"]
    labels = rows(out)
    assert sorted({row["image"] for row in labels}) == names  # those without a plate too
    assert any(row["text"] for row in labels)
    sizes = {name: cv2.imread(str(out / name)).shape[:2] for name in names}
    assert kind == "plate" or set(sizes.values()) == {(96, 160)}
    for row in labels:
        if not row["text"]:
            assert row["x"] == row["x1"] == ""
            continue
        x, y, width, height = (float(row[key]) for key in ("x", "y", "width", "height"))
        corners = np.array([[float(row[f"{axis}{i}"]) for axis in "xy"] for i in range(1, 5)])
        assert np.abs(corners.min(0) - [x, y]).max() < 0.2
        assert np.abs(corners.max(0) - [x + width, y + height]).max() < 0.2
        assert x >= 0
        assert y >= 0
        assert x + width <= sizes[row["image"]][1]
        assert y + height <= sizes[row["image"]][0]


def test_windows_say_why_their_plate_is_not_present(tmp_path: Path) -> None:
    assert run("--kind", "window", "-n", "60", "--out", tmp_path).exit_code == 0
    labels = rows(tmp_path)
    assert len(labels) == 60
    assert {row["state"] for row in labels} == {"present", "partial", "too small", "too large", "no plate"}
    for row in labels:
        picture = cv2.imread(str(tmp_path / row["image"]), cv2.IMREAD_UNCHANGED)
        assert picture.shape == (64, 128)  # grey
        assert (row["text"] == "") == (row["state"] == "no plate")
        if row["state"] == "present":
            assert all(
                0 <= float(row[f"x{i}"]) <= 128 and 0 <= float(row[f"y{i}"]) <= 64 for i in range(1, 5)
            )


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("same", 3), ("other", 4)):
        assert run("-n", "3", "--size", "96x64", "--seed", str(seed), "--out", tmp_path / name).exit_code == 0
    one, same, other = (
        [(tmp_path / name / f).read_bytes() for f in ("000000.png", "000002.png", "labels.csv")]
        for name in ("one", "same", "other")
    )
    assert one == same
    assert one[:2] != other[:2]


def test_designs_and_backgrounds_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    (tmp_path / "photos").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "a.png"), np.full((50, 50, 3), (255, 0, 0), np.uint8))
    result = run(
        *("--kind", "plate", "-n", "24", "--out", tmp_path / "out"),
        *("--design", tmp_path / "xx.yaml", "--backgrounds", tmp_path / "photos"),
    )
    assert result.exit_code == 0, result.stderr
    plates = [row for row in rows(tmp_path / "out") if row["text"]]
    assert len(plates) >= 18
    assert {row["design"] for row in plates} == {"xx"}  # no plate of no country, unless asked for
    assert all(row["text"].startswith("XX") and len(row["text"]) == 5 for row in plates)
    blue = [cv2.imread(str(tmp_path / "out" / row["image"]))[1, 1].astype(int) for row in plates]
    # Most are dark, grey or in a panel; drawn patterns are seldom of so pure a blue.
    assert sum(b > 100 + 2 * max(g, r) for b, g, r in blue) >= 2


def test_designs_of_the_package_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    result = run(
        *("--kind", "plate", "-n", "24", "--out", tmp_path / "out"),
        *("--design", tmp_path / "xx.yaml", "--design", "sk"),
    )
    assert result.exit_code == 0, result.stderr
    assert {row["design"] for row in rows(tmp_path / "out") if row["text"]} == {"xx", "sk"}


def test_held_out_backgrounds_alone(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for place in range(12):
        colour = (255, 0, 0) if place == 6 else (0, 0, 255)  # blue is held out, the others are red
        cv2.imwrite(str(tmp_path / "photos" / f"{place:02d}.png"), np.full((64, 64, 3), colour, np.uint8))
    red = {}
    for flags in ((), ("--held-out",)):
        out = tmp_path / f"out{len(flags)}"
        result = run(
            *("--size", "96x64", "-n", "48", "--out", out, "--backgrounds", tmp_path / "photos"), *flags
        )
        assert result.exit_code == 0, result.stderr
        means = [cv2.imread(str(path)).mean((0, 1)) for path in sorted(out.glob("0*.png"))]
        red[flags] = sum(bool(mean[2] > mean[0] + 20) for mean in means)
    # A plate or bodywork in warm colours may fill a scene, or one that is as bright as all around it.
    assert red[("--held-out",)] <= 4
    assert red[()] >= 3 * max(3, red[("--held-out",)])


def test_fonts_that_cannot_be_used_are_named_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "text.ttf").write_text("no font")
    result = run("--kind", "plate", "-n", "1", "--fonts", tmp_path / "fonts", "--out", tmp_path / "out")
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"numberplate: left out {tmp_path / 'fonts' / 'text.ttf'}: not a font")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--backgrounds", "{tmp}/none"), "{tmp}/none: No such file"),
        (("--backgrounds", "{tmp}/empty"), "{tmp}/empty: no picture in it"),
        (("--backgrounds", "{tmp}/text.txt"), "{tmp}/text.txt: not a folder, zip or tar"),
        (("--backgrounds", "{tmp}/broken"), "{tmp}/broken: bad.png is not a picture"),
        (("--fonts", "{tmp}/none"), "{tmp}/none: no such folder"),
        (("--fonts", "{tmp}/empty"), "{tmp}/empty: no font in it"),
        (("--design", "{tmp}/none.yaml"), "{tmp}/none.yaml: No such file"),
        (("--design", "{tmp}/bad.yaml"), "{tmp}/bad.yaml: lines.0.pattern: "),
        (("--design", "{tmp}/native.yaml"), "no font has the characters of Chinese plates"),
        (
            ("--kind", "window", "--typeface", "drawn-brit"),
            "no typeface 'drawn-brit'; there are drawn-british, ",
        ),
        (("--out", "{tmp}/text.txt"), "{tmp}/text.txt: File exists"),  # a file where the folder should be
        (("--out", "{tmp}/taken"), "{tmp}/taken/sheet.png: Is a directory"),
    ],
)
def test_what_stops_it_is_one_clear_line(tmp_path: Path, arguments: tuple[str, ...], named: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "taken" / "sheet.png").mkdir(parents=True)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "bad.png").write_bytes(b"no picture")
    (tmp_path / "text.txt").write_text("text")
    bad = {**DESIGN, "lines": [{"pattern": "@(#", "height": 75, "y": 55}]}
    (tmp_path / "bad.yaml").write_text(json.dumps(bad))
    # Its own characters are drawn, but its words need a font.
    words = {"texts": ["皖"], "height": 10, "y": 10, "colours": ["#000000"], "letters": "native"}
    native = {**DESIGN, "script": "han", "captions": [words]}
    (tmp_path / "native.yaml").write_text(json.dumps(native))
    given = [argument.format(tmp=tmp_path) for argument in arguments]
    result = run("-n", "2", "--size", "96x64", "--out", tmp_path / "out", *given)
    assert result.exit_code == 1, result.stdout
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"numberplate: {named.format(tmp=tmp_path)}")


@pytest.mark.parametrize("size", ["640", "640x", "axb", "63x480", "64x8193", "-64x64", "64x64x3"])
def test_sizes_that_are_none(tmp_path: Path, size: str) -> None:
    result = run("--out", tmp_path / "out", f"--size={size}")
    assert result.exit_code == 2
    assert size in result.stderr
    assert not (tmp_path / "out").exists()


def test_designs_writes_one_picture_of_them(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    (tmp_path / "yy.yaml").write_text(json.dumps({**DESIGN, "size": [200, 180]}))
    out = tmp_path / "out"
    result = run(
        "--designs", "--design", tmp_path / "xx.yaml", "--design", tmp_path / "yy.yaml", "--out", out
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"2 designs are in {out / 'designs.png'}\n"
    assert [p.name for p in out.iterdir()] == ["designs.png"]
    picture = cv2.imread(str(out / "designs.png")).astype(int)
    assert (picture < 60).all(-1).mean() > 0.002  # lettering


def test_stats_prints_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    result = run("--stats", "-n", "300", "--design", tmp_path / "xx.yaml")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("300 texts of 1 regions, 0 % of none")
    assert next(line for line in lines if line.startswith("X")).split()[1:4] == ["40.0", "100", "100"]
    assert "Least frequent: A, 0.00 % of all characters" in lines
    assert result.stdout == run("--stats", "-n", "300", "--design", tmp_path / "xx.yaml").stdout
    assert [p.name for p in tmp_path.iterdir()] == ["xx.yaml"]


def test_against_tells_blurred_pictures_from_synthesized_ones(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    assert run("--kind", "plate", "-n", "40", "--seed", "9", "--out", tmp_path / "crops").exit_code == 0
    (tmp_path / "crops" / "sheet.png").unlink()
    for path in (tmp_path / "crops").glob("*.png"):
        cv2.imwrite(str(path), cv2.GaussianBlur(cv2.imread(str(path)), (0, 0), 6))
    (tmp_path / "crops" / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    result = run("--against", tmp_path / "crops", "-n", "40", "--out", out)
    assert result.exit_code == 0, result.stderr
    first, second, *_ = lines = result.stdout.splitlines()
    assert float(first.split()[1].rstrip(",")) > 0.9
    assert "that training draws" in second
    assert any("40 real" in line and "40 synthesized" in line for line in lines)
    assert any(line.startswith("edge width ") for line in lines)
    assert sorted(path.name for path in out.iterdir()) == ["real.png", "synthesized.png"]
    assert "broken.png" in result.stderr


def test_against_shows_pictures_from_all_of_a_large_folder(tmp_path: Path) -> None:
    (tmp_path / "crops").mkdir()
    for i in range(400):
        cv2.imwrite(str(tmp_path / "crops" / f"{i:03}.png"), np.full((14, 36), i // 2, np.uint8))
    result = run("--against", tmp_path / "crops", "-n", "12", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    sheet = cv2.imread(str(tmp_path / "out" / "real.png"), cv2.IMREAD_GRAYSCALE)
    greys = sheet[35::88, 90::180]  # the middle of each
    assert greys.size == 96
    assert abs(float(np.median(greys)) - 100) < 10


def test_against_leaves_out_what_is_too_small(tmp_path: Path) -> None:
    (tmp_path / "crops").mkdir()
    for i in range(12):
        grey = np.full((4 if i == 3 else 14, 36), 20 * i, np.uint8)
        cv2.imwrite(str(tmp_path / "crops" / f"{i:02}.png"), grey)
    result = run("--against", tmp_path / "crops", "-n", "12", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "11 real" in result.stdout
    assert "03.png: too small: 36×4 pixels" in result.stderr


@pytest.mark.parametrize(("pictures", "reason"), [(0, "no such folder"), (3, "3 crops: expected 10 or more")])
def test_against_too_little(
    pictures: int, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Said at once, not after all crops were drawn.
    monkeypatch.setattr(likeness, "draw_plate", lambda *_, **__: pytest.fail("a crop was drawn"))
    folder = tmp_path / "crops"
    for i in range(pictures):
        folder.mkdir(exist_ok=True)
        cv2.imwrite(str(folder / f"{i}.png"), np.full((40, 120), 50 * i, np.uint8))
    result = run("--against", folder, "-n", "12", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith(f"numberplate: {folder}: {reason}")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "--out"),
        (("--stats", "--kind", "window"), "--stats"),
        (("--stats", "--out", "x"), "--stats"),
        (("--stats", "--designs"), "--stats"),
        (("--kind", "window", "--out", "x", "--design", "sk"), "--kind window"),
        (("--kind", "window", "--out", "x", "--script", "han"), "--kind window"),
        (("--kind", "window", "--out", "x", "--generic", "0.1"), "--kind window"),
        (("--against", "crops"), "--out"),
        (("--against", "crops", "--out", "x", "--stats"), "--against"),
        (("--against", "crops", "--out", "x", "-n", "9"), "--against compares 10 crops or more"),
    ],
)
def test_options_that_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert list(tmp_path.iterdir()) == []
    assert result.exit_code == 2
    assert named in result.stderr
