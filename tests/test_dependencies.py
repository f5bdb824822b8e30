"""The lock file of all dependencies, and what CI says of known vulnerabilities in them."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
CI = ROOT / ".ci"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked() -> list[tuple[Requirement, int]]:
    """Each version in the lock file, and how many hashes it has."""
    text = (CI / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.partition("--hash") for line in text.splitlines()]
    return [(Requirement(first), (mark + rest).count("--hash=sha256:")) for first, mark, rest in lines]


def needed() -> list[Requirement]:
    """What pyproject.toml asks for, with all extras that the tests have: each backend but one is left out."""
    extras, found, open_extras = PROJECT["optional-dependencies"], list(PROJECT["dependencies"]), ["dev"]
    seen: set[str] = set()
    while open_extras:
        if (extra := open_extras.pop()) not in seen:
            seen.add(extra)
            found += extras[extra]
            open_extras += [
                name
                for text in extras[extra]
                if Requirement(text).name == PROJECT["name"]
                for name in Requirement(text).extras
            ]
    assert set(extras) - seen == {"train-torch", "train-jax"}
    return [one for text in found if (one := Requirement(text)).name != PROJECT["name"]]


@pytest.mark.parametrize("requirement", sorted(needed(), key=str), ids=str)
def test_lock_file_agrees_with_the_project(requirement: Requirement) -> None:
    versions = [
        str(one.specifier).removeprefix("==") for one, _ in locked() if one.name == _normal(requirement.name)
    ]
    assert versions, "run `make lock`"
    assert all(requirement.specifier.contains(version, prereleases=True) for version in versions), versions


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_lock_file_is_exact_and_has_hashes_and_names_no_registry() -> None:
    found = locked()
    assert len(found) > 100
    for requirement, hashes in found:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier))
        assert hashes
    text = (CI / "requirements.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host| @ ", text)


def package(name: str, *ids: str, skipped: bool = False) -> dict:
    if skipped:
        return {"name": name, "skip_reason": "Dependency not found and could not be audited"}
    return {"name": name, "version": "1.0", "vulns": [{"id": i, "fix_versions": ["1.1"]} for i in ids]}


@pytest.mark.parametrize(
    ("report", "code", "said"),
    [
        ([package("a"), package("b")], 0, "advisories: 0 for 2 packages"),
        ([package("a", "CVE-1"), package("b")], 1, "a 1.0: CVE-1, fixed in 1.1"),
        ([package("a", skipped=True), package("b", skipped=True)], 0, "NOT LOOKED UP for 2 of 2 packages"),
        ([package("a", "CVE-1"), package("b", skipped=True)], 1, "NOT LOOKED UP for 1 of 2 packages"),
        (None, 0, "NOT LOOKED UP: pip-audit or its data cannot be reached"),
    ],
)
def test_advisories_say_what_could_not_be_looked_up(
    tmp_path: Path, report: list | None, code: int, said: str
) -> None:
    file = tmp_path / "report.json"
    file.write_text("" if report is None else json.dumps({"dependencies": report}), encoding="utf-8")
    command = [sys.executable, str(CI / "advisories"), "--report", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert (ended.returncode, said in ended.stdout) == (code, True), ended.stdout + ended.stderr
