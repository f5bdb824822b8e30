"""Files of arrays, as NumPy writes them."""

import zipfile
from pathlib import Path

import numpy as np

from numberplate.training.recipe import RecipeError

DAMAGED = (ValueError, TypeError, KeyError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile)
"""What Python and NumPy say of a zip file that is damaged."""


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays in a file, by name. Raises RecipeError for one that is missing, damaged or none."""
    try:
        # Opened here: NumPy leaves a damaged one open.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise RecipeError(f"{path}: {error.strerror or error}") from error
    except DAMAGED as error:
        raise RecipeError(f"{path}: cannot be loaded: {str(error) or 'it ends too soon'}") from error
