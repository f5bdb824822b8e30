"""Plates of uploads as sightings."""

import asyncio
from pathlib import Path

import numpy as np

from numberplate.reading import Candidate, Character, Plate, Report
from numberplate.server.workers.archive import Keeper
from numberplate.server.workers.keeping import records
from numberplate.server.workers.worker import Reading
from numberplate.sightings import Sightings
from numberplate.sightings.spool import Spool


def plate(text: str) -> Plate:
    corners = np.array([(10, 10), (110, 10), (110, 35), (10, 35)], np.float32)
    characters = tuple(Character(c, 0.9) for c in text)
    return Plate(text, 0.9, 0.9, corners, characters, (Candidate(text, 0.9),))


def test_a_plate_with_a_character_of_no_alphabet_keeps_no_other_away(tmp_path: Path) -> None:
    picture = np.zeros((60, 120, 3), np.uint8)
    with Sightings(tmp_path / "gate.db") as store:
        keeper = Keeper(Spool(store, tmp_path / "waiting"))
        kept = []
        for texts in (["AB?12"], ["AB?12", "AB123"], ["AB124"]):
            report = Report("", 120, 60, plates=tuple(map(plate, texts)), picture=picture)
            kept.append(asyncio.run(keeper.keep(Reading(report, records=records(report, "gate")))))
        keeper.close()
        assert kept == [False, False, True]
        assert {one.text for one in store.iterate()} == {"AB123", "AB124"}
