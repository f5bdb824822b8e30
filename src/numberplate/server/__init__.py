"""HTTP: interfaces that clients already speak, our own, and a page. Needs the extra `server`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numberplate.server.app import create_app
    from numberplate.server.run import serve
    from numberplate.server.settings import Settings, SettingsError, load_settings
    from numberplate.server.tokens import new_token

__all__ = ["Settings", "SettingsError", "create_app", "load_settings", "new_token", "serve"]

_ON_FIRST_USE = {
    "Settings": "settings",
    "SettingsError": "settings",
    "create_app": "app",
    "load_settings": "settings",
    "new_token": "tokens",
    "serve": "run",
}
"""Where each is: the command line knows of the settings (`options`) without the extra."""


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        return getattr(import_module(f"numberplate.server.{_ON_FIRST_USE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
