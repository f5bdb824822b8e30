"""HTTP: interfaces that clients already speak, our own, and a page. Needs the extra `server`."""

from numberplate.server.app import create_app
from numberplate.server.run import serve
from numberplate.server.settings import Settings, SettingsError, load_settings
from numberplate.server.tokens import new_token

__all__ = ["Settings", "SettingsError", "create_app", "load_settings", "new_token", "serve"]
