import re
import shutil
import struct
import tarfile
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numberplate.plates.alphabet import ALPHABET
from numberplate.plates.design import shipped_designs
from numberplate.synthesis.packages import ManifestError
from numberplate.synthesis.type.font_packages import (
    InstalledFont,
    Manifest,
    Outcome,
    install,
    installed_fonts,
    read_manifest,
)
from numberplate.synthesis.type.lettering import FontLettering, Letterings, font_files

needs_dpkg = pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not installed here")


def npm(name: str, *weights: int, version: str = "1.0.0") -> dict[str, object]:
    return {"name": f"@fontsource/{name}", "version": version, "licence": "OFL-1.1", "weights": weights}


def debian(name: str, *files: str) -> dict[str, object]:
    return {"name": name, "licence": "MIT", "files": files}


def manifest(**packages: list[dict[str, object]]) -> Manifest:
    return Manifest.model_validate(packages)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "fonts"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_the_shipped_manifest_has_what_the_designs_are_lettered_with() -> None:
    fonts = [Path(file).stem for package in read_manifest().packages for file, _ in package.members]
    assert len(fonts) > 150
    patterns = {pattern for design in shipped_designs() for pattern in design.letterings if pattern != "*"}
    files = {p for p in patterns if not p.startswith(("drawn-", "gh-"))}
    assert len(files) > 20
    # No package has a family of this name; the designs that name it name others besides.
    lacking = {p for p in files if not any(fnmatch(font, p) for font in fonts)}
    assert lacking == set()


def test_members() -> None:
    listed = manifest(npm=[npm("exo-2", 500, 700)], debian=[debian("fonts-x", "X-Bold.otf")])
    assert [package.members for package in listed.packages] == [
        (
            ("npm-exo-2-500.woff", "package/files/exo-2-latin-500-normal.woff"),
            ("npm-exo-2-700.woff", "package/files/exo-2-latin-700-normal.woff"),
        ),
        (("deb-X-Bold.otf", "X-Bold.otf"),),
    ]


GOOD = 'name = "@fontsource/a", version = "1.2.3", licence = "OFL-1.1", weights = [400]'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("npm = [", "not TOML"),
        (f"npm = [{{ {GOOD} }}, {{ {GOOD} }}]", "@fontsource/a is listed twice"),
        (f"npm = [{{ {GOOD.replace('400', '400, 400')} }}]", "npm-a-400 is listed twice"),
        # Two files of one name could not be told apart by a design.
        ('debian = [{ name = "ab", licence = "MIT", files = ["x.ttf", "x.otf"] }]', "deb-x is listed twice"),
        (f"npm = [{{ {GOOD.replace('1.2.3', '^1.2.3')} }}]", "npm.0.version: "),
        (f"npm = [{{ {GOOD.replace('1.2.3', 'latest')} }}]", "npm.0.version: "),
        (f"npm = [{{ {GOOD.replace('OFL-1.1', 'GPL-3.0')} }}]", "npm.0.licence: "),
        (f"npm = [{{ {GOOD.replace('@fontsource/a', '--help')} }}]", "npm.0.name: "),
        (f"npm = [{{ {GOOD.replace('400', '450')} }}]", "npm.0.weights.0: "),
        (f"npm = [{{ {GOOD.replace('400', '')} }}]", "npm.0.weights: "),
        (f"npm = [{{ {GOOD}, subset = 'Greek 1' }}]", "npm.0.subset: "),
        ('debian = [{ name = "ab", licence = "MIT", files = ["../x.ttf"] }]', "debian.0.files.0: "),
        ('debian = [{ name = "-o", licence = "MIT", files = ["x.ttf"] }]', "debian.0.name: "),
    ],
)
def test_manifests_that_cannot_be_used(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(ManifestError, match=f"^{re.escape(f'{path}: {reason}')}"):
        read_manifest(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_manifest_without_an_end_is_not_read_to_it() -> None:
    with pytest.raises(ManifestError, match=r"^/dev/zero: larger than 1 MB$"):
        read_manifest(Path("/dev/zero"))


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"none\.toml: No such file"):
        read_manifest(tmp_path / "none.toml")


def test_fonts_of_npm(package_tools: Any, woff: bytes, out: Path) -> None:
    package_tools.add_npm(
        "@fontsource/b612",
        "1.0.0",
        {"b612-latin-400-normal.woff": woff, "b612-latin-700-normal.woff": woff, "b612-latin-400.css": b"x"},
    )
    listed = manifest(npm=[npm("b612", 400, 700)])
    assert list(install(listed, out)) == [Outcome(("@fontsource/b612",))]
    assert names(out) == ["fonts.csv", "npm-b612-400.woff", "npm-b612-700.woff"]
    assert (out / "npm-b612-700.woff").read_bytes() == woff
    assert (out / "fonts.csv").read_text("utf-8").splitlines() == [
        "file,family,licence,package,version",
        "npm-b612-400.woff,Aileron,OFL-1.1,@fontsource/b612,1.0.0",
        "npm-b612-700.woff,Aileron,OFL-1.1,@fontsource/b612,1.0.0",
    ]
    letterings = Letterings(font_files([out]))
    assert letterings.refused == []
    assert {"npm-b612-400", "npm-b612-700"} <= set(letterings.names)


@needs_dpkg
def test_fonts_of_debian(package_tools: Any, ttf: bytes, out: Path) -> None:
    package_tools.add_debian("fonts-x", "2.0~a-1", {"truetype/x/X.ttf": ttf, "truetype/x/Y.ttf": ttf})
    listed = manifest(debian=[debian("fonts-x", "X.ttf")])
    assert list(install(listed, out)) == [Outcome(("fonts-x",))]
    assert names(out) == ["deb-X.ttf", "fonts.csv"]
    assert installed_fonts(out) == {
        "deb-X.ttf": InstalledFont("deb-X.ttf", "Aileron", "MIT", "fonts-x", "2.0~a-1")
    }
    # A release has one version: whichever was installed is there.
    assert list(install(listed, out)) == [Outcome(("fonts-x",))]
    assert package_tools.calls == ["apt-get fonts-x"]


def test_what_is_there_is_not_fetched_again(package_tools: Any, woff: bytes, out: Path) -> None:
    for name, version in (("a", "1.0.0"), ("b", "1.0.0"), ("b", "1.0.1")):
        package_tools.add_npm(f"@fontsource/{name}", version, {f"{name}-latin-400-normal.woff": woff})
    (out / "npm-a-400.woff").write_bytes(b"of no list")
    first = manifest(npm=[npm("a", 400), npm("b", 400)])
    assert all(outcome.problem is None for outcome in install(first, out))
    assert all(outcome.problem is None for outcome in install(first, out))
    assert package_tools.calls == ["npm @fontsource/a@1.0.0 @fontsource/b@1.0.0"]
    assert (out / "npm-a-400.woff").read_bytes() == woff
    # Another version is fetched, and so is a file that is gone.
    second = manifest(npm=[npm("a", 400), npm("b", 400, version="1.0.1")])
    assert list(install(second, out)) == [Outcome(("@fontsource/a",)), Outcome(("@fontsource/b",))]
    assert installed_fonts(out)["npm-b-400.woff"].version == "1.0.1"
    (out / "npm-a-400.woff").unlink()
    assert list(installed_fonts(out)) == ["npm-b-400.woff"]
    assert list(install(second, out)) == [Outcome(("@fontsource/b",)), Outcome(("@fontsource/a",))]
    assert package_tools.calls[1:] == ["npm @fontsource/b@1.0.1", "npm @fontsource/a@1.0.0"]


def test_two_that_install_at_once_list_the_fonts_of_both(package_tools: Any, woff: bytes, out: Path) -> None:
    for name in "ab":
        package_tools.add_npm(f"@fontsource/{name}", "1.0.0", {f"{name}-latin-400-normal.woff": woff})
    (out / "fonts.csv.part").mkdir()  # what another program writes is its own
    one, other = (install(manifest(npm=[npm(name, 400), npm("none", 400)]), out) for name in "ab")
    assert [next(run).problem for run in (one, other)] == [None, None]
    assert [len(list(run)) for run in (one, other)] == [1, 1]
    assert list(installed_fonts(out)) == ["npm-a-400.woff", "npm-b-400.woff"]
    assert names(out) == ["fonts.csv", "fonts.csv.part", "npm-a-400.woff", "npm-b-400.woff"]


def test_what_cannot_be_written_leaves_nothing_behind(package_tools: Any, woff: bytes, out: Path) -> None:
    package_tools.add_npm("@fontsource/a", "1.0.0", {"a-latin-400-normal.woff": woff})
    (out / "npm-a-400.woff").mkdir()
    with pytest.raises(OSError, match="npm-a-400"):
        list(install(manifest(npm=[npm("a", 400)]), out))
    assert names(out) == ["npm-a-400.woff"]


def test_files_that_begin_with_a_byte_order_mark(package_tools: Any, woff: bytes, out: Path) -> None:
    path = out / "own.toml"
    path.write_text(f"\ufeffnpm = [{{ {GOOD} }}]", encoding="utf-8")
    (listed,) = read_manifest(path).npm
    package_tools.add_npm(listed.name, listed.version, {"a-latin-400-normal.woff": woff})
    assert list(install(read_manifest(path), out)) == [Outcome((listed.name,))]
    table = out / "fonts.csv"
    table.write_text(table.read_text("utf-8"), encoding="utf-8-sig")
    assert list(installed_fonts(out)) == ["npm-a-400.woff"]


def test_a_package_that_fails_is_named_and_the_others_go_on(
    package_tools: Any, woff: bytes, out: Path
) -> None:
    families = [f"f{i}" for i in range(20)]
    for name in families:
        package_tools.add_npm(f"@fontsource/{name}", "1.0.0", {f"{name}-latin-400-normal.woff": woff})
    (package_tools.pool / "fontsource-f3-1.0.0.tgz").unlink()
    (package_tools.pool / "fontsource-f5-1.0.0.tgz").write_bytes(b"no archive")
    package_tools.add_npm("@fontsource/f8", "1.0.0", {"f8-latin-400-normal.woff": b"no font"})
    listed = manifest(npm=[*(npm(name, 400) for name in families if name != "f19"), npm("f19", 400, 900)])
    problems = {o.packages: o.problem for o in install(listed, out) if o.problem is not None}
    assert list(problems) == [(f"@fontsource/{name}",) for name in ("f3", "f5", "f8", "f19")]
    lines = list(problems.values())
    assert lines[0] == "@fontsource/f3@1.0.0: E404, Not Found - @fontsource/f3@1.0.0"
    assert lines[1].startswith("@fontsource/f5@1.0.0: damaged (")
    assert lines[2].startswith("@fontsource/f8 1.0.0: npm-f8-400.woff is not a font (")
    assert lines[3] == "@fontsource/f19@1.0.0: has no package/files/f19-latin-900-normal.woff"
    installed = [f"npm-{name}-400.woff" for name in families if name not in ("f3", "f5", "f8", "f19")]
    assert names(out) == sorted([*installed, "fonts.csv"])
    assert list(installed_fonts(out)) == sorted(installed)
    assert len(package_tools.calls) < 12  # halved, not one by one


def test_a_link_in_a_package_is_no_font(package_tools: Any, out: Path, tmp_path: Path, woff: bytes) -> None:
    (tmp_path / "secret.woff").write_bytes(woff)
    with tarfile.open(package_tools.pool / "fontsource-a-1.0.0.tgz", "w:gz") as tar:
        link = tarfile.TarInfo("package/files/a-latin-400-normal.woff")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "secret.woff")
        tar.addfile(link)
    (outcome,) = install(manifest(npm=[npm("a", 400)]), out)
    assert outcome.problem == "@fontsource/a@1.0.0: has no package/files/a-latin-400-normal.woff"
    assert names(out) == []


@needs_dpkg
def test_a_registry_out_of_reach_is_said_once(package_tools: Any, ttf: bytes, out: Path) -> None:
    package_tools.fail_npm("ENOTFOUND", "request failed, reason: no such host\nsee the log")
    package_tools.add_debian("fonts-x", "1-1", {"X.ttf": ttf})
    listed = manifest(
        npm=[npm(f"f{i}", 400) for i in range(40)],
        debian=[debian("fonts-y", "Y.ttf"), debian("fonts-x", "X.ttf")],
    )
    first, second, third = install(listed, out)
    assert len(first.packages) == 40
    assert first.problem is not None
    assert first.problem.startswith(
        "npm: ENOTFOUND, request failed, reason: no such host; left out: @fontsource/f0, @fontsource/f1, "
    )
    assert second.problem == (
        "fonts-y: Unable to locate package fonts-y; `apt-get update` renews the lists of packages"
    )
    assert third == Outcome(("fonts-x",))
    assert [call.split()[0] for call in package_tools.calls] == ["npm", "apt-get", "apt-get"]


@needs_dpkg
def test_packages_of_debian_that_are_not_as_they_should_be(package_tools: Any, ttf: bytes, out: Path) -> None:
    package_tools.add_debian("fonts-x", "1-1", {"X.ttf": ttf})
    (package_tools.pool / "fonts-y.deb").write_bytes(b"no package")
    listed = manifest(debian=[debian("fonts-x", "Z.ttf"), debian("fonts-y", "Y.ttf")])
    first, second = install(listed, out)
    assert first.problem == "fonts-x: 1-1 has no Z.ttf"
    assert second.problem is not None
    assert second.problem.startswith("fonts-y: damaged (")
    assert names(out) == []


@needs_dpkg
@pytest.mark.parametrize(
    ("missing", "line", "there"),
    [
        ("npm", "npm is not installed; left out: @fontsource/a, @fontsource/b", "deb-X.ttf"),
        ("apt-get", "apt-get is not installed; left out: fonts-x", "npm-a-400.woff"),
        ("dpkg-deb", "dpkg-deb is not installed; left out: fonts-x", "npm-a-400.woff"),
    ],
)
def test_without_a_tool_the_rest_is_installed(
    package_tools: Any, ttf: bytes, woff: bytes, out: Path, missing: str, line: str, there: str
) -> None:
    (package_tools.bin / missing).unlink()
    for name in "ab":
        package_tools.add_npm(f"@fontsource/{name}", "1.0.0", {f"{name}-latin-400-normal.woff": woff})
    package_tools.add_debian("fonts-x", "1-1", {"X.ttf": ttf})
    listed = manifest(npm=[npm("a", 400), npm("b", 400)], debian=[debian("fonts-x", "X.ttf")])
    outcomes = list(install(listed, out))
    assert [o.problem for o in outcomes if o.problem is not None] == [line]
    assert (out / there).exists()
    assert {name for o in outcomes for name in o.packages} == {p.name for p in listed.packages}


@pytest.mark.parametrize("text", ["", "file,licence\n", "file,family,licence,package,version\na.ttf,A\n"])
def test_another_list_is_not_written_over(package_tools: Any, text: str, out: Path) -> None:
    (out / "fonts.csv").write_text(text)
    with pytest.raises(ManifestError, match=r"fonts\.csv: not a list of installed fonts"):
        next(install(manifest(npm=[npm("a", 400)]), out))
    assert (out / "fonts.csv").read_text() == text
    assert package_tools.calls == []


def as_woff2(ttf: bytes) -> bytes:
    """WOFF 2.0 (W3C Recommendation, 2018) whose tables are neither transformed nor compressed."""

    def base128(value: int) -> bytes:
        digits = [value & 127]
        while value := value >> 7:
            digits.insert(0, value & 127 | 128)
        return bytes(digits)

    flavour, count = struct.unpack(">IH", ttf[:6])
    directory, tables = b"", b""
    for i in range(count):
        tag, _, offset, length = struct.unpack(">4sIII", ttf[12 + 16 * i : 28 + 16 * i])
        untransformed = 3 if tag in (b"glyf", b"loca") else 0
        directory += bytes([untransformed << 6 | 63]) + tag + base128(length)
        tables += ttf[offset : offset + length]
    # Brotli, RFC 7932: a window of 64 KiB (one bit), blocks of up to that size as they are, an empty one.
    stream = b""
    for start in range(0, len(tables), 1 << 16):
        block = tables[start : start + (1 << 16)]
        header = (len(block) - 1) << 3 | 1 << 19
        stream += (header << (start == 0)).to_bytes(3, "little") + block
    stream += b"\x03"
    size = 48 + len(directory) + len(stream)
    return (
        struct.pack(">4sIIHHIIHH5I", b"wOF2", flavour, size, count, 0, len(ttf), len(stream), 1, 0, *[0] * 5)
        + directory
        + stream
    )


@pytest.mark.parametrize(("suffix", "packed"), [("woff", None), ("woff2", as_woff2)])
def test_web_fonts_have_the_glyphs_of_what_they_were_made_of(
    suffix: str, packed: Callable[[bytes], bytes] | None, ttf: bytes, woff: bytes, font: Path, tmp_path: Path
) -> None:
    path = tmp_path / f"web.{suffix}"
    path.write_bytes(woff if packed is None else packed(ttf))
    assert font_files([tmp_path]) == [path]
    web, plain = FontLettering(path), FontLettering(font)
    assert web.name == "web"
    for c in ALPHABET:
        np.testing.assert_array_equal(web.glyph(c), plain.glyph(c))
