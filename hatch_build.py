"""What a build says of the project: the README as it reads elsewhere, and the project's addresses.

A package index shows the README far from the repository, where relative links lead nowhere. When a release is
built, NUMBERPLATE_REPOSITORY gives the address, such as https://git.example.org/we/numberplate, and
links lead there. A build without it has no pictures, and plain text for links: nothing that is broken.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

VARIABLE = "NUMBERPLATE_REPOSITORY"

_IMAGE = re.compile(r"!\[([^\]]*)\]\((?!https?:|#)([^)\s]+)\)\n*")
_LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)([^)\s]+)\)")


def elsewhere(text: str, repository: str) -> str:
    """A README, Markdown, with each relative link leading to `repository`, an address; "" for none."""
    if not repository:
        return _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = _IMAGE.sub(rf"![\1]({repository}/raw/main/\2)\n\n", text)
    return _LINK.sub(rf"[\1]({repository}/blob/main/\2)", text)


def addresses(repository: str) -> dict[str, str]:
    """The project's addresses by name, of a repository; none where that is ""."""
    if not repository:
        return {}
    return {
        "Repository": repository,
        "Issues": f"{repository}/issues",
        "Documentation": f"{repository}/blob/main/docs/index.md",
        "Changelog": f"{repository}/blob/main/CHANGELOG.md",
    }


class FrontDoor(MetadataHookInterface):
    """Fills in `readme` and `urls`; the latter begin with those of pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        repository = os.environ.get(VARIABLE, "").rstrip("/")
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": elsewhere(text, repository)}
        metadata["urls"] = {**self.config.get("urls", {}), **addresses(repository)}
