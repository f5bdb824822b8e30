"""What can go wrong with a whole run; what is wrong with one picture is a row of the table of bad ones."""


class BulkError(RuntimeError):
    """A run that cannot begin, or go on; the message names the thing and the reason."""


class StoreError(OSError):
    """A store that does not answer, or wants other keys: what its client says of it."""


class MalformedError(StoreError):
    """A name that no file of that kind of store can have."""


class PlaceError(BulkError):
    """An address that leads to no file system; `reason` says why."""

    def __init__(self, address: str, reason: str):
        super().__init__(address, reason)  # both, so that it can be pickled
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.address}: {self.reason}"
