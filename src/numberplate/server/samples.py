"""Synthesized pictures with plates, to try the page with on a first visit; samples/make.py makes them."""

from importlib import resources
from pathlib import Path


def samples() -> dict[str, Path]:
    """The pictures by their names."""
    folder = Path(str(resources.files("numberplate.server").joinpath("page", "samples")))
    return {path.name: path for path in sorted(folder.glob("*.jpg"))}
