"""A real clip, with the networks of the package."""

from pathlib import Path

import pytest

from numberplate.live.session import Watch
from numberplate.live.sources.opening import open_source

CLIP = Path(__file__).resolve().parents[3] / "shared" / "real-plates" / "video" / "LS15EBC.mp4"


@pytest.mark.parametrize("threads", [1, 2])
def test_one_car_is_one_sighting(threads: int) -> None:
    if not CLIP.exists():
        pytest.skip(f"{CLIP} is not here")
    watch = Watch([open_source(str(CLIP))], threads=threads)
    (sighting,) = watch.run()
    assert sighting.text == "LS15EBC"
    assert sighting.confidence > 0.8
    assert sighting.direction == "towards"
    assert sighting.frames > 130
    assert sighting.regions[0].code == "gb"
    (summary,) = watch.summaries()
    assert (summary.counters.read, summary.counters.processed, summary.counters.dropped) == (140, 140, 0)
