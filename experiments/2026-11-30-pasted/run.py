"""Plates drawn by another program than ours, pasted upon photographs of vehicles, as people test a reader.

    python experiments/2026-11-30-pasted/run.py --backgrounds photos/ roboto-condensed-700.ttf roboto-500.ttf

Of each kind so many plates are drawn with Pillow, in one of the fonts given, laid flat anywhere upon a
held-out photograph of a vehicle, 150 or 240 pixels wide, and read. Printed: how many are found, read right
(O as 0, I as 1), and right with a confidence of at least 0.5.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from numberplate import PlateReader
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.world.backgrounds import Backgrounds

SIZE = 1280, 960
ZOOM = 4
"""Plates are drawn so many times larger than they are pasted."""

LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
STATES = ("NEVADA", "OHIO", "TEXAS", "OREGON", "UTAH", "IDAHO", "FLORIDA", "MAINE", "IOWA")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
INK, RED, BLUE, PAPER = (25, 25, 30), (195, 20, 30), (20, 40, 160), (232, 232, 232)
_ALIKE = str.maketrans("OI", "01")


class Sheet:
    """A white plate to write on. Places and heights are in shares of its width and height."""

    def __init__(self, width: int, font: str, rng: np.random.Generator) -> None:
        self.width, self.height = ZOOM * width, round(ZOOM * width * 0.54)
        self.rng, self._font = rng, font
        self.picture = Image.new("RGB", (self.width, self.height), PAPER)
        self.draw = ImageDraw.Draw(self.picture)
        edge = (0, 0, self.width - 1, self.height - 1)
        self.draw.rectangle(edge, outline=INK, width=self.width // 70)

    def write(self, x: float, y: float, text: str, height: float, colour: tuple[int, int, int] = INK) -> str:
        font = ImageFont.truetype(self._font, round(height * self.height))
        self.draw.text((x * self.width, y * self.height), text, font=font, fill=colour, anchor="mm")
        return text

    def some(self, characters: str, count: int) -> str:
        return "".join(self.rng.choice(list(characters), count))

    def state(self) -> None:
        self.write(0.5, 0.16, str(self.rng.choice(STATES)), 0.17, (RED, BLUE)[self.rng.integers(2)])


def plain(sheet: Sheet) -> str:
    sheet.state()
    text = sheet.some(LETTERS, 3) + sheet.some(DIGITS, int(sheet.rng.integers(3, 5)))
    return sheet.write(0.5, 0.57, text, 0.42)


def mixed(sheet: Sheet) -> str:
    """Letters and digits in no order, some of them the same."""
    sheet.state()
    text = sheet.some(LETTERS + DIGITS, int(sheet.rng.integers(6, 8)))
    if sheet.rng.random() < 0.3:
        text = 3 * text[0] + 3 * sheet.some(DIGITS, 1) + sheet.some(LETTERS, 1)
    return sheet.write(0.5, 0.55, text, 0.38)


def small_before(sheet: Sheet) -> str:
    sheet.state()
    letters = sheet.write(0.16, 0.48, sheet.some(LETTERS, 2), 0.2)
    return letters + sheet.write(0.58, 0.52, sheet.some(DIGITS, 3), 0.46)


def stacked_after(sheet: Sheet) -> str:
    sheet.state()
    number = sheet.write(0.42, 0.55, sheet.some(DIGITS, 4), 0.42)
    upper = sheet.write(0.87, 0.36, sheet.some(LETTERS, 1), 0.22)
    return number + upper + sheet.write(0.87, 0.66, sheet.some(LETTERS, 1), 0.22)


def below_a_date(sheet: Sheet) -> str:
    sheet.write(0.5, 0.15, "EXPIRES", 0.16)
    date = f"{sheet.rng.choice(MONTHS)} {sheet.rng.integers(1, 29)} 2{sheet.rng.integers(4, 8)}"
    sheet.write(0.5, 0.43, date, 0.3, RED)
    text = sheet.some(LETTERS, 1) + sheet.some(DIGITS, 6) + sheet.some(LETTERS, 1)
    sheet.write(0.5, 0.76, f"{text[0]} {text[1:4]} {text[4:7]} {text[7]}", 0.3)
    return text


def around_a_heart(sheet: Sheet) -> str:
    sheet.state()
    colour = (RED, BLUE)[sheet.rng.integers(2)]
    text = sheet.write(0.14, 0.57, "I", 0.4, colour) + sheet.write(
        0.76, 0.57, sheet.some(LETTERS, 4), 0.34, colour
    )
    x, y, r = 0.35 * sheet.width, 0.57 * sheet.height, 0.07 * sheet.width
    for left, right in ((-1.3, 0.1), (-0.1, 1.3)):
        sheet.draw.ellipse((x + left * r, y - 1.2 * r, x + right * r, y + 0.2 * r), fill=RED)
    sheet.draw.polygon([(x - 1.25 * r, y - 0.2 * r), (x + 1.25 * r, y - 0.2 * r), (x, y + 1.4 * r)], fill=RED)
    return text


KINDS: tuple[Callable[[Sheet], str], ...] = (
    plain,
    mixed,
    small_before,
    stacked_after,
    below_a_date,
    around_a_heart,
)


def pasted(
    photo: np.ndarray, kind: Callable[[Sheet], str], font: str, rng: np.random.Generator
) -> tuple[np.ndarray, str, tuple[float, float]]:
    """A photograph with a plate; the plate's text and its middle."""
    width = int(rng.choice((150, 240)))
    sheet = Sheet(width, font, rng)
    text = kind(sheet)
    height = sheet.height // ZOOM
    plate = cv2.resize(np.asarray(sheet.picture), (width, height), interpolation=cv2.INTER_AREA)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), rng.normal(0, 1.5), 1)
    corner = rng.uniform((100, 350), (SIZE[0] - 100 - width, SIZE[1] - 150 - height))
    matrix = matrix + np.array([[0, 0, corner[0]], [0, 0, corner[1]]])
    picture = cv2.resize(photo, SIZE, interpolation=cv2.INTER_CUBIC)
    mask = cv2.warpAffine(np.ones((height, width), np.float32), matrix, SIZE)[..., None]
    over = cv2.warpAffine(plate, matrix, SIZE, borderValue=PAPER)
    picture = (picture * (1 - mask) + over * mask).astype(np.float32)
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6) + rng.normal(0, 2, picture.shape)
    x, y = (float(place) for place in corner + np.array([width, height]) / 2)
    return np.clip(picture, 0, 255).astype(np.uint8), text, (x, y)


def measure(
    reader: PlateReader, backgrounds: Backgrounds, fonts: list[str], count: int
) -> dict[str, dict[str, int]]:
    """How many plates of each kind are found, read right, and right with a confidence of at least 0.5."""
    vehicles = [i for i in range(len(backgrounds)) if len(backgrounds.boxes(i))]
    figures = {}
    for kind in KINDS:
        rng = np.random.default_rng(1)
        found = right = sure = 0
        for _ in range(count):
            photo = backgrounds.picture(int(rng.choice(vehicles)))
            picture, text, (x, y) = pasted(photo, kind, str(rng.choice(fonts)), rng)
            there = [
                p
                for p in reader.read(picture)
                if 0 <= x - p.box[0] <= p.box[2] and 0 <= y - p.box[1] <= p.box[3]
            ]
            found += bool(there)
            same = [p for p in there if p.text.translate(_ALIKE) == text.translate(_ALIKE)]
            right += bool(same)
            sure += any(p.confidence >= 0.5 for p in same)
        figures[kind.__name__] = {"found": found, "right": right, "sure": sure}
    return figures


def main() -> None:
    """Paste, read and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("fonts", nargs="+", help="files of fonts")
    parser.add_argument("--backgrounds", required=True, help="photographs, with plates.csv")
    parser.add_argument("-n", "--number", type=int, default=40, help="plates of each kind")
    parser.add_argument("--weights", type=Path, help="folder of other weights than the package's own")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    given = parser.parse_args()
    _, backgrounds = letterings_and_backgrounds([], given.backgrounds, held_out=True)
    figures = measure(PlateReader(weights=given.weights), backgrounds, given.fonts, given.number)
    for kind, of in figures.items():
        print(f"{kind:16} of {given.number}: " + ", ".join(f"{name} {count}" for name, count in of.items()))
    if given.out is not None:
        given.out.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
