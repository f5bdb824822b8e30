"""Photographs are installed from packages made here, by a false npm and a false apt-get."""

import csv
import hashlib
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app
from numberplate.synthesis.world.background_packages import Outcome, install, read_manifest
from numberplate.synthesis.world.backgrounds import Backgrounds

SAMPLES = Path(__file__).parents[2] / "samples"
PHOTO = cv2.imencode(".jpg", np.full((60, 80, 3), 90, np.uint8))[1].tobytes()

MANIFEST = """
[[npm]]
name = "@photos/one"
version = "1.2.3"
files = [{{path = "package/files/a.jpg", name = "npm-a.jpg", licence = "CC0-1.0", sha256 = "{sha}"}}]

[[debian]]
name = "photos-two"
files = [{{path = "b.jpg", name = "deb-b.jpg", licence = "CC-BY-4.0", sha256 = "{sha}"}}]
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MANIFEST.format(sha=hashlib.sha256(PHOTO).hexdigest()))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["backgrounds", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_installs_lists_and_finds_plates(package_tools: Any, manifest: Path, tmp_path: Path) -> None:
    package_tools.add_npm("@photos/one", "1.2.3", {"a.jpg": PHOTO})
    package_tools.add_debian("photos-two", "7-1", {"b.jpg": PHOTO})
    out = tmp_path / "out"
    (out / "own").mkdir(parents=True)
    shutil.copy(SAMPLES / "de.jpg", out / "own")
    result = run("--out", out, "--manifest", manifest)
    assert result.exit_code == 0, result.stderr
    listed = [(row["file"], row["licence"], row["version"]) for row in rows(out / "backgrounds.csv")]
    assert listed == [("deb-b.jpg", "CC-BY-4.0", "7-1"), ("npm-a.jpg", "CC0-1.0", "1.2.3")]
    (best,) = [row for row in rows(out / "plates.csv") if float(row["confidence"]) > 0.5]
    assert best["image"] == "own/de.jpg"
    assert abs(float(best["x"]) - 346) < 12  # as samples/labels.csv has it
    found = Backgrounds(out)
    assert len(found) == 3
    assert found.vehicles == (2,)
    # What is there is not fetched again, nor is it forgotten which version it was.
    calls, before = len(package_tools.calls), rows(out / "backgrounds.csv")
    assert run("--out", out, "--manifest", manifest).exit_code == 0
    assert len(package_tools.calls) == calls
    assert rows(out / "backgrounds.csv") == before


def test_photographs_of_another_manifest_stay_listed(
    package_tools: Any, manifest: Path, tmp_path: Path
) -> None:
    package_tools.add_npm("@photos/one", "1.2.3", {"a.jpg": PHOTO})
    package_tools.add_npm("@photos/more", "4.0.0", {"a.jpg": PHOTO})
    text = manifest.read_text().partition("[[debian]]")[0]
    out = tmp_path / "out"
    for name, version in (("one", "1.2.3"), ("more", "4.0.0")):
        more = text.replace("one", name).replace("npm-a", f"npm-{name}").replace("1.2.3", version)
        manifest.write_text(more)
        assert run("--out", out, "--manifest", manifest).exit_code == 0
    listed = [(row["file"], row["version"]) for row in rows(out / "backgrounds.csv")]
    assert listed == [("npm-more.jpg", "4.0.0"), ("npm-one.jpg", "1.2.3")]
    # What is another picture now is not what the list says.
    (out / "npm-one.jpg").write_bytes(cv2.imencode(".jpg", np.zeros((12, 12, 3), np.uint8))[1].tobytes())
    assert run("--out", out, "--manifest", manifest).exit_code == 0
    assert [row["file"] for row in rows(out / "backgrounds.csv")] == ["npm-more.jpg"]


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("b[1].jpg", None),
        ("/usr/share/fonts/b[1].jpg", "photos-two: 7-1 has no /usr/share/fonts/b[1].jpg"),
        ("*.jpg", "photos-two: 7-1 has no *.jpg"),
        ("", "photos-two: 7-1 has no "),
    ],
)
def test_the_name_of_a_file_in_debian_is_no_pattern(
    package_tools: Any, manifest: Path, tmp_path: Path, path: str, problem: str | None
) -> None:
    package_tools.add_debian("photos-two", "7-1", {"b[1].jpg": PHOTO})
    text = manifest.read_text().partition("[[debian]]")[2].replace('"b.jpg"', f'"{path}"')
    manifest.write_text(f"[[debian]]{text}")
    outcomes = list(install(read_manifest(manifest), tmp_path))
    assert outcomes == [Outcome("photos-two", problem)]


def test_another_content_is_not_installed(package_tools, manifest: Path, tmp_path: Path) -> None:
    package_tools.add_npm("@photos/one", "1.2.3", {"a.jpg": PHOTO + b"more"})
    result = run("--out", tmp_path / "out", "--manifest", manifest)
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first == "numberplate: @photos/one: package/files/a.jpg is not what the manifest says"
    assert second.startswith("numberplate: photos-two: ")
    assert not list((tmp_path / "out").glob("*.jpg"))
    assert "0 photographs" in result.stdout


def test_a_registry_out_of_reach_is_asked_once(package_tools: Any, manifest: Path, tmp_path: Path) -> None:
    """Each try takes npm more than a minute."""
    more = MANIFEST.partition("[[debian]]")[0].replace("one", "more").replace("npm-a", "npm-c")
    manifest.write_text(manifest.read_text() + more.format(sha="0" * 64))
    package_tools.fail_npm("ENOTFOUND", "request failed, reason: no such host\nsee the log")
    result = run("--out", tmp_path / "out", "--manifest", manifest)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[:2] == [
        "numberplate: @photos/one: npm: ENOTFOUND, request failed, reason: no such host",
        "numberplate: @photos/more: left out too",
    ]
    assert sum(call.startswith("npm") for call in package_tools.calls) == 1


def test_own_photographs_alone(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "gb.jpg", tmp_path)
    (tmp_path / "text.jpg").write_text("no picture")
    result = run("--out", tmp_path, "--cover-only")
    assert result.exit_code == 1
    assert "text.jpg" in result.stderr
    assert {row["image"] for row in rows(tmp_path / "plates.csv")} == {"gb.jpg"}


def test_plates_are_looked_for_in_all_photographs_that_are_used(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "de.jpg", tmp_path / ".de.jpg")
    assert run("--out", tmp_path, "--cover-only").exit_code == 0
    assert len(Backgrounds(tmp_path)) == 1
    assert {row["image"] for row in rows(tmp_path / "plates.csv")} == {".de.jpg"}


def test_own_photographs_that_are_not_there(tmp_path: Path) -> None:
    result = run("--out", tmp_path / "none", "--cover-only")
    assert result.exit_code == 1
    assert result.stderr == f"numberplate: {tmp_path / 'none'}: no such folder\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[npm]]\n", "npm.0.files: Field required"),
        (MANIFEST.replace("deb-b", "npm-a").format(sha="0" * 64), "npm-a.jpg is listed twice"),
        (MANIFEST.format(sha="0" * 63), "sha256: String should match"),
        (MANIFEST.replace("CC0-1.0", "all rights reserved").format(sha="0" * 64), "licence: Input should be"),
        (MANIFEST.replace("npm-a.jpg", "../a.jpg").format(sha="0" * 64), "name: String should match"),
        ("[", "not TOML"),
        ("a = " + "[" * 9999, "not TOML"),
    ],
)
def test_what_is_no_manifest(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    result = run("--out", tmp_path / "out", "--manifest", tmp_path / "mine.toml")
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"numberplate: {tmp_path / 'mine.toml'}: ")
    assert reason in line


def test_the_packages_own_manifest() -> None:
    manifest = read_manifest()
    files = [file for package in manifest.packages for file in package.files]
    assert len(files) > 20
    assert len({file.sha256 for file in files}) == len(files)
