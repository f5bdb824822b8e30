"""Tables of plain text, for a terminal and a pipe alike."""

from collections.abc import Collection, Mapping, Sequence

from rich.cells import cell_len


class Table:
    """A table whose columns are as wide as they need: never cut, however narrow the terminal.

    Args:
        columns: their names, each with the least width of its values in a terminal's cells.
        right: the columns whose values stand on the right.
    """

    def __init__(self, columns: Mapping[str, int], right: Collection[str] = ()):
        self._widths = {name: max(width, cell_len(name)) for name, width in columns.items()}
        self._right = frozenset(right)

    def head(self) -> list[str]:
        """The names, and a line below them."""
        line = self.row(list(self._widths))
        return [line, "─" * cell_len(line)]

    def row(self, values: Sequence[str]) -> str:
        """The line of a row; what is wider than its column moves the rest."""
        cells = []
        for (name, width), value in zip(self._widths.items(), values, strict=True):
            pad = " " * (width - cell_len(value))
            cells.append(pad + value if name in self._right else value + pad)
        return "  ".join(cells).rstrip()


def table(names: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str] = ()) -> str:
    """Rows that are all there, as a table whose columns are as wide as their longest value."""
    widths = {name: max([0, *(cell_len(row[i]) for row in rows)]) for i, name in enumerate(names)}
    made = Table(widths, right)
    return "\n".join([*made.head(), *map(made.row, rows)])
