"""`numberplate alpr`, as programs that call OpenALPR's alpr call it and take its output."""

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
US, DE = SAMPLES / "us-tx.jpg", SAMPLES / "de.jpg"

INSTALLED = "from numberplate.cli.alpr import main; main()"


def alpr(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", INSTALLED, *map(str, arguments)]
    return subprocess.run(command, input=given, capture_output=True, timeout=120)


def test_json_of_several_pictures() -> None:
    done = alpr("-c", "us", "-n", 3, "-j", US, DE)
    assert done.returncode == 0, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["results"][0]["plate"] == "LG9G406"
    assert len(first["results"][0]["candidates"]) <= 3
    assert second["results"][0]["plate"] == "YEFD955E"


def test_text_as_home_assistant_takes_it(tmp_path: Path) -> None:
    """The library that Home Assistant's component openalpr_local was made of."""
    haalpr = pytest.importorskip("haalpr", reason="needs ha-alpr")
    command = tmp_path / "alpr"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{INSTALLED}" "$@"\n')
    command.chmod(0o755)
    client = haalpr.HAAlpr(str(command), "eu")
    (first,) = client.recognize_byte(DE.read_bytes())
    assert next(iter(first)) == "YEFD955E"
    assert 90 < first["YEFD955E"] <= 100
    assert client.recognize_byte(b"no picture") == []


def test_names_on_standard_input_and_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "no.jpg").write_text("no picture")
    names = f"{US}\n{tmp_path / 'no.jpg'}\n\n{tmp_path / 'none.jpg'}\n"
    done = alpr("-j", "stdin", given=names.encode())
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    said = done.stderr.decode()
    assert "no.jpg: not a picture" in said
    assert "none.jpg: " in said


def test_each_name_on_standard_input_has_its_reply_before_the_next() -> None:
    command = [sys.executable, "-c", INSTALLED, "-j", "stdin"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        ends = threading.Timer(60, process.kill)  # where it waits for the end of the names
        ends.start()
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):  # a camera's latest picture is of one name, again and again
            process.stdin.write(f"{US}\n".encode())
            assert json.loads(process.stdout.readline())["results"][0]["plate"] == "LG9G406"
        process.stdin.close()
        assert process.wait(60) == 0
        ends.cancel()


def test_a_country_that_is_none() -> None:
    done = alpr("-c", "atlantis", US)
    assert done.returncode == 1
    assert "no country 'atlantis'; known: " in done.stderr.decode()


def test_it_is_installed_under_its_name() -> None:
    command = shutil.which("alpr", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("the package is installed without the command alpr (an older installation)")
    assert b"OpenALPR" in subprocess.run([command, "--help"], capture_output=True, timeout=60).stdout
