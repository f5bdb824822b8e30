"""The cameras of an installation, as its file has them, with what is drawn over their pictures."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numberplate.configuration import ConfigurationError
from numberplate.configuration.areas import CurrentAreas
from numberplate.configuration.writing import (
    AreasChangedError,
    NoSuchCameraError,
    NotWrittenError,
    write_areas,
)
from numberplate.live.areas import Areas
from numberplate.server.installed.frames import CameraFrames
from numberplate.server.refusal import Refusal

log = logging.getLogger("numberplate.server")


class Cameras:
    """Shows and changes the areas of cameras in the file of an installation. For any number of threads.

    `frames`: what they see now.
    """

    def __init__(self, file: Path):
        self._file = file
        self.frames = CameraFrames(file)
        self._current = CurrentAreas(file)
        self._lock = threading.Lock()

    def areas(self) -> Mapping[str, Areas]:
        """By the names of the cameras, as the file has them now, or had when it could last be used."""
        with self._lock:
            try:
                return self._current.read()
            except ConfigurationError as error:
                log.error("%s", error)
                return self._current.read()

    def change(self, camera: str, areas: Areas, version: str) -> None:
        """Writes the areas of a camera into the file; see `write_areas`.

        Raises Refusal: 404 for no such camera, 409 where it has other areas than those of `version` by now,
        422 where the file could not be used with them, 503 where it cannot be written.
        """
        try:
            write_areas(self._file, camera, areas, version)
        except NoSuchCameraError as error:
            raise Refusal(404, str(error)) from None
        except AreasChangedError as error:
            raise Refusal(409, f"{error}; look at them again") from None
        except NotWrittenError as error:
            raise Refusal(422, str(error)) from None
        except ConfigurationError as error:
            raise Refusal(422, "; ".join(map(str, error.problems[:5]))) from None
        except OSError as error:
            log.error("%s cannot be written: %s", self._file, error)
            reason = error.strerror or type(error).__name__
            raise Refusal(503, f"{self._file.name} cannot be written by the server: {reason}") from None
        log.info("the zones, masks and line of %s were changed", camera)


def described(areas: Areas) -> dict[str, Any]:
    """For replies; points are in fractions of the frame."""
    return {
        "zones": [
            {
                "name": zone.name,
                "points": zone.points,
                "min_width": zone.min_width,
                "min_length": zone.min_length,
            }
            for zone in areas.zones
        ],
        "masks": [mask.points for mask in areas.masks],
        "line": None if areas.line is None else [areas.line.start, areas.line.end],
        "version": areas.version,
    }
