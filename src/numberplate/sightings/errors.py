"""What goes wrong with a database of sightings."""


class SightingsError(Exception):
    """The database cannot be used as asked; the message names it and the reason, and never a password."""
