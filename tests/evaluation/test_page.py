import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from numberplate.evaluation.figures import PictureResult
from numberplate.evaluation.labels import Truth
from numberplate.evaluation.page import PICTURE_SIDE, draw, write_page
from numberplate.reading import Plate

MakePlate = Callable[..., Plate]

BOX = (40.0, 50.0, 100.0, 20.0)
FAR = (10.0, 10.0, 60.0, 15.0)
CROP = (48, 144)


class Elements(HTMLParser):
    """Names and attributes of all elements, and whether every one that was opened was closed."""

    VOID = ("meta", "img", "link", "br")

    def __init__(self, page: Path):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one in a folder whose name is a nuisance to HTML, to paths and to addresses."""
    folder = tmp_path / "photos"
    picture = np.full((120, 200, 3), 90, np.uint8)
    cv2.rectangle(picture, (40, 50), (140, 70), (255, 255, 255), cv2.FILLED)
    for name in ("eu/1.png", 'a <b>&"#%20/2.png'):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    return folder


def test_every_miss_is_shown_with_its_pictures(tmp_path: Path, folder: Path, plate: MakePlate) -> None:
    results = [
        PictureResult("eu/1.png", (Truth("AB123", BOX),), (plate("A8123", BOX, 0.61), plate("X9", FAR)), 10),
        PictureResult('a <b>&"#%20/2.png', (Truth("CO77", BOX),), (), 12),
        PictureResult("eu/<gone>.png", (Truth("EF3", BOX),), error="no such <file>"),
    ]
    page = write_page(tmp_path / "out", folder, results, CROP, {"weights": "<mine>"})
    elements = Elements(page)
    assert elements.open == []
    assert len(elements.of("article")) == 4  # misread, false plate, not found, unreadable
    for text in ("AB123", "0.61", "X9", "CO77", 'a <b>&"#%20/2.png', "EF3", "no such <file>", "<mine>"):
        assert text in elements.text.replace("\n", "")
    images = [image["src"] or "" for image in elements.of("img")]
    # Twice the picture and its crop for the misread and the false plate, and the truth of the first; the
    # picture and the truth of the one not found.
    assert len(images) == 7
    for image in images:
        stored = cv2.imread(str(page.parent / image))
        assert stored is not None
        assert max(stored.shape) <= PICTURE_SIDE
        if image.endswith("-crop.jpg"):
            assert stored.shape[:2] == CROP


def test_misses_of_a_kind_come_in_the_order_of_the_pictures(
    tmp_path: Path, folder: Path, plate: MakePlate
) -> None:
    misread = plate("A8123", BOX)
    results = [
        PictureResult("eu/1.png", (Truth("AB123", BOX),), (misread,), 10),
        # One that was not found, which is shown before all that were misread, does not move the other one.
        PictureResult("eu/1.png", (Truth("CD456", BOX), Truth("EF789", FAR)), (misread,), 10),
    ]
    page = write_page(tmp_path / "out", folder, results, CROP).read_text(encoding="utf-8")
    section = page.partition('<section id="misread">')[2]
    assert re.findall(r"pictures/miss-(\d+)\.jpg\" alt", section) == ["00000", "00001"]


def test_what_differs_is_marked(tmp_path: Path, folder: Path, plate: MakePlate) -> None:
    results = [PictureResult("eu/1.png", (Truth("AB123", BOX),), (plate("A812", BOX),), 10)]
    page = write_page(tmp_path, folder, results, CROP).read_text(encoding="utf-8")
    assert "A<mark>B</mark>12<mark>3</mark></span>" in page
    assert "A<mark>8</mark>12<mark>·</mark></span>" in page


def test_the_page_needs_nothing_but_its_folder(tmp_path: Path, folder: Path, plate: MakePlate) -> None:
    results = [PictureResult("eu/1.png", (Truth("AB123", BOX),), (plate("A8123", BOX),), 10)]
    page = write_page(tmp_path, folder, results, CROP)
    elements = Elements(page)
    assert not elements.of("script")
    for tag, attributes in elements.found:
        for name in ("src", "href"):
            address = attributes.get(name)
            if address is not None:
                assert re.fullmatch(r"#[\w-]+|pictures/[\w-]+\.jpg", address), (tag, address)
    anchors = {attributes.get("id") for _, attributes in elements.found}
    links = [a["href"] or "" for a in elements.of("a") if (a["href"] or "").startswith("#")]
    assert links
    assert all(link[1:] in anchors for link in links)


@pytest.mark.parametrize(
    ("box", "crops"),
    [
        ((-30.0, -10.0, 60.0, 20.0), 1),  # hangs over the corner: what is in the picture is shown
        ((199.5, 119.5, 0.2, 0.2), 1),  # smaller than a pixel
        ((500.0, 500.0, 60.0, 20.0), 0),  # labels of another picture: all outside
        ((-500.0, 50.0, 60.0, 20.0), 0),  # outside on the left, where an index from the end would find pixels
        ((0.0, 0.0, 200.0, 120.0), 1),  # the whole picture
        (None, 0),
    ],
)
def test_labels_at_odd_places(
    tmp_path: Path, folder: Path, box: tuple[float, float, float, float] | None, crops: int
) -> None:
    write_page(tmp_path, folder, [PictureResult("eu/1.png", (Truth("AB1", box),), (), 10)], CROP)
    assert len(list((tmp_path / "pictures").glob("*-truth.jpg"))) == crops


def test_an_earlier_page_is_replaced_and_other_files_stay(
    tmp_path: Path, folder: Path, plate: MakePlate
) -> None:
    wrong = [PictureResult("eu/1.png", (Truth("AB1", BOX),), (), 10)]
    right = [PictureResult("eu/1.png", (Truth("AB1", BOX),), (plate("AB1", BOX),), 10)]
    write_page(tmp_path, folder, wrong, CROP)
    (tmp_path / "pictures" / "holiday.jpg").write_bytes(b"mine")
    page = write_page(tmp_path, folder, right, CROP)
    assert [path.name for path in (tmp_path / "pictures").iterdir()] == ["holiday.jpg"]
    assert not Elements(page).of("article")


@pytest.mark.parametrize("shape", [(120, 200), (3000, 40), (1200, 1600)])  # small, a strip, larger than shown
def test_draw_leaves_the_picture_and_shows_boxes(plate: MakePlate, shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 128, np.uint8)
    before = picture.copy()
    result = PictureResult(
        "1.png", (Truth("AB1", (5, 50, 20, 30)),), (plate("XY1", (-30, -9e6, 70, 9e6)),), 1
    )
    drawn = draw(picture, result)
    assert np.array_equal(picture, before)
    assert max(drawn.shape) == min(PICTURE_SIDE, max(shape))
    assert (drawn != 128).any()
