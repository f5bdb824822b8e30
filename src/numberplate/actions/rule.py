"""Whether a sighting sets an action off, and why not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from numberplate.actions.delivery import deadline
from numberplate.actions.lists import Lists
from numberplate.configuration.action import DAYS, Action
from numberplate.plates.alphabet import fold
from numberplate.sightings.entry import Entry
from numberplate.sightings.matcher import Matcher
from numberplate.sightings.stored import StoredSighting

_UNKNOWN = "?"
"""A character that is of no alphabet."""


@dataclass(frozen=True)
class Verdict:
    """`reasons`: why the action is not set off, each in a few words; none where it is."""

    reasons: tuple[str, ...]

    @property
    def fires(self) -> bool:
        """Whether the action is set off."""
        return not self.reasons


class Rule:
    """The rule of one action. Judge sightings in the order of their ids, and `note` those that fired."""

    def __init__(self, action: Action, lists: Lists):
        self.action = action
        self._lists = lists
        self._fired: dict[str, datetime] = {}
        entries = (
            Entry(i, "alert", pattern, 0, "", datetime.min) for i, pattern in enumerate(action.when.text)
        )
        self._texts = Matcher(entries) if action.when.text else None

    def judge(self, sighting: StoredSighting, now: datetime | None = None) -> Verdict:
        """Why the sighting does not fire the rule, if it does not.

        `now`: for the sighting's age; None where that does not count, for what was recorded.
        """
        reasons = [*self._what(sighting), *self._when(sighting, now)]
        if self.action.opens:
            reasons += _doubts(sighting)
        return Verdict(tuple(reasons))

    def note(self, sighting: StoredSighting) -> None:
        """The sighting fired the rule: `not_again_within` counts from its time."""
        if self.action.when.not_again_within is None:
            return
        self._fired[fold(sighting.text)] = sighting.first_seen
        oldest = sighting.first_seen - timedelta(seconds=self.action.when.not_again_within)
        self._fired = {text: time for text, time in self._fired.items() if time >= oldest}

    def until(self, sighting: StoredSighting) -> datetime | None:
        """When it is too late for the sighting; None for never."""
        most = self.action.max_age
        return None if most is None else deadline(sighting.last_seen, most)

    def expired(self, sighting: StoredSighting, now: datetime) -> str | None:
        """Why it is too late for the sighting; None where it is not."""
        most, age = self.action.max_age, (now - sighting.last_seen).total_seconds()
        if most is None or age <= most:
            return None
        return f"was last seen {_duration(age)} ago, later than max_age {_duration(most)}"

    def _what(self, sighting: StoredSighting) -> list[str]:
        when, found = self.action.when, []
        # What opens something takes neither a text that is nearly that of an entry, nor a less likely one.
        hits = [
            hit
            for hit in sighting.hits
            if not self.action.opens or (hit.distance == 0 and fold(hit.text) == fold(sighting.text))
        ]
        names = {name for hit in hits for name in self._lists.of(hit)}
        if when.list and not names & {*when.list}:
            near = {name for hit in sighting.hits for name in self._lists.of(hit)} & {*when.list}
            found.append(
                f"is nearly, but not surely, on {_words(sorted(near))}"
                if near
                else f"is not on {_words(when.list)}"
            )
        if unwanted := [name for name in when.not_list if name in self._lists.hit(sighting)]:
            found.append(f"is on {_words(unwanted)}")
        if self._texts is not None and not self._texts.match(sighting.text):
            found.append(f"its text is not {_words(when.text)}")
        if when.camera and sighting.source not in when.camera:
            found.append(f"was at {sighting.source}, not at {_words(when.camera)}")
        if when.zone and sighting.zone not in when.zone:
            found.append(f"was in {sighting.zone or 'no zone'}, not in {_words(when.zone)}")
        if when.direction and sighting.direction not in when.direction:
            found.append(f"went {sighting.direction or 'nowhere'}, not {_words(when.direction)}")
        region = sighting.region.code if sighting.region else ""
        if when.region and not any(region == code or region.startswith(f"{code}-") for code in when.region):
            found.append(f"is of {region or 'no known region'}, not of {_words(when.region)}")
        if when.min_confidence is not None and sighting.confidence < when.min_confidence:
            found.append(f"confidence {sighting.confidence:.4f} is below {when.min_confidence:g}")
        return found

    def _when(self, sighting: StoredSighting, now: datetime | None) -> list[str]:
        when, found = self.action.when, []
        local = sighting.first_seen.astimezone()
        if when.time is not None:
            start, end = when.time
            at = local.time()
            inside = start <= at < end if start < end else at >= start or at < end
            if not inside:
                found.append(f"was there at {at:%H:%M}, not within {start:%H:%M}-{end:%H:%M}")
        if when.days and DAYS[local.weekday()] not in when.days:
            found.append(f"was there on {DAYS[local.weekday()]}, not on {_words(when.days)}")
        last = self._fired.get(fold(sighting.text))
        if when.not_again_within is not None and last is not None:
            since = (sighting.first_seen - last).total_seconds()
            # One that was seen before the last is none of its visit either, if that was long before: of a
            # recording, or since a clock was set.
            if abs(since) < when.not_again_within:
                order = "before" if since >= 0 else "afterwards"
                within = _duration(when.not_again_within)
                found.append(f"set it off {_duration(abs(since))} {order}, within {within}")
        if now is not None and (late := self.expired(sighting, now)):
            found.append(late)
        return found


def _doubts(sighting: StoredSighting) -> list[str]:
    """Why a text is not good enough to open anything."""
    found = []
    if _UNKNOWN in sighting.text:
        found.append(f"{sighting.text} has a character that is of no alphabet")
    if sighting.cut:
        found.append(f"the plate was cut off on its {' and '.join(sighting.cut)}")
    return found


def _words(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join(names)


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if abs(seconds) >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
