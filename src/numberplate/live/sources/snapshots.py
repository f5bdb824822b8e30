"""The address of a camera's snapshot, asked for again and again."""

import threading
from collections.abc import Callable, Iterator

from numberplate.live.sources.base import SourceError
from numberplate.live.sources.clock import Clock
from numberplate.live.sources.frame import Frame
from numberplate.pictures.decode import PictureError, decode_picture
from numberplate.pictures.download import DownloadError, download
from numberplate.results.address import without_secrets

_MOST_BYTES = 32 << 20

_LONGEST = 30.0
"""Seconds between two attempts at most, while nothing comes."""


class Snapshots:
    """A picture's address as a stream.

    Args:
        address: `http://` or `https://`; a user and a password in it are sent to its host.
        every: seconds from one request to the next.
        timeout: seconds that a reply may take.
        wait: whether one that cannot be reached at first is tried again; it is an error otherwise.
        say: called with a line when nothing comes any more and when it does again.
    """

    live = True

    def __init__(
        self,
        address: str,
        every: float,
        timeout: float,
        wait: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ):
        self.name = without_secrets(address)
        self.rate = 1 / every
        self.address = address
        self._every = every
        self._timeout = timeout
        self._wait = wait
        self._say = say
        self._closed = threading.Event()

    def close(self) -> None:
        """Ends `frames` with the next picture or after the time-out."""
        self._closed.set()

    def frames(self) -> Iterator[Frame]:
        """Pictures until `close`. Raises SourceError when there is none at first."""
        clock = Clock()
        due, came, failures, said = 0.0, self._wait, 0, ""
        while not self._closed.wait(max(0.0, due - clock.now()[1])):
            asked = clock.now()[1]
            try:
                data = download(self.address, _MOST_BYTES, self._timeout)
                picture = decode_picture(data).pixels
            except (DownloadError, PictureError) as error:
                reason = error.reason if isinstance(error, PictureError) else str(error)
                if not came:
                    raise SourceError(self.name, reason) from error
                failures += 1
                if reason != said and not self._closed.is_set():
                    self._say(f"{self.name}: {'still lost' if said else 'lost'}: {reason}; trying again")
                    said = reason
                due = asked + min(self._every * 2 ** min(failures, 10), max(_LONGEST, self._every))
                continue
            if said:
                self._say(f"{self.name}: back")
            came, failures, said = True, 0, ""
            now, seconds = clock.now()
            yield Frame(picture, now, seconds)
            # A request that took long is not made up for.
            due = max(asked + self._every, clock.now()[1])
