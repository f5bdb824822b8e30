"""Pictures in Base64, as forms and JSON carry them."""

import base64
import binascii


class Base64Error(ValueError):
    """A text that is no picture in Base64."""


def decode_base64(text: str) -> bytes:
    """The bytes of a text in Base64, bare or as a data URL. Raises Base64Error where it is none."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Base64Error("the picture is neither a file nor valid Base64") from None
