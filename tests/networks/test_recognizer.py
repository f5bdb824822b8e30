from pathlib import Path

import keras
import numpy as np
import pytest

from numberplate.models.spec import BLANK, CLASSES, INPUT_HEIGHT, INPUT_WIDTH, UNCOUNTED_TEXT
from numberplate.networks.recognizer import (
    CropCornersLoss,
    CTCLoss,
    Head,
    SlotsLoss,
    recognizer,
    recognizer_loss,
    text_surprise,
)
from numberplate.plates.alphabet import ALPHABET, MAX_LENGTH
from numberplate.training.targets import encode_text, greedy_texts

STEPS: dict[Head, int] = {"ctc": INPUT_WIDTH // 4, "slots": MAX_LENGTH}


def crops(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 255, (count, INPUT_HEIGHT, INPUT_WIDTH, 1)).astype(np.float32)


def saying(text: str, head: Head, certainty: float = 20.0) -> np.ndarray:
    """Logits (1, steps, CLASSES) that give `text`: one character at every third step of a CTC head."""
    logits = np.zeros((1, STEPS[head], CLASSES), np.float32)
    classes = np.full(STEPS[head], BLANK)
    codes = [ALPHABET.index(c) for c in text]
    classes[np.arange(len(text)) * (3 if head == "ctc" else 1)] = codes
    logits[0, np.arange(STEPS[head]), classes] = certainty
    return logits


def loss(head: Head, text: str, logits: np.ndarray) -> float:
    return float(recognizer_loss(head)["logits"](encode_text(text)[None].astype(np.int32), logits))


@pytest.mark.parametrize("head", STEPS)
@pytest.mark.parametrize("width", [0.1, 0.5, 1.0])
def test_shapes(head: Head, width: float) -> None:
    network = recognizer(head, width)
    outputs = network.predict(crops(2), verbose=0)
    assert outputs["logits"].shape == (2, STEPS[head], CLASSES)
    assert outputs["corners"].shape == (2, 8)
    assert np.isfinite(outputs["logits"]).all()
    assert network.count_params() < recognizer(head, width * 2).count_params()


@pytest.mark.parametrize("contrast", [0.1, 1.0])
def test_contrast_and_brightness_change_little(contrast: float) -> None:
    picture = np.repeat(np.repeat(crops(1)[:, ::8, ::8], 8, 1), 8, 2)
    network = recognizer("ctc", 0.5)
    plain = network.predict(picture, verbose=0)["logits"]
    other = network.predict(contrast * picture + 7, verbose=0)["logits"]
    assert np.abs(other - plain).max() < 0.5 * np.abs(plain).max()


def test_a_crop_of_one_grey_is_finite() -> None:
    assert np.isfinite(recognizer("ctc", 0.5).predict(0 * crops(1) + 99, verbose=0)["logits"]).all()


@pytest.mark.parametrize("head", STEPS)
def test_saved_and_loaded_it_gives_the_same(head: Head, tmp_path: Path) -> None:
    network = recognizer(head, 0.2)
    network.compile("sgd", recognizer_loss(head))
    network.save(tmp_path / "network.keras")
    loaded = keras.saving.load_model(tmp_path / "network.keras")
    assert isinstance(loaded.loss["logits"], CTCLoss if head == "ctc" else SlotsLoss)
    assert isinstance(loaded.loss["corners"], CropCornersLoss)
    pictures = crops(3)
    before, after = network.predict(pictures, verbose=0), loaded.predict(pictures, verbose=0)
    for name in ("logits", "corners"):
        assert np.abs(before[name] - after[name]).max() < 1e-5


def test_an_unknown_head() -> None:
    with pytest.raises(ValueError, match="unknown head 'attention': 'ctc' or 'slots'"):
        recognizer("attention")  # type: ignore[arg-type]


@pytest.mark.parametrize("head", STEPS)
@pytest.mark.parametrize("text", ["AB123", "AA", "0000000000", "A1", ""])  # doubles need a blank in between
def test_loss_of_a_sure_reading_is_near_nought(head: Head, text: str) -> None:
    assert greedy_texts(saying(text, head), head) == [text]
    assert 0 <= loss(head, text, saying(text, head)) < 0.01


@pytest.mark.parametrize("head", STEPS)
@pytest.mark.parametrize(
    ("truth", "read"),
    [
        ("AB123", "AB128"),
        ("AB123", "AB12"),
        ("AB12", "AB123"),
        ("AB123", ""),
        ("", "A"),
        ("AA", "A"),  # one character of a CTC head where two are
    ],
)
def test_loss_of_a_wrong_reading_is_greater(head: Head, truth: str, read: str) -> None:
    right, wrong = loss(head, truth, saying(truth, head)), loss(head, truth, saying(read, head))
    assert np.isfinite(wrong)
    assert wrong > right + 5
    # The less sure it is of what is wrong, the less it is punished.
    assert loss(head, truth, saying(read, head, 12.0)) < wrong


def test_leniency_makes_a_hopeless_crop_cost_less() -> None:
    target = encode_text("AB123")[None].astype(np.int32)
    for certainty in (1.0, 4.0, 20.0):
        read = saying("XY789", "ctc", certainty)
        surprise = float(text_surprise("ctc")(target, read))
        assert surprise > 8
        for leniency in (0.05, 0.5):
            lenient = float(CTCLoss(leniency=leniency)(target, read))
            assert lenient < 0.1 * surprise + 1 / leniency
            assert lenient > 0.1 * surprise
    # A likely text costs about as much as it does without.
    likely = saying("AB123", "ctc", 9.0)
    assert loss("ctc", "AB123", likely) == pytest.approx(float(text_surprise("ctc")(target, likely)), rel=0.1)


@pytest.mark.parametrize("head", STEPS)
def test_losses_of_a_batch_are_each_pictures_own(head: Head) -> None:
    texts = ["AB123", "", "7Z"]
    read = np.concatenate([saying(text, head, 2.0) for text in ("AB124", "", "7Z")])
    target = np.stack([encode_text(text) for text in texts]).astype(np.int32)
    together = keras.ops.convert_to_numpy(recognizer_loss(head)["logits"].call(target, read))
    alone = [loss(head, text, read[i : i + 1]) for i, text in enumerate(texts)]
    assert together == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize("head", STEPS)
def test_a_text_that_is_not_wholly_shown_has_no_loss(head: Head) -> None:
    target = np.stack([np.full(MAX_LENGTH, UNCOUNTED_TEXT), encode_text("AB124")]).astype(np.int32)
    read = np.concatenate([saying("AB123", head)] * 2)
    losses = keras.ops.convert_to_numpy(recognizer_loss(head)["logits"].call(target, read))
    assert losses[0] == 0
    assert losses[1] > 5


def test_loss_of_corners() -> None:
    target = np.array([[0.1] * 8, [np.nan] * 8, [0.0] * 4 + [np.nan] * 4], np.float32)
    loss = CropCornersLoss(weight=1.0)
    right, off, far = (
        keras.ops.convert_to_numpy(loss.call(target, np.full((3, 8), value, np.float32)))
        for value in (0.1, 0.2, 0.6)
    )
    assert right == pytest.approx([0, 0, 0.045], abs=1e-6)  # what is not a number is right, whatever is read
    assert off[0] == pytest.approx(0.09)
    assert off[1] == far[1] == 0
    assert far[0] - off[0] == pytest.approx(0.4)
    assert CropCornersLoss.from_config(CropCornersLoss(weight=3.0).get_config()).weight == 3.0
