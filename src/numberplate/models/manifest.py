"""What a bundle says of its weights: every number that was fitted to them, in one file, `bundle.json`.

A bundle is a folder with a manifest and the networks that it describes. Nothing in code stands for what a
manifest lacks: two bundles side by side may differ in every number, and each is read with its own. The
numbers are fitted by `numberplate calibrate`.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin, get_type_hints

MANIFEST = "bundle.json"
VERSION = 7
"""Of its keys; `numberplate calibrate --convert` brings those of earlier ones up to date."""

_MOST_BYTES = 4_000_000
"""Of a manifest's file; ours has a few thousand."""

_LEAST_POSITIVE, _MOST_POSITIVE = 1e-6, 2048
"""Of sizes in pixels, counts, factors and temperatures: arrays are made by them, and logits divided."""

_MOST = 1e12
"""Of any number, on either side of 0."""

_MOST_ITEMS = 10_000
"""Of a list."""

_MOST_CUTS = 16
"""Of one plate, one after the other."""

_MOST_BANDS = 8
"""That a plate is read in: each takes as long as the whole."""

T = TypeVar("T")


class WeightsError(ValueError):
    """A bundle's manifest or network is missing, damaged, or does not fit. The message names the file."""


@dataclass(frozen=True)
class SecondLook:
    """How the detector looks again at what it found.

    Attributes:
        faint: probability of presence, 0..1, from which on a plate is looked at again.
        height, width: of the part of the picture that is seen then, in pixels.
        plate_width: of the plate in its middle, as a share of the card's `max_width`: plates
            are detected best at it.
        most_logit: what either look says counts as this at most, and as its negative at least.
        first, again: what the logits of the first and of this look count, 0 or more.
        bias: added to them.
    """

    faint: float
    height: int
    width: int
    plate_width: float
    most_logit: float
    first: float
    again: float
    bias: float

    def __post_init__(self) -> None:
        _probability(faint=self.faint)
        for name in ("first", "again"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        _positive(height=self.height, width=self.width, plate_width=self.plate_width)
        _positive(most_logit=self.most_logit)


@dataclass(frozen=True)
class DetectorCard:
    """How to use a detector. Lengths are pixels of the network's input.

    Attributes:
        stride: from one cell of the grid to the next.
        corner_scale: what one unit of a corner's offset stands for.
        min_width, max_width: of the plates that the network was trained to find.
        mean: subtracted from a picture's 0..255 before a network that takes floats sees it; one that takes
            bytes does it by itself.
        temperature: divides the logit of presence, so that the probability is calibrated.
        threshold: least probability of presence, 0..1, that counts as a detection, where no text is to speak
            for it as well.
        hint: probability of presence, 0..1, below which a level gives no reason to look at the same place on
            the finest one, of twice the size; 0 to look everywhere.
        tolerance: how far out of the range of widths a plate may be, as a factor; beyond it another level
            sees it better.
        least_height: of a plate, on the level where it is found; no text can be read in less.
        second_look: see there.
    """

    stride: int
    corner_scale: float
    min_width: float
    max_width: float
    mean: float
    temperature: float
    threshold: float
    hint: float
    tolerance: float
    least_height: float
    second_look: SecondLook

    def __post_init__(self) -> None:
        _positive(stride=self.stride, corner_scale=self.corner_scale, temperature=self.temperature)
        _positive(min_width=self.min_width, max_width=self.max_width, least_height=self.least_height)
        _factor(tolerance=self.tolerance)
        _probability(threshold=self.threshold)
        if not 0 <= self.hint <= 1:
            raise ValueError(f"hint: expected a probability in 0..1, got {self.hint}")
        if not 0 <= self.mean <= 255:
            raise ValueError(f"mean: expected 0..255, got {self.mean}")
        # Each level is a quarter of the one before: plates between two levels would be seen at neither.
        if self.max_width < 4 * self.min_width:
            raise ValueError("max_width: expected at least four times min_width")


@dataclass(frozen=True)
class Head:
    """One output of a recognizer, for the characters of one group of scripts.

    Attributes:
        script: code of the alphabet that its characters are of.
        output: its name in the network.
        alphabet: its classes' characters in order.
        unknown: whether the class after these stands for a character that is none of them. The last class is
            CTC's blank, or no character.
        temperature: divides the logits, so that the confidence is calibrated.
        views_temperature: the same where a text is read in several views, whose mean counts.
    """

    script: str
    output: str
    alphabet: str
    unknown: bool
    temperature: float
    views_temperature: float

    def __post_init__(self) -> None:
        if not self.script or not self.output:
            raise ValueError("script, output: expected names")
        if not self.alphabet or len(set(self.alphabet)) != len(self.alphabet):
            raise ValueError(f"alphabet: expected characters, each once, got {self.alphabet!r}")
        _positive(temperature=self.temperature, views_temperature=self.views_temperature)

    @property
    def classes(self) -> int:
        """How many: the characters, the unknown one if it has that, and the last."""
        return len(self.alphabet) + self.unknown + 1


@dataclass(frozen=True)
class Jitter:
    """A crop seen a little scaled, and shifted to the right and down by pixels."""

    scale: float
    right: float
    down: float

    def __post_init__(self) -> None:
        _positive(scale=self.scale)


@dataclass(frozen=True)
class Prior:
    """How much the formats of plates count in putting texts in order: a prior beside the picture.

    Attributes:
        power: to which the formats' evidence is raised.
        bound: a text more than this many times as probable in the picture as another stays before it,
            whatever the formats say; 1 or more.
        least: no format makes up for a likeliest text that is less probable in the picture.
    """

    power: float
    bound: float
    least: float

    def __post_init__(self) -> None:
        if not self.power >= 0:
            raise ValueError(f"power: expected 0 or more, got {self.power}")
        _factor(bound=self.bound)
        _probability(least=self.least)


@dataclass(frozen=True)
class Refinement:
    """When a crop is cut again, and when a plate is looked at as one of two lines.

    Attributes:
        off: a corner further off than this, in fractions of the crop's width or height, has it cut again ...
        still_off: ... and what was cut again has it so again, if a corner is further off than this ...
        cuts: ... up to so many times in all, ...
        below: ... unless its likeliest alignment is at least this probable: it would read the same.
        clearer: how many times more probable a text may become when its crop is cut again.
        alignments: how many times more probable a text may be than its likeliest alignment.
        one_line: a plate that is read as one line with this confidence is not looked at as one of two.
        two_lines: a plate that has two lines with less probability than this is read as one alone.
        split_from, split_to: where the second of two lines may begin, as shares of the plate's height.
        edge, edge_heights: a plate reaches the picture's edge when it is within so many pixels of it, or so
            many times its own height, whichever is more.
        views_below: a text less confident than this, when formats are taken into account, is seen in more
            views.
        hopeless: texts that together have less than this share of the confidence that would make them a plate
            are not looked at any further.
    """

    off: float
    still_off: float
    cuts: int
    below: float
    clearer: float
    alignments: float
    one_line: float
    two_lines: float
    split_from: float
    split_to: float
    edge: float
    edge_heights: float
    views_below: float
    hopeless: float

    def __post_init__(self) -> None:
        _positive(off=self.off, still_off=self.still_off, edge=self.edge, edge_heights=self.edge_heights)
        if not 0 <= self.cuts <= _MOST_CUTS:
            raise ValueError(f"cuts: expected 0..{_MOST_CUTS}, got {self.cuts}")
        _factor(clearer=self.clearer, alignments=self.alignments)
        _probability(below=self.below, one_line=self.one_line, two_lines=self.two_lines)
        _probability(views_below=self.views_below)
        if not 0 <= self.hopeless <= 1:
            raise ValueError(f"hopeless: expected a share in 0..1, got {self.hopeless}")
        if not 0 < self.split_from < self.split_to < 1:
            raise ValueError("split_from, split_to: expected shares between 0 and 1, the first one less")


@dataclass(frozen=True)
class Scripts:
    """When heads of other scripts than Latin are asked, and when their texts are taken.

    Attributes:
        doubt: a Latin text less confident than this has them asked, even without an unknown character.
        heads: how many of them are decoded for a crop, the likeliest ones.
        known: least confidence of a text that is taken in place of one without unknown characters ...
        unknown: ... and of one with unknown characters.
        row: characters, at least, of a row in Latin letters that the other row of its plate repeats in
            others.
    """

    doubt: float
    heads: int
    known: float
    unknown: float
    row: int

    def __post_init__(self) -> None:
        _probability(doubt=self.doubt, known=self.known, unknown=self.unknown)
        _positive(heads=self.heads, row=self.row)


@dataclass(frozen=True)
class Band:
    """Where a band of a plate begins and ends, as shares of the plate's height."""

    top: float
    bottom: float

    def __post_init__(self) -> None:
        if not -1 <= self.top < self.bottom <= 2:
            raise ValueError("top, bottom: expected shares from -1 to 2, the first one less")


@dataclass(frozen=True)
class Bands:
    """Which bands of a plate are read besides the whole, and what their texts count.

    The row of characters fills but a part of many a plate: a date, a legend or a country's name lies above
    or below it. In a band it is seen larger, and what lies beside it is out of sight.

    Attributes:
        spans: where each band lies.
        below: a whole that is read with less confidence than this has them read.
        plate: what is less probably a plate, by the whole's text, is not looked at any further ...
        presence: ... nor what the detector gives less presence than this, where the whole has no text.
        weight: how often a band's text counts beside that of the whole.
        shorter: divides that where its text has fewer characters: a band may cut characters off.
        confidence, agreement, in_band, bias: how whole and bands together make a text's confidence: weights
            of the logit of the greatest confidence that one of them gives it, of the logarithm of its share
            of what all texts were given, of only bands showing it, and of 1.
        most: confidences count as this at most then, and as what this lacks of 1 at least.
    """

    spans: tuple[Band, ...]
    below: float
    plate: float
    presence: float
    weight: float
    shorter: float
    confidence: float
    agreement: float
    in_band: float
    bias: float
    most: float

    def __post_init__(self) -> None:
        if len(self.spans) > _MOST_BANDS:
            raise ValueError(f"spans: expected at most {_MOST_BANDS}, got {len(self.spans)}")
        _probability(below=self.below, plate=self.plate, presence=self.presence)
        _positive(weight=self.weight)
        _factor(shorter=self.shorter)
        # More evidence may not make a text less probable.
        for name, weight in (("confidence", self.confidence), ("agreement", self.agreement)):
            if not weight >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {weight}")
        _most(self.most)


@dataclass(frozen=True)
class Lines:
    """How confident a text of two lines is that was read in several views: their mean says too little.

    Attributes:
        confidence, bias: weights of the logit of what the views say, and of 1.
        most: what they say counts as this at most then, and as what this lacks of 1 at least.
    """

    confidence: float
    bias: float
    most: float

    def __post_init__(self) -> None:
        # More evidence may not make a text less probable.
        if not self.confidence > 0:
            raise ValueError(f"confidence: expected more than 0, got {self.confidence}")
        _most(self.most)


@dataclass(frozen=True)
class MissedRow:
    """Where the other row of a plate is looked for when what was found may be one of two.

    Attributes:
        above, below: the band that a plate would lie in whose lower, or upper, row was found, as shares of
            the height of what was found.
        longest: a text of more characters is no row of two ...
        least_aspect: ... nor is what is less than so many times as wide as it is high.
        confidence: least confidence of the text of both rows.
    """

    above: Band
    below: Band
    longest: int
    least_aspect: float
    confidence: float

    def __post_init__(self) -> None:
        _positive(longest=self.longest, least_aspect=self.least_aspect)
        _probability(confidence=self.confidence)


@dataclass(frozen=True)
class Span:
    """Where a part of a plate, or more than it, begins and ends, as shares of the plate's width."""

    left: float
    right: float

    def __post_init__(self) -> None:
        if not -1 <= self.left < self.right <= 2:
            raise ValueError("left, right: expected shares from -1 to 2, the first one less")


@dataclass(frozen=True)
class MissedEnds:
    """Where characters are looked for that stand apart from the rest of a row, and outside of what was found.

    Attributes:
        spans: what is read in its place, each more than it.
        above, below: a text that is read with a confidence between these has them read.
        confidence: a longer text that begins or ends with it is taken where it is at least so many times as
            confident.
    """

    spans: tuple[Span, ...]
    above: float
    below: float
    confidence: float

    def __post_init__(self) -> None:
        if len(self.spans) > _MOST_BANDS:
            raise ValueError(f"spans: expected at most {_MOST_BANDS}, got {len(self.spans)}")
        _probability(above=self.above, below=self.below)
        _positive(confidence=self.confidence)


@dataclass(frozen=True)
class RecognizerCard:
    """How to use a recognizer.

    Attributes:
        height, width: of the crops that it takes, in pixels.
        heads: its outputs of characters, the Latin one first.
        views: in which a crop that leaves a doubt is seen besides.
        prior, refinement, scripts, bands, lines, missed_row, missed_ends: see there.
    """

    height: int
    width: int
    heads: tuple[Head, ...]
    views: tuple[Jitter, ...]
    prior: Prior
    refinement: Refinement
    scripts: Scripts
    bands: Bands
    lines: Lines
    missed_row: MissedRow
    missed_ends: MissedEnds

    def __post_init__(self) -> None:
        _positive(height=self.height, width=self.width)
        if not self.heads:
            raise ValueError("heads: expected one at least")
        outputs = [head.output for head in self.heads]
        if len(set(outputs)) != len(outputs):
            raise ValueError(f"heads: expected each output once, got {', '.join(outputs)}")

    @property
    def latin(self) -> Head:
        """The first head."""
        return self.heads[0]


@dataclass(frozen=True)
class WholePicture:
    """How a picture that is a plate itself is read: a detector needs surroundings, and it has none.

    Attributes:
        width, height: its greatest ones, in pixels ...
        least_aspect, most_aspect: ... and its width over its height, where nobody said that it is a plate.
        confidence: least confidence of its text then.
        presence: what stands for the detector's.
        margin: what is added around it, as a share of its sides.
        insets: how far within it the plate's corners are looked for, as shares of its shorter side.
        sure: a text that is read with this confidence at the first of these is not looked for at the others.
    """

    width: int
    height: int
    least_aspect: float
    most_aspect: float
    confidence: float
    presence: float
    margin: float
    insets: tuple[float, ...]
    sure: float

    def __post_init__(self) -> None:
        _positive(width=self.width, height=self.height)
        _positive(least_aspect=self.least_aspect, most_aspect=self.most_aspect)
        _probability(confidence=self.confidence, presence=self.presence, sure=self.sure)
        if not 0 <= self.margin <= 1:
            raise ValueError(f"margin: expected a share in 0..1, got {self.margin}")
        if not 1 <= len(self.insets) <= 16 or not all(0 <= inset <= 0.4 for inset in self.insets):
            raise ValueError("insets: expected 1 to 16 shares in 0..0.4")


@dataclass(frozen=True)
class Turned:
    """When a picture is searched lying on its side and upside down as well, and what counts then.

    Attributes:
        below: where the most confident plate of the upright picture is less confident than this; those of a
            turned picture take their place where one is more confident.
        upright, plain: not where a Latin text of some region's format is this confident, of what is a plate
            with this probability: the picture stands upright then.
        side: longest side at which it is searched, in pixels.
        presence: least presence of a plate that is found so ...
        confidence: ... and least confidence of its text ...
        length: ... which has so many characters at least.
    """

    below: float
    upright: float
    plain: float
    side: int
    presence: float
    confidence: float
    length: int

    def __post_init__(self) -> None:
        _probability(below=self.below, presence=self.presence, confidence=self.confidence)
        _probability(upright=self.upright, plain=self.plain)
        _positive(side=self.side, length=self.length)


@dataclass(frozen=True)
class AcceptanceCard:
    """How detector and recognizer together say whether there is a plate: logistic regression.

    Attributes:
        presence, text, letters, digits, format, bias: weights of the logits of presence and of the text, of a
            text of letters alone or digits alone, of the logarithm of the odds of its having a plate's
            format, and of 1.
        most_presence, most_text: probabilities count as this at most, and as what this lacks of 1 at least.
        most_odds: of a format count at most.
        threshold: least probability of a plate that is reported.
        least_text, plain: where its text is less confident than the first, it has to be this probable.
        whole_picture, turned: where the detector finds nothing; see there.
    """

    presence: float
    text: float
    letters: float
    digits: float
    format: float
    bias: float
    most_presence: float
    most_text: float
    most_odds: float
    threshold: float
    least_text: float
    plain: float
    whole_picture: WholePicture
    turned: Turned

    def __post_init__(self) -> None:
        # More evidence may not make a plate less probable: the detector's threshold is derived from that.
        _positive(presence=self.presence)
        for name, weight in (("text", self.text), ("format", self.format)):
            if not weight >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {weight}")
        _factor(most_odds=self.most_odds)
        _probability(most_presence=self.most_presence, most_text=self.most_text, threshold=self.threshold)
        _probability(least_text=self.least_text, plain=self.plain)
        if min(self.most_presence, self.most_text) <= 0.5:
            raise ValueError("most_presence, most_text: expected more than 0.5")


@dataclass(frozen=True)
class VoteCard:
    """How the readings of one plate in many frames count together; see `numberplate.live.vehicles.vote`.

    Attributes:
        independence: power of the number of frames that they count as; 1 if no two erred alike, 0 if all did.
        fused: frames that the fused crops count as.
        floor: what a text keeps in a frame that does not show it at all.
        another: of the probability that a frame gives to no judged text, the share one other text may have.
        temperature: divides the texts' evidence, so that the vote's confidence is calibrated.
        made_up: most confidence in a text that no picture shows; more is possible ...
        shown: ... in one that some picture gives a share of its probability, and any from this share on.
        certain: a plate whose vote is this sure is not read again.
    """

    independence: float
    fused: float
    floor: float
    another: float
    temperature: float
    made_up: float
    shown: float
    certain: float

    def __post_init__(self) -> None:
        if not 0 <= self.independence <= 1:
            raise ValueError(f"independence: expected 0..1, got {self.independence}")
        if not self.fused >= 0:
            raise ValueError(f"fused: expected 0 or more, got {self.fused}")
        _probability(floor=self.floor, another=self.another, certain=self.certain)
        _probability(made_up=self.made_up, shown=self.shown)
        _positive(temperature=self.temperature)


@dataclass(frozen=True)
class WindowCard:
    """How to use a window network. Lengths are pixels of its input.

    Attributes:
        width, height: of the window.
        margin_x, margin_y: what the network sees beyond the window on the left and right, above and below.
        stride: from one window to the next, in both directions.
        characters: how many it reads.
        alphabet: of which.
        temperature: divides the logits, so that the probabilities are calibrated.
        threshold: least probability of presence that counts as a match.
        overlap: matches whose boxes overlap more, intersection over union, are of one plate.
        zoom: from one level of the pyramid to the next, above 1.
    """

    width: int
    height: int
    margin_x: int
    margin_y: int
    stride: int
    characters: int
    alphabet: str
    temperature: float
    threshold: float
    overlap: float
    zoom: float

    def __post_init__(self) -> None:
        _positive(width=self.width, height=self.height, stride=self.stride, characters=self.characters)
        _positive(temperature=self.temperature)
        _probability(threshold=self.threshold)
        if not 0 <= min(self.margin_x, self.margin_y) <= max(self.margin_x, self.margin_y) <= _MOST_POSITIVE:
            raise ValueError(f"margin_x, margin_y: expected 0..{_MOST_POSITIVE}")
        if not 0 <= self.overlap <= 1:
            raise ValueError(f"overlap: expected 0..1, got {self.overlap}")
        if not self.zoom > 1:
            raise ValueError(f"zoom: expected a number above 1, got {self.zoom}")


@dataclass(frozen=True)
class Fit:
    """How some of the numbers were fitted.

    Attributes:
        numbers: their places in the manifest, with dots, such as `vote.floor`.
        figure: what was made small (or, where it says so, great).
        before, after: that figure with the numbers as they were and as they are, on the same samples.
        samples: how many there were, and of what; made with `seed`.
    """

    numbers: tuple[str, ...]
    figure: str
    before: float
    after: float
    samples: str
    seed: int


@dataclass(frozen=True)
class Manifest:
    """All of a bundle's numbers; None for networks that it does not have.

    `acceptance` comes with a detector and a recognizer, `vote` with a recognizer. `fits` says where the
    numbers are from; those of no fit are the starting ones.
    """

    version: int
    detector: DetectorCard | None = None
    recognizer: RecognizerCard | None = None
    acceptance: AcceptanceCard | None = None
    vote: VoteCard | None = None
    window: WindowCard | None = None
    fits: tuple[Fit, ...] = ()

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ValueError(f"version: expected {VERSION}, got {self.version}")

    @classmethod
    def read(cls, path: Traversable) -> Self:
        """The manifest in a file. Raises WeightsError that names it and the key that is wrong."""
        try:
            with path.open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
            if len(data) > _MOST_BYTES:
                raise WeightsError(f"{path}: not a manifest: more than {_MOST_BYTES / 1e6:g} MB")
            values = json.loads(data.decode("utf-8"))
        except OSError as error:
            raise WeightsError(f"{error.filename or path}: {error.strerror or error}") from error
        except WeightsError:
            raise
        except (ValueError, RecursionError) as error:  # text that is not UTF-8, or not JSON
            raise WeightsError(f"{path}: not a manifest: {error}") from error
        if isinstance(values, dict) and values.get("version") in range(1, VERSION):
            raise WeightsError(
                f"{path}: of an earlier version: `numberplate calibrate --convert {Path(str(path)).parent}` "
                "brings it up to date"
            )
        try:
            return cls.parsed(values)
        except ValueError as error:
            raise WeightsError(f"{path}: not a manifest: {error}") from error

    @classmethod
    def parsed(cls, values: Any) -> Self:
        """The manifest of JSON's values. Raises ValueError that names the key that is wrong."""
        return _parsed(cls, values, "")

    def write(self, path: Path) -> None:
        """Writes it as JSON, all of it or nothing: without it a bundle cannot be read."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)


def _positive(**values: float) -> None:
    for name, value in values.items():
        if not _LEAST_POSITIVE <= value <= _MOST_POSITIVE:
            most = f"above 0 and up to {_MOST_POSITIVE}"
            raise ValueError(f"{name}: expected a number {most}, got {value}")


def _factor(**values: float) -> None:
    for name, value in values.items():
        if not value >= 1:
            raise ValueError(f"{name}: expected 1 or more, got {value}")


def _probability(**values: float) -> None:
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"{name}: expected a probability between 0 and 1, got {value}")


def _most(value: float) -> None:
    if not 0.5 < value < 1:
        raise ValueError(f"most: expected a probability between 0.5 and 1, got {value}")


def _parsed(kind: type[T], value: Any, place: str) -> T:
    """A value of JSON as a type: every key once, none that is unknown. Raises ValueError with the place."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{place or 'the whole'}: expected a JSON object, got {_shown(value)}")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    within = f"{place}." if place else ""
    for key in value:
        if key not in known:
            raise ValueError(f"{within}{key}: no such key; known: {', '.join(known)}")
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy takes no generic type for hashable
    for name in known:
        if name not in value:
            raise ValueError(f"{within}{name}: missing")
    made = {name: _value(hints[name], value[name], within + name) for name in known}
    try:
        return kind(**made)
    except ValueError as error:
        raise ValueError(f"{within}{error}") from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(kind: Any, value: Any, place: str) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        optional = [k for k in arguments if k is not type(None)]
        return None if value is None else _value(optional[0], value, place)
    if origin is Literal:
        if value not in arguments:
            expected = " or ".join(map(repr, arguments))
            raise ValueError(f"{place}: expected {expected}, got {_shown(value)}")
        return value
    if origin is tuple:  # of any length, all of one type
        if not isinstance(value, list | tuple):
            raise ValueError(f"{place}: expected a list, got {_shown(value)}")
        if len(value) > _MOST_ITEMS:
            raise ValueError(f"{place}: expected at most {_MOST_ITEMS} items")
        return tuple(_value(arguments[0], item, f"{place}[{i}]") for i, item in enumerate(value))
    if isinstance(kind, type) and is_dataclass(kind):
        return _parsed(kind, value, place)
    if kind is str:
        if not isinstance(value, str):
            raise ValueError(f"{place}: expected a text, got {_shown(value)}")
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise ValueError(f"{place}: expected true or false, got {_shown(value)}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        raise ValueError(f"{place}: expected a number, got {_shown(value)}")
    if kind is int:
        if value != int(value):
            raise ValueError(f"{place}: expected a whole number, got {_shown(value)}")
        return int(value)
    return float(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
