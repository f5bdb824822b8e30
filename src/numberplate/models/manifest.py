"""What a bundle says of its weights: every number that was fitted to them, in one file, `bundle.json`.

A bundle is a folder with a manifest and the networks that it describes. Nothing in code stands for what a
manifest lacks: two bundles side by side may differ in every number, and each is read with its own. The
numbers are fitted by `numberplate calibrate`.
"""

import json
from dataclasses import asdict, dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self

from numberplate.models.cards.acceptance import AcceptanceCard
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.cards.vote import VoteCard
from numberplate.models.cards.window import WindowCard
from numberplate.models.values import parsed
from numberplate.replacing import replacing

MANIFEST = "bundle.json"
VERSION = 8
"""Of its keys; `numberplate calibrate --convert` brings those of earlier ones up to date."""

_MOST_BYTES = 4_000_000
"""Of a manifest's file; ours has a few thousand."""


class WeightsError(ValueError):
    """A bundle's manifest or network is missing, damaged, or does not fit. The message names the file."""


@dataclass(frozen=True)
class Fit:
    """How some of the numbers were fitted.

    Attributes:
        numbers: their places in the manifest, with dots, such as `vote.floor`.
        figure: what was made small (or, where it says so, great).
        before, after: that figure with the numbers as they were and as they are, on the same samples.
        samples: how many there were, and of what; made with `seed`.
    """

    numbers: tuple[str, ...]
    figure: str
    before: float
    after: float
    samples: str
    seed: int


@dataclass(frozen=True)
class Manifest:
    """All of a bundle's numbers; None for networks that it does not have.

    `acceptance` comes with a detector and a recognizer, `vote` with a recognizer. `fits` says where the
    numbers are from; those of no fit are the starting ones.
    """

    version: int
    detector: DetectorCard | None = None
    recognizer: RecognizerCard | None = None
    acceptance: AcceptanceCard | None = None
    vote: VoteCard | None = None
    window: WindowCard | None = None
    fits: tuple[Fit, ...] = ()

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version: expected {VERSION}, got {self.version}")

    @classmethod
    def read(cls, path: Traversable) -> Self:
        """The manifest in a file. Raises WeightsError that names it and the key that is wrong."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
            if len(data) > _MOST_BYTES:
                raise WeightsError(f"{path}: not a manifest: more than {_MOST_BYTES / 1e6:g} MB")
            values = json.loads(data.decode("utf-8"))
        except OSError as error:
            raise WeightsError(f"{error.filename or path}: {error.strerror or error}") from error
        except WeightsError:
            raise
        except (ValueError, RecursionError) as error:  # text that is not UTF-8, or not JSON
            raise WeightsError(f"{path}: not a manifest: {error}") from error
        if isinstance(values, dict) and values.get("version") in range(1, VERSION):
            raise WeightsError(
                f"{path}: of an earlier version: `numberplate calibrate --convert {Path(str(path)).parent}` "
                "brings it up to date"
            )
        try:
            return cls.parsed(values)
        except ValueError as error:
            raise WeightsError(f"{path}: not a manifest: {error}") from error

    @classmethod
    def parsed(cls, values: Any) -> Self:
        """The manifest of JSON's values. Raises ValueError that names the key that is wrong."""
        return parsed(cls, values, "")

    def write(self, path: Path) -> None:
        """Writes it as JSON, all of it or nothing: without it a bundle cannot be read."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        with replacing(path) as fresh:
            fresh.write_text(text, encoding="utf-8")
