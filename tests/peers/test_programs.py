"""Commands that are asked for the plates of a picture."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from numberplate.peers import programs
from numberplate.peers.answers import Found, PeerError
from numberplate.peers.programs import Said, asked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are measured as on POSIX")

Ask = Callable[[str], Said]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Said]:
    """What such a script of Python, run by a script of the shell as many are, says of a picture."""
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)  # of this process

    def run(body: str) -> Said:
        (tmp_path / "program.py").write_text(body)
        wrapper = tmp_path / "program"
        wrapper.write_text(f'#!/bin/sh\n{sys.executable} {tmp_path / "program.py"} "$@"\nexit $?\n')
        wrapper.chmod(0o755)
        said: Said = asked("command", f"{wrapper} {{}}", None)("car.jpg", lambda _: None)
        return said

    return run


def test_what_a_command_prints(ask: Ask) -> None:
    said = ask(
        "import sys\nprint('AB12CDE 0.5', file=sys.stdout if sys.argv[1] == 'car.jpg' else sys.stderr)"
    )
    assert (said.found, said.error) == ((Found("AB12CDE", 0.5),), None)
    assert said.milliseconds > 0


def test_a_command_that_reads_gets_nothing_of_ours(ask: Ask) -> None:
    ours, theirs = os.pipe()
    os.write(theirs, b"the next picture")
    os.close(theirs)
    before = os.dup(0)
    os.dup2(ours, 0)
    try:
        said = ask("import sys\nprint(f'A{len(sys.stdin.read())} 1.0')")
    finally:
        os.dup2(before, 0)
        os.close(before)
    assert said.found == (Found("A0", 1.0),)
    assert os.read(ours, 100) == b"the next picture"
    os.close(ours)


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_SECONDS", 2.0)
    begun = time.monotonic()
    said = ask(
        "import os, pathlib, time\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)"
    )
    assert said.error is not None
    assert said.error.endswith("program took longer than 2 s")
    assert time.monotonic() - begun < 30
    program = int((tmp_path / "pid").read_text())
    end = time.monotonic() + 10
    while Path(f"/proc/{program}/cmdline").exists() and Path(f"/proc/{program}/cmdline").read_text():
        assert time.monotonic() < end, "it is still there"
        time.sleep(0.02)


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_that_prints_without_end_is_ended(
    ask: Ask, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "_PRINTED", 100_000)
    begun = time.monotonic()
    said = ask(f"import sys\nwhile True: print('y' * 9999, file=sys.{stream})")
    assert said.error is not None
    assert said.error.endswith("program printed more than 100000 bytes")
    assert time.monotonic() - begun < 30
    assert len(ask("print('AB12CDE ' * 9000)").found) == 1


def test_why_a_command_fails(ask: Ask) -> None:
    assert str(ask("import sys\nsys.exit('no such camera')").error).endswith("ended with 1: no such camera")
    assert "printed what is not understood" in str(ask("print('{}')").error)


def test_what_cannot_be_run_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setaffinity", lambda *_: None, raising=False)
    (tmp_path / "program").write_bytes(b"\0\0")
    (tmp_path / "program").chmod(0o755)
    ask = asked("command", f"{tmp_path / 'program'} {{}}", None)
    with pytest.raises(PeerError, match="program: Exec format error"):
        ask("car.jpg", lambda _: None)
