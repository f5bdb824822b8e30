"""Videos and streams: every vehicle that passes is reported once."""

from numberplate.live.sighting import Direction, Sighting

__all__ = ["Direction", "Sighting"]
