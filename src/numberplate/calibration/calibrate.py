"""All fits, one after the other, each with the numbers that the ones before it gave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from numberplate.calibration import fits
from numberplate.calibration.cases import Found, found, matched, scenes, vehicles
from numberplate.evaluation.figures import calibration_error
from numberplate.models.bundle import load_manifest
from numberplate.models.cards.detector import DetectorCard
from numberplate.models.cards.recognizer import RecognizerCard
from numberplate.models.manifest import Fit, Manifest
from numberplate.models.spec import LATIN
from numberplate.plates.formats import Regions, shipped_formats
from numberplate.reading.bands import Agreed
from numberplate.reading.cascade import Cascade
from numberplate.synthesis.scene import Ingredients, Scene
from numberplate.synthesis.type.lettering import FontError

_PLATE_WIDTHS = (0.4, 0.5, 0.6, 0.7)
"""What is tried for the second look."""

_OF_LOOKS = ("plate_width", "first", "again", "bias")

_SHARE = 3
"""The second look is chosen by the first of so many parts of the scenes."""

_FEWEST = 20
"""Plates at least, of a script, read in bands or of two lines, to which what is theirs is fitted."""

_CHECKED = 1_000_003
"""Added to the seed for the samples that nothing is fitted to."""

_OF_READINGS = "negative log-likelihood of readings' being right"

Say = Callable[[str], None]


class CalibrationError(RuntimeError):
    """Nothing can be fitted to these weights and samples; the message names the bundle and the reason."""


@dataclass(frozen=True)
class Settings:
    """How many samples, of which seed.

    `scenes`, `clips` and, of each script but Latin, `crops` are fitted to; as many scenes as `checks` and
    half as many clips, of another seed, are only measured.
    """

    scenes: int = 600
    crops: int = 80
    checks: int = 300
    clips: int = 40
    seed: int = 20_261


@dataclass(frozen=True)
class Figures:
    """What samples that nothing was fitted to say of a bundle; None where there is nothing to divide by.

    `plates`: in the scenes; `found`, `exact`: shares of them found, and read exactly, as reported;
    `false`: reported plates a scene that are none; `error`: the expected calibration error of exact
    reading, `error_one` where one view was enough, `error_several` where it took several; `vehicles`: in
    clips; `vote_exact`, `vote_error`: the same of them.
    """

    plates: int
    found: float | None
    exact: float | None
    false: float
    error: float | None
    error_one: float | None
    error_several: float | None
    vehicles: int
    vote_exact: float | None
    vote_error: float | None


@dataclass(frozen=True)
class Report:
    """The manifest with what was fitted, and what the checks' samples say of it before and after."""

    manifest: Manifest
    before: Figures
    after: Figures


def calibrate(folder: Path, ingredients: Ingredients, settings: Settings, say: Say) -> Report:
    """Fits the numbers of the bundle in `folder` and measures them; writes nothing.

    `ingredients`: what scenes are made of, held out from training; `say`: called with a line at each step.
    Raises WeightsError for a bundle that cannot be read or lacks a network, CalibrationError where it reads
    so little that nothing can be fitted, or where its numbers change meanwhile, and ValueError for too few
    samples.
    """
    if settings.scenes < 20 or settings.clips < 2 or settings.checks < 1:
        raise ValueError("scenes, clips, checks: expected at least 20, 2 and 1")
    cv2.setNumThreads(1)
    fitting = _Fitting(folder, ingredients, settings, say)
    fitting.fit_detector()
    there = list(found(fitting.cascade(), scenes(ingredients, settings.seed, settings.scenes)))
    fitting.fit_texts(fitting.crops(there))
    fitting.fit_heads(head.script for head in fitting.recognizer.heads[1:])
    fitting.fit_several(there)
    fitting.fit_acceptance(there)
    fitting.fit_vote()
    before, after = (
        measured(cascade, ingredients, settings.seed + _CHECKED, settings.checks, settings.clips // 2)
        for cascade in (fitting.base, fitting.cascade())
    )
    return Report(fitting.manifest(), before, after)


def calibrate_heads(
    folder: Path, ingredients: Ingredients, heads: Sequence[str], settings: Settings, say: Say
) -> Manifest:
    """The manifest of the bundle in `folder` with the temperatures of some scripts' heads fitted: all that is
    to be where these learnt alone.

    `heads`: the scripts, none of them Latin; else see `calibrate`. Raises WeightsError for a bundle that
    cannot be read, and CalibrationError where it lacks a head, one cannot be fitted, or its numbers change
    meanwhile.
    """
    cv2.setNumThreads(1)
    fitting = _Fitting(folder, ingredients, settings, say)
    if fitting.fit_heads(heads) < len(heads):
        raise CalibrationError(
            f"{folder}: not all of {', '.join(heads)} could be fitted; the reason is above"
        )
    return fitting.manifest()


class _Fitting:
    """A bundle's numbers while they are fitted, one after the other.

    Attributes:
        base: reads with the numbers of before.
        detector, recognizer, acceptance, vote: the numbers as far as they are fitted.
    """

    def __init__(self, folder: Path, ingredients: Ingredients, settings: Settings, say: Say):
        self._folder, self._ingredients, self._settings, self._say = folder, ingredients, settings, say
        self._start = load_manifest(folder)
        self.base = Cascade(folder)
        self.detector, self.recognizer = self.base.detector.card, self.base.recognizer.card
        self.acceptance, self.vote = self.base.acceptance, self.base.vote
        self._fits: list[Fit] = []

    def cascade(
        self, detector: DetectorCard | None = None, recognizer: RecognizerCard | None = None
    ) -> Cascade:
        """What reads with the numbers as far as they are fitted, or with these instead."""
        return self.base.with_numbers(
            detector or self.detector, recognizer or self.recognizer, self.acceptance, self.vote
        )

    def manifest(self) -> Manifest:
        """The bundle's, with the numbers as far as they are fitted.

        Raises CalibrationError where another program has changed them meanwhile, such as an export: what was
        fitted is of networks that are gone. A window, of which nothing is fitted, may have come.
        """
        now = load_manifest(self._folder)
        if replace(now, window=None) != replace(self._start, window=None):
            raise CalibrationError(
                f"{self._folder}: its numbers were changed while they were fitted, and are left as they are "
                "now: calibrate it again"
            )
        fitted = {name for fit in self._fits for name in fit.numbers}
        kept = [fit for fit in self._start.fits if fitted.isdisjoint(fit.numbers)]
        return replace(
            now,
            detector=self.detector,
            recognizer=self.recognizer,
            acceptance=self.acceptance,
            vote=self.vote,
            fits=(*kept, *self._fits),
        )

    def fit_detector(self) -> None:
        """The detector's temperature, the width of its second look, and what both looks count."""
        count = self._settings.scenes // _SHARE
        some = list(scenes(self._ingredients, self._settings.seed, count))
        given = self.detector
        self.detector, before, after = self._looked(given, some)
        for plate_width in _PLATE_WIDTHS:
            if plate_width != given.second_look.plate_width:
                tried = replace(given, second_look=replace(given.second_look, plate_width=plate_width))
                other, _, loss = self._looked(tried, some)
                if loss < after:
                    self.detector, after = other, loss
        self._fitted(
            ["detector.temperature", *(f"detector.second_look.{name}" for name in _OF_LOOKS)],
            "negative log-likelihood of presence",
            before,
            after,
            f"{len(some)} held-out scenes",
        )

    def _looked(self, tried: DetectorCard, some: Sequence[Scene]) -> tuple[DetectorCard, float, float]:
        """The card with what both looks count, and the loss of presence before and after."""
        # By the first look alone nothing is left out.
        first = replace(tried, second_look=replace(tried.second_look, first=1.0, again=0.0, bias=0.0))
        seen = list(found(self.cascade(first), some))
        true = [truth is not None for scene in seen for truth in scene.truths]
        if not any(true) or all(true):
            raise CalibrationError(
                f"{self._folder}: its detector finds {'none' if not any(true) else 'nothing but plates'} of "
                f"{sum(len(scene.plates) for scene in some)} plates: nothing can be fitted"
            )
        return fits.fit_presence(np.concatenate([scene.looks for scene in seen]), true, tried)

    def crops(self, there: Sequence[Found]) -> list[fits.Crop]:
        """The plates of one line that were found, as the recognizer sees them.

        Raises CalibrationError for none.
        """
        # Of the whole plates alone: of their bands, only the best would be fitted to.
        bands = replace(self.recognizer.bands, spans=())
        whole = self.cascade(recognizer=replace(self.recognizer, bands=bands))
        looks = [whole.recognize(scene.grey, scene.corners) for scene in there]
        listed = frozenset(format_.code for format_ in shipped_formats())
        crops = fits.crops(self.cascade().recognizer, there, looks, listed)
        plates = sum(len(scene.plates) for scene in there)
        self._say(f"{plates} plates, {len(crops)} of them found and of one line")
        if not crops:
            raise CalibrationError(f"{self._folder}: none of the plates that it finds is of one line")
        return crops

    def fit_texts(self, crops: Sequence[fits.Crop]) -> None:
        """The views, what formats count beside the picture, and the temperatures of the Latin head."""
        views, reach, before, after = fits.fit_reach(crops, self.recognizer)
        crops = [
            replace(crop, views=None if crop.views is None else {1.0: crop.views[reach]}) for crop in crops
        ]
        self.recognizer = replace(self.recognizer, views=views)
        self._fitted(["recognizer.views"], "negative log-likelihood of texts in doubt", before, after)

        favours = fits.Favours(Regions())
        prior, before, after = fits.fit_prior(crops, self.recognizer, favours)
        self.recognizer = replace(self.recognizer, prior=prior)
        self._fitted(["recognizer.prior"], "negative log-likelihood of texts", before, after)

        self.recognizer, before, after = fits.fit_temperatures(crops, self.recognizer, favours)
        self._fitted(_temperatures(0), _OF_READINGS, before, after)

    def fit_heads(self, scripts: Iterable[str]) -> int:
        """The temperatures of heads of other scripts than Latin; those of one that cannot be drawn stay.

        Returns how many were fitted. Raises CalibrationError for a script of which there is no such head.
        """
        plain = fits.Favours(Regions(formats=()))
        known = len(self._fits)
        places = {head.script: place for place, head in enumerate(self.recognizer.heads) if place}
        for script in scripts:
            if script not in places:
                there = ", ".join(places) or "of which it has none"
                raise CalibrationError(
                    f"{self._folder}: heads: expected those but {LATIN}, {there}; got {script!r}"
                )
            place = places[script]
            head = self.recognizer.heads[place]
            try:
                own = fits.script_crops(
                    self.cascade().recognizer,
                    head,
                    self._ingredients,
                    self._settings.seed,
                    self._settings.crops,
                )
            except FontError as error:
                self._say(f"{head.script}: {error}: the temperatures of its head stay")
                continue
            if len(own) < _FEWEST:
                self._say(f"{head.script}: {len(own)} plates, too few to fit the temperatures of its head")
                continue
            card, before, after = fits.fit_temperatures(own, replace(self.recognizer, heads=(head,)), plain)
            heads = self.recognizer.heads
            self.recognizer = replace(
                self.recognizer, heads=(*heads[:place], card.latin, *heads[place + 1 :])
            )
            samples = f"{len(own)} crops of {head.script}"
            self._fitted(_temperatures(place), _OF_READINGS, before, after, samples)
        return len(self._fits) - known

    def fit_several(self, there: Sequence[Found]) -> None:
        """How confident texts are that several views of two lines say, and that a plate and its bands say."""
        lines = replace(self.recognizer.lines, confidence=1.0, bias=0.0)
        shown, of_lines = read_again(self.cascade(recognizer=replace(self.recognizer, lines=lines)), there)
        if len(of_lines) >= _FEWEST:
            lines, before, after = fits.fit_lines(of_lines, self.recognizer.lines)
            self.recognizer = replace(self.recognizer, lines=lines)
            numbers = [f"recognizer.lines.{name}" for name in ("confidence", "bias")]
            self._fitted(numbers, _OF_READINGS, before, after)
        else:
            read = f"{len(of_lines)} plates of two lines were read in several views"
            self._say(f"{read}, too few to fit what these say")
        if len(shown) >= _FEWEST:
            bands, before, after = fits.fit_bands(shown, self.recognizer.bands)
            self.recognizer = replace(self.recognizer, bands=bands)
            names = ("confidence", "agreement", "in_band", "bias")
            self._fitted([f"recognizer.bands.{name}" for name in names], _OF_READINGS, before, after)
        else:
            self._say(f"{len(shown)} plates were read in bands, too few to fit what these count")

    def fit_acceptance(self, there: Sequence[Found]) -> None:
        """What detector and recognizer count for there being a plate."""
        cases = judged(self.cascade(), there)
        if not cases:
            return
        self.acceptance, before, after = fits.fit_acceptance(cases, self.acceptance)
        weights = ("presence", "text", "letters", "digits", "unknown", "format", "bias")
        numbers = [f"acceptance.{name}" for name in weights]
        self._fitted(numbers, "negative log-likelihood of plates", before, after)

    def fit_vote(self) -> None:
        """How readings of one plate in many frames count together."""
        settings = self._settings
        passing = list(vehicles(self._ingredients, settings.seed, settings.clips, self.cascade()))
        of_clips = f"{settings.clips} held-out clips"
        if not passing:
            self._say(f"no vehicle of {of_clips} was found: the vote's numbers stay")
            return
        self.vote, before, after = fits.fit_vote(passing, self.vote)
        numbers = [f"vote.{name}" for name in ("independence", "fused", "floor", "another")]
        self._fitted(numbers, "negative log-likelihood of vehicles' texts", before, after, of_clips)
        self.vote, before, after = fits.fit_vote_temperature(passing, self.vote)
        figure = "negative log-likelihood of vehicles' being read right"
        self._fitted(["vote.temperature"], figure, before, after, of_clips)

    def _fitted(
        self, numbers: Sequence[str], figure: str, before: float, after: float, samples: str | None = None
    ) -> None:
        """Notes and says what was fitted; `samples`: to what, None for all scenes."""
        if samples is None:
            samples = f"{self._settings.scenes} held-out scenes"
        seed = self._settings.seed
        self._fits.append(Fit(tuple(numbers), figure, round(before, 5), round(after, 5), samples, seed))
        self._say(f"{', '.join(numbers)}: {figure} {before:.4f} → {after:.4f} ({samples}, seed {seed})")


def _temperatures(place: int) -> list[str]:
    """The names of the temperatures of a head, by its place."""
    return [f"recognizer.heads[{place}].{name}" for name in ("temperature", "views_temperature")]


def read_again(
    cascade: Cascade, there: Sequence[Found]
) -> tuple[list[tuple[Agreed, bool]], list[tuple[float, bool]]]:
    """What the plates that are read in bands say, and how confident the texts of two lines are that are read
    in several views; each with whether the text is right.
    """
    in_bands, of_lines = [], []
    for scene in there:
        looks = cascade.recognize(scene.grey, scene.corners, presences=scene.presence.astype(np.float32))
        for look, truth in zip(looks, scene.truths, strict=True):
            if truth is None:
                continue
            right = look.reading.text == truth.text
            if look.together is not None:
                in_bands.append((look.together, right))
            elif look.reading.text and look.reading.views > 1 and look.is_of_two_lines:
                of_lines.append((look.reading.confidence, right))
    return in_bands, of_lines


def judged(cascade: Cascade, there: Sequence[Found]) -> list[fits.Detection]:
    """The detections whose text is likely enough to be reported."""
    cases = []
    for scene in there:
        looks = cascade.recognize(scene.grey, scene.corners)
        texts = {plate.text for plate in scene.plates}
        for presence, look, truth in zip(scene.presence, looks, scene.truths, strict=True):
            said = look.reading
            if said.text and said.confidence >= cascade.acceptance.least_text:
                true = truth is not None or said.text in texts
                odds = cascade.recognizer.regions.odds(said.text)
                cases.append(fits.Detection(float(presence), said.confidence, said.text, odds, true))
    return cases


def measured(cascade: Cascade, ingredients: Ingredients, seed: int, count: int, clips: int) -> Figures:
    """What scenes and clips of a seed say of the numbers of a cascade."""
    plates = hits = false = 0
    said: list[tuple[float, bool, bool]] = []
    for scene in scenes(ingredients, seed, count):
        search = cascade.search(scene.picture)
        plates += len(scene.plates)
        kept = sorted(search.plates, key=lambda plate: -plate.confidence)
        corners = np.array([plate.corners for plate in kept], np.float32).reshape(-1, 4, 2)
        views = {look.corners.tobytes(): look.reading.views for look in search.looks}
        for plate, truth in zip(kept, matched(corners, scene.plates), strict=True):
            if truth is None:
                false += 1
                continue
            hits += 1
            said.append(
                (plate.confidence, plate.text == truth.text, views.get(plate.corners.tobytes(), 1) == 1)
            )
    passing = list(vehicles(ingredients, seed, clips, cascade))
    finals = [vehicle.vote.final(vehicle.fused) for vehicle in passing]
    votes = [
        (final.confidence, final.text == v.text)
        for final, v in zip(finals, passing, strict=True)
        if final.text
    ]
    return Figures(
        plates=plates,
        found=hits / plates if plates else None,
        exact=sum(right for _, right, _ in said) / plates if plates else None,
        false=false / count,
        error=_error([(p, right) for p, right, _ in said]),
        error_one=_error([(p, right) for p, right, one in said if one]),
        error_several=_error([(p, right) for p, right, one in said if not one]),
        vehicles=len(passing),
        vote_exact=sum(right for _, right in votes) / len(passing) if passing else None,
        vote_error=_error(votes),
    )


def _error(said: Sequence[tuple[float, bool]]) -> float | None:
    return calibration_error([p for p, _ in said], [right for _, right in said])
