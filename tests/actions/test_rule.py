"""Rules: which sightings set an action off, and what is said of those that do not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from numberplate.actions import Lists, Rule, rehearse
from numberplate.configuration import Action, ListedPlates
from numberplate.results.plate import Candidate, Region
from numberplate.sightings import Sightings
from numberplate.sightings.stored import StoredSighting

from ..sightings.conftest import NOON, sighting
from .conftest import configuration

Keep = Callable[..., StoredSighting]


@pytest.fixture
def keep(store: Sightings) -> Keep:
    return lambda *arguments, **changes: store.add(sighting(*arguments, **changes))


def rule(opens: bool = False, lists: tuple[ListedPlates, ...] = (), **when: Any) -> Rule:
    action = {"name": "x", "opens": opens, "when": when, "webhook": {"url": "http://localhost"}}
    return Rule(Action.model_validate(action), Lists(lists))


LOCAL = NOON.astimezone()


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ({}, None),
        ({"camera": "gate"}, None),
        ({"camera": ["yard", "barn"]}, "was at gate, not at yard or barn"),
        ({"direction": "towards"}, None),
        ({"direction": ["away", "left"]}, "went towards, not away or left"),
        ({"region": ["gb"]}, None),
        ({"region": ["us"]}, "is of gb, not of us"),
        ({"text": "ab12 *"}, None),
        ({"text": "XY*"}, "its text is not XY*"),
        ({"min_confidence": 0.9}, None),
        ({"min_confidence": 0.95}, "confidence 0.9000 is below 0.95"),
        ({"list": "alert"}, "is not on alert"),
        ({"not_list": "alert"}, None),
        ({"zone": ["drive", "porch"]}, None),
        ({"zone": "street"}, "was in drive, not in street"),
        ({"time": f"{LOCAL:%H:%M}-{LOCAL + timedelta(minutes=1):%H:%M}"}, None),
        ({"time": f"{LOCAL - timedelta(hours=1):%H:%M}-{LOCAL:%H:%M}"}, "was there at"),
        ({"time": f"{LOCAL - timedelta(hours=1):%H:%M}-{LOCAL - timedelta(hours=2):%H:%M}"}, None),
        ({"days": f"{LOCAL:%a}"}, None),
        ({"days": [f"{LOCAL + timedelta(days=1):%a}-{LOCAL + timedelta(days=3):%a}"]}, "was there on"),
    ],
)
def test_each_condition(keep: Keep, when: dict[str, Any], reason: str | None) -> None:
    verdict = rule(**when).judge(keep(zone="drive"))
    assert verdict.fires is (reason is None)
    if reason is not None:
        (said,) = verdict.reasons
        assert reason in said


def test_all_that_speaks_against_it_is_said(keep: Keep) -> None:
    verdict = rule(camera="yard", direction="away", min_confidence=0.99).judge(keep())
    assert len(verdict.reasons) == 3


def test_a_state_of_a_region_is_of_the_region(keep: Keep) -> None:
    texan = keep(regions=(Region("us-tx", 0.9),))
    assert rule(region="us").judge(texan).fires
    assert not rule(region="us-ca").judge(texan).fires
    assert not rule(region="us").judge(keep(regions=())).fires
    # Likelier than all others, but not more likely than not; then of the country alone.
    assert not rule(region="fr").judge(keep(regions=(Region("fr", 0.4), Region("it", 0.3)))).fires
    states = keep(regions=(Region("us-tx", 0.4), Region("us-ca", 0.3)))
    assert (rule(region="us").judge(states).fires, rule(region="us-tx").judge(states).fires) == (True, False)


def test_lists_of_the_file_and_of_the_database(store: Sightings, keep: Keep) -> None:
    residents = ListedPlates(name="residents", kind="allow", plates=("AB12CDE",))
    vans = ListedPlates(name="vans", kind="allow", plates=("XY9*",))
    lists = (residents, vans)
    Lists(lists).enter(store)
    one, other, stranger = keep("AB12CDE"), keep("XY99ZZZ"), keep("ZZ99ZZZ")

    def fired(**when: Any) -> list[bool]:
        return [rule(lists=lists, **when).judge(seen).fires for seen in (one, other, stranger)]

    assert fired(list="residents") == [True, False, False]
    assert fired(list="allow") == [True, True, False]
    assert fired(not_list=["residents", "vans"]) == [False, False, True]


def test_the_files_lists_come_and_go_and_leave_others_alone(store: Sightings) -> None:
    mine = store.watch_list.add("MY1234", "allow", note="mine")
    first = ListedPlates(name="residents", kind="allow", plates=("AA1111", "MY1234"))
    assert Lists([first]).enter(store) == (1, 0)
    assert Lists([first]).enter(store) == (0, 0)
    fuzzy = ListedPlates(name="residents", kind="allow", plates=("AA1111", "BB2222"), fuzzy=True)
    assert Lists([fuzzy]).enter(store) == (1, 0)
    entries = {entry.pattern: entry for entry in store.watch_list.entries()}
    assert entries["AA1111"].distance == 1
    assert entries["MY1234"] == mine
    assert Lists([]).enter(store) == (0, 2)
    assert store.watch_list.entries() == [mine]


def test_a_plate_on_two_lists_has_the_name_of_the_first(store: Sightings) -> None:
    names = ("residents", "vans")
    lists = Lists([ListedPlates(name=name, kind="allow", plates=("AA1111",)) for name in names])
    for entered in (1, 0):
        assert lists.enter(store) == (entered, 0)
        (entry,) = store.watch_list.entries()
        assert entry.note == "residents (numberplate.toml)"


def test_not_again_within_counts_from_what_fired(keep: Keep) -> None:
    one = rule(not_again_within="5m")
    fired = []
    for minutes in (0, 1, 4.9, 6, 10.9, 11.1):
        seen = keep("AB1OCDE" if minutes == 1 else "AB10CDE", minutes)  # O and 0 are alike
        verdict = one.judge(seen)
        fired.append(verdict.fires)
        if verdict.fires:
            one.note(seen)
        else:
            assert "before, within 5 min" in verdict.reasons[0]
    assert fired == [True, False, False, True, False, True]
    assert one.judge(keep("XY99ZZZ", 11.2)).fires


def test_not_again_within_holds_up_nothing_of_long_before(keep: Keep) -> None:
    one = rule(not_again_within="5m")
    one.note(keep("AB10CDE", 60))
    (reason,) = one.judge(keep("AB10CDE", 57)).reasons  # of another camera, which told it later
    assert reason == "set it off 3 min afterwards, within 5 min"
    assert one.judge(keep("AB10CDE", 0)).fires  # of a recording that is watched later


def test_what_opens_wants_a_sure_whole_recent_text(store: Sightings, keep: Keep) -> None:
    store.watch_list.add("AB12CDE", "allow", distance=1)
    gate = rule(opens=True, list="allow", min_confidence=0.9)
    sure, near = keep("AB12CDE"), keep("AB12CDF")
    now = sure.last_seen + timedelta(seconds=1)
    assert gate.judge(sure, now).fires
    assert "is nearly, but not surely, on allow" in gate.judge(near, now).reasons
    assert rule(list="allow").judge(near, now).fires  # what opens nothing takes it
    (late,) = gate.judge(sure, now + timedelta(minutes=5)).reasons
    assert "5.02 min ago, later than max_age 10 s" in late
    store.watch_list.add("XY99ZZZ", "alert")  # which any candidate hits
    other = keep("AB12CDE", candidates=(Candidate("AB12CDE", 0.9), Candidate("XY99ZZZ", 0.1)))
    assert rule(list="alert").judge(other, now).fires
    for_alerts = rule(opens=True, list="alert", min_confidence=0.9)
    assert for_alerts.judge(other, now).reasons == ("is nearly, but not surely, on alert",)
    unsure = keep("AB12CDE", confidence=0.6)
    assert gate.judge(unsure, now).reasons == ("confidence 0.6000 is below 0.9",)
    holed = rule(opens=True, min_confidence=0.5).judge(replace(sure, text="AB12?DE"), now)
    assert holed.reasons == ("AB12?DE has a character that is of no alphabet",)
    cut = keep("AB12CDE", cut=("left",))
    assert gate.judge(cut, now).reasons == ("the plate was cut off on its left",)


def test_a_rehearsal_says_what_each_rule_would_have_done(store: Sightings, keep: Keep) -> None:
    store.watch_list.add("AB12CDE", "allow")
    for minutes, text in (
        (-10, "AB12CDE"),
        (0, "AB12CDE"),
        (20, "XY99ZZZ"),
        (40, "AB12CDE"),
        (41, "AB12CDE"),
    ):
        keep(text, minutes)
    when = {"list": "allow", "min_confidence": 0.5, "not_again_within": "15m"}
    action = {"name": "open", "opens": True, "when": when, "webhook": {"url": "http://localhost"}}
    found = list(rehearse(configuration(action=[action]), store, NOON, NOON + timedelta(hours=1)))
    assert [one.text for one, _ in found] == ["AB12CDE", "XY99ZZZ", "AB12CDE", "AB12CDE"]
    # The one before the day counts for the first of it; nothing is too old in a rehearsal.
    assert [verdicts["open"].fires for _, verdicts in found] == [False, False, True, False]
    assert store.progress.after("open") is None


def test_an_age_counts_from_the_last_frame(keep: Keep) -> None:
    now = datetime.now(UTC)
    seen = keep(first_seen=now - timedelta(hours=1), last_seen=now)
    assert rule(max_age="1m").judge(seen, now).fires
    assert not rule(max_age="1m").judge(seen, now + timedelta(minutes=2)).fires
    assert rule(max_age="1m").judge(seen).fires
