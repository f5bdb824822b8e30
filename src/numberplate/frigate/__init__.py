"""Beside Frigate: listens to its events, reads their pictures, and sends it the plates. Needs the extra
`frigate`.

    from numberplate.frigate import Bridge, BridgeOptions, Frigate
"""

from typing import TYPE_CHECKING

from numberplate.lazy import on_first_use

if TYPE_CHECKING:
    from numberplate.frigate.bridge import Bridge
    from numberplate.frigate.client import Frigate, FrigateError
    from numberplate.frigate.event import Event, EventError
    from numberplate.frigate.options import BridgeOptions

__all__ = ["Bridge", "BridgeOptions", "Event", "EventError", "Frigate", "FrigateError"]

# The command line knows of the options without the extra.
__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "Bridge": "bridge",
        "BridgeOptions": "options",
        "Event": "event",
        "EventError": "event",
        "Frigate": "client",
        "FrigateError": "client",
    },
)
