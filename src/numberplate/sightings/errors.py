"""What goes wrong with a database of sightings."""


class SightingsError(Exception):
    """The database cannot be used as asked; the message names it and the reason, and never a password."""


class BusyError(SightingsError):
    """Another program has locked the database, too many ask at once, or a query took too long: later it may
    work."""


class NoTablesError(SightingsError):
    """The tables are gone, or older ones: the database was made anew. Whoever asks it next makes them."""


class FullError(SightingsError):
    """There is no room on the disk."""


class DamagedError(SightingsError):
    """The file is damaged, or no database."""


class RemainsError(SightingsError):
    """It is deleted, but while another program uses the database there are remains of it on the disk."""


class RefusedError(SightingsError):
    """The database takes this very sighting never, whenever it is tried: a value that no column holds."""


class EntryExistsError(SightingsError):
    """The pattern is on that watch list already, as the entry of the number `id`."""

    def __init__(self, pattern: str, kind: str, id: int):
        super().__init__(pattern, kind, id)
        self.pattern, self.kind, self.id = pattern, kind, id

    def __str__(self) -> str:
        return f"{self.pattern} is on the {self.kind} list already, as entry {self.id}"
