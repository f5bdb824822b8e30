"""The detector's task: scenes → presence and corners."""

from collections.abc import Mapping
from typing import Any

import cv2
import keras
import numpy as np

from numberplate.models.codec.detector import encode_plates, in_blocks
from numberplate.models.initial import DETECTOR
from numberplate.models.spec import (
    BLOCKS_ZERO,
    CORNER_SCALE,
    IGNORED,
    MAX_WIDTH,
    MIDDLE_GREY,
    MIN_WIDTH,
    PRESENT,
    STRIDE,
)
from numberplate.networks.detector import DetectorLoss, blocks_network, detector
from numberplate.training.makers import MOST_PLATES, scene_size
from numberplate.training.metrics import detection_figures
from numberplate.training.recipe import Recipe
from numberplate.training.tasks.base import Task, grid_of
from numberplate.training.variation import varied


class DetectorTask(Task):
    """Scenes → presence and corners."""

    validation_size = 192
    quantized = True
    zero = BLOCKS_ZERO

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.size = scene_size(recipe)
        self.fields = {"picture": (self.size, "uint8"), "plates": ((MOST_PLATES, 4, 2), "float32")}

    def network(self) -> keras.Model:
        return detector(self.recipe.width)

    def loss(self) -> keras.losses.Loss:
        return DetectorLoss()

    def varied(self, samples: Mapping[str, np.ndarray], rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        if not self.recipe.varied:
            return samples
        pictures, places = np.empty_like(samples["picture"]), np.full_like(samples["plates"], np.nan)
        for number, (grey, listed) in enumerate(zip(samples["picture"], samples["plates"], strict=True)):
            plates = listed[np.isfinite(listed[:, 0, 0])]
            pictures[number], plates = varied(grey, plates, rng)
            places[number, : len(plates)] = plates
        return {"picture": pictures, "plates": places}

    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        return samples["picture"][..., None].astype(np.float32), self._targets(samples)

    def _targets(self, samples: Mapping[str, np.ndarray]) -> np.ndarray:
        rows, columns = (side // STRIDE for side in samples["picture"].shape[1:])
        return np.stack(
            [encode_plates(p[np.isfinite(p[:, 0, 0])], rows, columns, DETECTOR) for p in samples["plates"]]
        )

    def figures(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> dict[str, float]:
        return detection_figures(self._targets(samples), outputs)

    def misses(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> np.ndarray:
        cells: list[np.ndarray] = []
        for picture, target, grid in zip(samples["picture"], self._targets(samples), outputs, strict=True):
            found, wanted = grid[..., 0] > 0, target[..., 0]
            wrong = (found & (wanted == 0)) | (~found & (wanted == 1))
            if wrong.any() and len(cells) < 16:
                cell = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
                for y, x in zip(*np.nonzero(wrong), strict=True):
                    colour = (255, 0, 0) if found[y, x] else (0, 255, 0)
                    cv2.rectangle(
                        cell,
                        (int(x) * STRIDE, int(y) * STRIDE),
                        (int(x + 1) * STRIDE, int(y + 1) * STRIDE),
                        colour,
                    )
                cells.append(cell)
        return grid_of(cells, 4)

    def nll(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> float:
        presence, logits = self._targets(samples)[..., 0], outputs[..., 0].astype(np.float64)
        losses = np.logaddexp(0, np.where(presence == PRESENT, -logits, logits))
        return float(losses[presence != IGNORED].mean())

    def with_temperature(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        return np.concatenate([outputs[..., :1] / np.float32(temperature), outputs[..., 1:]], -1)

    def exported(self, network: keras.Model) -> keras.Model:
        return blocks_network(network, self.recipe.width)

    def as_exported(self, pictures: np.ndarray) -> np.ndarray:
        return in_blocks(pictures[..., 0])

    def card(self) -> dict[str, Any]:
        return {
            "mean": MIDDLE_GREY,
            "stride": STRIDE,
            "corner_scale": CORNER_SCALE,
            "min_width": MIN_WIDTH,
            "max_width": MAX_WIDTH,
        }
