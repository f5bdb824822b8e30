"""Labels as other programs and data sets write them."""

import errno
import json
import math
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from numberplate.evaluation.labels import LabelsError, Truth, read_labelled
from numberplate.evaluation.labels.truth import in_reading_order

CCPD = "025-95_113-154&383_386&473-386&473_177&454_154&383_363&402-0_0_22_27_27_33_16-37-15"
"""The example of CCPD's own page: 皖AY339S."""

UFPR = """camera: GoPro Hero4 Silver
position_vehicle: 1188 569 198 184
\ttype: car
\tmake: Chevrolet
plate: AOB-5422
position_plate: 1295 702 71 28
\tchar 1: 1299 711 7 12
"""
RODOSOL = "type: car\nplate: PPK1234\nlayout: Brazilian\ncorners: 585,419 679,421 680,449 586,447\n"


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], None]:
    """Puts a picture of 200 × 100 pixels in the folder."""

    def put(name: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix, np.zeros((100, 200, 3), np.uint8))[1].tobytes())

    return put


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def truths(folder: Path) -> dict[str, list[Truth]]:
    return {labelled.image: list(labelled.truths) for labelled in read_labelled(folder)}


def test_yolo_boxes(tmp_path: Path, picture: Callable[[str], None]) -> None:
    for name in ("a.jpg", "b.jpg"):
        picture(f"images/train/{name}")
    write(tmp_path, "labels/train/a.txt", "0 0.5 0.5 0.2 0.1\n0 0.25 0.25 0.1 0.1\n")
    write(tmp_path, "labels/train/b.txt", "")
    write(tmp_path, "readme.txt", "a data set\n")
    found = truths(tmp_path)
    assert found == {
        "images/train/a.jpg": [Truth("", (80, 45, 40, 10)), Truth("", (40, 20, 20, 10))],
        "images/train/b.jpg": [],
    }


def test_folders_that_lie_elsewhere_and_are_linked(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("disk/images/a.jpg")
    write(tmp_path, "disk/labels/a.txt", "0 0.5 0.5 0.2 0.1\n")
    (tmp_path / "set" / "part").mkdir(parents=True)
    for name in ("images", "labels"):
        (tmp_path / "set" / "part" / name).symlink_to(tmp_path / "disk" / name)
    assert truths(tmp_path / "set") == {"part/images/a.jpg": [Truth("", (80, 45, 40, 10))]}


@pytest.mark.parametrize(
    "names",
    [
        "names: [car, License_Plate]\n",
        "nc: 2\nnames:\n  0: car\n  1: 'number plate'\n",
        "names: {0: car, 1: plate}\n",
        "names:  # of the boxes\n  # two\n  0: car\n\n  1: plate\nnc: 2\n",
        "names:\n- car\n- np  # theirs\n",
        "names:\n  '0': car\n  '1': plate\n",
    ],
)
def test_yolo_takes_the_class_of_plates(tmp_path: Path, picture: Callable[[str], None], names: str) -> None:
    picture("a.jpg")
    write(tmp_path, "data.yaml", names)
    write(tmp_path, "a.txt", "0 0.5 0.5 1 1\n1 0.5 0.5 0.2 0.1\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("", (80, 45, 40, 10))]}


def test_yolo_with_one_class_alone_and_tabs_between(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "data.yaml", "names: [object]\n")
    write(tmp_path, "a.txt", "0\t0.5\t0.5\t0.2\t0.1\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("", (80, 45, 40, 10))]}


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_yolo_of_a_picture_that_is_stored_turned(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x112] = orientation  # people see it 100 pixels wide and 200 high
    Image.new("RGB", (200, 100)).save(tmp_path / "a.jpg", exif=exif)
    write(tmp_path, "a.txt", "0 0.5 0.5 0.2 0.1\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("", (40, 90, 20, 20))]}


def test_yolo_corners(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    # Oriented boxes begin at any corner; poses have a box and visibilities besides.
    write(tmp_path, "a.txt", "0 0.6 0.7 0.4 0.6 0.4 0.5 0.6 0.6\n")
    corners = ((80, 50), (120, 60), (120, 70), (80, 60))
    (truth,) = truths(tmp_path)["a.jpg"]
    assert truth.corners is not None
    assert np.allclose(truth.corners, corners)
    assert truth.box == pytest.approx((80, 50, 40, 20))
    write(tmp_path, "a.txt", "0 0.5 0.6 0.2 0.2 0.4 0.5 2 0.6 0.6 2 0.6 0.7 2 0.4 0.6 2\n")
    (posed,) = truths(tmp_path)["a.jpg"]
    assert posed.corners is not None
    assert np.allclose(posed.corners, corners)


def test_yolo_outlines_of_any_number_of_points(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    six = "0.4 0.5 0.5 0.5 0.6 0.6 0.6 0.7 0.5 0.65 0.4 0.6"
    write(tmp_path, "a.txt", f"0 {six}\n0 {six} 0.4 0.55\n")
    (truth,) = truths(tmp_path)["a.jpg"]
    assert truth.box == pytest.approx((80, 50, 40, 20))
    assert truth.corners is None


def test_a_yolo_pose_whose_box_is_larger_than_its_points(
    tmp_path: Path, picture: Callable[[str], None]
) -> None:
    picture("a.jpg")
    write(tmp_path, "a.txt", "0 0.5 0.6 0.24 0.24 0.4 0.5 2 0.6 0.6 2 0.6 0.7 2 0.4 0.6 2\n")
    (truth,) = truths(tmp_path)["a.jpg"]
    assert truth.box == pytest.approx((76, 48, 48, 24))
    assert truth.corners is not None


def test_a_point_of_a_yolo_pose_that_is_not_labelled(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "a.txt", "0 0.5 0.6 0.2 0.2 0.4 0.5 2 0.6 0.6 2 0.6 0.7 2 0 0 0\n")
    (truth,) = truths(tmp_path)["a.jpg"]
    assert truth.box == pytest.approx((80, 50, 40, 20))
    assert truth.corners is None


def test_pascal_voc(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("images/a.png")
    box = "<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>110</xmax><ymax>50</ymax></bndbox>"
    write(
        tmp_path,
        "annotations/a.xml",
        f"<annotation><filename>a.png</filename><object><name>car</name>{box}</object>"
        f"<object><name>licence</name>{box}</object><object><name>KA 01-AB1234</name>{box}</object>"
        f"<object><name>plate</name><attributes><attribute><name>Text</name><value>xy 9</value></attribute>"
        f"</attributes>{box}</object></annotation>",
    )
    at = (10, 20, 100, 30)
    assert truths(tmp_path) == {"images/a.png": [Truth("", at), Truth("KA01AB1234", at), Truth("XY9", at)]}


def test_coco(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("train/a.jpg")
    picture("train/b.jpg")
    whole = {
        "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "b.jpg"}],
        "categories": [{"id": 1, "name": "vehicle"}, {"id": 2, "name": "license-plate"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 200, 100]},
            {
                "id": 2,
                "image_id": 7,
                "category_id": 2,
                "bbox": [80, 50, 40, 20],
                "segmentation": [[80, 50, 120, 60, 120, 70, 80, 60]],
                "attributes": {"plate_text": "AB 12"},
            },
        ],
    }
    write(tmp_path, "train/_annotations.coco.json", json.dumps(whole))
    corners = ((80, 50), (120, 60), (120, 70), (80, 60))
    assert truths(tmp_path) == {
        "train/a.jpg": [Truth("AB12", (80, 50, 40, 20), corners)],
        "train/b.jpg": [],
    }


def test_an_attribute_that_is_ticked_is_no_text(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    one = {"id": 1, "image_id": 1, "bbox": [1, 2, 3, 4], "attributes": {"plate": True, "number": 1234}}
    whole = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [one]}
    write(tmp_path, "all.json", json.dumps(whole))
    assert truths(tmp_path) == {"a.jpg": [Truth("1234", (1, 2, 3, 4))]}


@pytest.mark.parametrize("used", [[0], []])
def test_a_coco_split_without_plates(tmp_path: Path, picture: Callable[[str], None], used: list[int]) -> None:
    """Its cars are no plates, though they are the one class that it uses."""
    for split, classes in (("train", [1]), ("valid", used)):
        picture(f"{split}/{split}.jpg")
        whole = {
            "images": [{"id": 1, "file_name": f"{split}.jpg"}],
            "categories": [{"id": 0, "name": "car"}, {"id": 1, "name": "plate"}],
            "annotations": [
                {"id": 1, "image_id": 1, "category_id": c, "bbox": [1, 2, 3, 4]} for c in classes
            ],
        }
        write(tmp_path, f"{split}/_annotations.coco.json", json.dumps(whole))
    assert truths(tmp_path) == {"train/train.jpg": [Truth("", (1, 2, 3, 4))], "valid/valid.jpg": []}


def test_ccpd(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture(f"ccpd_base/{CCPD}.jpg")
    picture("ccpd_np/1.jpg")
    found = truths(tmp_path)
    assert found["ccpd_np/1.jpg"] == []
    (truth,) = found[f"ccpd_base/{CCPD}.jpg"]
    assert (truth.text, truth.box) == ("皖AY339S", (154, 383, 232, 90))
    assert truth.corners == ((154, 383), (363, 402), (386, 473), (177, 454))


def test_ccpd_of_electric_cars(tmp_path: Path, picture: Callable[[str], None]) -> None:
    name = CCPD.replace("0_0_22_27_27_33_16", "0_0_3_24_28_24_31_33")
    picture(f"{name}.jpg")
    (truth,) = truths(tmp_path)[f"{name}.jpg"]
    assert truth.text == "皖AD04079"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        (UFPR, Truth("AOB5422", (1295, 702, 71, 28))),
        (RODOSOL, Truth("PPK1234", (585, 419, 95, 30), ((585, 419), (679, 421), (680, 449), (586, 447)))),
    ],
)
def test_ufpr_and_rodosol(tmp_path: Path, picture: Callable[[str], None], text: str, truth: Truth) -> None:
    picture("track0001/a.png")
    write(tmp_path, "track0001/a.txt", text)
    assert truths(tmp_path) == {"track0001/a.png": [truth]}


def test_openalpr(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("eu/eu1.jpg")
    write(tmp_path, "eu/eu1.txt", "eu1.jpg\t185\t223\t157\t35\tRK878AC\n")
    assert truths(tmp_path) == {"eu/eu1.jpg": [Truth("RK878AC", (185, 223, 157, 35))]}


def test_plates_without_a_text(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "a.txt", "a.jpg\t1\t2\t3\t4\t\na.jpg\t5\t6\t7\t8\tAB12\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("", (1, 2, 3, 4)), Truth("AB12", (5, 6, 7, 8))]}
    write(tmp_path, "a.txt", "plate: \nposition_plate: 1 2 3 4\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("", (1, 2, 3, 4))]}


@pytest.mark.parametrize("name", ["readme.txt", "notes.xml"])
def test_files_beside_that_are_no_labels_nor_utf_8(
    tmp_path: Path, picture: Callable[[str], None], name: str
) -> None:
    picture("a.jpg")
    (tmp_path / name).write_bytes("说明".encode("gbk"))
    write(tmp_path, "all.txt", "a.jpg\t1\t2\t3\t4\tAB12\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("AB12", (1, 2, 3, 4))]}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_pipes_beside_are_not_waited_for(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    (tmp_path / "a.txt").write_text("0 0.5 0.5 0.2 0.1\n")
    for name in ("labels.csv", "b.json", "b.xml", "b.txt", "classes.txt"):
        os.mkfifo(tmp_path / name)
    assert [labelled.image for labelled in read_labelled(tmp_path)] == ["a.jpg"]
    os.mkfifo(tmp_path / "c.jpg")
    (tmp_path / "c.txt").write_text("0 0.5 0.5 0.2 0.1\n")
    with pytest.raises(LabelsError, match=r"c\.jpg: not a file$"):
        read_labelled(tmp_path)


def test_fast_plate_ocr(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("val/images/1.png")
    write(
        tmp_path, "val/annotations.csv", "image_path,plate_text,plate_region\nimages/1.png,KNN8K7,Argentina\n"
    )
    assert truths(tmp_path) == {"val/images/1.png": [Truth("KNN8K7")]}


def test_a_picture_that_several_tables_have_is_one(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    header = "image,x,y,width,height,text\n"
    write(tmp_path, "mine.csv", f"{header}a.jpg,,,,,AB12\n")
    write(tmp_path, "yours.csv", f"{header}a.jpg,,,,,AB12\na.jpg,,,,,CD34\n")
    (labelled,) = read_labelled(tmp_path)
    assert labelled.truths == (Truth("AB12"), Truth("CD34"))
    assert (labelled.file, labelled.line) == (str(tmp_path / "mine.csv"), 2)


def test_text_files_with_a_byte_order_mark(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "a.txt", "\ufeffplate: AB-12\n")
    assert truths(tmp_path) == {"a.jpg": [Truth("AB12")]}


def test_a_name_is_first_of_a_picture_beside_the_labels(
    tmp_path: Path, picture: Callable[[str], None]
) -> None:
    picture("a.jpg")
    picture("night/a.jpg")
    write(tmp_path, "night/all.txt", "a.jpg\t1\t2\t3\t4\tAB12\n")
    assert truths(tmp_path) == {"night/a.jpg": [Truth("AB12", (1, 2, 3, 4))]}


def test_a_path_from_the_labels_folder_up(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("day/a.jpg")
    picture("night/a.jpg")
    whole = {
        "images": [{"id": 1, "file_name": "../night/a.jpg"}],
        "annotations": [{"id": 1, "image_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    write(tmp_path, "coco/all.json", json.dumps(whole))
    assert truths(tmp_path) == {"night/a.jpg": [Truth("", (1, 2, 3, 4))]}


def test_our_table_with_corners_and_without_text(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    names = "image,x,y,width,height,text,x1,y1,x2,y2,x3,y3,x4,y4\n"
    write(
        tmp_path, "labels.csv", f"{names}a.jpg,,,,,AB12,80,50,120,60,120,70,80,60\na.jpg,1,2,3,4,,,,,,,,,\n"
    )
    first, second = truths(tmp_path)["a.jpg"]
    assert first == Truth("AB12", (80, 50, 40, 20), ((80, 50), (120, 60), (120, 70), (80, 60)))
    assert second == Truth("", (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.txt", "0 0.5 0.5 0.2\n", "a.txt, line 1: 3 numbers after the class"),
        ("a.txt", "0 0.5 zero 0.2 0.1\n", "a.txt, line 1: field 'zero' is not a number"),
        ("data.yaml", "names: {0: car, ²: bus}\n", "data.yaml: none of the classes is a plate: car"),
        ("classes.txt", "car\nperson\n", "classes.txt: none of the classes is a plate: car, person"),
        ("a.xml", "<annotation>", "a.xml: not XML"),
        ("a.xml", '<!DOCTYPE x [<!ENTITY e "e">]><annotation/>', "a.xml: has a document type"),
        ("a.xml", "<annotation><object><name>plate</name></object></annotation>", "a.xml: plate: no bndbox"),
        ("a.json", '{"images": [{"id": 1}], "annotations": []}', "a.json: not as COCO has it"),
        (
            "a.json",
            '{"images": [{"id": 1, "file_name": "../gone.jpg"}], "annotations": []}',
            "no picture gone.jpg",
        ),
        (
            "a.json",
            '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": '
            f'[{{"id": 3, "image_id": 1, "bbox": [1{"0" * 400}, 2, 3, 4]}}]}}',
            "a.json: annotation 3: x 1",
        ),
        ("labels.csv", "image,x,y,width,height,text\n../a.jpg,,,,,AB12\n", "below the labelled folder"),
        ("notes.txt", "hello\n", "no labels.csv, nor labels of another format"),
        ("a.xml", "<annotations/>", "no labels.csv, nor labels of another format"),
        ("other.xml", "<annotation/>", "other.xml: names no picture"),
        ("a.txt", "0 60 50 20 10\n", "a.txt, line 1: 60 is no share of the picture"),
        (
            "a.json",
            '{"images": [], "annotations": [{"id": 3, "image_id": 9, "bbox": [1, 2, 3, 4]}]}',
            "a.json: annotation 3: no image has the id 9",
        ),
        (
            "labels.csv",
            "image,text,text\na.jpg,AB12,CD34\n",
            "labels.csv, line 1: the column text is there twice",
        ),
        ("labels.csv", "image,text\na\0.jpg,AB12\n", "labels.csv, line 2: image 'a\\x00.jpg' is no path"),
        ("a.txt", "plate: --\n", "a.txt: text '--' has no letter or digit"),
    ],
)
def test_what_cannot_be_used_is_named(
    tmp_path: Path, picture: Callable[[str], None], name: str, text: str, reason: str
) -> None:
    picture("a.jpg")
    write(tmp_path, name, text)
    if name in ("classes.txt", "data.yaml"):
        write(tmp_path, "a.txt", "0 0.5 0.5 0.2 0.1\n")
    with pytest.raises(LabelsError) as raised:
        read_labelled(tmp_path)
    assert reason in str(raised.value)


def test_a_json_file_beside_that_is_no_text(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "a.json", '{"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}')
    (tmp_path / "b.json").write_bytes(b"\xff")
    with pytest.raises(LabelsError) as raised:
        read_labelled(tmp_path)
    assert str(raised.value) == f"{tmp_path / 'b.json'}: not UTF-8 text"


def test_a_name_that_is_too_long_for_a_file(tmp_path: Path) -> None:
    write(tmp_path, "labels.csv", f"image,text\n{'a' * 300}.jpg,AB12\n")
    assert truths(tmp_path) == {f"{'a' * 300}.jpg": [Truth("AB12")]}


def test_a_folder_that_cannot_be_listed(
    tmp_path: Path, picture: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture("open/a.jpg")
    write(tmp_path, "open/a.txt", "0 0.5 0.5 0.2 0.1\n")
    picture("closed/b.jpg")
    listed = os.scandir

    def refused(place: str | Path) -> object:
        if Path(place).name == "closed":  # a test that runs as root is refused nothing
            raise PermissionError(errno.EACCES, "Permission denied", str(place))
        return listed(place)

    monkeypatch.setattr("os.scandir", refused)
    with pytest.raises(LabelsError, match=r"closed: cannot be listed: Permission denied"):
        read_labelled(tmp_path)


def test_a_table_of_another_format(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "labels.csv", "image,text\na.jpg,AB12\n")
    labels = tmp_path / "labels.csv"
    assert read_labelled(tmp_path, labels, "csv")[0].truths == (Truth("AB12"),)
    with pytest.raises(LabelsError, match=r"labels\.csv: is read as CSV; yolo"):
        read_labelled(tmp_path, labels, "yolo")


def test_hidden_files_and_folders_are_none_of_the_set(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("a.jpg")
    write(tmp_path, "a.txt", "0 0.5 0.5 0.2 0.1\n")
    picture("._a.jpg")
    write(tmp_path, "._a.txt", "what macOS leaves beside files\n")
    picture(".old/b.jpg")
    write(tmp_path, ".old/b.txt", "0 0.5 0.5 0.2 0.1\n")
    assert list(truths(tmp_path)) == ["a.jpg"]


def test_pictures_of_one_name_as_pascal_voc_has_folders(
    tmp_path: Path, picture: Callable[[str], None]
) -> None:
    picture("one/JPEGImages/a.jpg")
    picture("two/JPEGImages/a.jpg")
    box = "<bndbox><xmin>10</xmin><ymin>20</ymin><xmax>110</xmax><ymax>50</ymax></bndbox>"
    text = f"<annotation><object><name>plate</name>{box}</object></annotation>"
    write(tmp_path, "two/Annotations/a.xml", text)
    assert list(truths(tmp_path)) == ["two/JPEGImages/a.jpg"]


def test_a_picture_that_two_folders_have(tmp_path: Path, picture: Callable[[str], None]) -> None:
    picture("images/one/a.jpg")
    picture("images/two/a.jpg")
    write(tmp_path, "labels/two/a.txt", "0 0.5 0.5 0.2 0.1\n")
    assert list(truths(tmp_path)) == ["images/two/a.jpg"]
    write(tmp_path, "elsewhere/a.txt", "0 0.5 0.5 0.2 0.1\n")
    with pytest.raises(LabelsError, match="which picture is it"):
        read_labelled(tmp_path, kind="yolo")


@given(
    st.floats(20, 400), st.floats(2, 6), st.floats(-0.7, 0.7), st.permutations(range(4)), st.floats(-500, 500)
)
def test_corners_come_in_reading_order(
    width: float, aspect: float, turn: float, order: list[int], shift: float
) -> None:
    w, h = width / 2, width / aspect / 2
    c, s = math.cos(turn), math.sin(turn)
    corners = [
        (x * c - y * s + shift, x * s + y * c - shift) for x, y in ((-w, -h), (w, -h), (w, h), (-w, h))
    ]
    # Turned by less than 45 degrees, it is upright, also where its left end reaches below its middle.
    assert in_reading_order([corners[i] for i in order]) == tuple(corners)


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (1, 0), (2, 0), (0, 1)],  # a triangle
        [(0, 0), (2, 0), (0.5, 0.5), (0, 2)],  # bent inwards
        [(0, 0), (1, 0), (1, 1)],
    ],
)
def test_what_is_no_quadrilateral(points: list[tuple[float, float]]) -> None:
    assert in_reading_order(points) is None
