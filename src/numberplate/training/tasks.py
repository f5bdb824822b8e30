"""What the networks differ in: their samples, targets, loss and figures."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import keras
import numpy as np

from numberplate.models.codec.detector import encode_plates
from numberplate.models.codec.recognizer import TextCodec, as_text
from numberplate.models.initial import DETECTOR
from numberplate.models.spec import (
    CORNER_SCALE,
    IGNORED,
    INPUT_HEIGHT,
    INPUT_WIDTH,
    LATIN,
    MAX_WIDTH,
    MIDDLE_GREY,
    MIN_WIDTH,
    PRESENT,
    STRIDE,
    UNCOUNTED_TEXT,
    WINDOW_CHARACTERS,
    WINDOW_HEIGHT,
    WINDOW_MARGIN_X,
    WINDOW_MARGIN_Y,
    WINDOW_STRIDE,
    WINDOW_WIDTH,
    logits_of,
)
from numberplate.networks.detector import DetectorLoss, detector, without_rescaling
from numberplate.networks.recognizer import recognizer, recognizer_loss, text_surprise
from numberplate.networks.window import WindowLoss, sliding_window, window
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH, MIN_LENGTH, alphabets, fold
from numberplate.training.makers import MOST_PLATES, WINDOWS_AROUND, Maker, scene_size
from numberplate.training.metrics import detection_figures, window_figures
from numberplate.training.pool import Fields
from numberplate.training.recipe import Recipe

LATIN_SHARE = 8
"""Of so many Latin plates each other script's head learns from one: the trunk has to serve Latin first."""


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

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    @abstractmethod
    def network(self) -> keras.Model:
        """The network, with fresh weights."""

    @abstractmethod
    def loss(self) -> keras.losses.Loss | dict[str, keras.losses.Loss]:
        """Its loss, or that of each of its outputs."""

    def validation(self) -> dict[str, np.ndarray]:
        """The held-out samples, the same for every run: one array for each field."""
        return self._made(self.validation_size, held_out=True)

    def calibration(self) -> dict[str, np.ndarray]:
        """Some samples of training, by which the exported network is made smaller or faster."""
        return self._made(self.calibration_size, held_out=False)

    def _made(self, count: int, held_out: bool) -> dict[str, np.ndarray]:
        make = Maker(self.recipe, held_out)()
        samples = [make(i) for i in range(count)]
        return {name: np.stack([sample[name] for sample in samples]) for name in self.fields}

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
    def surprise(self, samples: Mapping[str, np.ndarray], outputs: Any) -> float:
        """The mean negative log-likelihood of the truth, by which the temperature is chosen."""

    @abstractmethod
    def cooled(self, outputs: Any, temperature: float) -> Any:
        """The outputs with their logits divided by `temperature`."""

    def temperature(self, samples: Mapping[str, np.ndarray], outputs: Any) -> float:
        """The temperature at which the probabilities fit held-out samples best (Guo et al. 2017)."""
        tried = np.geomspace(0.25, 4.0, 49)
        found = [self.surprise(samples, self.cooled(outputs, float(t))) for t in tried]
        return round(float(tried[int(np.argmin(found))]), 3)

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


def task(recipe: Recipe) -> Task:
    """The task of a recipe's kind."""
    tasks: dict[str, type[Task]] = {
        "recognizer": RecognizerTask,
        "detector": DetectorTask,
        "window": WindowTask,
    }
    return tasks[recipe.kind](recipe)


class RecognizerTask(Task):
    """Crops → texts, and what the crops show of their plates."""

    validation_size = 1024
    quantized = True

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.fields = {
            "crop": ((INPUT_HEIGHT, INPUT_WIDTH), "uint8"),
            "text": ((MAX_LENGTH,), "uint32"),
            "script": ((), "uint8"),
            "corners": ((8,), "float32"),
            "cut": ((4,), "float32"),
            "lines": ((2,), "float32"),
        }
        known = alphabets()
        self.codecs = {script: TextCodec(known[script].characters) for script in recipe.scripts}

    def network(self) -> keras.Model:
        return recognizer({script: codec.count for script, codec in self.codecs.items()}, self.recipe.width)

    def loss(self) -> dict[str, keras.losses.Loss]:
        return recognizer_loss(self.codecs)

    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        target = {logits_of(script): self._codes(samples, script) for script in self.codecs}
        target |= {name: samples[name] for name in ("corners", "cut", "lines")}
        return samples["crop"][..., None].astype(np.float32), target

    def _codes(self, samples: Mapping[str, np.ndarray], script: str) -> np.ndarray:
        """The target of a script's head.

        Latin's sees every plate, so that it learns to say of a character that it is none of its own; another
        head sees the plates of its script, and one in LATIN_SHARE of those of Latin characters alone.
        """
        points = samples["text"]
        codes = self.codecs[script].encode(points)
        if script != LATIN:
            own = samples["script"] == self.recipe.scripts.index(script)
            latin = (samples["script"] == self.recipe.scripts.index(LATIN)) & self.codecs[script].knows(
                points
            )
            codes[~(own | latin)] = UNCOUNTED_TEXT
        return codes

    def figures(
        self, samples: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]
    ) -> dict[str, float]:
        """`exact`, `exact_folded` (O = 0, I = 1), `right_length`: shares of the Latin plates that are wholly
        shown; `exact_<script>`: of the plates of another script, by its head; `empty`: share of the crops
        without a plate that have no text; `corner_error`: mean distance of the corners from the plate's, once
        they are mended, in heights of the crop; `cut`, `two_lines`: shares of the plates told right."""
        truths = [as_text(row) for row in samples["text"]]
        texts = self.codecs[LATIN].greedy_texts(outputs["logits"])
        latin = samples["script"] == self.recipe.scripts.index(LATIN)
        pairs = list(zip(texts, truths, latin.tolist(), strict=True))
        plates = [(read, true) for read, true, ours in pairs if true and ours]
        empty = [read for read, true, _ in pairs if true == ""]
        off = (outputs["corners"] - samples["corners"]).reshape(-1, 4, 2)
        distances = np.hypot(off[..., 0] * (INPUT_WIDTH / INPUT_HEIGHT), off[..., 1])
        cut, two = ~np.isnan(samples["cut"]).any(-1), ~np.isnan(samples["lines"][:, 0])
        found = {
            "exact": _mean([read == true for read, true in plates]),
            "exact_folded": _mean([fold(read) == fold(true) for read, true in plates]),
            "right_length": _mean([len(read) == len(true) for read, true in plates]),
            "empty": _mean([len(read) < MIN_LENGTH for read in empty]),
            "corner_error": float(np.nanmean(distances)),
            "cut": _mean(((outputs["cut"] > 0).any(-1) == (samples["cut"] > 0.5).any(-1))[cut]),
            "two_lines": _mean(((outputs["lines"][:, 0] > 0) == (samples["lines"][:, 0] > 0.5))[two]),
        }
        for place, (script, codec) in enumerate(self.codecs.items()):
            if script != LATIN:
                read = codec.greedy_texts(outputs[logits_of(script)])
                own = np.flatnonzero(samples["script"] == place).tolist()
                found[f"exact_{script}"] = _mean([read[i] == truths[i] for i in own if truths[i]])
        return found

    def misses(self, samples: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> np.ndarray:
        texts = self.codecs[LATIN].greedy_texts(outputs["logits"])
        cells: list[np.ndarray] = []
        for crop, read, points, script in zip(
            samples["crop"], texts, samples["text"], samples["script"], strict=True
        ):
            true = as_text(points)
            if script == self.recipe.scripts.index(LATIN) and true is not None and read != true:
                label = np.zeros((32, INPUT_WIDTH), np.uint8)
                cv2.putText(label, true or "no plate", (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 255)
                cv2.putText(label, read, (2, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.42, 170)
                cells.append(np.vstack([crop, label]))
        return _grid([cv2.cvtColor(cell, cv2.COLOR_GRAY2RGB) for cell in cells[:60]], 6)

    def surprise(self, samples: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> float:
        return float(text_surprise()(self._codes(samples, LATIN), outputs["logits"]))

    def cooled(self, outputs: Mapping[str, np.ndarray], temperature: float) -> dict[str, np.ndarray]:
        return {**outputs, "logits": outputs["logits"] / np.float32(temperature)}

    def card(self) -> dict[str, Any]:
        heads = {script: codec.characters for script, codec in self.codecs.items()}
        return {"heads": heads, "height": INPUT_HEIGHT, "width": INPUT_WIDTH}


def _mean(values: Sequence[bool] | np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _text(codes: np.ndarray) -> str:
    return "".join(ALPHABET[c] for c in codes)


class DetectorTask(Task):
    """Scenes → presence and corners."""

    validation_size = 192
    quantized = True

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.size = scene_size(recipe)
        self.fields = {"picture": (self.size, "uint8"), "plates": ((MOST_PLATES, 4, 2), "float32")}

    def network(self) -> keras.Model:
        return detector(self.recipe.width)

    def loss(self) -> keras.losses.Loss:
        return DetectorLoss()

    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        return samples["picture"][..., None].astype(np.float32), self._targets(samples)

    def _targets(self, samples: Mapping[str, np.ndarray]) -> np.ndarray:
        rows, columns = self.size[0] // STRIDE, self.size[1] // STRIDE
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
        return _grid(cells, 4)

    def surprise(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> float:
        presence, logits = self._targets(samples)[..., 0], outputs[..., 0].astype(np.float64)
        losses = np.logaddexp(0, np.where(presence == PRESENT, -logits, logits))
        return float(losses[presence != IGNORED].mean())

    def cooled(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
        return np.concatenate([outputs[..., :1] / np.float32(temperature), outputs[..., 1:]], -1)

    def exported(self, network: keras.Model) -> keras.Model:
        return without_rescaling(network, self.recipe.width)

    def as_exported(self, pictures: np.ndarray) -> np.ndarray:
        return pictures - np.float32(MIDDLE_GREY)

    def card(self) -> dict[str, Any]:
        return {
            "mean": MIDDLE_GREY,
            "stride": STRIDE,
            "corner_scale": CORNER_SCALE,
            "min_width": MIN_WIDTH,
            "max_width": MAX_WIDTH,
        }


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
            told, text, truth = logit > 0, _text(codes), _text(target[1:])
            if (told != target[0] or (told and text != truth)) and len(cells) < 60:
                label = np.zeros((32, picture.shape[1]), np.uint8)
                for y, line, grey in (
                    (13, truth if target[0] else "not present", 255),
                    (28, text if told else "not present", 170),
                ):
                    cv2.putText(label, line, (2, y), cv2.FONT_HERSHEY_SIMPLEX, 0.42, grey)
                cells.append(np.vstack([picture, label]))
        return _grid([cv2.cvtColor(cell, cv2.COLOR_GRAY2RGB) for cell in cells], 6)

    def surprise(self, samples: Mapping[str, np.ndarray], outputs: np.ndarray) -> float:
        target, outputs = self._own(samples, outputs)
        return float(self.loss()(target.astype(np.int32), outputs))

    def cooled(self, outputs: np.ndarray, temperature: float) -> np.ndarray:
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


def _grid(cells: list[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size side by side; one black pixel where there is none."""
    if not cells:
        return np.zeros((1, 1, 3), np.uint8)
    cells = cells + [np.zeros_like(cells[0])] * (-len(cells) % columns)
    return np.vstack([np.hstack(cells[i : i + columns]) for i in range(0, len(cells), columns)])
