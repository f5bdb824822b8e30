"""The annotated video."""

from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from numberplate.live.drawing import Drawing
from numberplate.live.sources.frame import Frame

from .conftest import RATE, frame, passing


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.mkv"])
def test_what_is_written_can_be_watched_while_more_is(tmp_path: Path, name: str) -> None:
    """As after `kill -9`, or a power failure. Once nothing of a quiet street was in the file for minutes."""
    drawing = Drawing(tmp_path / name, RATE)
    places = [*passing(), *[None] * 185]
    for i, place in enumerate(places):
        drawing.write(Frame(frame(place), datetime.now(UTC), i / RATE), [])
    with av.open(str(tmp_path / name)) as container:
        seen = sum(1 for _ in container.decode(video=0))
    assert seen >= 100  # the encoder looks ahead, and a piece begins with a key frame
    drawing.close()
    with av.open(str(tmp_path / name)) as container:
        assert sum(1 for _ in container.decode(video=0)) == len(places)
