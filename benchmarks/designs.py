"""How well plates of each design are read when nothing is in the way, the worst first.

    python benchmarks/designs.py --fonts fonts/
    python benchmarks/designs.py --fonts fonts/ us-stacked-left thai/th-motorcycle

`numberplate fonts` fetches the fonts. Of each shipped design (or of those named, files too) plates are drawn
straight on, 44 to 110 pixels high, a little blurred and noisy, and read as pictures that are nothing but a
plate. What is misread here, nobody would misread: the network has seen too little of such plates, or reading
puts the characters in a wrong order. Printed are the shares that are read right, and right with a confidence
of at least 0.5, and some that are not. O counts as 0 and I as 1.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from numberplate import PlateReader
from numberplate.plates.design import named_design
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.type.lettering import Letterings, named_font_files

HEIGHTS = 44.0, 110.0
BLUR, NOISE = (0.5, 1.1), 4.0
SEED = 5
_ALIKE = str.maketrans("OI", "01")


@dataclass(frozen=True)
class Figures:
    """The shares of a design's plates that are read right, and right with a confidence of at least 0.5; and
    the texts of those that are not, each with what was read."""

    right: float
    sure: float
    missed: list[tuple[str, str | None]]


def all_names() -> list[str]:
    """Of the shipped designs."""
    import numberplate.plates

    folder = Path(numberplate.plates.__path__[0]) / "designs"
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))


def measure(reader: PlateReader, name: str, letterings: Letterings, count: int) -> Figures:
    design, rng = named_design(name), np.random.default_rng(SEED)
    right = sure = 0
    missed = []
    for _ in range(count):
        flat = draw_flat(design, letterings, rng.uniform(*HEIGHTS) / design.size[1], rng)
        picture = cv2.GaussianBlur(flat.picture, (0, 0), rng.uniform(*BLUR))
        picture = np.clip(picture + rng.normal(0, NOISE, picture.shape), 0, 255).astype(np.uint8)
        plate = reader.read_crop(picture)
        if plate is not None and plate.text.translate(_ALIKE) == flat.text.translate(_ALIKE):
            right += 1
            sure += plate.confidence >= 0.5
        else:
            missed.append((flat.text, None if plate is None else plate.text))
    return Figures(right / count, sure / count, missed)


def main() -> None:
    """Draw, read and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("designs", nargs="*", help="names or files; all shipped ones where none is given")
    parser.add_argument(
        "--fonts", action="append", required=True, help='a folder, or "system"; may be repeated'
    )
    parser.add_argument("-n", "--number", type=int, default=20, help="plates of each design")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--out", type=Path, help="JSON file for all of it")
    given = parser.parse_args()
    reader = PlateReader(weights=given.weights)
    letterings = Letterings(named_font_files(given.fonts))
    found = {name: measure(reader, name, letterings, given.number) for name in given.designs or all_names()}
    for name, figures in sorted(found.items(), key=lambda item: (item[1].sure, item[0])):
        if figures.missed:
            shown = ", ".join(f"{text} as {read or 'nothing'}" for text, read in figures.missed[:3])
            print(f"{name:36}{figures.right:6.2f}{figures.sure:6.2f}  {shown}")
    mean = {
        key: round(float(np.mean([getattr(f, key) for f in found.values()])), 4) for key in ("right", "sure")
    }
    print(json.dumps({"designs": len(found), **mean}))
    if given.out is not None:
        figures_of = {name: asdict(figures) for name, figures in found.items()}
        given.out.write_text(json.dumps({**mean, "designs": figures_of}, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
