"""What README and docs say: their commands run, their links lead somewhere, their tables are up to date.

A block of commands or Python that no test can run has a comment before it, `<!-- not run: REASON -->`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import pytest
from typer.main import get_command

from numberplate.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

FENCE = re.compile(
    r"(?:<!-- not run: (?P<reason>[^>]+?) -->\n)?^```(?P<kind>[a-z]+)\n(?P<code>.*?)^```$", re.DOTALL | re.M
)
FILE = re.compile(r"Save this as `(?P<name>[\w.-]+)`.*?```yaml\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    kind: str
    code: str
    reason: str | None


def blocks(page: Path) -> list[Block]:
    """The blocks of commands and of Python, in order."""
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [Block(m["kind"], m["code"], m["reason"]) for m in found if m["kind"] in ("sh", "python")]


def pages_to_run() -> list[Path]:
    return [page for page in PAGES if any(not block.reason for block in blocks(page))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the pages' commands find where they are called: pictures, a video, and the commands themselves."""
    (tmp_path / "bin").mkdir()
    for name, code in (("numberplate", "from numberplate.cli import main; main()"), ("python", None)):
        script = tmp_path / "bin" / name
        call = f"{sys.executable} -c '{code}'" if code else sys.executable
        script.write_text(f'#!/bin/sh\nexec {call} "$@"\n')
        script.chmod(0o755)
    samples = ROOT / "samples"
    work = tmp_path / "work"
    for name in ("photos", "labelled"):
        (work / name).mkdir(parents=True)
        for picture in ("de.jpg", "gb.jpg"):
            shutil.copy(samples / picture, work / name)
    rows = (samples / "labels.csv").read_text().splitlines()
    kept = [row for row in rows if row.startswith(("image,", "de.jpg", "gb.jpg"))]
    (work / "labelled" / "labels.csv").write_text("\n".join(kept) + "\n")
    shutil.copy(samples / "gb.jpg", work / "car.jpg")
    write_video(work / "gate.mp4")
    return work


def write_video(path: Path) -> None:
    """Half a second of a car that stands still."""
    frame = cv2.cvtColor(cv2.imread(str(ROOT / "samples" / "de.jpg")), cv2.COLOR_BGR2RGB)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("mpeg4", rate=25)
        stream.height, stream.width = frame.shape[:2]
        for _ in range(12):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        file.mux(stream.encode())


def environment(folder: Path) -> dict[str, str]:
    """Of a user who has just installed the program: nothing of this one's own is read or written."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NUMBERPLATE_")}
    home = str(folder.parent / "home")
    return {
        **kept,
        "PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": home,
        "XDG_DATA_HOME": home,
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize("page", pages_to_run(), ids=lambda page: page.stem)
def test_what_a_page_tells_to_run_runs(page: Path, folder: Path) -> None:
    for match in FILE.finditer(page.read_text(encoding="utf-8")):
        (folder / match["name"]).write_text(match["text"], encoding="utf-8")
    told = [block for block in blocks(page) if not block.reason]
    if any("numberplate sightings" in block.code for block in told):
        told.insert(0, Block("sh", "numberplate watch gate.mp4 --save", None))  # something to search
    for block in told:
        command = ["bash", "-euo", "pipefail", "-c"] if block.kind == "sh" else [sys.executable, "-c"]
        ran = subprocess.run(
            [*command, block.code],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{block.code}\n{ran.stdout}\n{ran.stderr}"
        assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_blocks_that_are_not_run_say_why(page: Path) -> None:
    assert all(len(block.reason.split()) >= 3 for block in blocks(page) if block.reason)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_stand_in_blocks_that_can_be_run(page: Path) -> None:
    """None is merely indented, where no test would find it."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    assert not re.findall(r"^ {4}(?:numberplate|pip|python|make|curl|docker) [^:\n]*$", text, re.M)


INLINE = re.compile(r"(?<!`)`(numberplate [^`]+)`(?!`)")


def faults(line: str, whole: bool = False) -> list[str]:
    """The words of a command that are no command and no option of ours, and what it lacks.

    Unless it stands as a `whole`, one with nothing that it needs merely names it: `numberplate watch --save`.
    """
    command: Any = get_command(app)
    words = iter(shlex.split(line, comments=True)[1:])
    lost, given, arguments = [], set(), 0
    for word in words:
        if word in ("|", ">"):
            break
        if word.startswith("-") and word != "-":
            name, _, value = word.partition("=")
            option = next((p for p in command.params if name in (*p.opts, *p.secondary_opts)), None)
            if option is None and name not in ("-h", "--help"):
                lost.append(word)
            elif option is not None:
                given.add(option.name)
                if not option.is_flag and not value:
                    next(words, None)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return [word]
            command = command.commands[word]
        else:
            arguments += 1
    values = {p.name for p in command.params if arguments and p.param_type_name == "argument"}
    needed, given = {p.name for p in command.params if p.required}, given | values
    return [*lost, *sorted(needed - given)] if whole or arguments or needed & given else lost


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_that_are_not_run_are_understood(page: Path) -> None:
    """Those within the text, and those in blocks that need what no test has."""
    if page.name in ("log.md", "CHANGELOG.md"):
        pytest.skip("of what was there at the time")
    text = page.read_text(encoding="utf-8")
    found = {line: faults(" ".join(line.split())) for line in INLINE.findall(FENCE.sub("", text))}
    for block in blocks(page):
        if block.reason and block.kind == "sh":
            joined = block.code.replace("\\\n", " ")
            lines = [line for line in joined.splitlines() if line.startswith("numberplate ")]
            found |= {line: faults(line, whole=True) for line in lines}
    assert {line: words for line, words in found.items() if words} == {}


def helps(command: Any, name: str = "numberplate") -> Iterator[tuple[str, str]]:
    """The names of a command and of those within it, and the help of each."""
    yield name, command.help
    for inner in getattr(command, "commands", {}):
        yield from helps(command.commands[inner], f"{name} {inner}")


def test_examples_of_helps_are_understood() -> None:
    """An example is a line of its own; of the whole program's, what it does stands beside it."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, text in helps(get_command(app)):
        lines = re.findall(r"^ *(numberplate .*?)(?: {2}.*)?$", text.replace("\\\n", " "), re.M)
        found |= {(name, line): words for line in lines if (words := faults(line, whole=True))}
    assert found == {}


NEEDED = {
    "--save": "sqlalchemy",
    "numberplate actions": "urllib3",
    "numberplate bulk": "pyarrow",
    "numberplate calibrate": "rapidfuzz",
    "numberplate frigate": "paho-mqtt",
    "numberplate serve": "uvicorn",
    "numberplate sightings": "sqlalchemy",
    "numberplate synthesize": "pyyaml",
    "numberplate train": "keras",
    "numberplate watch": "av",
}
"""A package without which a command cannot run, or does not with an option."""


def brought(names: str) -> set[str]:
    """The packages that these extras of ours bring."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: set[str] = set()
    for name in names.split(","):
        for needed in project["optional-dependencies"][name]:
            inner = re.fullmatch(r"numberplate\[([\w,-]+)\]", needed)
            found |= brought(inner[1]) if inner else {re.match(r"[\w-]+", needed)[0]}  # type: ignore[index]
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_tells_to_install_is_there_and_enough(page: Path) -> None:
    """It is in no package index: who asks one for it gets nothing, or what a stranger put there."""
    if page.name in ("log.md", "CHANGELOG.md"):
        pytest.skip("of what was there at the time")
    text = page.read_text(encoding="utf-8")
    assert not re.findall(r"pip install [^\n`&]*\bnumberplate\b", text)
    extras = re.findall(r"pip install [^\n`]*'[^'\[]*\[([^]]+)\]'", text)
    there = {package for names in extras for package in brought(names)}
    code = "\n".join(block.code for block in blocks(page) if block.kind == "sh")
    needed = {package for told, package in NEEDED.items() if extras and told in code}
    assert needed <= there


def anchors(page: Path) -> set[str]:
    """Of its headings."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.strip().replace(" ", "-") for title in plain}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for match in LINK.finditer(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = match["target"].partition("#")
        if "://" in target:
            continue
        place = (page.parent / target).resolve() if target else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            lost.append(match["target"])
        # A page of the site may only link within the site.
        if page.parent.name == "docs" and not place.is_relative_to(ROOT / "docs"):
            lost.append(match["target"])
    assert lost == []


def test_every_page_is_in_the_sites_navigation() -> None:
    listed = re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == sorted(page.name for page in (ROOT / "docs").glob("*.md"))


def test_no_page_or_module_has_words_of_our_own() -> None:
    """Words that only this project used so, where a plain one serves a person who reads it first."""
    ours = re.compile(r"\b(?:sureness\w*|surest|nudg\w+|mended|mends|loosen\w*|nought|told best)\b", re.I)
    logged = {ROOT / "docs" / "log.md"}  # as it was written at the time
    texts = [*({*PAGES} - logged), *(ROOT / "src").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]
    found = {str(path): ours.findall(path.read_text(encoding="utf-8")) for path in texts}
    assert {name: words for name, words in found.items() if words} == {}


def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path, **options.pop("env", {})},  # type: ignore[dict-item]
    )


@pytest.mark.parametrize("script", ["architecture.py", "figures.py"])
def test_what_is_made_by_scripts_is_up_to_date(script: str) -> None:
    ran = run(str(ROOT / "docs" / script), "--check")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands(shell: str) -> None:
    words = {
        "bash": {"COMP_WORDS": "numberplate sig", "COMP_CWORD": "1"},
        "zsh": {"_TYPER_COMPLETE_ARGS": "numberplate sig"},
        "fish": {"_TYPER_COMPLETE_ARGS": "numberplate sig", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    ran = run(
        "-c",
        "from numberplate.cli import main; main()",
        env={"_NUMBERPLATE_COMPLETE": f"complete_{shell}", **words[shell]},
    )
    assert "sightings" in ran.stdout


def test_the_site_is_built_with_the_api_on_it() -> None:
    pytest.importorskip("zensical")
    ran = run(
        "-c",
        "from zensical.main import cli; cli()",
        "build",
        "--clean",
        "--strict",
        "--config-file",
        str(ROOT / "mkdocs.yml"),
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    page = (ROOT / "out" / "site" / "api.html").read_text(encoding="utf-8")
    for name in ("PlateReader", "Sighting", "Sightings", "WatchList"):
        assert f'class="doc doc-object-name doc-class-name">{name}' in page or f">{name}<" in page
    assert "::: numberplate" not in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_has_marks_of_a_merge(page: Path) -> None:
    assert not re.findall(r"^(?:<{7}|={7}|>{7})(?: .*)?$", page.read_text(encoding="utf-8"), re.M)
