"""Texts of the file that name fields of a sighting, such as `{text}`."""

import re

FIELDS = (
    *(
        "id",
        "text",
        "latin",
        "confidence",
        "percent",
        "camera",
        "zone",
        "direction",
        "region",
        "time",
        "date",
    ),
    *("first_seen", "last_seen", "local_time", "lists", "notes", "hits", "json"),
)
"""What `{…}` may name; see docs/actions.md."""

_FIELD = re.compile(r"\{(\{|\w*\})|\}\}")


def check_template(text: str) -> str:
    """The text. Raises ValueError where it names a field that there is not."""
    for match in _FIELD.finditer(text):
        name = (match[1] or "{").rstrip("}")
        if name != "{" and name not in FIELDS:
            raise ValueError(f"{{{name}}}: no such field; there are {', '.join(FIELDS)}")
    return text


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its fields' values; `{{` and `}}` are braces."""

    def value(match: re.Match[str]) -> str:
        if match[1] in (None, "{"):
            return match[0][0]
        return values[match[1].rstrip("}")]

    return _FIELD.sub(value, text)
