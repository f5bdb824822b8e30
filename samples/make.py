"""Draws the pictures of this folder and their labels.csv: `python samples/make.py`.

`--page` makes of some of them the small ones that the server's page offers, and draws none.

It needs what training needs (`pip install -e '.[train]'`), but no fonts and no photographs.
"""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from numberplate.geometry.quads import side_lengths
from numberplate.plates.design import Design, shipped_designs
from numberplate.synthesis.camera import noise
from numberplate.synthesis.plate.flat import draw_flat
from numberplate.synthesis.pose import Pose, homography
from numberplate.synthesis.scene import lay
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.street import street

SAMPLES = (
    ("gb", "Great Britain, rear", (640, 480), 101, 7),
    ("de", "Germany", (800, 600), 107, 1),
    ("sk", "Slovakia, shield in a plain band before 2004, dash", (1280, 720), 106, 4),
    ("br", "Brazil, Mercosul", (800, 600), 103, 6),
    ("us-ca", "California", (1280, 720), 205, 6),
    ("us-tx", "Texas", (1280, 720), 212, 3),
)
"""Name of the picture, name of the design, width and height, seed of the street, seed of the plate."""


def draw(
    design: Design, letterings: Letterings, size: tuple[int, int], scene: int, seed: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """A picture, the corners of its plate and its text."""
    width, height = size
    picture, (x, y, w, h) = street(np.random.default_rng(scene), height, width, design.size)
    rng = np.random.default_rng([scene, seed])
    # The camera is neither level nor straight before the car.
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    seen = whole + rng.uniform(0.005, 0.05, (4, 2)) * [width, height] * np.array(
        [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    )
    view = homography(seen, whole)
    picture = cv2.warpPerspective(picture, view, size, flags=cv2.INTER_CUBIC)
    pose = Pose(
        rng.normal(0, 0.008), rng.normal(0, 0.05), rng.normal(0, 0.05), 0.99 * w, (x + w / 2, y + h / 2)
    )
    corners = cv2.perspectiveTransform(pose.corners(design.aspect)[None], view)[0]
    scale = 1.4 * side_lengths(corners)[0] / design.size[0]
    flat = draw_flat(design, letterings, scale, rng)
    lay(picture, flat, corners, rng)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.4)
    return noise(picture, rng, 2.0), corners, flat.text


PAGE = Path(__file__).resolve().parents[1] / "src" / "numberplate" / "server" / "page" / "samples"
FOR_THE_PAGE = ("gb", "de", "br")
PAGE_WIDTH = 480
"""Pixels: as few as a plate can be read at, since they are in the package."""


def write_small(folder: Path) -> None:
    """Writes the page's pictures from those of `folder`."""
    PAGE.mkdir(exist_ok=True)
    for name in FOR_THE_PAGE:
        picture = cv2.imread(str(folder / f"{name}.jpg"))
        height = round(PAGE_WIDTH * picture.shape[0] / picture.shape[1])
        small = cv2.resize(picture, (PAGE_WIDTH, height), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(PAGE / f"{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 80])


def main() -> None:
    """Writes the pictures and the labels."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="default: this folder")
    parser.add_argument("--page", action="store_true", help="write the small ones of the server's page")
    given = parser.parse_args()
    folder = given.out
    if given.page:
        write_small(folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    designs = {design.name: design for design in shipped_designs()}
    letterings = Letterings()
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        labels = csv.writer(file, lineterminator="\n")
        labels.writerow(["image", "x", "y", "width", "height", "text"])
        for name, design, size, scene, seed in SAMPLES:
            picture, corners, text = draw(designs[design], letterings, size, scene, seed)
            blue_first = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            cv2.imwrite(str(folder / f"{name}.jpg"), blue_first, [cv2.IMWRITE_JPEG_QUALITY, 90])
            (x, y), (right, bottom) = corners.min(0), corners.max(0)
            labels.writerow(
                [f"{name}.jpg", *(round(float(v), 1) for v in (x, y, right - x, bottom - y)), text]
            )


if __name__ == "__main__":
    main()
