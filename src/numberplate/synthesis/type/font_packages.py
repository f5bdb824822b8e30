"""Typefaces from packages: the manifest that names them, and their installation with npm and apt-get."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from importlib import resources
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, ClassVar, Literal, Self

from PIL import ImageFont
from pydantic import Field, model_validator

from numberplate.plates.alphabet import alphabet
from numberplate.synthesis.packages import (
    OF_ONE_PACKAGE,
    ManifestError,
    PackageError,
    Packages,
    Part,
    from_archive,
    from_debian,
    manifest_in,
    npm_error,
    pack,
    tool,
    write_whole,
)

Licence = Literal["OFL-1.1", "MIT", "Apache-2.0", "Bitstream-Vera", "public domain"]
"""What a typeface may be under: all of these let software under the MIT licence use it."""

FONTS_CSV = "fonts.csv"

_AT_ONCE = 16
"""npm packages fetched by one call: few enough to see that it goes on, many enough to be quick."""


class _Package(Part):
    script: str = "latin"
    """Code of the alphabet that its fonts are for: theirs alone, where it is another than Latin."""

    @property
    def _prefix(self) -> str:
        """What the files' names start with, by which `Letterings` knows what they are for."""
        return "" if self.script == "latin" else f"{self.script}-"

    @model_validator(mode="after")
    def _known(self) -> Self:
        alphabet(self.script)
        return self


class NpmPackage(_Package):
    """A family of Fontsource in npm's registry."""

    name: Annotated[str, Field(pattern="^@fontsource/[a-z0-9][a-z0-9-]*$")]
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$")]
    """Exact; npm never lets another content have the same version."""
    licence: Licence
    subset: Annotated[str, Field(pattern="^[a-z-]+$")] = "latin"
    """Which of the family's characters, as Fontsource calls them."""
    weights: Annotated[
        tuple[Annotated[int, Field(ge=100, le=900, multiple_of=100)], ...], Field(min_length=1)
    ]

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """Each file to install, and its path in the package.

        WOFF, for which FreeType needs zlib alone; WOFF 2 needs a FreeType with Brotli, which not all have.
        """
        family = self.name.partition("/")[2]
        return tuple(
            (
                f"{self._prefix}npm-{family}-{weight}.woff",
                f"package/files/{family}-{self.subset}-{weight}-normal.woff",
            )
            for weight in self.weights
        )


class DebianPackage(_Package):
    """A package of fonts in Debian, in the version that the release at hand has."""

    name: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9+.-]+$")]
    version: ClassVar[None] = None
    licence: Licence
    files: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*\.(ttf|otf)$")], ...], Field(min_length=1)
    ]

    @property
    def members(self) -> tuple[tuple[str, str], ...]:
        """Each file to install, and its name in the package."""
        return tuple((f"{self._prefix}deb-{file}", file) for file in self.files)


Package = NpmPackage | DebianPackage


class Manifest(Packages[NpmPackage, DebianPackage]):
    """The packages to install. No package is named twice for a script, no font twice."""

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        names = [p.name if p.script == "latin" else f"{p.name} for {p.script}" for p in self.packages]
        fonts = [Path(file).stem for p in self.packages for file, _ in p.members]
        for listed in (names, fonts):
            for name in listed:
                if listed.count(name) > 1:
                    raise ValueError(f"{name} is listed twice")
        return self


@dataclass(frozen=True)
class InstalledFont:
    """A row of fonts.csv."""

    file: str
    family: str
    """As the font calls itself."""
    licence: str
    package: str
    version: str


_COLUMNS = [field.name for field in fields(InstalledFont)]


@dataclass(frozen=True)
class Outcome:
    """What became of some packages."""

    packages: tuple[str, ...]
    problem: str | None = None
    """None where all their fonts are there; else a line that names what failed and the reason."""


def read_manifest(path: Path | None = None) -> Manifest:
    """The manifest in a TOML file, or that of numberplate itself. Raises ManifestError."""
    own = resources.files("numberplate.synthesis.type").joinpath("fonts.toml")
    return manifest_in(own if path is None else path, Manifest)


def installed_fonts(folder: Path) -> dict[str, InstalledFont]:
    """By file, the fonts that fonts.csv in `folder` lists and that are there. Raises ManifestError."""
    path = folder / FONTS_CSV
    if not path.exists():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            header, *rows = csv.reader(file)
        if header != _COLUMNS:
            raise ValueError(f"its columns are not {','.join(_COLUMNS)}")
        fonts = [InstalledFont(*row) for row in rows]
    except (ValueError, TypeError, csv.Error) as error:
        raise ManifestError(f"{path}: not a list of installed fonts ({error})") from error
    return {font.file: font for font in fonts if (folder / font.file).is_file()}


def install(manifest: Manifest, folder: Path) -> Iterator[Outcome]:
    """Installs the fonts of `manifest` in `folder`, which exists, and reports what became of each package.

    fonts.csv beside them says where each is from. What is there already, in the manifest's version, is not
    fetched again; a Debian package in whatever version. A package that fails is reported, and the others go
    on. Raises ManifestError for a fonts.csv that is none, OSError where nothing can be written.
    """
    target = _Target(folder)
    for package in manifest.packages:
        if target.has(package):
            yield Outcome((package.name,))
    npm = [p for p in manifest.npm if not target.has(p)]
    if npm:
        yield from _install_npm(npm, target)
    debian = [p for p in manifest.debian if not target.has(p)]
    if debian:
        yield from _install_debian(debian, target)


class _Target:
    """The folder and its list of fonts, which is written anew with each package: a run can be stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fonts = installed_fonts(folder)

    def has(self, package: Package) -> bool:
        fonts = [self._fonts.get(file) for file, _ in package.members]
        return all(
            font is not None and font.package == package.name and package.version in (None, font.version)
            for font in fonts
        )

    def put(self, package: Package, version: str, contents: Mapping[str, bytes]) -> Outcome:
        """Writes the files, or none of them where one is no font."""
        fonts = {}
        for file, content in contents.items():
            try:
                family = ImageFont.truetype(BytesIO(content), 20).getname()[0] or ""
            except OSError as error:
                return Outcome((package.name,), f"{package.name} {version}: {file} is not a font ({error})")
            fonts[file] = InstalledFont(file, family, package.licence, package.name, version)
        for file, content in contents.items():
            write_whole(self._folder / file, content)
        # Another program may have installed some since.
        self._fonts = {**self._fonts, **installed_fonts(self._folder), **fonts}
        rows = StringIO(newline="")
        csv.writer(rows).writerows([_COLUMNS, *(astuple(self._fonts[file]) for file in sorted(self._fonts))])
        write_whole(self._folder / FONTS_CSV, rows.getvalue().encode())
        return Outcome((package.name,))


def _install_npm(packages: Sequence[NpmPackage], target: _Target) -> Iterator[Outcome]:
    waiting = [packages[i : i + _AT_ONCE] for i in range(0, len(packages), _AT_ONCE)]
    with TemporaryDirectory() as scratch:
        while waiting:
            batch = waiting.pop(0)
            specs = list(dict.fromkeys(f"{p.name}@{p.version}" for p in batch))
            try:
                done = pack(specs, Path(scratch))
            except PackageError as error:  # there is no npm
                yield _left_out(packages, str(error))
                return
            if done.returncode == 0:
                for package in batch:
                    yield _unpack_npm(package, Path(scratch), target)
                continue
            code, reason = npm_error(done)
            if code not in OF_ONE_PACKAGE:
                yield _left_out([p for rest in (batch, *waiting) for p in rest], f"npm: {reason}")
                return
            if len(batch) == 1:
                yield Outcome((batch[0].name,), f"{specs[0]}: {reason}")
            else:  # one fails all: halve until it stands alone
                half = len(batch) // 2
                waiting[:0] = [batch[:half], batch[half:]]


def _unpack_npm(package: NpmPackage, scratch: Path, target: _Target) -> Outcome:
    paths = [path for _, path in package.members]
    try:
        contents = from_archive(scratch, package.name, package.version, paths)
    except PackageError as error:
        return Outcome((package.name,), f"{package.name}@{package.version}: {error}")
    return target.put(package, package.version, {file: contents[path] for file, path in package.members})


def _install_debian(packages: Sequence[DebianPackage], target: _Target) -> Iterator[Outcome]:
    try:
        for name in ("apt-get", "dpkg-deb"):
            tool(name)
    except PackageError as error:
        yield _left_out(packages, str(error))
        return
    for package in packages:
        try:
            with TemporaryDirectory() as scratch:
                version, contents = from_debian(package.name, package.files, Path(scratch))
        except PackageError as error:
            yield Outcome((package.name,), f"{package.name}: {error}")
        else:
            yield target.put(package, version, {file: contents[name] for file, name in package.members})


def _left_out(packages: Sequence[Package], reason: str) -> Outcome:
    names = tuple(p.name for p in packages)
    return Outcome(names, f"{reason}; left out: {', '.join(names)}")
