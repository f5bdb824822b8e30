"""What all tables of the file have in common: no unknown keys, and values as a person writes them."""

import re
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from numberplate.plates.formats import RegionError, known_code
from numberplate.sightings.times import parse_age

FOLDER = "folder"
"""In the context of validation: the folder of the file, from which its paths start."""


_CENTURY = 36525 * 86400.0
"""Seconds: clocks and calendars give up beyond."""


class Table(BaseModel):
    """A table of the file. Frozen; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _seconds(value: Any) -> Any:
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*ms\s*", value)):
        return float(found[1]) / 1000
    return parse_age(value).total_seconds() if isinstance(value, str) else value


def _age(value: Any) -> Any:
    if isinstance(value, int | float):  # of what? To delete too early cannot be undone.
        raise ValueError('expected an age such as "12h", "30d" or "8w"')
    return parse_age(value) if isinstance(value, str) else value


def several(value: Any) -> Any:
    """One text as a list of it."""
    return (value,) if isinstance(value, str) else value


def _codes(value: Any) -> Any:
    return value.split(",") if isinstance(value, str) else value


def _known(codes: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(map(known_code, codes))
    except RegionError as error:
        raise ValueError(str(error)) from error


def placed(path: Path, folder: Path | None) -> Path:
    """A path that starts in that folder, or at `~`, a home. Raises ValueError where there is none."""
    try:
        path = path.expanduser()
    except RuntimeError:
        raise ValueError(f"{path}: no such user, or one without a home") from None
    return path if folder is None else folder / path


def _placed(path: Path, info: ValidationInfo) -> Path:
    return placed(path, (info.context or {}).get(FOLDER))


def _host(name: str) -> str:
    try:
        name.encode("idna")
    except UnicodeError:
        raise ValueError(f"{name!r}: expected the name or the address of a host") from None
    return name


def _name(value: str) -> str:
    if not re.fullmatch(r"[^\W_][\w .-]{0,63}", value):
        raise ValueError("expected a name of letters, digits, spaces, dots and hyphens, 64 at most")
    return value


Name = Annotated[str, AfterValidator(_name)]
"""Of a camera, a list or an action."""

Names = Annotated[tuple[str, ...], BeforeValidator(several)]
"""One text or a list of them."""

Codes = Annotated[tuple[str, ...], BeforeValidator(_codes), AfterValidator(_known)]
"""Codes of regions, as the formats have them: a list, or one text with commas."""

Seconds = Annotated[float, BeforeValidator(_seconds), Field(ge=0, le=_CENTURY, allow_inf_nan=False)]
"""A time such as "500ms", "30s", "5m" or "24h", or a number of seconds."""

Timeout = Annotated[Seconds, Field(gt=0, le=86400)]
"""Such a time for which something is waited for; no system waits for weeks."""

Age = Annotated[timedelta, BeforeValidator(_age), Field(ge=timedelta(0))]
"""A time such as "12h", "30d" or "8w", as a `timedelta`."""

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]

Host = Annotated[str, Field(min_length=1), AfterValidator(_host)]
"""The name or the address of a server."""

FilePath = Annotated[Path, AfterValidator(_placed)]
"""A path; what is relative starts at the file's own folder."""


def slug(name: str) -> str:
    """A name fit for a topic and an identifier: a-z, 0-9 and _; those that lose letters stay different."""
    found = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return found if name.isascii() and found else f"{found}_{zlib.crc32(name.encode()):08x}".lstrip("_")


def read_secret(path: Path) -> str:
    """The first line of a file that holds a password or a key. Raises ValueError where there is none."""
    try:
        # Some editors of Windows put a mark before the first line.
        with path.open(encoding="utf-8-sig") as file:
            secret = file.readline(4096).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if not secret:
        raise ValueError(f"{path}: its first line is empty")
    return secret
