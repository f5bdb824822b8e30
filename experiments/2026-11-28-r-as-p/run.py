"""R read as P: the two glyphs, and how much of R's leg it takes to be read as R.

    python experiments/2026-11-28-r-as-p/run.py

The British alphabet's R is its P with a leg. The shipped window network reads plates whose R has lost more
and more of its leg, from below, as dirt or a bolt would hide it; the edit that undoes it puts the leg back.
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
KEPT = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Shares of the leg that are left, from the top."""

TEXTS, PLACE, BLUR = 40, 4, 0.7
"""Plates for each share; the position of the letter in question; the blur in pixels."""


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


def with_leg(r: np.ndarray, p: np.ndarray, kept: float) -> np.ndarray:
    """R with a share of its leg: what P lacks, in the lower half."""
    wide = max(r.shape[1], p.shape[1])
    whole, bare = (cv2.copyMakeBorder(g, 0, 0, 0, wide - g.shape[1], cv2.BORDER_CONSTANT) for g in (r, p))
    height = r.shape[0]
    rows = np.arange(height)[:, None]
    return np.where(rows < height / 2 + kept * height / 2, whole, np.minimum(whole, bare))


def main() -> None:
    matplotlib.use("Agg")
    from matplotlib import pyplot

    windows, rng = Windows(), np.random.default_rng(7)
    lettering = Letterings([]).pick(("drawn-british",), rng)
    r, p = lettering.glyph("R"), lettering.glyph("P")
    x, y = windows.card.margin_x, windows.card.margin_y
    rows = []
    for kept in KEPT:
        glyph, read = with_leg(r, p, kept), {"R": 0, "P": 0}
        for _ in range(TEXTS):
            letters, digits = rng.choice(list("ABDEFGHJKLMNSTUVWXY"), 4), rng.choice(list("0123456789"), 2)
            before, after = [*letters[:2], *digits], letters[2:]
            glyphs = [lettering.glyph(c) for c in before] + [glyph] + [lettering.glyph(c) for c in after]
            window = cv2.GaussianBlur(plate(glyphs), (0, 0), BLUR)
            noisy = np.clip(window + rng.normal(0, 6, window.shape), 0, 255).astype(np.uint8)
            framed = cv2.copyMakeBorder(noisy, y, y, x, x, cv2.BORDER_REPLICATE)
            outputs = windows._network(framed[None, :, :, None].astype(np.float32))[0, 0, 0]
            letter = ALPHABET[int(decode_window(outputs, windows.card.characters)[1][PLACE].argmax())]
            if letter in read:
                read[letter] += 1
        rows.append({"leg left": kept, **{f"read as {k}": round(n / TEXTS, 3) for k, n in read.items()}})
    (FOLDER / "result.json").write_text(
        json.dumps({"plates": TEXTS, "curve": rows}, indent=1) + "\n", encoding="utf-8"
    )
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3), width_ratios=(1.3, 1))
    shown = [
        np.pad(255 - g, 8, constant_values=255) for g in (p, *(with_leg(r, p, k) for k in (0.3, 0.6)), r)
    ]
    left.imshow(np.hstack(shown), cmap="gray")
    left.set_title("P, R with 30 % and 60 % of its leg, R", fontsize=9)
    left.axis("off")
    for letter in "RP":
        right.plot(KEPT, [row[f"read as {letter}"] for row in rows], "o-", label=f"read as {letter}")
    right.set(xlabel="share of R's leg that is left", ylabel="share of plates")
    right.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(FOLDER / "r-as-p.png", dpi=110)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
