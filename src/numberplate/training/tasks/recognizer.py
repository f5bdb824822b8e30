"""The recognizer's task: crops → texts, and what the crops show of their plates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np

from numberplate.models.codec.recognizer import TextCodec, as_text
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, LATIN, UNCOUNTED_TEXT, logits_of
from numberplate.networks.recognizer import is_latin, learn_heads_alone, recognizer, recognizer_loss, text_nll
from numberplate.pictures.writing import write
from numberplate.plates.alphabet import MAX_LENGTH, MIN_LENGTH, alphabet, alphabets, fold
from numberplate.training.labelled import OTHER_SCRIPT, labelled_sample, read_labelled_plates
from numberplate.training.recipe import Recipe, RecipeError
from numberplate.training.tasks.base import Task, grid_of

_STRANGERS = 8
"""Of so many plates that are not of its script a head of another than Latin learns from one, where all of the
network learns.
"""

_MISSES = 60
"""Crops in the picture of misses, of all heads that learn."""


class RecognizerTask(Task):
    """Crops → texts, and what the crops show of their plates."""

    validation_size = 1024
    quantized = True
    float_first = 1

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
        network = recognizer(
            {script: codec.count for script, codec in self.codecs.items()}, self.recipe.width
        )
        if self.recipe.heads:
            learn_heads_alone(network, self.recipe.heads, self.codecs)
        return network

    def loss(self) -> dict[str, keras.losses.Loss]:
        losses = recognizer_loss(self.codecs)
        learning = {logits_of(script) for script in self.recipe.heads} or {*losses}
        return {name: loss for name, loss in losses.items() if name in learning}

    def labelled_validation(self) -> dict[str, np.ndarray]:
        plates = read_labelled_plates(Path(self.recipe.labelled or ""))
        samples = [labelled_sample(plate, self.recipe.scripts) for plate in plates if plate.held_out]
        if not samples:
            raise RecipeError(f"{self.recipe.labelled}: no plate is held out")
        return {name: np.stack([sample[name] for sample in samples]) for name in self.fields}

    def batch(self, samples: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        target = {logits_of(script): self._codes(samples, script) for script in self.codecs}
        target |= {name: samples[name] for name in ("corners", "cut", "lines")}
        return samples["crop"][..., None].astype(np.float32), target

    def _codes(self, samples: Mapping[str, np.ndarray], script: str) -> np.ndarray:
        """The target of a script's head.

        Latin's sees every plate, so that it learns to say of a character that it is none of its own. Another
        sees those of its script, and one in _STRANGERS of the others: it would take their characters for its
        own. Where heads learn alone, most plates are theirs: each sees as many strangers as plates of its own
        about, and one alone all there are. Not of a script that has characters of the same shape. The head of
        Latin letters with accents sees all Latin plates, as it does in reading: where a third of what it sees
        has accents, a bolt above an O is one.
        """
        points, of, scripts = samples["text"], samples["script"], self.recipe.scripts
        codes = self.codecs[script].encode(points)
        if script != LATIN:
            place = scripts.index(script)
            alike = [scripts.index(code) for code in alphabets()[script].alike if code in scripts]
            # Which of a batch they are is chance already: it is drawn from all samples.
            every = len(self.recipe.heads) or _STRANGERS
            turn = np.arange(len(of)) % every == place % every
            if is_latin(script) and not self.recipe.heads:
                turn |= of == scripts.index(LATIN)
            codes[(of != place) & ~(turn & (of != OTHER_SCRIPT) & ~np.isin(of, alike))] = UNCOUNTED_TEXT
        return codes

    def figures(
        self, samples: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]
    ) -> dict[str, float]:
        """`exact`, `exact_folded` (O = 0, I = 1), `right_length`: shares of the Latin plates that are wholly
        shown; `exact_<script>`: of the plates of another script, by its head; `empty`: share of the crops
        without a plate that have no text; `corner_error`: mean distance of the corners from the plate's, once
        the offsets are added, in heights of the crop; `cut`, `two_lines`: shares of right predictions."""
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
            "corner_error": float(np.nanmean(distances)) if np.isfinite(distances).any() else float("nan"),
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
        learning = self.recipe.heads or (LATIN,)
        cells: list[np.ndarray] = []
        for script in learning:
            texts, own = self.codecs[script].greedy_texts(outputs[logits_of(script)]), alphabet(script)
            missed = list[np.ndarray]()
            for i in np.flatnonzero(samples["script"] == self.recipe.scripts.index(script)).tolist():
                true = as_text(samples["text"][i])
                if true is not None and texts[i] != true:
                    label = np.zeros((32, INPUT_WIDTH), np.uint8)
                    write(label, own.read(true) or "no plate", (2, 13), 0.42, (255, 255, 255))
                    write(label, own.read(texts[i]), (2, 28), 0.42, (170, 170, 170))
                    missed.append(np.vstack([samples["crop"][i], label]))
            cells += missed[: _MISSES // len(learning)]
        return grid_of([cv2.cvtColor(cell, cv2.COLOR_GRAY2RGB) for cell in cells], 6)

    def nll(self, samples: Mapping[str, np.ndarray], outputs: Mapping[str, np.ndarray]) -> float:
        return float(text_nll()(self._codes(samples, LATIN), outputs["logits"]))

    def with_temperature(
        self, outputs: Mapping[str, np.ndarray], temperature: float
    ) -> dict[str, np.ndarray]:
        return {**outputs, "logits": outputs["logits"] / np.float32(temperature)}

    def card(self) -> dict[str, Any]:
        heads = {script: codec.characters for script, codec in self.codecs.items()}
        return {"heads": heads, "height": INPUT_HEIGHT, "width": INPUT_WIDTH}


def _mean(values: Sequence[bool] | np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
