"""The article's task: windows → presence and seven characters."""

from collections.abc import Mapping
from typing import Any

import cv2
import keras
import numpy as np

from numberplate.models.spec import (
    WINDOW_CHARACTERS,
    WINDOW_HEIGHT,
    WINDOW_MARGIN_X,
    WINDOW_MARGIN_Y,
    WINDOW_STRIDE,
    WINDOW_WIDTH,
)
from numberplate.networks.window import WindowLoss, sliding_window, window
from numberplate.plates.alphabet import ALPHABET
from numberplate.training.makers import WINDOWS_AROUND
from numberplate.training.metrics import window_figures
from numberplate.training.recipe import Recipe
from numberplate.training.tasks.base import Task, grid_of


class WindowTask(Task):
    """Windows → presence and seven characters."""

    validation_size = 2048
    calibration_size = 3072
    rank = 360

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        beyond, windows = WINDOWS_AROUND * WINDOW_STRIDE, 1 + 2 * WINDOWS_AROUND
        margins = (WINDOW_MARGIN_Y + beyond, WINDOW_MARGIN_X + beyond)
        self.fields = {
            "window": ((WINDOW_HEIGHT + 2 * margins[0], WINDOW_WIDTH + 2 * margins[1]), "uint8"),
            "target": ((windows, windows, 1 + WINDOW_CHARACTERS), "uint8"),
        }

    def network(self) -> keras.Model:
        return window(self.recipe.width, WINDOWS_AROUND)

    def loss(self) -> keras.losses.Loss:
        return WindowLoss()

    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        return samples["window"][..., None].astype(np.float32), samples["target"].astype(np.int32)

    def figures(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> dict[str, float]:
        return window_figures(*self._own(samples, outputs))

    def _own(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Targets and outputs of the samples' own windows alone: those around them are not independent."""
        own = (slice(None), WINDOWS_AROUND, WINDOWS_AROUND)
        return samples["target"][own], outputs[own]

    def misses(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> np.ndarray:
        targets, outputs = self._own(samples, outputs)
        read = outputs[:, 1:].reshape(len(outputs), WINDOW_CHARACTERS, -1).argmax(-1)
        cells: list[np.ndarray] = []
        for picture, target, logit, codes in zip(
            samples["window"], targets, outputs[:, 0], read, strict=True
        ):
            found, text, truth = logit > 0, _text(codes), _text(target[1:])
            if (found != target[0] or (found and text != truth)) and len(cells) < 60:
                label = np.zeros((32, picture.shape[1]), np.uint8)
                for y, line, grey in (
                    (13, truth if target[0] else "not present", 255),
                    (28, text if found else "not present", 170),
                ):
                    cv2.putText(label, line, (2, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, grey)
                cells.append(np.vstack([picture, label]))
        return grid_of([cv2.cvtColor(cell, cv2.COLOR_GRAY2RGB) for cell in cells], 6)

    def nll(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> float:
        target, outputs = self._own(samples, outputs)
        return float(self.loss()(target.astype(np.int32), outputs))

    def with_temperature(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        return outputs / np.float32(temperature)

    def exported(self, network: keras.Model) -> keras.Model:
        return sliding_window(network)

    def card(self) -> dict[str, Any]:
        return {
            "width": WINDOW_WIDTH,
            "height": WINDOW_HEIGHT,
            "margin_x": WINDOW_MARGIN_X,
            "margin_y": WINDOW_MARGIN_Y,
            "stride": WINDOW_STRIDE,
            "characters": WINDOW_CHARACTERS,
        }


def _text(codes: np.ndarray) -> str:
    return "".join(ALPHABET[c] for c in codes)
