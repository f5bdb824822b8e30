"""Labelled plates of photographs, ready to be trained on: a file of pieces of pictures with their labels.

`numberplate.finetuning` writes it. What the package's own networks saw has no such file.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from numberplate.geometry.quads import offsets, rectify
from numberplate.models.codec.recognizer import code_points
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, LATIN
from numberplate.plates.alphabet import ALPHABET, alphabet, alphabets
from numberplate.replacing import replacing
from numberplate.synthesis.samples import jittered
from numberplate.training.arrays import read_arrays
from numberplate.training.recipe import RecipeError

OTHER_SCRIPT = 255
"""In place of a script's place in the recipe where the recipe has no head for it."""

_CHANGED = 0.7
"""Share of the samples whose picture is changed: light, contrast, blur, noise."""


@dataclass(frozen=True)
class LabelledPlate:
    """One plate, or one line of a plate of two.

    `picture`: uint8 (height, width), grey, the plate and some of what is around it; `text`: in reading order,
    empty for the whole of a plate of two lines, which is no text; `corners`: float32 (4, 2) in pixels of the
    picture; `exact`: whether somebody labelled the corners, or a detector found them; `split`: where the
    second of two lines begins, as a share of the height, 0 for one line, None where that is not known;
    `held_out`: whether it is kept from training.
    """

    picture: np.ndarray
    text: str
    corners: np.ndarray
    exact: bool = False
    split: float | None = None
    held_out: bool = False

    @property
    def script(self) -> str:
        """Code of the first alphabet that has all of the text's characters."""
        if all(c in ALPHABET for c in self.text):
            return LATIN
        return next((a.code for a in alphabets().values() if {*self.text} <= {*a.characters}), LATIN)


def write_labelled(path: Path, plates: Sequence[LabelledPlate]) -> None:
    """Writes plates to one file."""
    files = [cv2.imencode(".png", plate.picture)[1] for plate in plates]
    with replacing(path) as fresh, fresh.open("wb") as file:
        np.savez(
            file,
            pictures=np.concatenate(files) if files else np.zeros(0, np.uint8),
            lengths=np.array([len(file) for file in files], np.int64),
            texts=np.array([plate.text for plate in plates], np.str_),
            corners=np.array([plate.corners for plate in plates], np.float32).reshape(-1, 4, 2),
            exact=np.array([plate.exact for plate in plates], np.bool_),
            split=np.array([np.nan if p.split is None else p.split for p in plates], np.float32),
            held_out=np.array([plate.held_out for plate in plates], np.bool_),
        )


def read_labelled_plates(path: Path) -> list[LabelledPlate]:
    """The plates in a file of `write_labelled`. Raises RecipeError for one that is none."""
    file = read_arrays(path)
    try:
        ends = np.cumsum(file["lengths"])
        parts = np.split(file["pictures"], ends[:-1]) if len(ends) else []
        pictures = [cv2.imdecode(part, cv2.IMREAD_GRAYSCALE) for part in parts]
        if any(picture is None for picture in pictures):
            raise ValueError("a picture in it is damaged")
        columns = [file[name].tolist() for name in ("texts", "exact", "split", "held_out")]
        return [
            LabelledPlate(picture, text, corners, exact, None if np.isnan(split) else split, held_out)
            for picture, corners, text, exact, split, held_out in zip(
                pictures, file["corners"], *columns, strict=True
            )
        ]
    except (ValueError, TypeError, KeyError, IndexError, cv2.error) as error:
        raise RecipeError(f"{path}: not a file of labelled plates: {error}") from error


@dataclass(frozen=True)
class LabelledMaker:
    """Makes the samples of a recognizer's pool: labelled plates as often as `share`, others as before."""

    synthesized: Callable[[int], Mapping[str, np.ndarray]]
    plates: tuple[LabelledPlate, ...]
    scripts: tuple[str, ...]
    share: float
    seed: int

    def __call__(self, index: int) -> Mapping[str, np.ndarray]:
        rng = np.random.default_rng([self.seed, index, 5])
        if rng.random() >= self.share:
            return self.synthesized(index)
        plate = self.plates[int(rng.integers(len(self.plates)))]
        return labelled_sample(plate, self.scripts, rng)


def labelled_sample(
    plate: LabelledPlate, scripts: Sequence[str], rng: np.random.Generator | None = None
) -> dict[str, np.ndarray]:
    """A plate's crop and what is known of it, as a recognizer's sample.

    `rng`: moves its corners as a detector would, and changes its picture; None leaves both as they are.
    """
    found = plate.corners if rng is None else jittered(plate.corners, rng)
    crop = rectify(plate.picture, found, INPUT_HEIGHT, INPUT_WIDTH)
    if rng is not None and rng.random() < _CHANGED:
        crop = _changed(crop, rng)
    script = plate.script
    unknown = np.float32(np.nan)
    two = unknown if plate.split is None else np.float32(plate.split > 0)
    return {
        "crop": crop,
        "text": code_points(alphabet(script).printed(plate.text)),
        "script": np.array(scripts.index(script) if script in scripts else OTHER_SCRIPT, np.uint8),
        # Corners that nobody drew are a detector's guess, from which there is nothing to learn.
        "corners": offsets(found, plate.corners).ravel() if plate.exact else np.full(8, unknown),
        "cut": np.full(4, unknown),
        "lines": np.array([two, plate.split or unknown], np.float32),
    }


def _changed(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The crop in another light, a little blurred, and noisier."""
    grey = crop.astype(np.float32)
    middle = float(grey.mean())
    grey = (grey - middle) * rng.uniform(0.6, 1.3) + middle + rng.uniform(-30, 30)
    if rng.random() < 0.4:
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 1.2)), np.float32)
    if rng.random() < 0.5:
        grey += rng.normal(0, rng.uniform(1, 10), grey.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)
