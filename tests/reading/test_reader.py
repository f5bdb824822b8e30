import copy
import io
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from PIL import Image

import numberplate
from numberplate import reading
from numberplate.geometry.quads import Picture, rectify
from numberplate.models.device import DEVICES, DeviceError
from numberplate.models.initial import ACCEPTANCE, RECOGNIZER
from numberplate.plates.formats import Regions
from numberplate.reading import PictureError, PlateReader, ReadOptions, RegionError
from numberplate.reading.acceptance import plate_probability
from numberplate.reading.cascade import Cascade, Search
from numberplate.reading.detector import Detector

from .conftest import PLATE_HEIGHT, PLATE_WIDTH, MakeWeights, change_card

SAMPLES = Path(__file__).parents[2] / "samples"


def picture_with(
    cells: list[tuple[int, int]], scale: int = 1, size: tuple[int, int] = (480, 640)
) -> np.ndarray:
    """A black picture with a red cell of 8×8 pixels, times `scale`, at each (row, column)."""
    picture = np.zeros((size[0] * scale, size[1] * scale, 3), np.uint8)
    side = 8 * scale
    for row, column in cells:
        picture[row * side : (row + 1) * side, column * side : (column + 1) * side] = (255, 0, 0)
    return picture


def box_at(row: int, column: int, scale: int = 1) -> list[float]:
    x, y = (column + 0.5) * 8 - PLATE_WIDTH / 2, (row + 0.5) * 8 - PLATE_HEIGHT / 2
    return [x * scale, y * scale, PLATE_WIDTH * scale, PLATE_HEIGHT * scale]


# At scale 4 the detector sees a quarter of the picture (1280 of 2560); its corners are the picture's still.
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_reads_what_the_networks_say(make_weights: MakeWeights, scale: int) -> None:
    reader = PlateReader(make_weights("AB123"), longest_side=640)
    plates = reader.read(picture_with([(20, 20), (40, 50)], scale))
    assert [p.text for p in plates] == ["AB123", "AB123"]
    assert sorted(list(p.box) for p in plates) == [
        pytest.approx(box_at(20, 20, scale), abs=0.01),
        pytest.approx(box_at(40, 50, scale), abs=0.01),
    ]
    plate = plates[0]
    # The last character, a 3, might be a 4; the rest is sure.
    assert [c.text for c in plate.candidates[:2]] == ["AB123", "AB124"]
    assert plate.confidence == pytest.approx(1 / (1 + np.exp(-2)), abs=0.002)
    assert [c.confidence > 0.99 for c in plate.characters] == [True, True, True, True, False]
    assert 0.5 <= plate.detection_confidence <= 1


# A little off, and the corners are corrected as stated; much off, and what each further look states is added.
@pytest.mark.parametrize(("off", "looks"), [(0.01, 1), (0.04, 1), (0.06, 1 + RECOGNIZER.refinement.cuts)])
def test_corners_are_corrected_and_what_was_much_off_is_looked_at_again(
    make_weights: MakeWeights, off: float, looks: int
) -> None:
    to_the_right = np.array([(off, 0.0)] * 4)
    scheme = PlateReader(make_weights(off=to_the_right)).scheme
    assert isinstance(scheme, Cascade)
    search = scheme.search(picture_with([(20, 20)]))
    (plate,) = search.plates
    x, *others = box_at(20, 20)
    # A crop is 1.12 times as wide as its plate.
    assert list(plate.box) == pytest.approx([x + looks * off * 1.12 * PLATE_WIDTH, *others], abs=0.05)
    # The crop is what was looked at last: the corners before that look's own correction.
    x += (looks - 1) * off * 1.12 * PLATE_WIDTH
    y, width, height = others
    seen = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    assert (
        np.abs(rectify(picture_with([(20, 20)]), seen, 48, 144).astype(int) - search.looks[0].crop).max() <= 3
    )


def test_what_is_plain_is_not_looked_at_again(make_weights: MakeWeights) -> None:
    off = 0.05
    weights = make_weights(off=np.array([(off, 0.0)] * 4))
    head = replace(RECOGNIZER.latin, unknown=False, temperature=0.2)
    change_card(weights, "recognizer", heads=[asdict(head)])
    (plate,) = PlateReader(weights).read(picture_with([(20, 20)]))
    assert plate.confidence > 0.999
    x, *others = box_at(20, 20)
    # Its corners are corrected all the same.
    assert list(plate.box) == pytest.approx([x + off * 1.12 * PLATE_WIDTH, *others], abs=0.05)


def test_corners_are_not_corrected_into_what_is_no_plate(make_weights: MakeWeights) -> None:
    crossed = np.array([(1.5, 0), (-1.5, 0), (0, 0), (0, 0)])
    (plate,) = PlateReader(make_weights(off=crossed)).read(picture_with([(20, 20)]))
    assert list(plate.box) == pytest.approx(box_at(20, 20), abs=0.05)


def test_cells_of_one_plate_become_one(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights())
    (plate,) = reader.read(picture_with([(20, 20), (20, 21)]))
    x, *others = box_at(20, 20)
    assert list(plate.box) == pytest.approx([x + 4, *others], abs=0.01)


def test_the_finest_level_is_seen_where_the_next_one_has_hints(make_weights: MakeWeights) -> None:
    weights = make_weights()
    # At two corners of the picture, and beside the border of two tiles.
    picture = picture_with([(0, 0), (20, 60), (95, 159), (59, 100)], size=(768, 1280))
    whole = Detector(weights)
    tiled = copy.copy(whole)
    tiled.card = replace(whole.card, hint=1e-20)
    expected, found = whole.search(picture), tiled.search(picture)
    assert len(expected.scores) >= 4
    assert found.corners == pytest.approx(expected.corners)
    assert found.scores == pytest.approx(expected.scores)
    assert (found.grids[0][..., 0] == -100).mean() > 0.7  # where nobody looked


@pytest.mark.parametrize("shrink", [1, 2, 3])
def test_a_large_jpeg_is_read_as_the_same_pixels_are(make_weights: MakeWeights, shrink: int) -> None:
    reader = PlateReader(make_weights())
    picture = picture_with([(20, 60), (50, 10)], size=(720, 1280))
    picture = cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_NEAREST)
    jpeg = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    found, expected = reader.read(jpeg), reader.read(picture)
    assert (found.width, found.height) == (expected.width, expected.height) == (1280 * shrink, 720 * shrink)
    assert len(found) == 2
    for plate, same in zip(found, expected, strict=True):
        assert plate.corners == pytest.approx(same.corners, abs=shrink)
        assert plate.text == same.text


@pytest.mark.parametrize("longest", [1000, 3000])
def test_a_picture_says_the_same_whether_it_is_kept_or_not(longest: int) -> None:
    reader = PlateReader()
    for path in sorted(SAMPLES.glob("*.jpg")):
        picture = cv2.imread(str(path))
        scale = longest / max(picture.shape)
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
        kept, bare = reader.report(jpeg), reader.report(jpeg, keep=False)
        assert bare.plates
        assert [plate.to_dict() for plate in kept.plates] == [plate.to_dict() for plate in bare.plates]
        assert kept.picture is not None
        assert kept.picture.shape == picture.shape
        assert np.ptp(kept.picture.astype(int), axis=2).max() > 20  # in its colours
        assert bare.picture is None
        as_plate = reader.with_options(plate_only=True).report(jpeg, keep=False).plates
        crop = reader.read_crop(jpeg)
        assert ([] if crop is None else [crop.to_dict()]) == [plate.to_dict() for plate in as_plate]


# Sizes that are no multiple of 32, and a side of one cell.
@pytest.mark.parametrize("size", [(481, 643), (97, 1000), (8, 640)])
def test_padding_moves_nothing(make_weights: MakeWeights, size: tuple[int, int]) -> None:
    reader = PlateReader(make_weights())
    picture = np.pad(picture_with([(0, 20)], size=size), ((0, 2), (0, 0), (0, 0)), "edge")
    (plate,) = reader.read(picture)
    assert list(plate.box) == pytest.approx(box_at(0, 20), abs=0.01)


@pytest.mark.parametrize("text", ["", "A"])
def test_detection_without_text_is_no_plate(make_weights: MakeWeights, text: str) -> None:
    assert PlateReader(make_weights(text)).read(picture_with([(20, 20)])) == []


def test_a_text_speaks_for_a_plate_that_is_hardly_seen(make_weights: MakeWeights) -> None:
    faint = np.where(picture_with([(20, 20)]) == 255, np.uint8(212), picture_with([(20, 20)]))
    (plate,) = PlateReader(make_weights("AB12345")).read(faint)
    scheme = PlateReader(make_weights("AB12345")).scheme
    assert isinstance(scheme, Cascade)
    presence = float(scheme.search(faint).detections.scores[0])
    assert 0.4 < presence < 0.7
    assert plate.detection_confidence == plate_probability(
        presence, plate.confidence, plate.text, Regions().odds(plate.text), scheme.acceptance
    )
    # Two letters do not.
    assert PlateReader(make_weights("AB")).read(faint) == []
    assert len(PlateReader(make_weights("AB"), detection_threshold=0.05).read(faint)) == 1


def test_the_detector_looks_at_each_plate_again(make_weights: MakeWeights) -> None:
    scheme = PlateReader(make_weights()).scheme
    assert isinstance(scheme, Cascade)
    picture = picture_with([(20, 20)])
    assert scheme.detector.search(picture, 0.1).scores[0] > 0.99
    # Outside the cell of the first look, but within those that share it at the second: no plate to these.
    picture[158, 158] = picture[158, 169] = picture[169, 158] = picture[169, 169] = 255
    card = scheme.detector.card
    mean = replace(card, second_look=replace(card.second_look, first=0.5, again=0.5, bias=0.0))
    scheme.detector.card = mean
    found = scheme.detector.search(picture, 0.1)
    assert found.all_scores.max() > 0.99
    assert found.scores.tolist() == [pytest.approx(0.5, abs=0.05)]
    assert scheme.detector.search(picture, 0.6).scores.tolist() == []
    assert found.looks[0] == pytest.approx([7, -7], abs=1)
    # The first look may count for more, or the second for nothing.
    scheme.detector.card = replace(card, second_look=replace(mean.second_look, first=0.8, again=0.2))
    assert scheme.detector.search(picture, 0.6).scores[0] > 0.95
    scheme.detector.card = replace(card, second_look=replace(mean.second_look, bias=-3.0))
    assert scheme.detector.search(picture, 0.1).scores.tolist() == []


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        ({}, ["AB123"]),
        ({"width": 299}, []),
        ({"height": 99}, []),
        ({"least_aspect": 3.1}, []),
        ({"most_aspect": 2.9}, []),
        ({"confidence": 0.9}, []),
        # Presence and text together make it no plate.
        ({"presence": 0.001}, []),
    ],
)
def test_the_bundle_says_which_pictures_may_be_plates_themselves(
    make_weights: MakeWeights, change: dict[str, float], texts: list[str]
) -> None:
    weights = make_weights("AB123")
    change_card(weights, "acceptance", whole_picture=asdict(ACCEPTANCE.whole_picture) | change)
    assert [plate.text for plate in PlateReader(weights).read(picture_with([], size=(100, 300)))] == texts


def test_a_small_picture_with_a_plate_in_it_is_no_plate_itself(make_weights: MakeWeights) -> None:
    (plate,) = PlateReader(make_weights()).read(picture_with([(20, 20)], size=(300, 600)))
    assert list(plate.box) == pytest.approx(box_at(20, 20), abs=0.05)


def test_a_crop_without_a_text_is_no_plate(make_weights: MakeWeights) -> None:
    assert PlateReader(make_weights("A")).read_crop(picture_with([], size=(100, 300))) is None


# Half of what the upright plate says may be cut off: 0.44 of 0.88. Turned, it lies away from the edge.
@pytest.mark.parametrize(
    ("text", "changes", "turned"),
    [
        ("AB123", {}, True),
        ("AB123", {"below": 0.4}, False),
        ("AB123", {"length": 6}, False),
        ("AB123", {"confidence": 0.9}, False),
        ("AB123", {"upright": 0.4, "plain": 0.5}, False),
        ("AB123", {"upright": 0.5, "plain": 0.5}, True),
        ("AB123", {"upright": 0.4, "plain": 0.9999}, True),
        # Of no format, by which texts stand upright.
        ("1A1A1A1A1A1A", {"upright": 0.4, "plain": 0.5}, True),
    ],
)
def test_a_picture_is_searched_turned_where_no_plate_shows_that_it_stands_upright(
    make_weights: MakeWeights, text: str, changes: dict[str, float], turned: bool
) -> None:
    weights = make_weights(text, cut=(0.0, 0.0, 0.0, 0.0))
    card = asdict(ACCEPTANCE.turned) | {"side": 640, "upright": 0.5, "below": 0.95} | changes
    change_card(weights, "acceptance", turned=card)
    (plate,) = PlateReader(weights).read(picture_with([(20, 7)]))
    x, y, width, height = box_at(20, 7)
    across, down = x + width / 2, y + height / 2
    standing = [across - height / 2, down - width / 2, height, width]
    assert list(plate.box) == pytest.approx(standing if turned else [x, y, width, height], abs=0.05)
    assert plate.cut == (() if turned else ("left",))


@pytest.mark.parametrize(("text", "turned"), [("AB124", True), ("1A1A1A1A1A1A", False)])
def test_upside_down_a_text_of_no_format_counts_half(
    make_weights: MakeWeights, monkeypatch: pytest.MonkeyPatch, text: str, turned: bool
) -> None:
    weights = make_weights("AB123", cut=(0.0, 0.0, 0.0, 0.0))
    card = asdict(ACCEPTANCE.turned) | {"side": 640, "upright": 0.5, "below": 0.95}
    change_card(weights, "acceptance", turned=card)
    search_turned = Cascade._turned

    def saying(self: Cascade, picture: Picture, candidates: int) -> Search:
        found = search_turned(self, picture, candidates)
        (plate,) = found.plates
        characters = tuple(replace(plate.characters[0], text=c) for c in text)
        other = replace(plate, text=text, characters=characters, candidates=(), confidence=0.8)
        return replace(found, plates=(other,))

    monkeypatch.setattr(Cascade, "_turned", saying)
    (plate,) = PlateReader(weights).read(picture_with([(20, 7)]))
    assert plate.text == (text if turned else "AB123")


def test_a_turned_picture_that_says_no_more_is_left_upright(make_weights: MakeWeights) -> None:
    weights = make_weights()
    card = asdict(ACCEPTANCE.turned) | {"side": 640, "upright": 0.99, "below": 0.99}
    change_card(weights, "acceptance", turned=card)
    (plate,) = PlateReader(weights).read(picture_with([(20, 20)]))
    x, y, width, _ = box_at(20, 20)
    # It begins at the top left, as it is read.
    assert plate.corners[:2] == pytest.approx(np.array([(x, y), (x + width, y)]), abs=0.05)


def test_picture_without_plate(make_weights: MakeWeights) -> None:
    assert PlateReader(make_weights()).read(picture_with([])) == []


def test_min_confidence_and_candidates(make_weights: MakeWeights) -> None:
    weights = make_weights()
    picture = picture_with([(20, 20)])
    assert PlateReader(weights, min_confidence=0.9).read(picture) == []
    (plate,) = PlateReader(weights, candidates=1).read(picture)
    assert [c.text for c in plate.candidates] == ["AB123"]


@pytest.mark.parametrize(("plain", "found"), [(0.9, True), (0.999999, False)])
def test_what_is_plainly_a_plate_is_reported_though_its_text_is_doubtful(
    make_weights: MakeWeights, plain: float, found: bool
) -> None:
    weights = make_weights()
    picture = picture_with([(20, 20)])
    (plate,) = PlateReader(weights).read(picture)
    # So that this plate's text is less confident than what is reported of itself.
    change_card(weights, "acceptance", least_text=plate.confidence + 0.01, plain=plain, bias=6.0)
    (*plates,) = PlateReader(weights).read(picture)
    assert bool(plates) == found
    assert PlateReader(weights, min_confidence=plate.confidence + 0.01).read(picture) == []
    # Of a picture that is said to be a plate, what it says is given, whatever its confidence.
    crop = PlateReader(weights).read_crop(picture)
    assert crop is not None
    assert crop.confidence < plate.confidence + 0.01


def test_regions(make_weights: MakeWeights) -> None:
    weights = make_weights("LA51ABC")
    picture = picture_with([(20, 20)])
    (plate,) = PlateReader(weights).read(picture)
    assert plate.regions[0].code == "gb"
    (sure,) = PlateReader(weights, regions=["gb"]).read(picture)
    assert sure.regions[0].confidence > plate.regions[0].confidence
    # Another region's plate is read too.
    (other,) = PlateReader(weights, regions="nl,de").read(picture)
    assert other.text == "LA51ABC"
    with pytest.raises(RegionError, match=r"no region 'gbr'; near: .*gb"):
        PlateReader(weights, regions=["gbr"])
    (british,) = PlateReader(weights, regions=["uk"]).read(picture)
    assert british.regions == sure.regions


def test_array_is_not_changed(make_weights: MakeWeights) -> None:
    picture = picture_with([(20, 20)])
    before = picture.copy()
    PlateReader(make_weights()).read(picture)
    assert (picture == before).all()


def test_report(make_weights: MakeWeights) -> None:
    report = PlateReader(make_weights()).report(picture_with([(20, 20)]), "camera 7").to_dict()
    assert list(report) == ["source", "width", "height", "milliseconds", "plates"]
    assert (report["source"], report["width"], report["height"]) == ("camera 7", 640, 480)
    assert report["milliseconds"] > 0
    (plate,) = report["plates"]
    assert list(plate) == [
        "text",
        "confidence",
        "detection_confidence",
        "corners",
        "box",
        "characters",
        "candidates",
        "region",
        "regions",
        "script",
        "latin",
        "cut",
        "rows",
    ]
    assert plate["box"] == box_at(20, 20)
    assert plate["corners"][0] == box_at(20, 20)[:2]
    assert [c["text"] for c in plate["characters"]] == list("AB123")


def test_unreadable_picture(make_weights: MakeWeights, tmp_path: Path) -> None:
    reader = PlateReader(make_weights())
    with pytest.raises(PictureError, match="No such file"):
        reader.read(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="an empty path"):
        reader.read("")
    report = reader.report(tmp_path / "none.jpg").to_dict()
    assert report["error"] == "No such file or directory"
    assert report["plates"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 0},
        {"min_confidence": 1.5},
        {"candidates": 0},
        {"max_megapixels": 0},
        {"detection_threshold": 0},
        {"detection_threshold": 1.5},
        {"longest_side": 0},
        {"overlap": 7},
        {"overlap": float("nan")},
    ],
)
def test_options_out_of_range(make_weights: MakeWeights, options: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        PlateReader(make_weights(), **options)
    if "threads" not in options:
        with pytest.raises(ValueError, match=next(iter(options))):
            ReadOptions(**options)


@pytest.mark.slow
def test_packaged_weights_load_and_run() -> None:
    # What they read is for the evaluation; here, that they fit the code around them.
    for plate in numberplate.PlateReader(detection_threshold=0.01).read(picture_with([(20, 20)])):
        assert isinstance(plate, numberplate.Plate)


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("weights", ["package", "known"])
def test_pictures_with_no_one_and_many_plates(make_weights: MakeWeights, threads: int, weights: str) -> None:
    reader = PlateReader(None if weights == "package" else make_weights(), threads=threads)
    for cells in ([], [(20, 20)], [(r, c) for r in range(6, 56, 8) for c in range(12, 70, 20)]):
        plates = reader.read(picture_with(cells))
        if weights == "known":
            assert len(plates) == len(cells)
        assert len(reader.report(picture_with(cells)).plates) == len(plates)


@pytest.mark.slow
def test_reader_is_copied_and_pickled(make_weights: MakeWeights, tmp_path: Path) -> None:
    reader = PlateReader(make_weights("AB123"), min_confidence=0.2, candidates=2, regions="gb")
    picture = picture_with([(20, 20)])
    expected = [plate.to_dict() for plate in reader.read(picture)]
    assert expected
    for other in (copy.copy(reader), copy.deepcopy(reader), pickle.loads(pickle.dumps(reader))):
        assert [plate.to_dict() for plate in other.read(picture)] == expected
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert [plate.to_dict() for plate in pool.submit(reader.read, picture).result()] == expected


def test_reader_of_windows_is_pickled(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights(), scheme="windows")
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[44:52, 100:108] = 255
    other = pickle.loads(pickle.dumps(reader))
    assert [p.text for p in other.read(picture)] == [p.text for p in reader.read(picture)] == ["AB12CDE"]


def test_sources_of_library_users(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights())
    picture = picture_with([(20, 20)])
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    file = io.BytesIO(cv2.imencode(".png", picture[..., ::-1])[1].tobytes())
    image = Image.fromarray(picture)
    for source in (
        picture,
        grey,
        picture / 255,
        file,
        image,
        image.convert("RGBA"),
        np.asarray(image.convert("RGBA")),
    ):
        found = reader.read(source)
        assert [p.text for p in found] == ["AB123"], type(source)
        assert (found.width, found.height, found.warnings) == (640, 480, ())
    assert [p.text for p in reader.read(picture[..., ::-1], order="BGR")] == ["AB123"]
    assert reader.report(picture[..., ::-1], order="BGR").source == "<array>"
    with pytest.raises(PictureError, match=r"no picture but None, which cv2\.imread gives"):
        reader.read(None)  # type: ignore[arg-type]
    assert reader.report(None).error.startswith("no picture but None")  # type: ignore[arg-type,union-attr]


def test_warnings_are_in_the_report(make_weights: MakeWeights) -> None:
    reader = PlateReader(make_weights())
    data = cv2.imencode(".jpg", picture_with([(20, 20)])[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])[
        1
    ].tobytes()
    warning = "truncated JPEG: read as far as it goes"
    assert reader.read(data[:-2]).warnings == (warning,)
    report = reader.report(b"\r\n" + data[:-2])
    assert report.warnings == ("skipped 2 bytes before the picture", warning)
    assert report.to_dict()["warnings"] == list(report.warnings)
    assert report.error is None
    assert "warnings" not in reader.report(data).to_dict()
    report = reader.report(b"none")
    assert str(report.fault) == f"<bytes>: {report.error}"


def test_package_offers_what_the_readme_names() -> None:
    for name in ("draw", "read_picture", "Plates", "PictureTooLargeError"):
        assert getattr(numberplate, name) is getattr(reading, name)
    picture = picture_with([])
    assert numberplate.draw(picture[..., 0], []).shape == picture.shape
    assert numberplate.draw(Image.fromarray(picture), []).shape == picture.shape


def test_device_of_a_reader(make_weights: MakeWeights, caplog: pytest.LogCaptureFixture) -> None:
    weights = make_weights()
    assert PlateReader(weights).device == "cpu"
    chosen = PlateReader(weights, device="auto")
    assert chosen.device in DEVICES
    assert pickle.loads(pickle.dumps(chosen)).device == chosen.device
    with pytest.raises(DeviceError, match="no such device"):
        PlateReader(weights, device="abacus")


@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_auto_says_what_does_not_start(
    make_weights: MakeWeights, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = onnxruntime.get_available_providers()
    missing = next(device for device in DEVICES.values() if device.provider not in there)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [missing.provider, *there])
    with caplog.at_level("WARNING", "numberplate"):
        assert PlateReader(make_weights(), device="auto").device != missing.name
    assert f"{missing.name}: {missing.provider} does not start" in caplog.text
