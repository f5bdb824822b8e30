"""Synthesized pictures with plates, to try the page with on a first visit."""

from functools import cache
from importlib import resources
from pathlib import Path

_NAMES = ("gb.jpg", "de.jpg", "br.jpg")


@cache
def samples() -> dict[str, Path]:
    """The pictures by their names: of the package, or of the repository that this is; none where neither is.

    A package has them in its folder of the page (pyproject.toml).
    """
    packaged = Path(str(resources.files("numberplate.server").joinpath("page", "samples")))
    for folder in (packaged, Path(__file__).parents[3] / "samples"):
        found = {name: folder / name for name in _NAMES if (folder / name).is_file()}
        if found:
            return found
    return {}
