"""What all sources of frames have in common."""

from collections.abc import Iterator
from typing import Protocol

from numberplate.live.sources.frame import Frame
from numberplate.results.address import without_secrets


class SourceError(ValueError):
    """A source that cannot be watched, or no further. `source` names it, without the password of an address,
    `reason` says why; the message has both."""

    def __init__(self, source: str, reason: str):
        source, reason = without_secrets(source), without_secrets(reason)
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class DamagedError(SourceError):
    """A recording that was read to its end, of which some is missing: reading it again gives no more."""


class Source(Protocol):
    """Frames, one after the other.

    Attributes:
        name: what sightings call it: as the user gave it, without the password of an address.
        address: what is opened, such as the path of a file; it may have a password in it.
        rate: frames a second, as far as known; read once `frames` has given one.
        live: whether frames come at their own pace; those that are not taken in time are lost.
    """

    name: str
    address: str
    rate: float
    live: bool

    def frames(self) -> Iterator[Frame]:
        """All frames. Raises SourceError when there are none, or no more though there should be."""

    def close(self) -> None:
        """Ends `frames` soon, from another thread."""
