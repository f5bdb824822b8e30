"""Files that are written beside the one before and take its place once they are whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, in the same folder as `path`, which it then replaces.

    Nobody ever sees half of `path`, and of several programs that write it the last one's stays. The file's
    name is hidden, ends in `.part`, and is no other program's. Where the block raises, `path` stays as it was
    and nothing is left behind. Raises OSError.
    """
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        yield part
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
