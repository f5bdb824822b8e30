from pathlib import Path

import pytest

from numberplate.evaluation.labels import LabelledPicture, LabelsError, Truth, group_of, read_labels

HEADER = "image,x,y,width,height,text\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_reads_pictures_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "eu/b.jpg,1,2,30.5,10,KE123AB\nuk/a.jpg,,,,,J98257\n")
    first, second = read_labels(path)
    assert first == LabelledPicture("eu/b.jpg", (Truth("KE123AB", (1.0, 2.0, 30.5, 10.0)),))
    assert second == LabelledPicture("uk/a.jpg", (Truth("J98257", None),))
    assert (first.line, second.line) == (2, 3)
    assert (first.group, second.group) == ("eu", "uk")


def test_several_rows_of_one_picture_are_several_plates(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a.jpg,1,2,3,4,AB1\nb.jpg,1,2,3,4,CD2\na.jpg,50,2,3,4,EF3\n")
    assert [[t.text for t in picture.truths] for picture in read_labels(path)] == [["AB1", "EF3"], ["CD2"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (HEADER + "a.jpg,1,2,3,4,ab 12-CD\n", Truth("AB12CD", (1, 2, 3, 4))),  # as people write plates
        ("\ufeff" + HEADER + "a.jpg,1,2,3,4,AB1\n", Truth("AB1", (1, 2, 3, 4))),  # as Excel saves UTF-8
        (
            "text,height,width,y,x,image,by\nAB1,4,3,2,1,a.jpg,me\n",
            Truth("AB1", (1, 2, 3, 4)),
        ),  # own order, more
        (
            HEADER + "\n,,,,,\na.jpg,1,2,3,4,AB1\n\n",
            Truth("AB1", (1, 2, 3, 4)),
        ),  # blank rows from a spreadsheet
        (HEADER.replace("\n", "\r\n") + "a.jpg,1,2,3,4,AB1\r\n", Truth("AB1", (1, 2, 3, 4))),  # from Windows
        ("image,text\na.jpg,AB1\n", Truth("AB1", None)),  # of a cut-out plate there is no box to say
        (HEADER + '"a.jpg", 1 ,-2,3,4,AB1\n', Truth("AB1", (1, -2, 3, 4))),  # a plate that leaves the picture
    ],
)
def test_reads_what_people_write(tmp_path: Path, text: str, expected: Truth) -> None:
    (picture,) = read_labels(write(tmp_path, text))
    assert picture.image == "a.jpg"
    assert picture.truths == (expected,)


def test_paths_as_windows_writes_them(tmp_path: Path) -> None:
    (picture,) = read_labels(write(tmp_path, "image_path,plate_text\r\nold\\a b.jpg,AB1\r\n"))
    assert picture.image == "old/a b.jpg"


def test_a_picture_without_text_and_box_shows_no_plate(tmp_path: Path) -> None:
    (picture,) = read_labels(write(tmp_path, HEADER + "street/empty.jpg,,,,,\n"))
    assert picture.truths == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "no labelled picture"),  # an empty file
        (HEADER, 1, "no labelled picture"),  # a header and nothing below
        ("a.jpg,1,2,3,4,AB1\n", 1, "no column image"),  # the header was forgotten
        ("image,x,y,w,h,text\na.jpg,1,2,3,4,AB1\n", 1, "no column width, height"),
        (HEADER + "a.jpg,1,2,3,4\n", 2, "6 fields expected"),
        (HEADER + "a.jpg,1,2,3,4,AB,1\n", 2, "there are 7"),  # a comma in the text
        (HEADER + "a.jpg,1,2,3,4,AB1\nb.jpg,1,,3,4,AB1\n", 3, "y empty"),  # half a box
        (HEADER + "a.jpg,1,two,3,4,AB1\n", 2, "y 'two' is not a number"),
        (HEADER + "a.jpg,1,nan,3,4,AB1\n", 2, "not a finite number"),  # pandas writes it
        (HEADER + "a.jpg,1,2,1e300,4,AB1\n", 2, "width '1e300' is in no picture"),
        (HEADER + "a.jpg,1,2,0,4,AB1\n", 2, "width 0 must be above 0"),
        (HEADER + "a.jpg,1,2,3,-4,AB1\n", 2, "height -4 must be above 0"),
        (HEADER + ",1,2,3,4,AB1\n", 2, "image is empty"),
        (HEADER + "/etc/a.jpg,1,2,3,4,AB1\n", 2, "below the labelled folder"),
        (HEADER + "a.jpg,1,2,3,4,--\n", 2, "no letter or digit"),  # nothing is left of it
        (HEADER + "a.jpg,1,2,3,4,ΨB1\n", 2, "in no alphabet"),
        (HEADER + "a.jpg,1,2,3,4,AB1\nb.jpg,1,2,3,4,AB1\na.jpg,1,2,3,4,ab1\n", 4, "before (see line 2)"),
        # One corner lies within the other three.
        ("image,text,x1,y1,x2,y2,x3,y3,x4,y4\na.jpg,AB1,0,0,9,0,3,2,0,9\n", 2, "no convex quadrilateral"),
        (HEADER + "a.jpg,1,2,3,4,AB1\na.jpg,,,,,\n", 3, "see line 2"),  # a plate, and no plate
        (HEADER + "a.jpg,,,,,\na.jpg,1,2,3,4,AB1\n", 3, "see line 2"),
        (HEADER + 'a.jpg,1,2,3,4,"AB1\n', 2, "unexpected end of data"),  # a quote is not closed
    ],
)
def test_errors_name_file_line_and_reason(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(LabelsError) as raised:
        read_labels(path)
    assert str(raised.value).startswith(f"{path}, line {line}: ")
    assert reason in str(raised.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "a.jpg,1,2,3,4,É\n", encoding="latin-1")
    with pytest.raises(LabelsError, match=r"labels\.csv: not UTF-8 text"):
        read_labels(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_file_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(LabelsError, match=r"^/dev/zero: larger than 256 MB$"):
        read_labels("/dev/zero")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"nowhere\.csv: No such file"):
        read_labels(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(("image", "group"), [("eu/1.jpg", "eu"), ("eu/old/1.jpg", "eu"), ("1.jpg", "")])
def test_group_is_the_first_folder(image: str, group: str) -> None:
    assert group_of(image) == group
