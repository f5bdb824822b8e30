"""What can go wrong with a whole run; what is wrong with one picture is a row of the table of bad ones."""


class BulkError(RuntimeError):
    """A run that cannot begin, or go on; the message names the thing and the reason."""
