"""How to use a recognizer."""

from dataclasses import dataclass

from numberplate.models.cards.ranges import factor, most, positive, probability

_MOST_CUTS = 16
"""Of one plate, one after the other."""

_MOST_POWER = 16
"""Of the odds of formats: of large ones, a greater power is beyond all numbers."""

_MOST_BANDS = 8
"""That a plate is read in: each takes as long as the whole."""


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
        positive(temperature=self.temperature, views_temperature=self.views_temperature)

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
        positive(scale=self.scale)


@dataclass(frozen=True)
class Prior:
    """How much the formats of plates count in putting texts in order: a prior beside the picture.

    Attributes:
        power: to which the formats' evidence is raised, 0..16.
        bound: a text more than this many times as probable in the picture as another stays before it,
            whatever the formats say; 1 or more.
        least: no format makes up for a likeliest text that is less probable in the picture.
    """

    power: float
    bound: float
    least: float

    def __post_init__(self) -> None:
        if not 0 <= self.power <= _MOST_POWER:
            raise ValueError(f"power: expected 0..{_MOST_POWER}, got {self.power}")
        factor(bound=self.bound)
        probability(least=self.least)


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
        positive(off=self.off, still_off=self.still_off, edge=self.edge, edge_heights=self.edge_heights)
        if not 0 <= self.cuts <= _MOST_CUTS:
            raise ValueError(f"cuts: expected 0..{_MOST_CUTS}, got {self.cuts}")
        factor(clearer=self.clearer, alignments=self.alignments)
        probability(below=self.below, one_line=self.one_line, two_lines=self.two_lines)
        probability(views_below=self.views_below)
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
        probability(doubt=self.doubt, known=self.known, unknown=self.unknown)
        positive(heads=self.heads, row=self.row)


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
        probability(below=self.below, plate=self.plate, presence=self.presence)
        positive(weight=self.weight)
        factor(shorter=self.shorter)
        # More evidence may not make a text less probable.
        for name, weight in (("confidence", self.confidence), ("agreement", self.agreement)):
            if not weight >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {weight}")
        most(self.most)


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
        most(self.most)


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
        positive(longest=self.longest, least_aspect=self.least_aspect)
        probability(confidence=self.confidence)


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
        probability(above=self.above, below=self.below)
        positive(confidence=self.confidence)


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
        positive(height=self.height, width=self.width)
        if not self.heads:
            raise ValueError("heads: expected one at least")
        outputs = [head.output for head in self.heads]
        if len(set(outputs)) != len(outputs):
            raise ValueError(f"heads: expected each output once, got {', '.join(outputs)}")
        scripts = [head.script for head in self.heads]
        if len(set(scripts)) != len(scripts):
            raise ValueError(f"heads: expected each script once, got {', '.join(scripts)}")

    @property
    def latin(self) -> Head:
        """The first head."""
        return self.heads[0]
