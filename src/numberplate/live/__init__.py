"""Videos and streams: every vehicle that passes is reported once.

    from numberplate.live import Watch, open_source

    for sighting in Watch([open_source("gate.mp4")], threads=2).run():
        print(sighting.text, sighting.first_seen)

What opens sources and follows plates needs the extra `live`; a `Sighting` does not.
"""

from typing import TYPE_CHECKING

from numberplate.lazy import on_first_use
from numberplate.results.sighting import Direction, Sighting

if TYPE_CHECKING:
    from numberplate.live.areas import AreaError, Areas, Line, Mask, Zone
    from numberplate.live.options import SourceOptions, WatchOptions
    from numberplate.live.session import Summary, Watch
    from numberplate.live.sources.base import Source, SourceError
    from numberplate.live.sources.frame import Frame
    from numberplate.live.sources.opening import open_source

__all__ = [
    "AreaError",
    "Areas",
    "Direction",
    "Frame",
    "Line",
    "Mask",
    "Sighting",
    "Source",
    "SourceError",
    "SourceOptions",
    "Summary",
    "Watch",
    "WatchOptions",
    "Zone",
    "open_source",
]

# What keeps or shows sightings need not have the extra.
__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "AreaError": "areas",
        "Areas": "areas",
        "Frame": "sources.frame",
        "Line": "areas",
        "Mask": "areas",
        "Source": "sources.base",
        "SourceError": "sources.base",
        "SourceOptions": "options",
        "Summary": "session",
        "Watch": "session",
        "WatchOptions": "options",
        "Zone": "areas",
        "open_source": "sources.opening",
    },
)
