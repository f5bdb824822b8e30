"""Files that are read up to a size, as they may be none: what a device holds has no end."""

from importlib.resources.abc import Traversable


def read_at_most(file: Traversable, most: int) -> bytes | None:
    """All of a file; None where it is larger. What is no file, such as a device, says nothing of its size.

    Raises OSError.
    """
    with file.open("rb") as opened:
        content = opened.read(most + 1)
    return content if len(content) <= most else None
