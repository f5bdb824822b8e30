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
    and nothing is left behind. Raises OSError that names `path`.
    """
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        yield part
        os.replace(part, path)
    except OSError as error:
        # A full disk names no file, and others name one that nobody knows of.
        if error.filename in (None, str(part), part):
            error.filename = str(path)
        raise
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes all of a file, a text as UTF-8, or leaves the one before. Raises OSError that names `path`."""
    with replacing(path) as part:
        part.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
