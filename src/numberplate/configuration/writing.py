"""Zones, masks and lines written into the file of an installation, of which all else stays as it is.

Needs the extra `server`.
"""

import copy
import os
import stat
import tempfile
import threading
import tomllib
from contextlib import suppress
from difflib import SequenceMatcher
from pathlib import Path

import tomlkit
from tomlkit.items import Array

from numberplate.configuration.lines import key_spans
from numberplate.configuration.loading import Loaded, load_text, read_text
from numberplate.live.areas import Areas

_ONE_AT_A_TIME = threading.Lock()


class NotWrittenError(ValueError):
    """Areas that are not written. The message says why."""


class NoSuchCameraError(NotWrittenError):
    """The file names no such camera."""


class AreasChangedError(NotWrittenError):
    """They are not what was known when they were changed: somebody else changed them meanwhile."""


def write_areas(file: Path, camera: str, areas: Areas, version: str) -> None:
    """Writes a camera's zones, masks and line into the file; its other lines and all comments stay.

    The file is replaced as a whole, with its mode: whoever reads it finds the old one or the new one, also
    after a power cut. Nothing is written where the new one could not be used.

    Args:
        camera: its name.
        areas: all of them; any others in the file are removed.
        version: of those that are to be changed, `Areas.version`.

    Raises NoSuchCameraError, AreasChangedError, ConfigurationError where the file cannot be used as it is or
    as it would be, NotWrittenError where the camera stands there in a way that this cannot change, OSError
    where it cannot be replaced.
    """
    with _ONE_AT_A_TIME:
        place = Path(os.path.realpath(file))  # a link stays one
        text = read_text(place)
        loaded = load_text(file, text)
        names = [one.name for one in loaded.configuration.camera]
        if camera not in names:
            raise NoSuchCameraError(f"no camera {camera!r} in {file.name}")
        number = names.index(camera)
        if loaded.configuration.camera[number].areas().version != version:
            raise AreasChangedError(f"{file.name} has other zones, masks or another line of {camera} by now")
        changed = _changed(loaded, text, number, areas)
        if changed == text:
            return
        load_text(file, changed)
        if read_text(place) != text:
            raise AreasChangedError(f"{file.name} was changed by somebody else at this moment")
        _replace(place, changed)


def _changed(loaded: Loaded, text: str, number: int, areas: Areas) -> str:
    """The text of the file with these areas of the camera of that number."""
    camera = loaded.configuration.camera[number]
    wanted = copy.deepcopy(loaded.data)
    table = wanted["camera"][number]
    before = camera.areas()
    values: dict[str, str | list[str] | None] = {}
    for key in ("zones", "masks"):
        ours, theirs = getattr(before, key), getattr(areas, key)
        if ours != theirs:
            # What is as it was stays as it was written.
            known = dict(zip(ours, table.get(key, ()), strict=True))
            values[key] = [known.get(one) or one.written() for one in theirs]
    if before.line != areas.line:
        values["line"] = None if areas.line is None else areas.line.written()
    for key, value in values.items():
        text = _with_value(text, number, key, value)
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
    if tomllib.loads(text) != wanted:
        raise NotWrittenError(
            f"{loaded.file.name}: camera.{camera.name}: cannot be changed from here, edit the file"
        )
    return text


def _with_value(text: str, number: int, key: str, value: str | list[str] | None) -> str:
    """The text with another value of a key of a camera; without the key where the value is None."""
    spans = key_spans(text)
    heading = ("camera", number)
    if heading not in spans:
        raise NotWrittenError(
            "camera: each has to be a table of its own, [[camera]], to be changed from here"
        )
    end = "\r" if "\r\n" in text else ""
    lines = text.split("\n")
    if (*heading, key) in spans:
        first, last = spans[*heading, key]
        lines[first - 1 : last] = _edited(lines[first - 1 : last], key, value)
    elif value:
        if lines[-1]:  # the file ends without an end of line
            lines[-1:] = [lines[-1] + end, ""]
        # Below the last key of the table: what comments follow may be about the next one.
        last = max(last for path, (_, last) in spans.items() if path[:2] == heading)
        lines[last:last] = [line + end for line in _written(key, value)]
    return "\n".join(lines)


def _written(key: str, value: str | list[str]) -> list[str]:
    """The lines of a key and its value."""
    if isinstance(value, str):
        return [f"{key} = {_text(value)}"]
    if len(value) == 1:
        return [f"{key} = [{_text(value[0])}]"]
    return [f"{key} = [", *(f"    {_text(one)}," for one in value), "]"]


def _text(value: str) -> str:
    return tomlkit.string(value).as_string()


def _edited(lines: list[str], key: str, value: str | list[str] | None) -> list[str]:
    """The lines of a key with another value; comments among them stay."""
    if value is None:
        return []
    table = tomlkit.parse("\n".join(lines) + "\n")
    item = table[key]
    if isinstance(value, list) and isinstance(item, Array):
        _update(item, value)
    else:
        table[key] = value
    return tomlkit.dumps(table).removesuffix("\n").split("\n")


def _update(array: Array, value: list[str]) -> None:
    """Changes as few items as possible: comments stand beside them."""
    before = [str(one) for one in array]
    steps = SequenceMatcher(None, [*map(_key, before)], [*map(_key, value)], autojunk=False).get_opcodes()
    for what, first, last, begin, end in reversed(steps):
        same = last - first if what == "equal" else min(last - first, end - begin)
        for i in reversed(range(first + same, last)):
            del array[i]
        for i, one in enumerate(value[begin + same : end]):
            array.insert(first + same + i, one)
        for i in range(same):
            if before[first + i] != value[begin + i]:
                array[first + i] = value[begin + i]


def _key(text: str) -> str:
    """By what an item is known again: a zone by its name."""
    name, equals, _ = text.partition("=")
    return name.strip() if equals else text


def _replace(place: Path, text: str) -> None:
    handle, part = tempfile.mkstemp(".part", f".{place.name}.", place.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            status = place.stat()
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            if hasattr(os, "fchown"):
                with suppress(PermissionError):  # one's own file is one's own
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fsync(file.fileno())
        os.replace(part, place)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
    with suppress(OSError):  # Windows opens no folder
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
