"""Videos and streams: every vehicle that passes is reported once.

    from numberplate.live.sources.opening import open_source
    from numberplate.live.session import Watch

    for sighting in Watch([open_source("gate.mp4")], threads=2).run():
        print(sighting.text, sighting.first_seen)

What opens sources and follows plates needs the extra `live`; a `Sighting` does not.
"""

from numberplate.results.sighting import Direction, Sighting

__all__ = ["Direction", "Sighting"]
