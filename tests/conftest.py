"""Which tests are fast; and npm and apt-get as scripts that hand out packages made here, real archives."""

import io
import json
import shutil
import signal
import stat
import struct
import sys
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from PIL import ImageFont

# How fast something is is measured in benchmarks/: a busy machine must not fail a test.
settings.register_profile("numberplate", deadline=None)
settings.load_profile("numberplate")

_FAST = ("evaluation", "geometry", "models", "pictures", "plates", "reading", "results")
"""Rooms whose tests are marked fast, but for slow ones, and need the base install alone."""


def _is_fast(path: Path) -> bool:
    return path.relative_to(Path(__file__).parent).parts[0] in _FAST


def pytest_configure() -> None:
    # A shell lets what it starts in the background ignore Ctrl-C, and so all that this starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Training takes longest: where several processes share the tests, none is left alone with it at the end.
    items.sort(key=lambda item: "train" not in str(item.path.relative_to(Path(__file__).parent)))
    for item in items:
        if _is_fast(item.path) and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.fast)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # The other rooms' tests import TensorFlow, which alone takes longer than all that is fast.
    is_test = collection_path.suffix == ".py" and collection_path.name != "conftest.py"
    if config.option.markexpr == "fast" and is_test:
        return None if _is_fast(collection_path) else True
    return None


_NPM = """
import json, shutil, sys
from pathlib import Path

pool, calls = Path({pool!r}), Path({calls!r})
specs = [a for a in sys.argv[2:] if not a.startswith("-")]
with calls.open("a") as file:
    print("npm", *specs, file=file)
if (pool / "npm-error").exists():
    sys.exit((pool / "npm-error").read_text())
files = [spec[1:].replace("/", "-").replace("@", "-") + ".tgz" for spec in specs]
for spec, name in zip(specs, files):
    if not (pool / name).exists():
        print(json.dumps({{"error": {{"code": "E404", "summary": f"Not Found - {{spec}}\\nmore"}}}}))
        sys.exit(1)
for name in files:
    shutil.copy(pool / name, name)
"""

_APT_GET = """
import shutil, sys
from pathlib import Path

pool, calls = Path({pool!r}), Path({calls!r})
with calls.open("a") as file:
    print("apt-get", *sys.argv[2:], file=file)
print("W: a warning", file=sys.stderr)
(name,) = sys.argv[2:]
if not (pool / f"{{name}}.deb").exists():
    print(f"E: Unable to locate package {{name}}", file=sys.stderr)
    sys.exit(100)
shutil.copy(pool / f"{{name}}.deb", f"{{name}}_1_all.deb")
"""


@pytest.fixture(scope="session")
def ttf() -> bytes:
    """A font with all letters and digits: Pillow brings it along."""
    default = ImageFont.load_default(20)
    assert isinstance(default, ImageFont.FreeTypeFont)
    assert isinstance(default.path, io.BytesIO)
    return default.path.getvalue()


@pytest.fixture(scope="session")
def woff(ttf: bytes) -> bytes:
    """The same as WOFF 1.0 (W3C Recommendation, 2012)."""
    flavour, count = struct.unpack(">IH", ttf[:6])
    directory, tables = b"", b""
    for i in range(count):
        tag, checksum, offset, length = struct.unpack(">4sIII", ttf[12 + 16 * i : 28 + 16 * i])
        table = ttf[offset : offset + length]
        packed = min(zlib.compress(table), table, key=len)
        place = 44 + 20 * count + len(tables)
        directory += struct.pack(">4sIIII", tag, place, len(packed), length, checksum)
        tables += packed + bytes(-len(packed) % 4)
    size = 44 + len(directory) + len(tables)
    header = struct.pack(">4sIIHHIHH5I", b"wOFF", flavour, size, count, 0, len(ttf), 1, 0, 0, 0, 0, 0, 0)
    return header + directory + tables


@dataclass
class PackageTools:
    """A folder of scripts to put on PATH, and the pool of packages that they know."""

    bin: Path
    pool: Path
    calls_file: Path

    @property
    def calls(self) -> list[str]:
        """What was run, a line each."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def add_npm(self, name: str, version: str, files: dict[str, bytes]) -> None:
        """Adds a package with `files` in its folder files/."""
        archive = _tar({f"package/files/{file}": content for file, content in files.items()})
        (self.pool / f"{name[1:].replace('/', '-')}-{version}.tgz").write_bytes(archive)

    def add_debian(self, name: str, version: str, files: dict[str, bytes]) -> None:
        """Adds a package with `files` below /usr/share/fonts (deb(5): an ar archive of two tar archives)."""
        control = (
            f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: a test\nDescription: x\n"
        )
        members = {
            "debian-binary": b"2.0\n",
            "control.tar.gz": _tar({"./control": control.encode()}),
            "data.tar.gz": _tar({f"./usr/share/fonts/{file}": content for file, content in files.items()}),
        }
        archive = b"!<arch>\n"
        for member, content in members.items():
            archive += f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
            archive += content + b"\n" * (len(content) % 2)
        (self.pool / f"{name}.deb").write_bytes(archive)

    def fail_npm(self, code: str, summary: str) -> None:
        """From now on npm fails for whatever it is asked, and says so on standard error as older ones do."""
        (self.pool / "npm-error").write_text(json.dumps({"error": {"code": code, "summary": summary}}))


def _tar(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


@pytest.fixture
def package_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackageTools:
    """On PATH there are a false npm, a false apt-get, and the real dpkg-deb where the machine has one."""
    tools = PackageTools(tmp_path / "bin", tmp_path / "pool", tmp_path / "calls")
    tools.bin.mkdir()
    tools.pool.mkdir()
    for name, script in (("npm", _NPM), ("apt-get", _APT_GET)):
        text = script.format(pool=str(tools.pool), calls=str(tools.calls_file))
        (tools.bin / name).write_text(f"#!{sys.executable}\n{text}")
        (tools.bin / name).chmod(stat.S_IRWXU)
    for name in ("dpkg-deb", "tar"):  # the one runs the other
        real = shutil.which(name)
        if real is not None:
            (tools.bin / name).symlink_to(real)
    monkeypatch.setenv("PATH", str(tools.bin))
    return tools
