"""A dot-matrix face of 5×7 pixels, as cameras and recorders burn times and names into their pictures."""

import numpy as np

_COLUMNS = {
    "0": "3e5149453e", "1": "00427f4000", "2": "7249494946", "3": "2141494d33", "4": "1814127f10",
    "5": "2745454539", "6": "3c4a494931", "7": "4121110907", "8": "3649494936", "9": "464949291e",
    "A": "7c1211127c", "B": "7f49494936", "C": "3e41414122", "D": "7f4141413e", "E": "7f49494941",
    "F": "7f09090901", "G": "3e41415173", "H": "7f0808087f", "I": "00417f4100", "J": "2040413f01",
    "K": "7f08142241", "L": "7f40404040", "M": "7f021c027f", "N": "7f0408107f", "O": "3e4141413e",
    "P": "7f09090906", "Q": "3e4151215e", "R": "7f09192946", "S": "2649494932", "T": "03017f0103",
    "U": "3f4040403f", "V": "1f2040201f", "W": "3f4038403f", "X": "6314081463", "Y": "0304780403",
    "Z": "6159494d43", "-": "0808080808", ".": "0000606000", ":": "0000140000", "/": "2010080402",
    " ": "0000000000",
}  # fmt: skip
"""Five columns of each character, in hexadecimal; the lowest bit is the top row."""

CHARACTERS = "".join(_COLUMNS)


def dotted(text: str, bold: bool = False) -> np.ndarray:
    """uint8 (7, 6 per character), or (8, 8 per character) where it is `bold`: 255 where a dot is.

    Raises KeyError for a character that is none of CHARACTERS.
    """
    cell = np.zeros((8 if bold else 7, (8 if bold else 6) * len(text)), np.uint8)
    for i, character in enumerate(text):
        columns = np.array([int(_COLUMNS[character][j : j + 2], 16) for j in range(0, 10, 2)])
        dots = (columns[None] >> np.arange(7)[:, None]) & 1
        start = i * (8 if bold else 6)
        cell[:7, start : start + 5] |= (255 * dots).astype(np.uint8)
        if bold:  # every stroke is two dots wide
            cell[:7, start + 1 : start + 6] |= (255 * dots).astype(np.uint8)
    return cell
