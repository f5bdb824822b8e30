"""Reading the file, and saying what is wrong with it."""

import difflib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from numberplate.configuration.lines import key_lines, line_of
from numberplate.configuration.root import Configuration
from numberplate.configuration.values import FOLDER
from numberplate.limited import read_at_most
from numberplate.results.address import without_secrets

FILE_NAME = "numberplate.toml"

CONFIG_VARIABLE = "NUMBERPLATE_CONFIG"
"""The environment variable that names the file when nothing else does."""

_MOST = 10_000_000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        key: such as `camera.gate.regions`; "" for the file as a whole.
        reason: why.
        line: of the key in the file, from 1; None where that is not known.
    """

    key: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return place + (f"{self.key}: {self.reason}" if self.key else self.reason)


class ConfigurationError(ValueError):
    """A file that cannot be used. The message names it, each key and the reason, a line each."""

    def __init__(self, file: Path, problems: tuple[Problem, ...]):
        super().__init__(file, problems)
        self.file, self.problems = file, problems

    def __str__(self) -> str:
        return "\n".join(f"{self.file}: {problem}" for problem in self.problems)


@dataclass(frozen=True)
class Loaded:
    """A file that was read: what it says, and where."""

    file: Path
    configuration: Configuration
    data: dict[str, Any]
    lines: dict[tuple[str | int, ...], int]

    def problem(self, path: tuple[str | int, ...], reason: str) -> Problem:
        """That something is wrong with a key."""
        return Problem(_shown(path, self.data), without_secrets(reason), line_of(path, self.lines))


def find_file(file: str | Path | None) -> Path:
    """The file that is named, or that the environment names, or the one here."""
    return Path(file or os.environ.get(CONFIG_VARIABLE) or FILE_NAME)


def load_configuration(file: str | Path | None = None) -> Configuration:
    """The configuration of a file; see `find_file`. Raises ConfigurationError where it cannot be used."""
    return load(find_file(file)).configuration


def load(file: Path) -> Loaded:
    """The same, with the lines of its keys."""
    return load_text(file, read_text(file))


def read_text(file: Path) -> str:
    """All of a file, its ends of lines as they are. Raises ConfigurationError where it cannot be read."""
    try:
        content = read_at_most(file, _MOST)
        if content is None:
            raise ConfigurationError(file, (Problem("", f"larger than {_MOST // 1_000_000} MB"),))
        return content.decode("utf-8-sig")  # some editors of Windows put a mark before the first line
    except UnicodeDecodeError as error:
        raise ConfigurationError(file, (Problem("", f"is no text in UTF-8: {error.reason}"),)) from error
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error, FileNotFoundError):
            reason += f"; --config FILE or {CONFIG_VARIABLE} names another one"
        raise ConfigurationError(file, (Problem("", reason),)) from error


def load_text(file: Path, text: str) -> Loaded:
    """What a file of this text says. Raises ConfigurationError where it cannot be used."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(file, (Problem("", f"is no TOML: {error}"),)) from error
    except RecursionError as error:
        raise ConfigurationError(file, (Problem("", "has too many parts within each other"),)) from error
    lines = key_lines(text)
    try:
        configuration = Configuration.model_validate(data, context={FOLDER: file.absolute().parent})
    except ValidationError as error:
        problems = []
        for detail in error.errors(include_url=False):
            path, reason = _explained(detail, data)
            line = line_of(path, lines)
            problems.append(Problem(_shown(path, data), without_secrets(reason), line))
        problems.sort(key=lambda problem: (problem.line or 0, problem.key))
        raise ConfigurationError(file, tuple(problems)) from error
    return Loaded(file, configuration, data, lines)


def _explained(detail: Any, data: dict[str, Any]) -> tuple[tuple[str | int, ...], str]:
    """The path of a key, and the reason."""
    path: tuple[str | int, ...] = tuple(detail["loc"])
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[-1]), _keys(path[:-1]), 1)
        return path, "no such key" + (f"; did you mean {near[0]}?" if near else "")
    if detail["type"] == "missing":
        return path, "is missing"
    if detail["type"] == "tuple_type":
        lists = len(path) == 1 and isinstance(detail["input"], dict)
        return path, f"expected [[{path[0]}]], with two brackets" if lists else "expected a list, in brackets"
    if detail["type"] == "is_instance_of":  # of zones, masks and lines, which are written as texts
        return path, "expected a text, as of the option of numberplate watch"
    reason = detail["msg"].removeprefix("Value error, ")
    # What a whole table's check says begins with the keys that it is about.
    while True:
        head, colon, rest = reason.partition(": ")
        inner = int(head) if head.isdecimal() else head
        if not colon or not (isinstance(inner, int) or inner in _keys(path)):
            break
        path, reason = (*path, inner), rest
    return path, reason[:1].lower() + reason[1:] if reason[1:2].islower() else reason


def _keys(path: tuple[str | int, ...]) -> list[str]:
    """The keys that a table may have."""
    model: Any = Configuration
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if _is_table(model) else None
        model = None if field is None else _table(field.annotation)
    return [*model.model_fields] if _is_table(model) else []


def _is_table(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _table(annotation: Any) -> Any:
    """The table within `X | None` or `tuple[X, ...]`."""
    if _is_table(annotation):
        return annotation
    found = (_table(inner) for inner in getattr(annotation, "__args__", ()))
    return next((inner for inner in found if inner is not None), None)


def _shown(path: tuple[str | int, ...], data: Any) -> str:
    """`camera.gate.regions`: a table of a list by its name, or by its place from 1."""
    parts = []
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
        if isinstance(part, int):
            name = data.get("name") if isinstance(data, dict) else None
            parts.append(name if isinstance(name, str) else f"[{part + 1}]")
        else:
            parts.append(str(part))
    return ".".join(parts).replace(".[", "[")
