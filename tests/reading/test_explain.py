import os
import re
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.reading import PlateReader, Report, cascade
from numberplate.reading.detector import Level
from numberplate.reading.explain import FILES, explain, steps
from numberplate.reading.explain.drawing import (
    FOUND,
    MARK,
    chart,
    colours,
    enlarged,
    outline,
    shelves,
    spread,
)

from .conftest import MakeWeights, change_card

SAMPLES = Path(__file__).parents[2] / "samples"
SCHEMES = pytest.mark.parametrize("scheme", ["windows", "cascade"])
SURE, UNSURE = {"windows": 255, "cascade": 255}, {"windows": 210, "cascade": 220}
"""Brightness of a cell that the network is sure of, and of one that it gives 88 %."""


def picture_of(
    scheme: str, centres: list[tuple[int, int]], brightness: int, size: tuple[int, int] = (480, 640)
) -> np.ndarray:
    """A dark picture in which the scheme's network finds plates of these centres, (x, y), 4 more than 8 times
    a whole number."""
    picture = np.zeros((*size, 3), np.uint8)
    for x, y in centres:
        picture[y - 4 : y + 4, x - 4 : x + 4] = brightness if scheme == "windows" else (brightness, 0, 0)
    return picture


def centre_of(scheme: str, row: int, column: int) -> tuple[int, int]:
    """Of the window or the cell at (row, column) of the largest level."""
    return (64 + 8 * column, 32 + 8 * row) if scheme == "windows" else (4 + 8 * column, 4 + 8 * row)


def text(taken: list) -> str:
    return " ".join(step.sentence for step in taken)


@SCHEMES
def test_writes_all_steps(make_weights: MakeWeights, tmp_path: Path, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    picture = picture_of(scheme, [centre_of(scheme, 20, 20)], SURE[scheme])
    before = picture.copy()
    page = explain(reader.report(picture, "car.jpg"), reader.scheme, tmp_path / "deep" / "car")
    assert page == tmp_path / "deep" / "car" / "index.html"
    assert sorted(p.name for p in page.parent.iterdir()) == [*FILES, "index.html"]
    for name in FILES:
        assert cv2.imread(str(page.parent / name)).dtype == np.uint8
    assert (picture == before).all()


@SCHEMES
def test_page_shows_the_steps_in_order_and_needs_nothing_else(
    make_weights: MakeWeights, tmp_path: Path, scheme: str
) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    picture = picture_of(scheme, [centre_of(scheme, 20, 20)], SURE[scheme])
    report = reader.report(picture, "car.jpg")
    html = explain(report, reader.scheme, tmp_path).read_text("utf-8")
    assert re.findall(r'<img src="([^"]*)"', html) == list(FILES)
    taken = steps(report, reader.scheme)
    titles = [f"{i}. {step.title}" for i, step in enumerate(taken, 1)]
    assert [unescape(title) for title in re.findall("<h2>(.*)</h2>", html)] == titles
    assert all(escape(step.sentence) in html for step in taken)
    assert "<script" not in html
    assert "//" not in html.replace("<!doctype html>", "")  # no address of another machine
    assert report.plates[0].text in html


def test_a_photograph_that_is_read_smaller_is_explained_as_it_was_read(tmp_path: Path) -> None:
    reader = PlateReader()
    picture = cv2.resize(cv2.imread(str(SAMPLES / "de.jpg")), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    report = reader.report(cv2.imencode(".jpg", picture)[1].tobytes())
    assert report.picture is not None
    assert report.searched is not None
    assert report.picture.shape[:2] == picture.shape[:2]
    assert report.picture.shape[1] > report.searched[0]
    assert len(report.plates) == 1
    taken = steps(report, reader.scheme)
    found = taken[FILES.index("5-plates.png")].picture.astype(int)
    # Its frame is drawn around the plate, wherever that lies in the picture.
    green = (found[..., 1] - found[..., [0, 2]].max(-1)) > 60
    y, x = np.argwhere(green).mean(0) / found.shape[:2]
    middle = report.plates[0].corners.mean(0) / picture.shape[1::-1]
    assert (x, y) == pytest.approx(middle.tolist(), abs=0.05)
    assert explain(report, reader.scheme, tmp_path).exists()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>\"&'.jpg", "&lt;b&gt;&quot;&amp;&#x27;.jpg"),
        (os.fsdecode(b"caf\xe9.jpg"), "caf\N{REPLACEMENT CHARACTER}.jpg"),
    ],
)
def test_name_is_escaped(make_weights: MakeWeights, tmp_path: Path, name: str, shown: str) -> None:
    reader = PlateReader(make_weights())
    page = explain(reader.report(picture_of("cascade", [], 0), name), reader.scheme, tmp_path)
    html = page.read_text("utf-8")
    assert f"<h1>How {shown} was read</h1>" in html
    assert "<b>" not in html


@SCHEMES
def test_heat_is_where_the_network_looked(make_weights: MakeWeights, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    x, y = centre_of(scheme, 30, 40)
    report = reader.report(picture_of(scheme, [(x, y)], SURE[scheme]))
    shown = steps(report, reader.scheme)[2].picture.astype(int)
    scale = 960 / 640  # as the picture is shown
    # Yellow has far more red than blue; violet has not, nor has the picture, which is grey.
    yellow = [
        np.subtract(*shown[round(b * scale), round(a * scale), [0, 2]]) > 100
        for a, b in [(x, y), (x - 3, y + 3), (x - 12, y), (x + 12, y), (x, y - 12), (x, y + 12)]
    ]
    assert yellow == [True, True, False, False, False, False]


@SCHEMES
def test_plate_is_outlined(make_weights: MakeWeights, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    report = reader.report(picture_of(scheme, [centre_of(scheme, 30, 30)], SURE[scheme]))
    drawn = steps(report, reader.scheme)[4].picture
    x, y, _, height = report.plates[0].box
    near = drawn[round((y + height / 2) * 1.5), round(x * 1.5) - 3 : round(x * 1.5) + 4].astype(int)
    assert np.abs(near - FOUND).sum(-1).min() < 120


@pytest.mark.parametrize("x", [0, 11_900, 64_000])
def test_outlines_are_where_they_are_in_pictures_of_any_width(x: int) -> None:
    canvas = np.zeros((40, x + 100, 3), np.uint8)
    outline(canvas, [(x + 10, 10), (x + 60, 10), (x + 60, 30), (x + 10, 30)], FOUND, 1)
    assert cv2.boundingRect(cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY)) == pytest.approx(
        (x + 10, 10, 51, 21), abs=2
    )


@SCHEMES
def test_what_is_below_the_threshold_is_shown_and_said(make_weights: MakeWeights, scheme: str) -> None:
    picture = picture_of(scheme, [centre_of(scheme, 20, 20)], UNSURE[scheme])
    reader = PlateReader(make_weights(), scheme=scheme, detection_threshold=0.98)
    report = reader.report(picture)
    assert report.plates == ()
    taken = steps(report, reader.scheme)
    assert "88.08%" in text(taken)
    assert "below the threshold" in taken[5].sentence

    # It is the window, or the crop, that a lower threshold lets pass.
    lower = PlateReader(make_weights(), scheme=scheme, detection_threshold=0.3)
    passed = steps(lower.report(picture), lower.scheme)
    titles = 34
    size = min(taken[5].picture.shape[1], passed[5].picture.shape[1])
    assert (taken[5].picture[titles:, :size] == passed[5].picture[titles:, :size]).all()
    if scheme == "windows":
        assert (taken[6].picture == passed[6].picture).all()


def test_windows_that_are_left_out_for_their_number_are_said(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights(), scheme="windows")
    few = steps(reader.report(picture_of("windows", [centre_of("windows", 20, 20)], 255)), reader.scheme)
    many = steps(reader.report(np.full((480, 640, 3), 255, np.uint8)), reader.scheme)
    said = "Of a size with more than 1,000 the most probable ones are taken."
    assert [said in taken[3].sentence for taken in (few, many)] == [False, True]


@pytest.mark.parametrize("place", [(0, 0), (52, 64), (7, 64), (52, 3)])
def test_most_present_window_at_an_edge(make_weights: MakeWeights, place: tuple[int, int]) -> None:
    reader = PlateReader(make_weights(), scheme="windows")
    picture = picture_of("windows", [centre_of("windows", *place)], UNSURE["windows"])
    assert "88.08%" in steps(reader.report(picture), reader.scheme)[5].sentence


@pytest.mark.parametrize("place", [(0, 0), (30, 31), (52, 64)])
def test_most_present_window_is_seen_with_its_surroundings(
    make_weights: MakeWeights, place: tuple[int, int]
) -> None:
    weights = make_weights()
    # So hot that what the network sees beyond the window shows in the chart.
    change_card(weights, "window", temperature=10)
    picture = np.random.default_rng(0).integers(0, 150, (480, 640, 3), np.uint8)
    x, y = centre_of("windows", *place)
    picture[y - 4 : y + 4, x - 4 : x + 4] = 255
    above, below = (
        PlateReader(weights, scheme="windows", detection_threshold=threshold, min_confidence=0)
        for threshold in (0.9, 0.7)
    )
    passed = below.report(picture)
    assert len(passed.plates) == 1
    found = [steps(report, below.scheme)[6].picture for report in (above.report(picture), passed)]
    assert (found[0] == found[1]).all()


@SCHEMES
def test_blank_picture(make_weights: MakeWeights, tmp_path: Path, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    page = explain(reader.report(picture_of(scheme, [], 0), "car.jpg"), reader.scheme, tmp_path)
    assert "No plate was read." in page.read_text("utf-8")


@SCHEMES
def test_reading_that_is_left_out_is_said(make_weights: MakeWeights, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme, min_confidence=0.95)
    report = reader.report(picture_of(scheme, [centre_of(scheme, 20, 20)], SURE[scheme]))
    assert report.plates == ()
    assert "One reading is not given back" in text(steps(report, reader.scheme))


@pytest.mark.parametrize(
    ("changes", "options", "why"),
    [
        ({}, {"min_confidence": 0.95}, "too improbable"),
        ({"threshold": 0.99999}, {}, "hardly a plate"),
        # Its text is too doubtful for what is no more plainly a plate.
        ({"least_text": 0.95, "plain": 0.99999}, {}, "hardly a plate"),
    ],
)
def test_why_a_reading_is_left_out_is_said(
    make_weights: MakeWeights, changes: dict[str, float], options: dict[str, float], why: str
) -> None:
    weights = make_weights()
    change_card(weights, "acceptance", **changes)
    reader = PlateReader(weights, **options)
    report = reader.report(picture_of("cascade", [(204, 204)], 255))
    assert report.plates == ()
    (look,), (presence,) = cascade_search(report).looks, cascade_search(report).presences
    title = f"AB123 {look.reading.confidence:.1%} ({why}, left out)  presence {presence:.2%}"
    drawn = steps(report, reader.scheme)[FILES.index("6-network-input.png")].picture
    assert np.array_equal(drawn, shelves([(title, enlarged(look.crop, 4))]))


def test_a_part_of_another_plate_is_said_to_overlap_it(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights())
    report = reader.report(picture_of("cascade", [(204, 204), (404, 404)], 255))
    search = cascade_search(report)
    assert len(search.plates) == 2
    # As though the second one had been found at a part of the first.
    (first, second), (plate, _) = search.looks, search.plates
    other = replace(second, corners=plate.corners * 0.5 + plate.corners.mean(0) * 0.5)
    looks, presences = (replace(first, corners=plate.corners), other), search.presences
    changed = replace(report, search=replace(search, looks=looks, plates=(plate,)), plates=(plate,))
    drawn = steps(changed, reader.scheme)[FILES.index("6-network-input.png")].picture
    titles = [
        f"AB123 {first.reading.confidence:.1%}  presence {presences[0]:.2%}",
        f"AB123 {second.reading.confidence:.1%} (overlaps a more confident plate, left out)  "
        f"presence {presences[1]:.2%}",
    ]
    crops = (enlarged(look.crop, 4) for look in looks)
    assert np.array_equal(drawn, shelves(list(zip(titles, crops, strict=True))))


@SCHEMES
def test_many_plates(make_weights: MakeWeights, scheme: str) -> None:
    places = [centre_of(scheme, row, column) for row in (8, 20, 32, 44) for column in (9, 27, 45)]
    reader = PlateReader(make_weights(), scheme=scheme)
    report = reader.report(picture_of(scheme, places, SURE[scheme]))
    assert len(report.plates) == 12
    assert text(steps(report, reader.scheme)).count("The first 8 of 12 are shown.") == 2


def test_detection_without_text(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights("A"))
    report = reader.report(picture_of("cascade", [(204, 204)], 255))
    assert report.plates == ()
    assert len(steps(report, reader.scheme)) == len(FILES)


def test_a_reading_that_the_latin_head_has_no_part_in(make_weights: MakeWeights) -> None:
    """Of another script, or left early: then there is nothing to chart."""
    reader = PlateReader(make_weights())
    report = reader.report(picture_of("cascade", [(204, 204)], 255))
    assert isinstance(report.search, cascade.Search)
    looks = tuple(
        replace(look, reading=replace(look.reading, probabilities=None)) for look in report.search.looks
    )
    assert looks
    report = replace(report, search=replace(report.search, looks=looks))
    assert len(steps(report, reader.scheme)) == len(FILES)


# Very long, very high, large, and as small as the scheme takes.
@pytest.mark.parametrize(
    ("scheme", "size"),
    [
        ("windows", (64, 128)),
        ("windows", (65, 3000)),
        ("windows", (1500, 130)),
        ("cascade", (16, 16)),
        ("cascade", (17, 9000)),
        ("cascade", (6000, 18)),
    ],
)
def test_odd_sizes(make_weights: MakeWeights, tmp_path: Path, scheme: str, size: tuple[int, int]) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    explain(reader.report(picture), reader.scheme, tmp_path)
    assert all((tmp_path / name).stat().st_size for name in FILES)


def test_explanation_replaces_an_earlier_one(make_weights: MakeWeights, tmp_path: Path) -> None:
    for scheme in ("windows", "cascade"):
        reader = PlateReader(make_weights(), scheme=scheme)
        explain(reader.report(picture_of(scheme, [], 0)), reader.scheme, tmp_path / "car")
    assert sorted(p.name for p in (tmp_path / "car").iterdir()) == [*FILES, "index.html"]


def test_file_where_the_folder_should_be(make_weights: MakeWeights, tmp_path: Path) -> None:
    (tmp_path / "car").touch()
    reader = PlateReader(make_weights())
    with pytest.raises(OSError, match="car"):
        explain(reader.report(picture_of("cascade", [], 0)), reader.scheme, tmp_path / "car")


def test_report_that_does_not_fit(make_weights: MakeWeights) -> None:
    windows, cascade = (PlateReader(make_weights(), scheme=scheme) for scheme in ("windows", "cascade"))
    with pytest.raises(ValueError, match="report: expected one with its picture"):
        steps(Report("car.jpg", error="No such file"), windows.scheme)
    crop = cascade.with_options(plate_only=True).report(picture_of("cascade", [], 0), "car.jpg")
    with pytest.raises(ValueError, match=r"report: car\.jpg was read as a crop, which has no steps"):
        steps(crop, cascade.scheme)
    with pytest.raises(ValueError, match=r"scheme: expected the one that read car\.jpg, got Windows"):
        steps(cascade.report(picture_of("cascade", [], 0), "car.jpg"), windows.scheme)


@SCHEMES
def test_search_is_what_the_reading_is_made_of(make_weights: MakeWeights, scheme: str) -> None:
    reader = PlateReader(make_weights(), scheme=scheme)
    picture = picture_of(scheme, [centre_of(scheme, 20, 20), centre_of(scheme, 20, 21)], SURE[scheme])
    report = reader.report(picture)
    assert report.search is not None
    assert report.plates == report.search.plates
    assert [p.to_dict() for p in reader.read(picture)] == [p.to_dict() for p in report.search.plates]
    assert "search" not in report.to_dict()


def test_detections_before_and_after_suppression(make_weights: MakeWeights) -> None:
    detector = PlateReader(make_weights()).scheme.detector  # type: ignore[union-attr]
    picture = picture_of("cascade", [(204, 204), (212, 204), (404, 404)], 255)
    found = detector.search(picture, 0.1)
    assert [(level.width, level.height) for level in found.levels] == [(640, 480), (320, 240), (160, 120)]
    # Padded to multiples of 32, and 8 pixels a cell.
    assert [grid.shape for grid in found.grids] == [(60, 80, 9), (32, 40, 9), (16, 20, 9)]
    assert len(found.all_corners) == len(found.all_scores) == 3
    assert len(found.corners) == len(found.scores) == 2
    assert found.least <= 0.1
    corners, scores = detector.detect(picture, 0.1)
    assert (corners == found.corners).all()
    assert (scores == found.scores).all()


SIDES = st.integers(20, 120)


@given(SIDES, SIDES, st.integers(1, 8), st.integers(1, 8), st.sampled_from([1, 2, 4]), st.integers(0, 1000))
def test_each_value_is_spread_over_its_cell(
    width: int, height: int, rows: int, columns: int, times: int, seed: int
) -> None:
    values = np.random.default_rng(seed).uniform(0, 1, (rows, columns)).astype(np.float32)
    first, stride = (6, 10), 8
    found = spread([values], [Level(width, height)], (width * times, height * times), first, stride)
    assert found.shape == (height * times, width * times)
    for y in range(height * times):
        for x in (0, width * times // 3, width * times - 1):
            row, column = (y // times - first[1]) // stride, (x // times - first[0]) // stride
            inside = 0 <= row < rows and 0 <= column < columns
            assert found[y, x] == (values[row, column] if inside else -1)


def test_spread_takes_the_greatest_of_all_levels() -> None:
    large, small = np.full((4, 4), 0.25, np.float32), np.array([[0.1, 0.9], [0.0, 0.3]], np.float32)
    found = spread([large, small], [Level(32, 32), Level(16, 16)], (32, 32), (0, 0), 8)
    assert found[::16, ::16].tolist() == [[0.25, np.float32(0.9)], [0.25, np.float32(0.3)]]


@given(st.integers(1, 10), st.integers(1, 40), st.integers(0, 1000))
def test_chart_colours_and_marks_each_cell(rows: int, columns: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = generator.uniform(0, 1, (rows, columns))
    marked = (int(generator.integers(rows)), int(generator.integers(columns)))
    drawn = chart(values, ["A"] * rows, ["1"] * columns, [marked], (20, 18))
    expected = colours(values)
    # The grid's place is that of the cells' colours: found once by the mark, true for all.
    y, x = np.argwhere((drawn == MARK).all(-1)).min(0)
    top, left = y + 1 - 18 * marked[0], x + 1 - 20 * marked[1]
    centres = drawn[top + 8 : top + 18 * rows : 18, left + 9 : left + 20 * columns : 20]
    assert (centres == expected).all()


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(1, 280), st.integers(1, 60)), min_size=1, max_size=8))
def test_shelves_hold_every_picture_whole(sizes: list[tuple[int, int]]) -> None:
    shades = [20 + 25 * i for i in range(len(sizes))]
    pictures = [
        ("", np.full((height, width, 3), shade, np.uint8))
        for (width, height), shade in zip(sizes, shades, strict=True)
    ]
    drawn = shelves(pictures, 310)
    assert drawn.shape[1] <= 310
    for (width, height), shade in zip(sizes, shades, strict=True):
        assert (drawn == shade).all(-1).sum() == width * height


@pytest.fixture(scope="module")
def shipped() -> PlateReader:
    return PlateReader()


def cascade_search(report: Report) -> cascade.Search:
    assert isinstance(report.search, cascade.Search)
    return report.search


def sample(name: str) -> np.ndarray:
    picture = cv2.imread(str(SAMPLES / name))
    assert picture is not None
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def test_a_picture_that_is_a_plate_is_explained(shipped: PlateReader, tmp_path: Path) -> None:
    # Within the plate's edge: the detector sees neither that nor surroundings.
    picture = sample("br.jpg")
    (there,) = shipped.read(picture)
    left, top = there.corners.min(0).astype(int)
    right, bottom = there.corners.max(0).astype(int)
    inset = int(0.14 * (bottom - top))
    crop = picture[top + inset : bottom + 1 - inset, left + inset : right + 1 - inset]
    report = shipped.report(crop, "crop.jpg")
    search = cascade_search(report)
    assert [plate.text for plate in report.plates] == [there.text]
    assert len(search.looks) == len(search.presences) == len(search.detections.corners) + 1
    explain(report, shipped.scheme, tmp_path)
    page = unescape((tmp_path / "index.html").read_text("utf-8"))
    assert "looked at once more" in page
    assert there.text in page


@pytest.mark.parametrize(("name", "true"), [("de.jpg", "YEFD955E"), ("gb.jpg", "RPF29N")])
def test_a_picture_that_is_upside_down_is_explained(
    shipped: PlateReader, tmp_path: Path, name: str, true: str
) -> None:
    report = shipped.report(np.ascontiguousarray(sample(name)[::-1, ::-1]), name)
    search = cascade_search(report)
    assert [plate.text for plate in report.plates] == [true]
    assert len(search.looks) == len(search.presences) > len(search.detections.corners)
    explain(report, shipped.scheme, tmp_path)
    assert "turned where no plate was sure" in (tmp_path / "index.html").read_text("utf-8")
