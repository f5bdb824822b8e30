"""What the networks differ in: their samples, targets, loss and figures."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import keras
import numpy as np

from numberplate.training.makers import Maker
from numberplate.training.pool import Fields
from numberplate.training.recipe import Recipe, RecipeError


class Task(ABC):
    """One network's training: what to make, what to feed, what to measure."""

    fields: Fields
    validation_size: int
    calibration_size = 64
    """Samples of training by which the exported network is made smaller or faster."""
    rank = 0
    """Where more than 0: what the exported network's largest layer is factored to; see `compression`."""
    quantized = False
    """Whether the exported network computes in integers, in half the time and a third of the file."""
    float_first = 0
    """Convolutions at its beginning that stay in floats all the same: much goes in and out of a first one and
    little is computed between, so that changing its form may cost more than it saves.
    """
    zero: int | None = None
    """The grey that is nothing to the exported network, where that is given pictures in 8 bits."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def network(self) -> keras.Model:
        """The network, with fresh weights."""

    @abstractmethod
    def loss(self) -> keras.losses.Loss | dict[str, keras.losses.Loss]:
        """Its loss, or that of each of its outputs."""

    def validation(self) -> dict[str, np.ndarray]:
        """Samples of the recipe's held-out fonts and backgrounds: one array for each field."""
        return self._made(self.validation_size, held_out=True)

    def fixed_validation(self) -> dict[str, np.ndarray]:
        """Samples that are the same whatever the recipe, by which runs are compared.

        They are of the shipped designs, drawn alphabets and drawn streets, which every machine has.
        """
        return _fixed(type(self), self.recipe.fixed(), self.validation_size // 2)

    def labelled_validation(self) -> dict[str, np.ndarray]:
        """All labelled plates that are kept from training, cut as a detector would find them."""
        raise RecipeError(f"a {self.recipe.kind} is not trained on labelled plates")

    def calibration(self) -> dict[str, np.ndarray]:
        """Some samples of training, by which the exported network is made smaller or faster."""
        return self._made(self.calibration_size, held_out=False)

    def _made(self, count: int, held_out: bool) -> dict[str, np.ndarray]:
        make = Maker(self.recipe, held_out)()
        samples = [make(i) for i in range(count)]
        return {name: np.stack([sample[name] for sample in samples]) for name in self.fields}

    def varied(self, samples: Mapping[str, np.ndarray], rng: np.random.Generator) -> Mapping[str, np.ndarray]:
        """A batch's samples as training sees them this time: as they are, unless the recipe varies them."""
        return samples

    @abstractmethod
    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, Any]:
        """Samples as the network's float32 input and the target of its loss, or of each of its losses."""

    @abstractmethod
    def figures(self, samples: Mapping[str, np.ndarray], outputs: Any) -> dict[str, float]:
        """How well what the network gives, one array or a mapping of them, meets `samples`."""

    @abstractmethod
    def misses(self, samples: Mapping[str, np.ndarray], outputs: Any) -> np.ndarray:
        """A picture, uint8 (height, width, 3) RGB, of samples that went wrong."""

    @abstractmethod
    def nll(self, samples: Mapping[str, np.ndarray], outputs: Any) -> float:
        """The mean negative log-likelihood of the truth, by which the temperature is chosen."""

    @abstractmethod
    def with_temperature(self, outputs: Any, temperature: float) -> Any:
        """The outputs with their logits divided by `temperature`."""

    def temperature(self, samples: Mapping[str, np.ndarray], outputs: Any) -> float:
        """The temperature at which the probabilities fit held-out samples best (Guo et al. 2017)."""

        @cache
        def nll(step: int) -> float:
            return self.nll(samples, self.with_temperature(outputs, temperature(step)))

        def temperature(step: int) -> float:
            """From 1/4 to 4 in 48 steps of 6 %."""
            return float(0.25 * 16 ** (step / 48))

        # The likelihood has one maximum: by large steps, then by small ones about the best so far.
        best = 24
        for stride in (12, 4, 1):
            about = range(max(0, best - 3 * stride), min(48, best + 3 * stride) + 1, stride)
            best = min(about, key=nll)
        return round(temperature(best), 3)

    def exported(self, network: keras.Model) -> keras.Model:
        """The network as reading runs it, with the weights of `network`."""
        # A copy without the optimizer and its loss: the exported graph needs neither.
        bare = self.network()
        bare.set_weights(network.get_weights())
        return bare

    def as_exported(self, pictures: np.ndarray) -> np.ndarray:
        """A batch's input as the exported network takes it."""
        return pictures

    def card(self) -> dict[str, Any]:
        """What reading must know of the network beside its weights."""
        return {}


@lru_cache(maxsize=2)
def _fixed(kind: type[Task], recipe: Recipe, count: int) -> dict[str, np.ndarray]:
    """Made once, for all runs of a process."""
    return kind(recipe)._made(count, held_out=True)


def grid_of(cells: list[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size side by side; one black pixel where there is none."""
    if not cells:
        return np.zeros((1, 1, 3), np.uint8)
    cells = cells + [np.zeros_like(cells[0])] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])
