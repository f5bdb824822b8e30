"""Which of Keras's backends computes, where the user leaves it open."""

import importlib.util
import json
import os
from pathlib import Path

BACKENDS = ("tensorflow", "torch", "jax")
"""In the order in which one is taken; each is a module of that name."""


def choose_backend() -> None:
    """Has Keras take a backend that is installed where the one that it would take is not.

    To be called before Keras is imported. KERAS_BACKEND decides where it is set, then Keras's own file of
    settings, which says `tensorflow` unless somebody changed it.
    """
    if os.environ.get("KERAS_BACKEND"):
        return
    installed = [name for name in BACKENDS if _is_installed(name)]
    if installed and _configured() not in installed:
        os.environ["KERAS_BACKEND"] = installed[0]


def _is_installed(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None  # a folder of that name would be found as well


def _configured() -> str:
    folder = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    try:
        return str(json.loads((folder / "keras.json").read_text(encoding="utf-8"))["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return BACKENDS[0]
