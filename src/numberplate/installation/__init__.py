"""An installation: all that `numberplate.toml` names at work, and what is wrong with it before it is.

Needs the extra `actions`, and `live` for cameras and `server` for the server.
"""

from numberplate.installation.check import check
from numberplate.installation.parts import PartError, parts, run_part
from numberplate.installation.supervisor import Supervisor

__all__ = ["PartError", "Supervisor", "check", "parts", "run_part"]
