"""Files here and in object stores, by fsspec: file systems of addresses, and files that appear whole."""

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from uuid import uuid4

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from numberplate.bulk.errors import BulkError, MalformedError, PlaceError, StoreError
from numberplate.pictures.addresses import shown_address

_APPEAR_WHOLE = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss"})
"""Object stores: nobody sees an object before it is complete."""


def opened(address: str) -> tuple[AbstractFileSystem, str]:
    """The file system of an address, and the path in it. Raises PlaceError.

    Local paths are made absolute. What else a store needs is in its own environment variables, such as
    AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL, or in fsspec's, such as FSSPEC_S3_ANON.
    """
    try:
        found: tuple[AbstractFileSystem, str] = url_to_fs(address)
    except Exception as error:
        # Each file system has its own for an address that lacks something: a TypeError, or a zip file's.
        raise PlaceError(shown_address(address), str(error) or type(error).__name__) from error
    return found


@contextmanager
def store_errors(*others: type[Exception]) -> Iterator[None]:
    """What a store's client raises within, for want of an answer or of keys, as StoreError.

    Each client has types of its own for that, beside OSError, which is left, as are `others`. A name that it
    does not even ask for is a MalformedError.
    """
    left: tuple[type[Exception], ...] = (OSError, BulkError, *others)
    try:
        yield
    except left:
        raise
    except Exception as error:
        if type(error).__module__ == "builtins":
            raise  # a mistake in a program, not the store's
        raise (MalformedError if _is_malformed(error) else StoreError)(str(error)) from error


def _is_malformed(error: Exception) -> bool:
    boto = sys.modules.get("botocore.exceptions")
    return boto is not None and isinstance(error, boto.ParamValidationError)


@contextmanager
def failing(shown: str, *others: type[Exception]) -> Iterator[None]:
    """What goes wrong with files within, and `others`, as a BulkError that names the place."""
    faults: tuple[type[Exception], ...] = (OSError, *others)
    try:
        with store_errors(*others):
            yield
    except FileNotFoundError as error:
        reason = error.strerror or "no such file"  # of a store's, that is the path alone
        raise BulkError(f"{shown}: {reason}") from error
    except faults as error:
        raise BulkError(f"{shown}: {getattr(error, 'strerror', None) or error}") from error


class Folder:
    """A folder that is written to, here or in an object store."""

    def __init__(self, address: str):
        self.address = address
        self.fs, self.path = opened(address)
        protocol = self.fs.protocol
        self._whole = not _APPEAR_WHOLE.isdisjoint([protocol] if isinstance(protocol, str) else protocol)

    def place(self, name: str) -> str:
        """The path of a file in it, by its name, with `/` between folders."""
        return f"{self.path.rstrip('/')}/{name}"

    def shown(self, name: str = "") -> str:
        """A file's address, fit for a message."""
        return shown_address(self.address.rstrip("/") + (f"/{name}" if name else ""))

    def names(self, folder: str) -> set[str]:
        """The names of the files in a folder of it; none where there is no such folder."""
        with self._failing(folder):
            place = self.place(folder)
            # An object store's listing may be of before.
            self.fs.invalidate_cache(place)
            try:
                names = {path.rpartition("/")[2] for path in self.fs.ls(place, detail=False)}
                return names - {""}  # as which stores may have the folder itself
            except FileNotFoundError:
                return set()

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, or None where there is none."""
        with self._failing(name):
            try:
                data: bytes = self.fs.cat_file(self.place(name))
            except FileNotFoundError:
                return None
            return data

    def write(self, name: str, data: bytes) -> None:
        """Writes a file, over an older one. It appears whole or, whatever happens, not at all."""
        with self._failing(name):
            place = self.place(name)
            if self._whole:
                self.fs.pipe_file(place, data)
                return
            folder, _, last = place.rpartition("/")
            # A name of its own: another machine, thought dead, may be writing the same file.
            part = f"{folder}/.{last}.{uuid4().hex}.part"
            self.fs.makedirs(folder, exist_ok=True)
            try:
                self._write_part(part, data)
                if isinstance(self.fs, LocalFileSystem):
                    os.replace(part, place)
                else:
                    self.fs.mv(part, place)
            except BaseException:
                with suppress(Exception):  # what went wrong first is what is said
                    self.fs.rm_file(part)
                raise

    def _write_part(self, part: str, data: bytes) -> None:
        with self.fs.open(part, "wb") as file:
            file.write(data)
            file.flush()
            if isinstance(self.fs, LocalFileSystem):
                os.fsync(file.fileno())

    def remove(self, name: str) -> None:
        """Removes a file, if it is there."""
        with self._failing(name), suppress(FileNotFoundError):
            self.fs.rm_file(self.place(name))

    def remove_parts(self, folder: str) -> None:
        """Removes what writers left that were killed."""
        for name in self.names(folder):
            if name.startswith(".") and name.endswith(".part"):
                self.remove(f"{folder}/{name}")

    def _failing(self, name: str) -> AbstractContextManager[None]:
        return failing(self.shown(name))
