"""Beside Frigate: listens to its events, reads their pictures, and tells it the plates. Needs the extra
`frigate`.

    from numberplate.frigate import Bridge, BridgeOptions, Frigate
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numberplate.frigate.bridge import Bridge
    from numberplate.frigate.client import Frigate, FrigateError
    from numberplate.frigate.event import Event, EventError
    from numberplate.frigate.options import BridgeOptions

__all__ = ["Bridge", "BridgeOptions", "Event", "EventError", "Frigate", "FrigateError"]

_ON_FIRST_USE = {
    "Bridge": "bridge",
    "BridgeOptions": "options",
    "Event": "event",
    "EventError": "event",
    "Frigate": "client",
    "FrigateError": "client",
}
"""Where each is: the command line knows of the options without the extra."""


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        return getattr(import_module(f"numberplate.frigate.{_ON_FIRST_USE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
