"""Sources read in threads."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from numberplate.live.session import Watch
from numberplate.live.sources.frame import Frame

from ..conftest import RATE, frame


class Broken:
    """A source that fails as nobody expected."""

    name = address = "gate"
    rate = float(RATE)
    live = True

    def frames(self) -> Iterator[Frame]:
        yield Frame(frame((9, 10)), datetime(2026, 5, 1, tzinfo=UTC), 0.0)
        raise ZeroDivisionError("a mistake of ours")

    def close(self) -> None:
        pass


def test_a_camera_never_ends_without_a_word(weights: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="a mistake of ours"):
        list(Watch([Broken()], weights).run())
