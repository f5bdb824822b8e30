"""What users may rely on: a name that goes, or comes, is a change that the changelog tells of."""

import inspect
import re
import subprocess
import sys
from importlib import import_module, resources
from pathlib import Path

import pytest

PUBLIC = {
    "numberplate": """
        Candidate Character DeviceError PictureError PictureTooLargeError Plate PlateReader Plates
        PoolClosedError PoolError ReadOptions ReaderPool Region RegionError Report WeightsError
        __version__ draw read_picture
    """,
    "numberplate.live": """
        AreaError Areas Direction Frame Line Mask Sighting Source SourceError SourceOptions Summary Watch
        WatchOptions Zone open_source
    """,
    "numberplate.sightings": """
        BusyError DamagedError Entry EntryExistsError Failure FullError Hit Kind Page Pass PictureKind
        Progress Purged Query RefusedError RemainsError Retention Sightings SightingsError StoredSighting
        WatchList WildcardError
    """,
    "numberplate.configuration": """
        Action Camera Command Configuration ConfigurationError Email File KeepFor ListedPlates Mail Mqtt
        MqttMessage Problem Webhook When load_configuration
    """,
    "numberplate.actions": "Actions Delivery DeliveryError Lists Rule Verdict rehearse",
    "numberplate.installation": "PartError Supervisor check parts run_part",
}

EXTRAS = {
    "numberplate": (),
    "numberplate.live": ("av", "trackers"),
    "numberplate.sightings": ("sqlalchemy",),
    "numberplate.configuration": ("sqlalchemy", "pydantic"),
    "numberplate.actions": ("sqlalchemy", "pydantic", "urllib3"),
    "numberplate.installation": ("sqlalchemy", "pydantic"),
}

each = pytest.mark.parametrize("module", PUBLIC)


def public(module: str) -> list[str]:
    for extra in EXTRAS[module]:
        pytest.importorskip(extra)
    return PUBLIC[module].split()


@each
def test_these_names_are_public(module: str) -> None:
    names = public(module)
    assert sorted(import_module(module).__all__) == sorted(names)


@each
def test_each_name_is_there_and_says_what_it_is(module: str) -> None:
    names = public(module)
    room = import_module(module)
    for name in names:
        value = getattr(room, name)
        assert name in dir(room)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__module__.startswith("numberplate.")
            assert inspect.getdoc(value), f"{module}.{name} has no docstring"


@each
def test_a_name_that_is_not_there(module: str) -> None:
    public(module)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        import_module(module).nothing  # noqa: B018


@pytest.mark.parametrize("module", ["numberplate", "numberplate.live"])
def test_what_is_not_used_is_not_loaded(module: str) -> None:
    heavy = "av cv2 keras onnxruntime sqlalchemy tensorflow trackers"
    code = f"import sys, {module}; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {"numberplate": [], "numberplate.live": ["cv2"]}  # a Sighting has corners
    assert done.stdout.strip() == str(loaded[module])


def test_each_name_is_on_the_page_of_the_api() -> None:
    page = (Path(__file__).parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
    named = {f"{module}.{name}" for module, names in PUBLIC.items() for name in names.split()}
    assert set(re.findall(r"^::: (\S+)$", page, re.M)) == named - {"numberplate.__version__"}


def test_types_are_public_too() -> None:
    assert resources.files("numberplate").joinpath("py.typed").is_file()


USE = """
import io
from pathlib import Path

import numpy as np
from PIL import Image

from numberplate import Plate, PlateReader, ReaderPool, ReadOptions, draw, read_picture

reader = PlateReader(options=ReadOptions(regions=["gb"]))
file = Path("car.jpg")
array = np.zeros((9, 9), np.uint8)
for source in (file, "car.jpg", b"", io.BytesIO(), file.open("rb"), Image.open(file), array):
    for plate in reader.read(source):
        text: str = plate.text
        confidence: float = plate.confidence
crop: Plate | None = reader.read_crop(Image.new("L", (9, 9)))
for report in reader.read_many(Path("photos").glob("*.jpg")):
    draw(read_picture(report.source), report.plates)
with ReaderPool(reader, 2) as pool:
    errors: list[str | None] = [report.error for report in pool.map([file, Image.open(file)])]
"""


@pytest.mark.slow
def test_a_users_code_passes_the_check_of_its_types(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "use.py").write_text(USE)
    checking = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "use.py"]
    done = subprocess.run(checking, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
