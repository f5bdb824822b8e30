"""Leaves a file in a folder."""

import errno
import json

from numberplate.actions.delivery import Delivery, DeliveryError, within_path
from numberplate.actions.targets.target import PlainTarget
from numberplate.configuration.action import File
from numberplate.configuration.template import fill
from numberplate.replacing import replacing


class FileTarget(PlainTarget):
    """Writes a picture, the JSON, or a line of text, whole at once: nobody sees half a file."""

    def __init__(self, file: File):
        self._file = file

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryError where it cannot be written, or where the picture is not kept any more."""
        values = {name: within_path(value) for name, value in delivery.fields().items()}
        path = self._file.folder / fill(self._file.name, values)
        data = self._content(delivery, path.suffix.lower())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as part:
                part.write_bytes(data)
        except OSError as error:
            # A source's name may be longer than any file's, and will be so tomorrow: it holds up no other.
            again = error.errno != errno.ENAMETOOLONG
            raise DeliveryError(f"{path}: {error.strerror or error}", again) from error

    def _content(self, delivery: Delivery, ending: str) -> bytes:
        if ending == ".json":
            return json.dumps(delivery.to_dict()).encode()
        if ending == ".txt":
            return f"{delivery.sighting.text}\n".encode()
        jpeg = delivery.picture(self._file.picture)
        if jpeg is None:
            raise DeliveryError(f"its {self._file.picture} is not kept any more", again=False)
        return jpeg
