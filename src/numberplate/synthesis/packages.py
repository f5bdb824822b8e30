"""npm and apt-get as they are called to fetch packages of fonts and photographs, and what is in these."""

import json
import os
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

NOT_IN_LISTS = ("Unable to locate package", "no candidate", "404")
"""What apt-get says of a package that its lists do not have, or no longer have right."""


def write_whole(path: Path, content: bytes) -> None:
    """All of the file or nothing, also when it is stopped."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def read_member(tar: tarfile.TarFile, path: str) -> bytes:
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
