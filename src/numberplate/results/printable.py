"""Strangers' texts, made fit for a line."""


def printable(text: str) -> str:
    """The text with what does not print in it replaced, line breaks among it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
