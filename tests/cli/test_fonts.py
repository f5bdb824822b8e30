import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from numberplate.cli import app


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["fonts", *map(str, arguments)])


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Of two packages."""
    path = tmp_path / "own.toml"
    rows = [
        f'{{ name = "@fontsource/{n}", version = "1.0.0", licence = "OFL-1.1", weights = [400] }}'
        for n in "ab"
    ]
    path.write_text(f"npm = [{', '.join(rows)}]")
    return path


def test_installs_fonts_that_plates_can_be_drawn_with(
    package_tools: Any, manifest: Path, woff: bytes, tmp_path: Path
) -> None:
    for name in "ab":
        package_tools.add_npm(f"@fontsource/{name}", "1.0.0", {f"{name}-latin-400-normal.woff": woff})
    out = tmp_path / "new" / "fonts"
    result = run("--out", out, "--manifest", manifest)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"2 fonts are in {out}\n"
    assert result.stderr == ""  # no progress bar where there is no terminal
    assert sorted(p.name for p in out.iterdir()) == ["fonts.csv", "npm-a-400.woff", "npm-b-400.woff"]

    plates = tmp_path / "plates"
    drawn = ("synthesize", "--kind", "plate", "-n", "1", "--fonts", str(out), "--out", str(plates))
    result = CliRunner().invoke(app, drawn)
    assert result.exit_code == 0
    assert result.stderr == ""  # no font was left out


def test_a_package_that_fails_is_one_line_and_the_exit_code(
    package_tools: Any, manifest: Path, woff: bytes, tmp_path: Path
) -> None:
    package_tools.add_npm("@fontsource/b", "1.0.0", {"b-latin-400-normal.woff": woff})
    result = run("--out", tmp_path / "out", "--manifest", manifest)
    assert result.exit_code == 1
    assert result.stderr == "numberplate: @fontsource/a@1.0.0: E404, Not Found - @fontsource/a@1.0.0\n"
    assert result.stdout == f"1 fonts are in {tmp_path / 'out'}\n"


def test_without_npm_and_apt_get_all_is_left_out_in_two_lines(package_tools: Any, tmp_path: Path) -> None:
    for name in ("npm", "apt-get"):
        (package_tools.bin / name).unlink()
    result = run("--out", tmp_path / "out")  # the manifest of the package itself
    assert result.exit_code == 1
    npm, apt = result.stderr.splitlines()
    assert npm.startswith("numberplate: npm is not installed; left out: @fontsource/abel, ")
    assert apt.startswith("numberplate: apt-get is not installed; left out: fonts-dejavu-core, ")
    assert result.stdout == f"0 fonts are in {tmp_path / 'out'}\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--out", "{tmp}/file"), "{tmp}/file: File exists"),
        (("--out", "{tmp}/out", "--manifest", "{tmp}/none.toml"), "{tmp}/none.toml: No such file"),
        (("--out", "{tmp}/out", "--manifest", "{tmp}/file"), "{tmp}/file: npm: "),
        (("--out", "{tmp}/listed"), "{tmp}/listed/fonts.csv: not a list of installed fonts"),
    ],
)
def test_what_stops_it_is_one_clear_line(
    package_tools: Any, tmp_path: Path, arguments: tuple[str, ...], named: str
) -> None:
    (tmp_path / "file").write_text("npm = " + json.dumps("all"))
    (tmp_path / "listed").mkdir()
    (tmp_path / "listed" / "fonts.csv").write_text("font\n")
    result = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"numberplate: {named.format(tmp=tmp_path)}")
    assert package_tools.calls == []


def test_the_folder_is_asked_for() -> None:
    result = run()
    assert result.exit_code == 2
    assert "--out" in result.stderr
