"""What a bundle starts with before anything is fitted to its weights, and bundles of before there were any.

`numberplate calibrate` fits these numbers; reading never takes them from here.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from numberplate.models.cards.acceptance import AcceptanceCard, Turned, WholePicture
from numberplate.models.cards.detector import DetectorCard, SecondLook
from numberplate.models.cards.recognizer import (
    Band,
    Bands,
    Head,
    Jitter,
    Lines,
    MissedEnds,
    MissedRow,
    Prior,
    RecognizerCard,
    Refinement,
    Scripts,
    Span,
)
from numberplate.models.cards.vote import VoteCard
from numberplate.models.cards.window import WindowCard
from numberplate.models.manifest import MANIFEST, VERSION, Manifest, WeightsError
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
    # Of both looks. A picture's plates are told by their texts as well; a video's are followed from here on.
    threshold=0.15,
    hint=0.0,
    tolerance=1.25,
    least_height=3.0,
    second_look=SecondLook(
        faint=0.05, height=96, width=192, plate_width=0.5, most_logit=7.0, first=0.5, again=0.5, bias=0.0
    ),
)

RECOGNIZER = RecognizerCard(
    height=INPUT_HEIGHT,
    width=INPUT_WIDTH,
    heads=(Head(LATIN, "logits", ALPHABET, True, 1.0, 1.0),),
    # A step of CTC is four pixels wide: where the characters lie between the steps differs from view to view.
    views=(Jitter(1.05, 0.0, 0.0), Jitter(0.95, 0.0, 0.0), Jitter(1.0, 2.0, 0.0), Jitter(1.0, 0.0, 1.5)),
    prior=Prior(power=0.4, bound=30.0, least=0.002),
    refinement=Refinement(
        off=0.05,
        still_off=0.03,
        cuts=3,
        below=0.99,
        clearer=250.0,
        alignments=25.0,
        one_line=0.9,
        two_lines=0.02,
        split_from=0.2,
        split_to=0.8,
        edge=2.0,
        edge_heights=0.06,
        views_below=0.7,
        hopeless=0.5,
    ),
    scripts=Scripts(doubt=0.3, heads=2, known=0.5, unknown=0.15, row=4),
    bands=Bands(
        (Band(0.0, 0.7), Band(0.3, 1.0), Band(0.15, 0.85)),
        below=0.95,
        plate=0.2,
        presence=0.5,
        weight=0.8,
        shorter=3.0,
        confidence=1.0,
        agreement=1.0,
        in_band=0.0,
        bias=0.0,
        most=0.997,
    ),
    lines=Lines(confidence=1.0, bias=0.0, most=0.995),
    missed_row=MissedRow(Band(-0.85, 1.05), Band(-0.05, 1.85), longest=8, least_aspect=2.4, confidence=0.3),
    missed_ends=MissedEnds((Span(-0.2, 1.0), Span(0.0, 1.2)), above=0.2, below=0.97, confidence=0.7),
)

ACCEPTANCE = AcceptanceCard(
    presence=0.9,
    text=0.36,
    letters=-2.78,
    digits=-0.9,
    unknown=-1.45,
    format=0.0,
    bias=0.3,
    most_presence=0.999,
    # With a text that could count as more, fainter places would have to be read, and hardly any is a plate.
    most_text=0.99,
    most_odds=3000.0,
    threshold=0.4,
    # What is no plate reads as nonsense, less confident than that.
    least_text=0.1,
    plain=0.9,
    whole_picture=WholePicture(
        width=640,
        height=320,
        least_aspect=1.35,
        most_aspect=7.0,
        confidence=0.5,
        presence=0.9,
        margin=0.125,
        insets=(0.04, 0.0, 0.09),
        sure=0.9,
    ),
    # Seen from afar, since most pictures are upright, and only what is read surely counts.
    turned=Turned(below=0.85, upright=0.5, plain=0.9, side=384, presence=0.5, confidence=0.8, length=4),
)

VOTE = VoteCard(
    independence=0.2,
    fused=1.3,
    floor=1e-3,
    another=5e-4,
    temperature=1.0,
    made_up=0.5,
    shown=0.5,
    certain=0.97,
)

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


def with_heads(manifest: Manifest, card: RecognizerCard, learnt: Collection[str]) -> Manifest | None:
    """The manifest with a recognizer of which nothing but the heads of some scripts is new: all other numbers
    stay as they were fitted, and what the fits say of them.

    None where its recognizer had other heads besides, so that the two cannot differ by those alone.
    """
    before = manifest.recognizer
    if before is None or len(before.heads) > len(card.heads):
        return None
    heads = []
    for head, kept in zip_longest(card.heads, before.heads):
        if head.script in learnt:
            heads.append(head)
        elif kept is not None and (kept.script, kept.alphabet) == (head.script, head.alphabet):
            heads.append(kept)
        else:
            return None
    new = tuple(f"recognizer.heads[{place}]." for place, h in enumerate(card.heads) if h.script in learnt)
    fits = tuple(fit for fit in manifest.fits if not any(name.startswith(new) for name in fit.numbers))
    return replace(manifest, recognizer=replace(before, heads=tuple(heads)), fits=fits)


def converted(folder: Path) -> Manifest:
    """The manifest of a folder of an earlier version: from its own, or from a card beside each network.

    What these do not say was the same for all networks then, as it is here. Raises WeightsError that names
    the file and the reason, also where the manifest is of this version.
    """
    path = folder / MANIFEST
    if path.exists():
        return _brought_up_to_date(path)
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


def _brought_up_to_date(path: Path) -> Manifest:
    try:
        values = json.loads(path.read_text("utf-8"))
        if not isinstance(values, dict) or values.get("version") not in range(1, VERSION):
            raise WeightsError(f"{path}: is there already")
        # Before there were weights, the mean of both looks counted, and the surer one beside it.
        match values:
            case {"detector": {"second_look": dict() as look}}:
                look.pop("surer", None)
        for name, card in (
            ("detector", DETECTOR),
            ("recognizer", RECOGNIZER),
            ("acceptance", ACCEPTANCE),
            ("vote", VOTE),
        ):
            if values.get(name) is not None:
                values[name] = _completed(values[name], asdict(card))
        return Manifest.parsed(values | {"version": VERSION})
    except OSError as error:
        raise WeightsError(f"{error.filename}: {error.strerror}") from error
    except WeightsError:
        raise
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: not a manifest: {error}") from error


def _completed(values: Any, starting: dict[str, Any]) -> Any:
    """Values with those that they lack, at any depth but in lists."""
    if not isinstance(values, dict):
        return values
    found = {
        key: _completed(values[key], value) if key in values and isinstance(value, dict) else value
        for key, value in starting.items()
    }
    return found | {key: value for key, value in values.items() if not isinstance(starting.get(key), dict)}


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
