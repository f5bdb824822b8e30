"""HTTP: interfaces that clients already speak, our own, and a page. Needs the extra `server`."""

from numberplate.server.app import create_app
from numberplate.server.middleware.guard import new_token
from numberplate.server.run import serve
from numberplate.server.settings import Settings, SettingsError, load_settings

__all__ = ["Settings", "SettingsError", "create_app", "load_settings", "new_token", "serve"]
