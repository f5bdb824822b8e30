"""Packages of fonts and photographs: their manifests, and how npm and apt-get fetch them."""

import json
import os
import shutil
import subprocess
import tarfile
import tomllib
import zlib
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from numberplate.limited import read_at_most
from numberplate.replacing import replacing

M = TypeVar("M", bound=BaseModel)
_MOST = 1_000_000
"""Bytes of a manifest; ours have a hundredth."""

N = TypeVar("N")
D = TypeVar("D")

OF_ONE_PACKAGE = {"E404", "ETARGET", "ENOVERSIONS", "EINTEGRITY"}
"""npm's codes for what is wrong with one package. Any other stops npm: each try of a registry that cannot be
reached takes it more than a minute."""

_NOT_IN_LISTS = ("Unable to locate package", "no candidate", "404")
"""What apt-get says of a package that its lists do not have, or no longer have right."""


class ManifestError(ValueError):
    """A manifest of packages that cannot be used; the message names the file, the key and the reason."""


class PackageError(Exception):
    """A package that cannot be had; the message is the reason."""


class NpmError(PackageError):
    """npm cannot fetch any package."""


class Part(BaseModel):
    """A part of a manifest; it has no keys but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Packages(Part, Generic[N, D]):
    """A manifest: packages of npm's registry, and of Debian."""

    npm: tuple[N, ...] = ()
    debian: tuple[D, ...] = ()

    @property
    def packages(self) -> tuple[N | D, ...]:
        """Those of npm first."""
        return (*self.npm, *self.debian)


def manifest_in(place: Path | Traversable, model: type[M]) -> M:
    """The manifest in a TOML file. Raises ManifestError."""
    try:
        content = read_at_most(place, _MOST)
        if content is None:
            raise ManifestError(f"{place}: larger than {_MOST // 1_000_000} MB")
        return model.model_validate(tomllib.loads(content.decode("utf-8-sig")))
    except ManifestError:
        raise
    except OSError as error:
        raise ManifestError(f"{place}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise ManifestError(f"{place}: {key}{': ' if key else ''}{reason}") from error
    except (ValueError, RecursionError) as error:  # neither UTF-8 nor TOML, or TOML without end
        raise ManifestError(f"{place}: not TOML ({error})") from error


def tool(name: str) -> str:
    """Where a program is. Raises PackageError."""
    found = shutil.which(name)
    if found is None:
        raise PackageError(f"{name} is not installed")
    return found


def pack(specs: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Has npm fetch packages, such as `name@1.0.0`, into a folder. Raises PackageError without npm."""
    return run_tool([tool("npm"), "pack", "--json", "--silent", "--ignore-scripts", *specs], folder)


def from_archive(folder: Path, name: str, version: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Files of a package that `pack` fetched into a folder, by their paths in it. Raises PackageError."""
    archive = folder / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
    try:
        with tarfile.open(archive) as tar:
            return {path: _member(tar, path) for path in paths}
    except KeyError as error:
        raise PackageError(f"has no {error.args[0]}") from error
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        raise PackageError(f"damaged ({error})") from error


def from_debian(package: str, names: Sequence[str], folder: Path) -> tuple[str, dict[str, bytes]]:
    """The version of a Debian package that this release has, and files of it by their names.

    `folder`: an empty one, in which it is fetched. Raises PackageError.
    """
    apt, dpkg = tool("apt-get"), tool("dpkg-deb")
    done = run_tool([apt, "download", package], folder)
    if done.returncode != 0:
        reason = apt_error(done)
        if any(sign in reason for sign in _NOT_IN_LISTS):
            reason += "; `apt-get update` renews the lists of packages"
        raise PackageError(reason)
    archives = list(folder.glob("*.deb"))
    if len(archives) != 1:
        raise PackageError(f"apt-get left {len(archives)} packages, not one")
    version = run_tool([dpkg, "--field", str(archives[0]), "Version"], folder)
    extracted = run_tool([dpkg, "--extract", str(archives[0]), "files"], folder)
    for step in (version, extracted):
        if step.returncode != 0:
            raise PackageError(f"damaged ({first_line(step.stderr)})")
    contents = {}
    # A link could lead out of the package.
    files = sorted(p for p in (folder / "files").rglob("*") if p.is_file() and not p.is_symlink())
    for name in names:
        found = [path for path in files if path.name == name]
        if not found:
            raise PackageError(f"{version.stdout.strip()} has no {name}")
        contents[name] = found[0].read_bytes()
    return version.stdout.strip(), contents


def write_whole(path: Path, content: bytes) -> None:
    """All of the file or nothing, also when it is stopped, or when another program writes it too."""
    with replacing(path) as part:
        part.write_bytes(content)


def _member(tar: tarfile.TarFile, path: str) -> bytes:
    """What a regular file of an archive holds; nothing is written where an archive says. Raises KeyError."""
    for member in tar:
        if member.name == path and member.isfile():
            file = tar.extractfile(member)
            assert file is not None  # it is a regular file
            return file.read()
    raise KeyError(path)


def npm_error(done: subprocess.CompletedProcess[str]) -> tuple[str, str]:
    """npm's code and a line that says what went wrong."""
    for text in (done.stdout, done.stderr):  # the older ones write it on standard error
        try:
            error = json.loads(text)["error"]
            code, summary = str(error["code"]), str(error["summary"])
        except (ValueError, KeyError, TypeError):
            continue
        return code, f"{code}, {first_line(summary)}"
    return "", first_line(done.stderr) or f"exit code {done.returncode}"


def apt_error(done: subprocess.CompletedProcess[str]) -> str:
    """apt-get's first error; its warnings come before it."""
    for line in done.stderr.splitlines():
        if line.startswith("E: "):
            return line.removeprefix("E: ").strip()
    return first_line(done.stderr) or f"exit code {done.returncode}"


def first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def run_tool(command: Sequence[str], folder: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
