"""Zones, masks and lines written into a file whose other lines stay."""

import os
import stat
import threading
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from numberplate.configuration import ConfigurationError, load_configuration
from numberplate.configuration.areas import CurrentAreas
from numberplate.configuration.writing import (
    AreasChangedError,
    NoSuchCameraError,
    NotWrittenError,
    write_areas,
)
from numberplate.live import Areas, Line, Mask, Zone

FILE = """\
# Who may change this: the porter.
database = "gate.db"   # beside it

[[camera]]  # at the drive
name = "gate"
source = "rtsp://camera/1"
zones = [
    "drive=0.1,0.4 0.9,0.4 0.9,1 0.1,1 width=60",  # where they stop
    # the yard's own gate
    "yard = 0,0 0.5,0.5",  # seldom
]
line = '0.5,1 0.5,0'  # inwards
min_width = 50

# Not lit.
[[camera]]
name = "yard"
source = "rtsp://camera/2"

# The rest.
[[action]]
name = "tell"
webhook = { url = "http://localhost" }
[action.when]
zone = "drive"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numberplate.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def areas_of(file: Path, camera: str) -> Areas:
    return {one.name: one for one in load_configuration(file).camera}[camera].areas()


def write(file: Path, camera: str, areas: Areas) -> None:
    write_areas(file, camera, areas, areas_of(file, camera).version)


def changed_lines(file: Path, before: str = FILE) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    ours, theirs = before.splitlines(), file.read_text(encoding="utf-8").splitlines()
    return [one for one in ours if one not in theirs], [one for one in theirs if one not in ours]


def test_what_is_added_stands_in_the_cameras_table_and_all_else_stays(file: Path) -> None:
    new = Areas((Zone.parse("bay 1=0,0 1,0 0.5,1 length=5"),), (Mask.parse("0,0 0.3,0.1"),), None)
    write(file, "yard", new)
    assert areas_of(file, "yard") == new
    assert changed_lines(file) == (
        [],
        [
            'zones = ["bay 1=0,0 1,0 0.5,1 length=5"]',
            'masks = ["0,0 0.3,0 0.3,0.1 0,0.1"]',
        ],
    )
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines.index('masks = ["0,0 0.3,0 0.3,0.1 0,0.1"]') == lines.index("# The rest.") - 2


def test_what_is_changed_keeps_the_comments_beside_it(file: Path) -> None:
    drive, _ = areas_of(file, "gate").zones
    moved = Zone("drive", drive.points[:3], 60)
    write(file, "gate", Areas((moved,), (), Line((0.25, 1), (0.25, 0))))
    gone, new = changed_lines(file)
    assert gone == [
        '    "drive=0.1,0.4 0.9,0.4 0.9,1 0.1,1 width=60",  # where they stop',
        '    "yard = 0,0 0.5,0.5",  # seldom',
        "line = '0.5,1 0.5,0'  # inwards",
    ]
    assert new == [
        '    "drive=0.1,0.4 0.9,0.4 0.9,1 width=60",  # where they stop',
        'line = "0.25,1 0.25,0"  # inwards',
    ]


def test_what_is_replaced_or_taken_out_leaves_the_others_as_they_were_written(file: Path) -> None:
    kept = areas_of(file, "gate").zones[0]
    write(file, "gate", Areas((kept, Zone.parse("lane=0,0 1,1"))))
    gone, new = changed_lines(file)
    assert gone == ['    "yard = 0,0 0.5,0.5",  # seldom', "line = '0.5,1 0.5,0'  # inwards"]
    assert [line.strip() for line in new] == ['"lane=0,0 1,0 1,1 0,1",  # seldom']  # as if renamed
    write(file, "gate", Areas((kept,), (), Line((0, 0), (1, 1))))
    assert areas_of(file, "gate") == Areas((kept,), (), Line((0, 0), (1, 1)))


def test_nothing_is_written_where_nothing_changes(file: Path) -> None:
    before = file.stat()
    write(file, "gate", areas_of(file, "gate"))
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False])
def test_ends_of_lines_stay(tmp_path: Path, ending: str, final: bool) -> None:
    file = tmp_path / "numberplate.toml"
    text = '[[camera]]\nname = "gate"\nsource = "x"' + "\n" * final
    file.write_bytes(text.replace("\n", ending).encode())
    for areas in (
        Areas((Zone.parse("a=0,0 1,1"),)),
        Areas((Zone.parse("a=0,0 1,1"), Zone.parse("b=0,0 1,0.5")), (), Line((0, 0), (1, 1))),
        Areas((Zone.parse("b=0,0 1,0.5"),), (Mask.parse("0,0 1,0.5"),)),
        Areas(),
    ):
        write(file, "gate", areas)
        assert areas_of(file, "gate") == areas
        assert b"\n" not in file.read_bytes().replace(b"\r\n", b"") or ending == "\n"


def test_a_change_that_others_made_meanwhile_is_not_lost(file: Path) -> None:
    seen = areas_of(file, "gate").version
    write(file, "gate", Areas((Zone.parse("drive=0,0 1,1"),)))
    text = file.read_text(encoding="utf-8")
    with pytest.raises(AreasChangedError, match="by now"):
        write_areas(file, "gate", Areas(), seen)
    assert file.read_text(encoding="utf-8") == text


def test_what_could_not_be_used_is_not_written(file: Path) -> None:
    # A rule names the zone.
    with pytest.raises(ConfigurationError, match=r"action.tell.when.zone: no 'drive'"):
        write(file, "gate", Areas((Zone.parse("yard=0,0 1,1"),)))
    with pytest.raises(NoSuchCameraError, match="no camera 'porch'"):
        write_areas(file, "porch", Areas(), Areas().version)
    assert file.read_text(encoding="utf-8") == FILE
    file.write_text(f"{FILE}\n[", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        write_areas(file, "gate", Areas(), Areas().version)


def test_a_camera_that_is_no_table_of_its_own_is_left_to_a_person(tmp_path: Path) -> None:
    file = tmp_path / "numberplate.toml"
    text = 'camera = [{ name = "gate", source = "x" }]\n'
    file.write_text(text)
    with pytest.raises(NotWrittenError, match="table of its own"):
        write(file, "gate", Areas((Zone.parse("a=0,0 1,1"),)))
    assert file.read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="Windows has other modes and links")
def test_mode_and_links_stay_and_nothing_is_left_beside_it(file: Path, tmp_path: Path) -> None:
    file.chmod(0o640)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "numberplate.toml"
    link.symlink_to(file)
    write(link, "yard", Areas((Zone.parse("a=0,0 1,1"),)))
    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert areas_of(file, "yard").zones[0].name == "a"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere", "numberplate.toml"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_on_a_full_disk_the_file_stays_and_nothing_is_left_beside_it(file: Path, tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            write(file, "yard", Areas((Zone.parse("a=0,0 1,1"),)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_text(encoding="utf-8") == FILE
    assert [path.name for path in tmp_path.iterdir()] == ["numberplate.toml"]


def test_whoever_reads_meanwhile_finds_a_whole_file(file: Path) -> None:
    ended, found = threading.Event(), []

    def look() -> None:
        while not ended.is_set():
            found.append(len(load_configuration(file).camera))

    looker = threading.Thread(target=look)
    looker.start()
    for number in range(30):
        write(file, "yard", Areas((Zone.parse(f"zone {number}=0,0 1,1"),)))
    ended.set()
    looker.join()
    assert {*found} == {2}


names = st.text("ab Z9ß-_.", min_size=1, max_size=8).map(lambda text: f"z{text}".strip())
points = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=5).map(tuple)


@st.composite
def some_areas(draw: st.DrawFn) -> Areas:
    zones, masks, line = [], [], None
    for name in draw(st.lists(names, max_size=4, unique=True)):
        with suppress(NotWrittenError, ValueError):
            width = draw(st.none() | st.floats(0, 500))
            zones.append(Zone(name, draw(points), width, draw(st.none() | st.integers(0, 9))))
    for corners in draw(st.lists(points, max_size=3)):
        with suppress(ValueError):
            masks.append(Mask(corners))
    with suppress(ValueError):
        line = draw(st.none() | st.just(Line((0.1, 0.2), (1, 0.3))))
    return Areas(tuple(zones), tuple(masks), line)


@given(st.lists(some_areas(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_areas_come_back_as_they_were_written(tmp_path: Path, several: list[Areas]) -> None:
    file = tmp_path / "numberplate.toml"
    text = FILE.replace('zone = "drive"', "")
    file.write_text(text, encoding="utf-8")
    for areas in several:
        for camera in ("gate", "yard"):
            write(file, camera, areas)
            assert areas_of(file, camera) == areas
    after = file.read_text(encoding="utf-8")
    for comment in ("# Who may", "# beside it", "# at the drive", "# Not lit.", "# The rest."):
        assert comment in after
    ours, theirs = tomllib.loads(text), tomllib.loads(after)
    for one in (*ours["camera"], *theirs["camera"]):
        for key in ("zones", "masks", "line"):
            one.pop(key, None)
    assert ours == theirs


def test_current_areas_are_those_of_the_file(file: Path) -> None:
    current = CurrentAreas(file)
    assert [zone.name for zone in current.read()["gate"].zones] == ["drive", "yard"]
    write(file, "yard", Areas((Zone.parse("a=0,0 1,1"),)))
    assert current.read()["yard"] == areas_of(file, "yard")
    good = current.read()
    file.write_text("[", encoding="utf-8")
    with pytest.raises(ConfigurationError):
        current.read()
    assert current.read() == good
    file.write_text(FILE, encoding="utf-8")
    assert current.read()["yard"] == Areas()
    file.unlink()
    with pytest.raises(ConfigurationError):
        current.read()
