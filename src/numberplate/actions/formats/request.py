"""The body of a request."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Body:
    """`content_type` is that of `data`."""

    data: bytes
    content_type: str


def json_body(value: Any) -> Body:
    """A value as JSON."""
    return Body(json.dumps(value).encode(), "application/json")
