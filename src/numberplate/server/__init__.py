"""HTTP: interfaces that clients already speak, our own, and a page. Needs the extra `server`."""

from typing import TYPE_CHECKING

from numberplate.lazy import on_first_use

if TYPE_CHECKING:
    from numberplate.server.app import create_app
    from numberplate.server.run import serve
    from numberplate.server.settings import Settings, SettingsError, load_settings
    from numberplate.server.tokens import new_token

__all__ = ["Settings", "SettingsError", "create_app", "load_settings", "new_token", "serve"]

# The command line knows of the settings (`options`) without the extra.
__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "Settings": "settings",
        "SettingsError": "settings",
        "create_app": "app",
        "load_settings": "settings",
        "new_token": "tokens",
        "serve": "run",
    },
)
