from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.models.codec.recognizer import TextCodec, code_points
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, LATIN, PADDING, UNCOUNTED_TEXT
from numberplate.networks.recognizer import (
    CropCornersLoss,
    CTCLoss,
    CutLoss,
    LinesLoss,
    recognizer,
    recognizer_loss,
    text_nll,
)
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH

STEPS = INPUT_WIDTH // 4
CODEC = TextCodec(ALPHABET)
CLASSES = {LATIN: CODEC.count}


def crops(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, INPUT_HEIGHT, INPUT_WIDTH, 1)).astype(np.float32)


def target_of(*texts: str) -> np.ndarray:
    return CODEC.encode(np.stack([code_points(text) for text in texts]))


def saying(text: str, certainty: float = 20.0) -> np.ndarray:
    """Logits (1, steps, classes) that give `text`: one character at every third step."""
    logits = np.zeros((1, STEPS, CODEC.count), np.float32)
    classes = np.full(STEPS, CODEC.blank)
    classes[np.arange(len(text)) * 3] = [ALPHABET.index(c) for c in text]
    logits[0, np.arange(STEPS), classes] = certainty
    return logits


def loss(text: str, logits: np.ndarray) -> float:
    return float(recognizer_loss([LATIN])["logits"](target_of(text), logits))


tensor = keras.ops.convert_to_tensor


@pytest.mark.parametrize("width", [0.1, 0.5, 1.0])
def test_shapes(width: float) -> None:
    network = recognizer({**CLASSES, "han": 83}, width)
    outputs = network.predict(crops(2), verbose=0)
    assert outputs["logits"].shape == (2, STEPS, CODEC.count)
    assert outputs["logits_han"].shape == (2, STEPS, 83)
    assert outputs["corners"].shape == (2, 8)
    assert outputs["cut"].shape == (2, 4)
    assert outputs["lines"].shape == (2, 2)
    assert all(np.isfinite(output).all() for output in outputs.values())
    assert network.count_params() < recognizer({**CLASSES, "han": 83}, width * 2).count_params()


@pytest.mark.parametrize("contrast", [0.1, 1.0])
def test_contrast_and_brightness_change_little(contrast: float) -> None:
    picture = np.repeat(np.repeat(crops(1)[:, ::8, ::8], 8, 1), 8, 2)
    network = recognizer(CLASSES, 0.5)
    plain = network.predict(picture, verbose=0)["logits"]
    other = network.predict(contrast * picture + 7, verbose=0)["logits"]
    assert np.abs(other - plain).max() < 0.5 * np.abs(plain).max()


def test_a_crop_of_one_grey_is_finite() -> None:
    assert np.isfinite(recognizer(CLASSES, 0.5).predict(0 * crops(1) + 99, verbose=0)["logits"]).all()


def test_saved_and_loaded_it_gives_the_same(tmp_path: Path) -> None:
    network = recognizer(CLASSES, 0.2)
    network.compile("sgd", recognizer_loss([LATIN]))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    expected = {"logits": CTCLoss, "corners": CropCornersLoss, "cut": CutLoss, "lines": LinesLoss}
    assert {name: type(found) for name, found in loaded.loss.items()} == expected
    pictures = crops(3)
    before, after = network.predict(pictures, verbose=0), loaded.predict(pictures, verbose=0)
    for name in expected:
        assert np.abs(before[name] - after[name]).max() < 1e-5


@pytest.mark.parametrize("text", ["AB123", "AA", "0000000000", "A1", ""])  # doubles need a blank in between
def test_loss_of_a_sure_reading_is_near_nought(text: str) -> None:
    assert CODEC.greedy_texts(saying(text)) == [text]
    assert abs(loss(text, saying(text))) < 0.01  # JAX rounds it to a little below 0


@pytest.mark.parametrize(
    ("truth", "read"),
    [
        ("AB123", "AB128"),
        ("AB123", "AB12"),
        ("AB12", "AB123"),
        ("AB123", ""),
        ("", "A"),
        ("AA", "A"),  # one character where two are
    ],
)
def test_loss_of_a_wrong_reading_is_greater(truth: str, read: str) -> None:
    right, wrong = loss(truth, saying(truth)), loss(truth, saying(read))
    assert np.isfinite(wrong)
    assert wrong > right + 5
    # The less sure it is of what is wrong, the less it is punished.
    assert loss(truth, saying(read, 12.0)) < wrong


def test_leniency_makes_a_hopeless_crop_cost_less() -> None:
    target = target_of("AB123")
    for certainty in (1.0, 4.0, 20.0):
        read = saying("XY789", certainty)
        strict = float(text_nll()(target, read))
        assert strict > 8
        for leniency in (0.05, 0.5):
            lenient = float(CTCLoss(leniency=leniency)(target, read))
            assert lenient < 0.1 * strict + 1 / leniency
            assert lenient > 0.1 * strict
    # A likely text costs about as much as it does without.
    likely = saying("AB123", 9.0)
    assert loss("AB123", likely) == pytest.approx(float(text_nll()(target, likely)), rel=0.1)


def test_losses_of_a_batch_are_each_pictures_own() -> None:
    texts = ["AB123", "", "7Z"]
    read = np.concatenate([saying(text, 2.0) for text in ("AB124", "", "7Z")])
    target = target_of(*texts)
    together = keras.ops.convert_to_numpy(recognizer_loss([LATIN])["logits"].call(target, read))
    alone = [loss(text, read[i : i + 1]) for i, text in enumerate(texts)]
    assert together == pytest.approx(alone, rel=1e-4)


def test_a_text_that_is_not_wholly_shown_has_no_loss() -> None:
    target = np.concatenate([np.full((1, MAX_LENGTH), UNCOUNTED_TEXT, np.int32), target_of("AB124")])
    read = np.concatenate([saying("AB123")] * 2)
    losses = keras.ops.convert_to_numpy(recognizer_loss([LATIN])["logits"].call(target, read))
    assert losses[0] == 0
    assert losses[1] > 5


def test_loss_of_corners() -> None:
    target = tensor([[0.1] * 8, [np.nan] * 8, [0.0] * 4 + [np.nan] * 4], "float32")
    loss = CropCornersLoss(weight=1.0)
    right, off, far = (
        keras.ops.convert_to_numpy(loss.call(target, tensor(np.full((3, 8), value, np.float32))))
        for value in (0.1, 0.2, 0.6)
    )
    assert right == pytest.approx([0, 0, 0.045], abs=1e-6)  # what is not a number is right, whatever is read
    assert off[0] == pytest.approx(0.09)
    assert off[1] == far[1] == 0
    assert far[0] - off[0] == pytest.approx(0.4)
    assert CropCornersLoss.from_config(CropCornersLoss(weight=3.0).get_config()).weight == 3.0


def test_loss_of_cut_sides() -> None:
    target = tensor([[1, 0, 0, 0], [np.nan] * 4], "float32")
    loss = CutLoss(weight=1.0)
    right, wrong = (
        keras.ops.convert_to_numpy(loss.call(target, tensor(np.tile(np.float32(logits), (2, 1)))))
        for logits in ([9, -9, -9, -9], [-9, -9, -9, -9])
    )
    assert right[0] < 0.001
    assert wrong[0] == pytest.approx(9 / 4, abs=0.01)
    assert right[1] == wrong[1] == 0
    assert CutLoss.from_config(CutLoss(weight=3.0).get_config()).weight == 3.0


def test_loss_of_lines() -> None:
    target = tensor([[1, 0.6], [0, np.nan], [np.nan, np.nan]], "float32")
    read = np.array([[9, 0.5], [9, 0.9], [9, 0.1]], np.float32)
    losses = keras.ops.convert_to_numpy(LinesLoss(weight=1.0).call(target, tensor(read)))
    assert losses == pytest.approx([1.0, 9.0, 0.0], abs=0.01)
    assert LinesLoss.from_config(LinesLoss(weight=3.0).get_config()).weight == 3.0


def test_a_target_is_padded() -> None:
    assert target_of("A1")[0].tolist() == [10, 1, *[PADDING] * (MAX_LENGTH - 2)]
