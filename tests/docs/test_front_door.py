"""What a build says of the project elsewhere, and the drawing of the rooms."""

import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


architecture = module(ROOT / "docs" / "architecture.py")


def test_rooms_are_read_from_the_imports(tmp_path: Path) -> None:
    sources = {
        "__init__": "",
        "low/__init__": "",
        "middle/__init__": "from house.low import anything",
        "middle/deep/__init__": "",
        "middle/deep/inner": "import house.middle.deep\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from house.top import never\n",
        "top/__init__": "def late():\n    from house import low\n    import house.middle.deep.inner\n",
    }
    for name, text in sources.items():
        path = tmp_path / "house" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    graph = architecture.rooms(tmp_path / "house")
    assert graph == {
        "low": frozenset(),
        "middle": frozenset({"low"}),
        "top": frozenset({"low", "middle"}),
    }
    assert architecture.heights(graph) == {"low": 0, "middle": 1, "top": 2}
    assert architecture.reduced(graph)["top"] == {"middle"}
    drawn = architecture.drawing(graph)
    assert drawn.count("<rect") == 1 + 3
    assert drawn.count("marker-end") == 2


def test_circles_of_rooms_are_named() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"a"})}
    with pytest.raises(architecture.ImportCircle, match="a imports b imports c imports a"):
        architecture.drawing(graph)


def test_every_room_is_described() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == architecture.rooms().keys()


def test_no_room_of_reading_needs_training() -> None:
    graph = architecture.rooms()
    assert graph.keys() >= {"geometry", "plates", "reading", "server", "cli"}
    for name in graph.keys() - architecture.TRAINING_ROOMS - {"cli"}:
        assert not graph[name] & {"networks", "training"}, name


def built(folder: Path, repository: str | None) -> Path:
    """A wheel."""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBERPLATE_REPOSITORY"}
    if repository:
        environment["NUMBERPLATE_REPOSITORY"] = repository
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built where no repository is known."""
    return built(tmp_path_factory.mktemp("wheel"), None)


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith("/METADATA"))
        return message_from_string(file.read(name).decode("utf-8"))


RELATIVE = re.compile(r"\]\((?!https?:|#)")


def test_the_readme_shown_elsewhere_leads_to_the_repository(tmp_path: Path) -> None:
    found = metadata(built(tmp_path, "https://git.example.org/we/numberplate/"))
    text = str(found.get_payload())
    assert not RELATIVE.search(text)
    assert "](https://git.example.org/we/numberplate/raw/main/docs/page.jpg)" in text
    assert "](https://git.example.org/we/numberplate/blob/main/docs/server.md)" in text
    urls = found.get_all("Project-URL") or []
    assert "Issues, https://git.example.org/we/numberplate/issues" in urls
    assert any(url.startswith("Article, ") for url in urls)


def test_the_wheel_has_the_samples_of_the_page(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = [name for name in file.namelist() if "page/samples/" in name]
        assert sorted(name.rpartition("/")[2] for name in names) == ["br.jpg", "de.jpg", "gb.jpg"]
        assert file.read(names[0]).startswith(b"\xff\xd8")


def test_a_build_that_knows_no_repository_has_no_broken_links(wheel: Path) -> None:
    text = str(metadata(wheel).get_payload())
    assert text.startswith("# numberplate")
    assert not RELATIVE.search(text)
    assert "![" not in text
    assert "ARCHITECTURE.md shows how the code is laid out" in text


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size < 4_200_000


def test_the_wheel_reads_plates_and_says_where_the_window_network_is(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        file.extractall(tmp_path)
    command = [sys.executable, "-m", "numberplate", "read", str(ROOT / "samples" / "de.jpg")]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}

    def read(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *options], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    assert "YEFD955E" in read().stdout
    without = read("--scheme", "windows")
    assert without.returncode == 1
    assert "src/numberplate/weights" in without.stderr
    given = ("--weights", str(ROOT / "src" / "numberplate" / "weights"))
    assert read("--scheme", "windows", *given).returncode == 0
