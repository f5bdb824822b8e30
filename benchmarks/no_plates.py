"""What is taken for a plate in photographs that show none: python benchmarks/no_plates.py PHOTOS

PHOTOS is the folder that `numberplate train --backgrounds` is given. Of its pictures those are read that are
held out from training, and all of the subfolders named by --all (signs and grey ones, which are the hardest);
none in which the folder's plates.csv has a box. Prints each false plate, with its confidence, and how many.
"""

import argparse
import csv
import json
from pathlib import Path

from numberplate import PlateReader
from numberplate.synthesis.held_out import is_held_out
from numberplate.synthesis.world.backgrounds import is_picture


def without_plates(folder: Path, whole: list[str]) -> list[str]:
    """The pictures to be read, by their names in the folder."""
    with (folder / "plates.csv").open(encoding="utf-8", newline="") as file:
        boxed = {row["image"] for row in csv.DictReader(file)}
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if is_picture(path.name))
    return [
        name
        for place, name in enumerate(names)
        if name not in boxed and (is_held_out(place) or name.split("/")[0] in whole)
    ]


def main() -> None:
    """Read the photographs and print what is found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path)
    parser.add_argument("--all", nargs="*", default=["signs", "grey"], metavar="SUBFOLDER")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    arguments = parser.parse_args()
    reader = PlateReader(weights=arguments.weights)
    names = without_plates(arguments.photos, arguments.all)
    false = 0
    for name in names:
        for plate in reader.read(arguments.photos / name):
            false += 1
            print(f"{name} {plate.text} {plate.confidence:.2f}")
    print(json.dumps({"pictures": len(names), "false": false, "a_picture": round(false / len(names), 4)}))


if __name__ == "__main__":
    main()
