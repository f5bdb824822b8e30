"""Standard output and standard error that take nothing, or not everything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
PROGRAM = "from numberplate.cli.output.streams import standard_streams\nwith standard_streams():\n    "
CAR = Path(__file__).parents[3] / "samples" / "gb.jpg"
LINE = "numberplate: standard output: No space left on device\n"


def run(arguments: list[str], **streams: object) -> subprocess.CompletedProcess[str]:
    streams.setdefault("stderr", subprocess.PIPE)
    return subprocess.run([sys.executable, *arguments], check=False, text=True, **streams)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "body",
    [
        "print('AB12CD', flush=True)",
        "print('AB12CD')",
        "print('x' * 1_000_000)",
        "raise SystemExit(print('AB12CD'))",
    ],
)
def test_a_full_disk_ends_the_program_with_a_line(body: str) -> None:
    with FULL.open("w") as full:
        done = run(["-c", PROGRAM + body], stdout=full)
    assert (done.returncode, done.stderr) == (1, LINE)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["read", "--help"], ["read", "nothing.jpg"]])
def test_commands_on_a_full_disk(arguments: list[str]) -> None:
    with FULL.open("w") as full:
        done = run(["-m", "numberplate", *arguments], stdout=full)
    assert done.returncode == 1
    assert done.stderr.endswith(LINE)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("closed", "left"), [(1, ("", "err\n")), (2, ("out\n", ""))])
def test_closed_streams_take_what_is_written(closed: int, left: tuple[str, str]) -> None:
    body = "import sys\n    print('out'); print('err', file=sys.stderr)"
    done = run(["-c", PROGRAM + body], stdout=subprocess.PIPE, preexec_fn=lambda: os.close(closed))
    assert (done.returncode, done.stdout, done.stderr) == (0, *left)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["read", "-"], "-: empty: it has no bytes\n"),
        (["alpr", "-"], "-: empty: it has no bytes\n"),
        (["alpr", "stdin"], ""),
    ],
)
def test_standard_input_that_is_closed_gives_nothing(arguments: list[str], said: str) -> None:
    done = run(["-m", "numberplate", *arguments], stdout=subprocess.PIPE, preexec_fn=lambda: os.close(0))
    assert (done.returncode, done.stderr) == (int(bool(said)), said)


def _nobody() -> int:
    """The end of a pipe whose reader has gone."""
    read, write = os.pipe()
    os.close(read)
    return write


@pytest.mark.parametrize("where", ["a full disk", "a reader that has gone"])
def test_what_standard_error_does_not_take_is_dropped(where: str) -> None:
    """Once the first complaint ended all: pictures after it, cameras, and the parts of an installation."""
    if where == "a full disk" and not FULL.exists():
        pytest.skip("this system has no /dev/full")
    error = FULL.open("w") if where == "a full disk" else os.fdopen(_nobody(), "w")
    with error:
        done = run(["-m", "numberplate", "read", "none.jpg", str(CAR)], stdout=subprocess.PIPE, stderr=error)
        assert done.returncode == 1
        assert "RPF29N" in done.stdout
        body = "import sys\n    print('x' * 100_000, file=sys.stderr); print('out')"
        done = run(["-c", PROGRAM + body], stdout=subprocess.PIPE, stderr=error)
    assert (done.returncode, done.stdout) == (0, "out\n")


def test_names_on_standard_input_need_not_be_of_its_encoding(tmp_path: Path) -> None:
    names = tmp_path / "names"
    names.write_bytes(b"caf\xe9.jpg\nnext.jpg\n")
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8:strict"}  # as most systems have it
    with names.open("rb") as given:
        done = run(["-m", "numberplate", "alpr", "stdin"], stdin=given, env=environment)
    lines = ["caf\N{REPLACEMENT CHARACTER}.jpg", "next.jpg"]
    assert done.stderr.splitlines() == [f"{name}: No such file or directory" for name in lines]


def test_a_pipe_that_nobody_reads_is_left_to_the_program() -> None:
    read, write = os.pipe()
    os.close(read)
    body = "import sys\n    try: print('x' * 1_000_000, flush=True)\n    except BrokenPipeError: sys.exit(3)"
    done = run(["-c", PROGRAM + body], stdout=write)
    os.close(write)
    assert "standard output" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [["-c", PROGRAM + "print('AB12CD')"], ["-m", "numberplate", "--version"]]
)
def test_a_reader_that_has_gone_before_the_end_is_no_fault(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(arguments, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_an_encoding_lacks_is_shown_as_far_as_can_be() -> None:
    body = "print('──\\n–  2×3 Ü皖…')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run(["-c", PROGRAM + body], stdout=subprocess.PIPE, env=environment)
    assert (done.returncode, done.stdout) == (0, "--\n-  2x3 \\xdc\\u7696...\n")
