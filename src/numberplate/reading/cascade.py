"""The cascade: detect the plates, rectify each, recognize its text."""

from pathlib import Path

import numpy as np

from numberplate.plates.rectify import Picture, rectify
from numberplate.reading.detector import LONGEST_SIDE, THRESHOLD, Detector
from numberplate.reading.plate import Plate
from numberplate.reading.recognizer import Recognizer
from numberplate.reading.suppression import without_parts


class Cascade:
    """Detector and recognizer, one after the other; see both for the arguments."""

    def __init__(
        self,
        weights: str | Path | None = None,
        threads: int = 1,
        threshold: float = THRESHOLD,
        longest_side: int = LONGEST_SIDE,
    ):
        self.detector = Detector(weights, threads, threshold, longest_side)
        self.recognizer = Recognizer(weights, threads)

    def read(self, picture: Picture, candidates: int = 5) -> list[Plate]:
        """The plates of a picture, uint8 (height, width, 3), RGB, best first.

        A detection with no text of a plate's length is none, nor is a part of a plate that is read surer.
        """
        corners, presences = self.detector.detect(picture)
        if not len(corners):
            return []
        card = self.recognizer.card
        crops = np.stack([rectify(picture, quad, card.height, card.width) for quad in corners])
        plates = [
            Plate(
                reading.text,
                reading.confidence,
                float(presence),
                quad,
                reading.characters,
                reading.candidates,
            )
            for quad, presence, reading in zip(
                corners, presences, self.recognizer.read(crops, candidates), strict=True
            )
            if reading.text
        ]
        if not plates:
            return []
        kept = without_parts(np.stack([p.corners for p in plates]), np.array([p.confidence for p in plates]))
        return [plates[i] for i in kept]
