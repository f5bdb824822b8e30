"""R read as P: the two glyphs, how often one is read as the other as plates get blurred, and an edit.

    python experiments/2026-11-28-r-as-p/run.py

The British alphabet's R is its P with a leg. The edit draws the leg of R, what P lacks, wider, so that it stays
visible longer.
"""

import json
from pathlib import Path

import cv2
import matplotlib
import numpy as np

from numberplate.models.codec.window import decode_window
from numberplate.plates.alphabet import ALPHABET
from numberplate.reading.windows import Windows
from numberplate.synthesis.type.lettering import Letterings

FOLDER = Path(__file__).parent
BLURS = (0.0, 0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.25)
TEXTS, PLACE = 40, 4
"""Plates for each blur; the position of the letter in question."""


def plate(glyphs: list[np.ndarray], height: int = 14) -> np.ndarray:
    """Dark letters on a light plate in a grey window, uint8 (64, 128)."""
    scaled = [
        cv2.resize(g, (max(1, round(g.shape[1] * height / g.shape[0])), height), interpolation=cv2.INTER_AREA)
        for g in glyphs
    ]
    gap = 2
    width = sum(g.shape[1] for g in scaled) + gap * (len(scaled) + 2)
    window = np.full((64, 128), 90, np.uint8)
    x, y = (128 - width) // 2, (64 - height) // 2
    window[y - 4 : y + height + 4, x - 5 : x + width + 5] = 225
    for i, glyph in enumerate(scaled):
        part = window[y : y + height, x : x + glyph.shape[1]]
        part[:] = np.minimum(part, 225 - (glyph.astype(int) * 200 // 255)).astype(np.uint8)
        x += glyph.shape[1] + gap * (3 if i == 3 else 1)
    return window


def thicker_leg(r: np.ndarray, p: np.ndarray) -> np.ndarray:
    wide = max(r.shape[1], p.shape[1])
    padded = [cv2.copyMakeBorder(g, 0, 0, 0, wide - g.shape[1], cv2.BORDER_CONSTANT) for g in (r, p)]
    leg = np.where(padded[1] > 100, 0, padded[0])
    leg[: r.shape[0] // 2] = 0
    return np.maximum(padded[0], cv2.dilate(leg, np.ones((1, max(3, r.shape[1] // 6)), np.uint8)))


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    windows, rng = Windows(), np.random.default_rng(7)
    lettering = Letterings([]).pick(("drawn-british",), rng)
    r, p = lettering.glyph("R"), lettering.glyph("P")
    drawn = {"R": r, "R with a thicker leg": thicker_leg(r, p), "P": p}
    margins = (windows.card.margin_y, windows.card.margin_x)
    texts = [
        "".join(rng.choice(list("ABDEFGHJKLMNSTUVWXY"), 2)) + "".join(rng.choice(list("0123456789"), 2))
        for _ in range(TEXTS)
    ]
    rows = []
    for blur in BLURS:
        row: dict[str, float] = {"blur": blur}
        for name, glyph in drawn.items():
            read = {"R": 0, "P": 0}
            for text in texts:
                window = plate(
                    [*(lettering.glyph(c) for c in text), glyph, *(lettering.glyph(c) for c in "AL")]
                )
                noisy = cv2.GaussianBlur(window, (0, 0), blur) if blur else window
                noisy = np.clip(noisy + rng.normal(0, 6, noisy.shape), 0, 255).astype(np.uint8)
                framed = cv2.copyMakeBorder(
                    noisy, margins[0], margins[0], margins[1], margins[1], cv2.BORDER_REPLICATE
                )
                outputs = windows._network(framed[None, :, :, None].astype(np.float32))[0, 0, 0]
                letter = ALPHABET[int(decode_window(outputs, windows.card.characters)[1][PLACE].argmax())]
                if letter in read:
                    read[letter] += 1
            row |= {f"{name} read as {letter}": round(n / TEXTS, 3) for letter, n in read.items()}
        rows.append(row)
    (FOLDER / "result.json").write_text(
        json.dumps({"plates": TEXTS, "curve": rows}, indent=1) + "\n", encoding="utf-8"
    )
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3.2), width_ratios=(1, 1.4))
    height = r.shape[0]
    left.imshow(
        np.hstack([np.pad(255 - g, ((8, 8), (8, 8)), constant_values=255) for g in drawn.values()]),
        cmap="gray",
    )
    left.set_title("R, R with a thicker leg, P", fontsize=9)
    left.axis("off")
    assert height
    for name in drawn:
        wrong = "R" if name == "P" else "P"
        right.plot(
            BLURS, [row[f"{name} read as {wrong}"] for row in rows], "o-", label=f"{name} read as {wrong}"
        )
    right.set(xlabel="blur, standard deviation in pixels", ylabel="share of plates")
    right.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(FOLDER / "r-as-p.png", dpi=110)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
