"""Values of JSON as frozen dataclasses: every key once, none that is unknown, every number in bounds."""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

_MOST = 1e12
"""Of any number, on either side of 0."""

_MOST_ITEMS = 10_000
"""Of a list."""

T = TypeVar("T")


def parsed(kind: type[T], value: Any, place: str) -> T:
    """A value of JSON as a type: every key once, none that is unknown. Raises ValueError with the place."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{place or 'the whole'}: expected a JSON object, got {_shown(value)}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    within = f"{place}." if place else ""
    for key in value:
        if key not in known:
            raise ValueError(f"{within}{key}: no such key; known: {', '.join(known)}")
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes no generic type for hashable
    for name in known:
        if name not in value:
            raise ValueError(f"{within}{name}: missing")
    made = {name: _value(hints[name], value[name], within + name) for name in known}
    try:
        return kind(**made)
    except ValueError as error:
        raise ValueError(f"{within}{error}") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: Any, place: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        optional = [k for k in arguments if k is not type(None)]
        return None if value is None else _value(optional[0], value, place)
    if origin is Literal:
        if value not in arguments:
            expected = " or ".join(map(repr, arguments))
            raise ValueError(f"{place}: expected {expected}, got {_shown(value)}")
        return value
    if origin is tuple:  # of any length, all of one type
        if not isinstance(value, list | tuple):
            raise ValueError(f"{place}: expected a list, got {_shown(value)}")
        if len(value) > _MOST_ITEMS:
            raise ValueError(f"{place}: expected at most {_MOST_ITEMS} items")
        return tuple(_value(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(value))
    if isinstance(kind, type) and is_dataclass(kind):
        return parsed(kind, value, place)
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(f"{place}: expected a text, got {_shown(value)}")
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{place}: expected true or false, got {_shown(value)}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        raise ValueError(f"{place}: expected a number, got {_shown(value)}")
    if kind is int:
        if value != int(value):
            raise ValueError(f"{place}: expected a whole number, got {_shown(value)}")
        return int(value)
    return float(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
