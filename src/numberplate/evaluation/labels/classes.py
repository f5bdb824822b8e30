"""Which classes of a data set of objects are number plates, and which attributes hold a plate's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_PARTS = (
    "plate",
    "placa",
    "plaque",
    "kennzeichen",
    "targa",
    "matricul",
    "registration",
    "lpr",
    "anpr",
    "alpr",
)
_WHOLE = {"lp", "np", "license", "licence", "number"}

TEXTS = ("text", "plate", "plate_text", "license_plate", "licence_plate", "plate_number", "number", "ocr")
"""Names of attributes that hold a plate's text, in small letters; the first that is there counts."""


def is_plate(name: str) -> bool:
    """Whether a class of this name is that of number plates.

    >>> [is_plate(name) for name in ("License-Plate", "lp", "car")]
    [True, True, False]
    """
    plain = "".join(c for c in name.lower() if c.isalnum())
    return plain in _WHOLE or any(part in plain for part in _PARTS)


def plate_classes(names: Iterable[str]) -> frozenset[str]:
    """Those of the names that are number plates; where there is one class alone, that one."""
    known = frozenset(names)
    return known if len(known) == 1 else frozenset(name for name in known if is_plate(name))


def text_among(attributes: Mapping[str, object]) -> str:
    """The plate's text among attributes, as it is written there; empty where none is."""
    small = {
        str(name).lower().replace(" ", "_").replace("-", "_"): value for name, value in attributes.items()
    }
    for name in TEXTS:
        value = small.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
