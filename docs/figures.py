"""Writes the tables of README and docs from the files that hold their figures: `python docs/figures.py`.

A table stands between two comments, `<!-- figures: NAME -->` and `<!-- end of figures -->`; what is between
them is made here and never edited by hand. `--check` writes nothing and exits with 1 where a table is out of
date. To take over new figures of real pictures:

    python benchmarks/real_plates.py ../shared/real-plates --out real.json
    python docs/figures.py --take real.json

Only the figures are taken over, not what was read in each picture: the pictures are other people's.
"""

import argparse
import csv
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from numberplate.plates.alphabet import alphabet, alphabets
from numberplate.plates.design import shipped_designs

DOCS = Path(__file__).resolve().parent
REAL, PAIR = DOCS / "figures" / "real_plates.json", DOCS / "figures" / "pair.json"
"""Our figures and those of another pair of networks, by group of real pictures."""

SCRIPTS = DOCS / "figures" / "scripts.json"
"""What `benchmarks/scripts.py` measured on held-out scenes of each script."""

COUNTRIES = DOCS / "figures" / "countries.json"
"""Names of countries by continent and code; those without a design are passed over."""

FONTS, BACKGROUNDS = DOCS / "figures" / "fonts_seen.csv", DOCS / "figures" / "backgrounds_seen.json"
"""What the shipped weights saw, as `docs/seen.py` took it over."""

PAGES = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))

Figures = Mapping[str, float]

GROUPS = {
    "eu": "Photographs, Europe",
    "uk": "Photographs, Britain",
    "us": "Photographs, United States",
    "br": "Photographs, Brazil",
    "in, one": "Photographs, India, one line",
    "in, two": "Photographs, India, two lines",
    "id-motorcycle": "Photographs, Indonesia, motorcycles",
    "my, one": "Photographs, Malaysia, one line",
    "cn": "Photographs, China",
    "sa": "Photographs, Saudi Arabia, the row in Latin letters",
    "crops-us": "Plates cut out, United States",
    "crops-br": "Plates cut out, Brazil",
    "crops-id": "Plates cut out, Indonesia",
    "crops-ar-night": "Plates cut out, Argentina at night",
    "crops-eu-two-line": "Plates cut out, Europe, two lines",
    "crops-vn-two-line": "Plates cut out, Vietnam, two lines",
    "crops-cn": "Plates cut out, China",
    "crops-eg": "Plates cut out, Egypt",
}
"""Groups that the table shows, by their name in the result file."""

PHOTOGRAPHS = ("eu", "us", "br", "uk")
"""Groups of the 160 photographs, which the first table adds up."""


def read(path: Path) -> dict[str, Figures]:
    """The figures of a result file by group."""
    found: dict[str, Figures] = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return found


def mean(groups: Mapping[str, Figures], names: tuple[str, ...], key: str) -> float:
    """Of a figure over several groups, each picture weighing the same."""
    counts = [groups[name]["n"] for name in names]
    return sum(groups[name][key] * n for name, n in zip(names, counts, strict=True)) / sum(counts)


def whole(figure: float) -> int:
    """Rounded, halves up."""
    return math.floor(figure + 0.5)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown, numbers to the right."""
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def photographs() -> str:
    """The 160 photographs: ours by country."""
    groups = read(REAL)
    names = {"all": PHOTOGRAPHS, "Europe": ("eu",), "US": ("us",), "Brazil": ("br",), "Britain": ("uk",)}
    with_boxes = {title: tuple(n for n in some if n != "uk") for title, some in names.items()}
    rows = [("photographs", *(str(sum(int(groups[n]["n"]) for n in some)) for some in names.values()))]
    for title, key, some in (
        ("plates found", "found", with_boxes),
        ("read exactly, O = 0 and I = 1", "exact", names),
        ("read exactly", "strict", names),
    ):
        rows.append((title, *(f"{mean(groups, part, key):.1f} %" if part else "–" for part in some.values())))
    false = (f"{mean(groups, part, 'false'):.2f}" if part else "–" for part in with_boxes.values())
    rows.append(("false plates a picture", *false))
    return table(("", *names), rows)


def comparison() -> str:
    """Every group: ours, and the pair where it was measured."""
    ours, pair = read(REAL), read(PAIR)
    rows = []
    for name, title in GROUPS.items():
        if name in ours:
            other = f"{whole(pair[name]['exact'])} %" if name in pair else "–"
            rows.append((title, str(int(ours[name]["n"])), f"{whole(ours[name]['exact'])} %", other))
    return table(("read exactly, O = 0 and I = 1", "pictures", "numberplate", "the pair"), rows)


_PAST = {"su"}
"""States that are no more, whose plates are still about."""


def countries() -> str:
    """Every country that has a design, by name."""
    designs = [design for script in alphabets() for design in shipped_designs(script)]
    codes = {design.code.partition("-")[0] for design in designs} - _PAST
    continents: dict[str, dict[str, str]] = json.loads(COUNTRIES.read_text(encoding="utf-8"))
    unnamed = codes - {code for names in continents.values() for code in names}
    if unnamed:
        sys.exit(f"{COUNTRIES.name}: no name for {', '.join(sorted(unnamed))}")
    where = f"{len(codes)} countries and territories, in {len(alphabets())} scripts"
    lines = [f"{len(designs)} designs of {where}:", ""]
    for continent, names in continents.items():
        known = sorted(name for code, name in names.items() if code in codes)
        lines.append(f"- **{continent}** ({len(known)}): {', '.join(known)}.")
    return "\n".join(lines)


def scripts() -> str:
    """Every script on its held-out scenes."""
    found = read(SCRIPTS)
    rows = [
        (
            alphabet(code).name,
            str(int(row["n"])),
            *(f"{whole(row[key])} %" for key in ("found", "exact")),
            f"{whole(row['exact_of_clear'])} % of {int(row['clear'])}",
        )
        for code, row in found.items()
    ]
    return table(("script", "plates", "found", "read exactly as printed", "of clear ones"), rows)


def fonts_seen() -> str:
    """Every package of fonts that the shipped weights saw, by licence."""
    with FONTS.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    packages = Counter((row["licence"], row["source"]) for row in listed)
    rows = [(source, str(files), licence) for (licence, source), files in sorted(packages.items())]
    head = ("source", "files", "licence")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---", "---:", "---"), *rows)]
    return "\n".join([f"{len(listed)} fonts of {len(packages)} sources:", "", *lines])


def backgrounds_seen() -> str:
    """Every source of photographs that the shipped weights saw."""
    listed = json.loads(BACKGROUNDS.read_text(encoding="utf-8"))
    rows = [(row["source"], row["folder"], str(row["pictures"]), row["licence"]) for row in listed]
    head = ("source", "folder", "pictures", "licence")
    lines = [f"| {' | '.join(row)} |" for row in (head, ("---", "---", "---:", "---"), *rows)]
    unknown = sum(row["pictures"] for row in listed if row["licence"] == "unknown")
    total = sum(row["pictures"] for row in listed)
    return "\n".join([f"{total:,} pictures. **Of {unknown:,} the licence is unknown:**", "", *lines])


TABLES: Mapping[str, Callable[[], str]] = {
    "scripts": scripts,
    "photographs": photographs,
    "comparison": comparison,
    "countries": countries,
    "fonts seen": fonts_seen,
    "backgrounds seen": backgrounds_seen,
}

BLOCK = re.compile(r"(<!-- figures: (?P<name>[a-z ]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def filled(text: str) -> str:
    """A page with its tables made anew. Raises KeyError for a name that TABLES lacks."""
    return BLOCK.sub(lambda m: f"{m[1]}\n{TABLES[m['name']]()}\n\n{m[3]}", text)


def main() -> None:
    """Writes the tables, or says which pages are out of date."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only say which pages are out of date")
    parser.add_argument("--take", type=Path, metavar="FILE", help="result of benchmarks/real_plates.py")
    given = parser.parse_args()
    if given.take:
        figures = {name: dict(figures) for name, figures in sorted(read(given.take).items())}
        REAL.write_text(json.dumps({"figures": figures}, indent=1) + "\n", encoding="utf-8")
    late = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        fresh = filled(text)
        if fresh != text:
            late.append(page.name)
            if not given.check:
                page.write_text(fresh, encoding="utf-8")
    if given.check and late:
        sys.exit(f"out of date: {', '.join(late)}: run make figures")


if __name__ == "__main__":
    main()
