"""Which events were dealt with, and since when some may have been missed."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from numberplate.frigate.memory import Memory

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_what_may_have_been_missed_goes_back_to_the_first_that_is_under_way() -> None:
    memory = Memory()
    assert memory.since is None
    memory.start(NOON)
    memory.begin("long", NOON + 2 * MINUTE)
    memory.begin("short", NOON + 5 * MINUTE)
    memory.finish("short", NOON + 5 * MINUTE)
    assert memory.since == NOON + 2 * MINUTE - MINUTE
    memory.finish("long", NOON + 2 * MINUTE)
    # The one that began last counts, whichever ended last.
    assert memory.since == NOON + 5 * MINUTE - MINUTE


def test_nothing_is_passed_over_while_it_is_not_known_what_was_missed() -> None:
    memory = Memory()
    memory.start(NOON)
    memory.hold()
    memory.finish("new", NOON + 60 * MINUTE)
    assert memory.since == NOON - MINUTE
    memory.go_on({"missed": NOON + 10 * MINUTE}, keep=())
    assert memory.since == NOON + 10 * MINUTE - MINUTE
    memory.finish("missed", NOON + 10 * MINUTE)
    assert memory.since == NOON + 60 * MINUTE - MINUTE


def test_all_of_it_outlives_the_program(tmp_path: Path) -> None:
    file = tmp_path / "frigate" / "memory.json"
    memory = Memory(file)
    memory.start(NOON)
    memory.begin("over", NOON + MINUTE)
    memory.finish("over", NOON + MINUTE)
    memory.begin("under way", NOON + 3 * MINUTE)
    memory.begin("gone", NOON - 60 * MINUTE)
    memory.go_on({}, keep={"under way"})
    again = Memory(file)
    again.start(NOON + 600 * MINUTE)
    assert again.since == memory.since == NOON + MINUTE - MINUTE
    assert [again.knows(id) for id in ("over", "under way", "gone")] == [True, False, False]


def test_two_that_keep_what_they_know_in_one_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "memory.json"

    def listen(name: str) -> None:
        memory = Memory(file)
        memory.start(NOON)
        for i in range(200):
            memory.begin(f"{name}{i}", NOON)

    threads = [threading.Thread(target=listen, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [record.getMessage() for record in caplog.records] == []
    assert Memory(file).since == NOON - MINUTE
    assert [path.name for path in tmp_path.iterdir()] == ["memory.json"]


def test_what_cannot_be_kept_is_said_once_and_leaves_nothing_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Memory(tmp_path / "memory.json")
    (tmp_path / "memory.json").mkdir()
    memory.start(NOON)
    memory.begin("1", NOON)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "memory.json: Is a directory; events that are missed may not be known later" in said
    assert [path.name for path in tmp_path.iterdir()] == ["memory.json"]


def test_the_last_that_ended_are_known_however_long_ago_they_began() -> None:
    memory = Memory()
    memory.start(NOON)
    memory.finish("parked", NOON - 600 * MINUTE)
    for i in range(199):
        memory.finish(str(i), NOON + i * MINUTE)
    assert memory.knows("parked")
    memory.finish("199", NOON + 199 * MINUTE)
    assert not memory.knows("parked")  # nor is it asked for again
    assert memory.knows("0")


def test_of_many_at_once_the_last_are_known() -> None:
    memory = Memory()
    memory.start(NOON)
    for i in range(5010):
        memory.finish(str(i), NOON)
    assert [memory.knows(str(i)) for i in (0, 9, 10, 5009)] == [False, False, True, True]
