"""Draws docs/architecture.svg, the rooms of the package and their imports: `python docs/architecture.py`.

The picture is read from the source, never drawn by hand. A room stands above every room that it imports; an
arrow is left out where a longer way of arrows says the same. `--check` draws nothing and exits with 1 where
the picture is out of date, which is what the tests do. Raises ImportCircle where rooms import each other.
"""

import argparse
import ast
import itertools
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "numberplate"
PICTURE = Path(__file__).resolve().parent / "architecture.svg"

Graph = Mapping[str, frozenset[str]]
"""For each room the rooms that it imports."""

WIDTH, ROW, BOX, GAP, PASSAGE, MARGIN = 640, 88, (112, 38), 28, 40, 20
"""Pixels: of the picture, from one row to the next, of a box, between boxes, of an arrow that passes a row,
around everything."""

NO_TENSORFLOW = "#e3eefb"
TRAINING = "#fdeeda"
"""Colours of the rooms that run with the base install or a light extra, and of those that need `train`."""

TRAINING_ROOMS = frozenset({"calibration", "finetuning", "networks", "reproduction", "synthesis", "training"})


class ImportCircle(ValueError):
    """Rooms import each other in a circle; the message names them."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of the modules that a module imports, anywhere in it but under `if TYPE_CHECKING`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imported(node)


def rooms(package: Path = PACKAGE) -> Graph:
    """The rooms of a package, its direct subpackages, and their imports of each other."""
    names = {path.parent.name for path in package.glob("*/__init__.py")}
    found: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        for path in (package / name).rglob("*.py"):
            for module in imported(ast.parse(path.read_text(encoding="utf-8"))):
                parts = module.split(".")
                if parts[0] == package.name and len(parts) > 1 and parts[1] in names - {name}:
                    found[name].add(parts[1])
    return {name: frozenset(found[name]) for name in sorted(names)}


def heights(graph: Graph) -> dict[str, int]:
    """For each room the length of its longest way down; 0 for a room that imports none."""
    found: dict[str, int] = {}

    def height(name: str, above: tuple[str, ...]) -> int:
        if name in above:
            raise ImportCircle(" imports ".join([*above[above.index(name) :], name]))
        if name not in found:
            below = [height(other, (*above, name)) for other in sorted(graph[name])]
            found[name] = 1 + max(below) if below else 0
        return found[name]

    for name in graph:
        height(name, ())
    return found


def reduced(graph: Graph) -> Graph:
    """The same graph without the arrows that a longer way implies."""
    heights(graph)  # a circle has no reduction

    def reached(name: str) -> frozenset[str]:
        return graph[name].union(*(reached(other) for other in graph[name]))

    return {
        name: below - frozenset().union(*(reached(other) for other in below)) for name, below in graph.items()
    }


Arrow = tuple[str, str]


def rows(graph: Graph) -> tuple[list[list[str]], dict[Arrow, list[str]]]:
    """The rooms row by row, lowest first, and for each arrow of `graph` what it passes, from top to end.

    An arrow that skips rows has a place of its own in each of them (a name with ">"), so that it runs past
    the boxes there. Rows are put in order by the mean place of their neighbours, sweep after sweep.
    """
    levels = heights(graph)
    found: list[list[str]] = [[] for _ in range(1 + max(levels.values()))]
    for name, level in levels.items():
        found[level].append(name)
    ways: dict[Arrow, list[str]] = {}
    for name in graph:
        for other in sorted(graph[name]):
            passed = [f"{name}>{other}>{level}" for level in range(levels[name] - 1, levels[other], -1)]
            for place, level in zip(passed, range(levels[name] - 1, levels[other], -1), strict=True):
                found[level].append(place)
            ways[name, other] = [name, *passed, other]
    beside: dict[str, list[str]] = {name: [] for row in found for name in row}
    for way in ways.values():
        for one, other in itertools.pairwise(way):
            beside[one].append(other)
            beside[other].append(one)

    def order(row: list[str], fixed: list[str]) -> None:
        where = {name: (place + 0.5) / len(fixed) for place, name in enumerate(fixed)}
        old = {name: (place + 0.5) / len(row) for place, name in enumerate(row)}

        def mean(name: str) -> float:
            seen = [where[other] for other in beside[name] if other in where]
            return sum(seen) / len(seen) if seen else old[name]

        row.sort(key=lambda name: (mean(name), old[name]))

    for _ in range(8):
        for level in range(1, len(found)):
            order(found[level], found[level - 1])
        for level in range(len(found) - 2, -1, -1):
            order(found[level], found[level + 1])
    return found, ways


def drawing(graph: Graph) -> str:
    """The picture, as SVG."""
    levels, ways = rows(reduced(graph))
    middles: dict[str, tuple[float, float]] = {}
    for level, row in enumerate(levels):
        widths = [PASSAGE if ">" in name else BOX[0] + GAP for name in row]
        x, y = WIDTH / 2 - sum(widths) / 2, MARGIN + BOX[1] / 2 + (len(levels) - 1 - level) * ROW
        for name, width in zip(row, widths, strict=True):
            middles[name] = (x + width / 2, y)
            x += width
    height = round(2 * MARGIN + BOX[1] + (len(levels) - 1) * ROW)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="15">',
        "<title>The rooms of numberplate and their imports</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#6b7280"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for way in ways.values():
        x, y = middles[way[0]]
        path = f"M{x:.0f} {y + BOX[1] / 2:.0f}"
        for name in way[1:]:
            last, (x, y) = x, middles[name]
            top, end = y - ROW + BOX[1] / 2, y - BOX[1] / 2
            path += f"C{last:.0f} {(top + end) / 2:.0f} {x:.0f} {(top + end) / 2:.0f} {x:.0f} {end:.0f}"
            if ">" in name:
                path += f"V{y + BOX[1] / 2:.0f}"
        lines.append(
            f'<path d="{path}" fill="none" stroke="#6b7280" stroke-width="1.3" marker-end="url(#tip)"/>'
        )
    for name in graph:
        x, y = middles[name]
        colour = TRAINING if name in TRAINING_ROOMS else NO_TENSORFLOW
        lines.append(
            f'<rect x="{x - BOX[0] / 2:.0f}" y="{y - BOX[1] / 2:.0f}" width="{BOX[0]}" height="{BOX[1]}" '
            f'rx="7" fill="{colour}" stroke="#374151"/>'
            f'<text x="{x:.0f}" y="{y + 5:.0f}" text-anchor="middle">{escape(name)}</text>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"


def main() -> None:
    """Draws the picture, or says whether it is out of date."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say whether the picture is out of date")
    given = parser.parse_args()
    fresh = drawing(rooms())
    if not given.check:
        PICTURE.write_text(fresh, encoding="utf-8")
    elif not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != fresh:
        sys.exit(f"{PICTURE.name} is out of date: run python docs/architecture.py")


if __name__ == "__main__":
    main()
