"""Takes over which fonts and photographs the shipped weights saw, from the folders that trained them:

    python docs/seen.py --fonts FONTS SCRIPTS --backgrounds BACKGROUNDS

Written are docs/figures/fonts_seen.csv and backgrounds_seen.json: names, sources and licences, never a font
or a picture. `python docs/figures.py` makes the tables of docs/seen.md from them. The licence of a font is
that of `synthesis/type/fonts.toml` where its package is there, and else what the folder's own list says.
"""

import argparse
import csv
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parent
FONTS, BACKGROUNDS = DOCS / "figures" / "fonts_seen.csv", DOCS / "figures" / "backgrounds_seen.json"
SYNTHESIS = DOCS.parent / "src" / "numberplate" / "synthesis"

UNKNOWN = "unknown"
SEVERAL = "CC0, CC-BY or CC-BY-SA; which, for each picture, is not recorded"

SETS = {
    "camvid": ("CamVid: British streets from a car", UNKNOWN),
    "traffic-light": ("A set of traffic lights: a Russian dashcam", UNKNOWN),
    "stanford-cars": ("Stanford Cars", UNKNOWN),
    "icdar2015": ("ICDAR 2015, test: lettering that is no plate", UNKNOWN),
    "imagenet-sample": ("Samples of ImageNet", UNKNOWN),
    "coco128x2": ("Samples of COCO (128 pictures)", UNKNOWN),
    "tinycoco": ("Samples of COCO (tiny)", UNKNOWN),
    "bsds500": ("BSDS500", UNKNOWN),
    "openalpr": ("OpenALPR's negatives: grey pictures without plates", UNKNOWN),
    "sceaux-castle": ("Photographs of Sceaux castle", UNKNOWN),
    "budgie-backgrounds": ("Wallpapers of Budgie", SEVERAL),
    "lomiri-wallpapers": ("Wallpapers of Lomiri", SEVERAL),
    "nextcloud-examples": ("Example pictures of Nextcloud", SEVERAL),
    "solus-artwork": ("Wallpapers of Solus", SEVERAL),
    "ubuntu-mate-artwork": ("Wallpapers of Ubuntu MATE", SEVERAL),
}
"""By the beginning of its pictures' names, what a source is, and its licence as the README there has it."""


def manifest_licences() -> dict[str, str]:
    """The licence of each package of fonts that `numberplate fonts` installs."""
    whole = tomllib.loads((SYNTHESIS / "type" / "fonts.toml").read_text(encoding="utf-8"))
    return {package["name"]: package["licence"] for kind in ("npm", "debian") for package in whole[kind]}


def fonts(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """File, family, licence and source of each font of a folder, as its list has them."""
    known = manifest_licences()
    (listed,) = [path for path in folder.iterdir() if path.name.lower() == "fonts.csv"]
    with listed.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            source = row.get("source") or _source(row["package"], row["version"])
            names = [name for word in source.split() for name in (word, word.rpartition("@")[0])]
            licence = next((known[name] for name in names if name in known), row["licence"])
            yield row["file"], row["family"], licence, source


def _source(package: str, version: str) -> str:
    return f"npm {package}@{version}" if package.startswith("@") else f"Debian {package} {version}"


def backgrounds(folder: Path) -> list[Mapping[str, object]]:
    """Each source of pictures by name, with the folders that they are in and how many there are."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix.lower() == ".jpg")
    counts: Counter[tuple[str, str]] = Counter()
    for path in paths:
        name = next((name for name in SETS if path.name.startswith(name)), None)
        if name is None:
            sys.exit(f"{path}: of no source that docs/seen.py knows")
        counts[name, path.parent.name] += 1
    return [
        {"source": SETS[name][0], "folder": inside, "pictures": count, "licence": SETS[name][1]}
        for name in SETS
        for (other, inside), count in sorted(counts.items())
        if other == name
    ]


def main() -> None:
    """Writes what the tables are made from."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fonts", type=Path, nargs="+", required=True)
    parser.add_argument("--backgrounds", type=Path, required=True)
    given = parser.parse_args()
    rows = [row for folder in given.fonts for row in fonts(folder)]
    with FONTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("file", "family", "licence", "source"))
        writer.writerows(sorted(rows))
    text = json.dumps(backgrounds(given.backgrounds), indent=1, ensure_ascii=False)
    BACKGROUNDS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
