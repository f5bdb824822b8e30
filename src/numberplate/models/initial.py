"""What a bundle starts with before anything is fitted to its weights, and bundles of before there were any.

`numberplate calibrate` fits these numbers; reading never takes them from here.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numberplate.models.manifest import (
    VERSION,
    AcceptanceCard,
    DetectorCard,
    Head,
    Jitter,
    Manifest,
    Prior,
    RecognizerCard,
    Refinement,
    SecondLook,
    VoteCard,
    WeightsError,
    WindowCard,
)
from numberplate.models.spec import (
    CORNER_SCALE,
    INPUT_HEIGHT,
    INPUT_WIDTH,
    LATIN,
    MAX_WIDTH,
    MIDDLE_GREY,
    MIN_WIDTH,
    STRIDE,
    WINDOW_CHARACTERS,
    WINDOW_HEIGHT,
    WINDOW_MARGIN_X,
    WINDOW_MARGIN_Y,
    WINDOW_STRIDE,
    WINDOW_WIDTH,
    logits_of,
)
from numberplate.plates.alphabet import ALPHABET

DETECTOR = DetectorCard(
    stride=STRIDE,
    corner_scale=CORNER_SCALE,
    min_width=MIN_WIDTH,
    max_width=MAX_WIDTH,
    mean=MIDDLE_GREY,
    temperature=1.0,
    threshold=0.4,
    hint=0.0,
    second_look=SecondLook(faint=0.05, height=96, width=192, plate_width=0.5, most_logit=7.0, surer=1.0),
)

RECOGNIZER = RecognizerCard(
    height=INPUT_HEIGHT,
    width=INPUT_WIDTH,
    heads=(Head(LATIN, "logits", ALPHABET, True, 1.0, 1.0),),
    # A step of CTC is four pixels wide: where the characters lie between the steps differs from view to view.
    views=(Jitter(1.05, 0.0, 0.0), Jitter(0.95, 0.0, 0.0), Jitter(1.0, 2.0, 0.0), Jitter(1.0, 0.0, 1.5)),
    prior=Prior(power=0.4, bound=30.0),
    refinement=Refinement(off=0.02, below=0.99, one_line=0.9, views_below=0.7, hopeless=0.5),
)

ACCEPTANCE = AcceptanceCard(
    presence=0.9,
    text=0.36,
    letters=-2.78,
    digits=-0.9,
    bias=0.3,
    most_presence=0.999,
    # With a text that could count as more, fainter places would have to be read, and hardly any is a plate.
    most_text=0.99,
    threshold=0.4,
)

VOTE = VoteCard(independence=0.2, fused=1.3, floor=1e-3, another=5e-4, temperature=1.0, certain=0.97)

WINDOW = WindowCard(
    width=WINDOW_WIDTH,
    height=WINDOW_HEIGHT,
    margin_x=WINDOW_MARGIN_X,
    margin_y=WINDOW_MARGIN_Y,
    stride=WINDOW_STRIDE,
    characters=WINDOW_CHARACTERS,
    alphabet=ALPHABET,
    temperature=1.0,
    threshold=0.99,
    overlap=0.2,
    # A plate is present in a window when it is more than 60 % and less than 80 % as wide, so that levels
    # further apart than 80 / 60 = 1.33 would pass over some plates; the article's √2 does.
    zoom=1.3,
)

EMPTY = Manifest(VERSION)


def with_network(manifest: Manifest, card: DetectorCard | RecognizerCard | WindowCard) -> Manifest:
    """The manifest with a new network, whose numbers replace those of the one before.

    What the fits say of those goes, and the starting numbers come for what depends on both networks.
    """
    if isinstance(card, WindowCard):
        kept = tuple(f for f in manifest.fits if not any(n.startswith("window.") for n in f.numbers))
        return replace(manifest, window=card, fits=kept)
    kept = tuple(f for f in manifest.fits if all(n.startswith("window.") for n in f.numbers))
    changed = (
        replace(manifest, detector=card)
        if isinstance(card, DetectorCard)
        else replace(manifest, recognizer=card, vote=VOTE)
    )
    return replace(changed, acceptance=ACCEPTANCE, fits=kept)


def converted(folder: Path) -> Manifest:
    """The manifest of a folder of before there were any, from its cards, one beside each network.

    What its cards do not say was the same for all networks then, as it is here. Raises WeightsError that
    names the file and the reason.
    """
    manifest = EMPTY
    for name in ("detector", "recognizer", "window"):
        if not (folder / f"{name}.onnx").is_file():
            continue
        path = folder / f"{name}.json"
        try:
            values = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise WeightsError(f"{error.filename}: {error.strerror}: no card of the {name}") from error
        except ValueError as error:
            raise WeightsError(f"{path}: not a card: {error}") from error
        if not isinstance(values, dict):
            raise WeightsError(f"{path}: not a card: expected a JSON object")
        try:
            manifest = with_network(manifest, card_of(name, values))
        except (TypeError, ValueError) as error:
            raise WeightsError(f"{path}: not a card: {error}") from error
    if manifest == EMPTY:
        raise WeightsError(f"{folder}: no detector.onnx, recognizer.onnx or window.onnx to convert")
    return manifest


def card_of(kind: str, values: Mapping[str, Any]) -> DetectorCard | RecognizerCard | WindowCard:
    """The starting card of a network with the sizes and the temperature that training states of it.

    Raises ValueError or TypeError for values that are none.
    """
    temperature = float(values.get("temperature", 1.0))
    if kind == "recognizer":
        # Those of before there were scripts have one head, and no class for characters it does not know.
        stated, unknown = values.get("heads", {LATIN: ALPHABET}), "heads" in values
        heads = tuple(
            Head(script, logits_of(script), characters, unknown, temperature, temperature)
            for script, characters in stated.items()
        )
        if values.get("head", "ctc") != "ctc":  # what the outputs stood for, of which one way is left
            raise ValueError(f"head: {values['head']!r} is read no more")
        sizes = {name: values[name] for name in ("height", "width") if name in values}
        return replace(RECOGNIZER, heads=heads, **sizes)
    if kind == "detector":
        names = ("stride", "corner_scale", "min_width", "max_width", "mean")
        sizes = {name: values[name] for name in names if name in values}
        return replace(DETECTOR, temperature=temperature, **sizes)
    sides = ("width", "height", "margin_x", "margin_y", "stride", "characters")
    sizes = {name: values[name] for name in sides if name in values}
    return replace(WINDOW, temperature=temperature, **sizes)
