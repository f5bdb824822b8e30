"""The files of a labelled folder: its pictures by name, and its label files."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import NoReturn

from numberplate.evaluation.labels.truth import LabelsError
from numberplate.limited import read_at_most
from numberplate.pictures.files import SUFFIXES, walk
from numberplate.pictures.headers import HeaderError, read_header

MAX_BYTES = 256 << 20
"""A larger file of labels is refused."""

_BEGINNING = 1 << 16

_LABEL_FOLDERS = {"labels", "annotations", "xml", "xmls", "txt"}
_PICTURE_FOLDERS = ("images", "jpegimages", "img", "imgs", "image")


class Listing:
    """What lies in a folder and its subfolders, hidden ones left out, sorted by path.

    `pictures`, `others`: paths below the folder, with `/`. Raises LabelsError where one cannot be listed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures: list[str] = []
        self.others: list[str] = []
        for place, _, files in walk(str(folder), _refuse):
            for file in files:
                path = (Path(place) / file).relative_to(folder).as_posix()
                if os.path.splitext(file)[1].lower() in SUFFIXES:
                    self.pictures.append(path)
                elif not _never_ends(os.path.join(place, file)):
                    self.others.append(path)
        self._known = {*self.pictures}
        self._named: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[str, list[str]] = defaultdict(list)
        for picture in self.pictures:
            self._named[PurePosixPath(picture).name].append(picture)
            self._stems[PurePosixPath(picture).stem].append(picture)

    def with_suffix(self, suffix: str) -> list[str]:
        """The other files of a suffix, such as `.xml`."""
        return [path for path in self.others if path.lower().endswith(suffix)]

    def text(self, path: str) -> str:
        """What a file says. Raises LabelsError for one that is too large or no UTF-8."""
        return text_in(self.folder / path)

    def beginning(self, path: str) -> str:
        """What a file begins with, by which to find out what it is: it may be none of labels, nor UTF-8.

        Raises LabelsError.
        """
        place = self.folder / path
        try:
            with place.open("rb") as file:
                return file.read(_BEGINNING).decode("utf-8-sig", "replace")
        except OSError as error:
            raise LabelsError(f"{place}: {error.strerror or error}") from error

    def picture(self, name: str, labels: str) -> str:
        """The picture that the file `labels` calls `name`, by whatever path. Raises LabelsError."""
        wanted = PurePosixPath(name.replace("\\", "/"))
        beside = PurePosixPath(labels).parent / wanted
        for path in (normpath(beside), normpath(wanted)):
            if path in self._known:
                return path
        return self._one(self._named[wanted.name], labels, f"no picture {wanted.name}")

    def picture_beside(self, labels: str) -> str | None:
        """The picture of the same name as a label file but for its suffix; None where there is none."""
        stem = PurePosixPath(labels).stem
        found = self._stems[stem]
        return self._one(found, labels, "no picture") if found else None

    def _one(self, found: list[str], labels: str, missing: str) -> str:
        """Of pictures of one name, that beside the labels, or in the folder of pictures next to theirs."""
        if not found:
            raise LabelsError(f"{self.folder / labels}: {missing} in {self.folder}")
        if len(found) == 1:
            return found[0]
        folder = PurePosixPath(labels).parent
        places = {str(folder), str(folder.parent)}
        for i, part in enumerate(folder.parts):
            if part.lower() in _LABEL_FOLDERS:
                for name in {p for picture in found for p in PurePosixPath(picture).parts}:
                    if name.lower() in _PICTURE_FOLDERS:
                        places.add(str(PurePosixPath(*folder.parts[:i], name, *folder.parts[i + 1 :])))
        near = [picture for picture in found if str(PurePosixPath(picture).parent) in places]
        if len(near) != 1:
            raise LabelsError(f"{self.folder / labels}: which picture is it, {found[0]} or {found[1]}?")
        return near[0]

    def size(self, picture: str) -> tuple[int, int]:
        """Width and height of a picture in pixels as people see it, from its header. Raises LabelsError."""
        place = self.folder / picture
        if _never_ends(str(place)):
            raise LabelsError(f"{place}: not a file")
        try:
            header = read_header(place.read_bytes())
        except OSError as error:
            raise LabelsError(f"{place}: {error.strerror or error}") from error
        except HeaderError as error:
            raise LabelsError(f"{place}: {error}") from error
        turned = header.orientation >= 5
        return (header.height, header.width) if turned else (header.width, header.height)


def _never_ends(path: str) -> bool:
    """Whether what is there is no file, but a pipe or a device, which may be waited for without end."""
    return os.path.exists(path) and not os.path.isfile(path)


def text_in(place: Path) -> str:
    """What a file of labels says, its ends of lines as they are.

    Raises LabelsError for one that is too large or no UTF-8.
    """
    try:
        content = read_at_most(place, MAX_BYTES)
        if content is None:
            raise LabelsError(f"{place}: larger than {MAX_BYTES >> 20} MB")
        return content.decode("utf-8-sig")  # -sig: spreadsheets write a byte order mark
    except OSError as error:
        raise LabelsError(f"{place}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise LabelsError(f"{place}: not UTF-8 text") from error


def _refuse(error: OSError) -> NoReturn:
    raise LabelsError(f"{error.filename}: cannot be listed: {error.strerror}") from error
