"""Addresses without their secrets, fit to be kept, sent, logged and shown."""

import re

# Each name is looked for once, whatever follows: a text of a stranger may have thousands of letters.
_PASSWORD = r"(?<=://)(?>[^/?#@\s\[]*?:(?!\d{1,5}[/?#]))\S*@"
"""A user's name and password, which may have any character in it, unescaped, up to the last @."""

_USER = re.compile(rf"{_PASSWORD}|(?<=://)[^/?#\s]*@")
"""The same, or a name alone, before the host."""

_MISTYPED = re.compile(
    r"^((?:rtsps?|rtmps?|https?|srt|udp|tcp|mms)(?>:?/+|:))(?![^/?#@\s]*:\d{1,5}[/?#])\S*@",
    re.IGNORECASE,
)
"""The same where :// was not quite typed, which is said with what was typed."""

_NAME = (
    r"(?:^|[?&;/_,#])"
    r"(?=[A-Za-z0-9.-]*?(?:pas|pwd|psw|pw|token|secret|auth|key|sig|usr|user|login|loginuse|sess|sid|cred|jwt|hash))"
    r"[A-Za-z0-9.-]*+(?:_(?:id|token|key))?="
)
_PARAMETER = re.compile(rf"({_NAME})[^&;/?#\s]*?(?=_[A-Za-z][A-Za-z0-9]*=|[&;/?#\s]|\.sdp|$)", re.IGNORECASE)
"""A secret as a parameter, also where it stands in the path, as some cameras want it."""


def without_password(address: str) -> str:
    """The address without a user whose password it has; any other text as it is.

    What is no user stays, such as the container before the @ of an address in Azure's store.
    """
    return re.sub(_PASSWORD, "", address)


def without_secrets(address: str) -> str:
    """The address without user names, passwords and the like; another text, such as a file name, as it is."""
    mistyped = _MISTYPED.match(address)
    if mistyped and "://" not in address.replace(":///", "", 1):
        return _PARAMETER.sub(r"\1***", mistyped[1] + address[mistyped.end() :])
    if "://" not in address:
        return address
    return _PARAMETER.sub(r"\1***", _USER.sub("", address))
