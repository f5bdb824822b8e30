"""Sightings and watch lists as text for a terminal."""

from collections.abc import Sequence

from numberplate.cli.output.lines import plate_text, shown
from numberplate.cli.output.table import table
from numberplate.cli.output.times import local, zone_name
from numberplate.sightings.entry import Entry
from numberplate.sightings.stored import StoredSighting


def sightings_table(sightings: Sequence[StoredSighting]) -> str:
    """A line each; times are of this machine's zone."""
    return table(
        [
            "id",
            "plate",
            "confidence",
            "region",
            f"first seen ({zone_name()})",
            "seconds",
            "way",
            "source",
            "hits",
        ],
        [
            [
                str(s.id),
                f"{plate_text(s.text)}, is {plate_text(s.correction)}"
                if s.correction
                else plate_text(s.text),
                f"{s.confidence:.1%}",
                s.region.code if s.region else "–",
                local(s.first_seen),
                f"{(s.last_seen - s.first_seen).total_seconds():.1f}",
                s.direction or "–",
                shown(s.source),
                ", ".join(f"{h.kind} {plate_text(h.pattern)}" for h in s.hits),
            ]
            for s in sightings
        ],
        right=("id", "confidence", "seconds"),
    )


def entries_table(entries: Sequence[Entry]) -> str:
    """A line each."""
    return table(
        ["entry", "kind", "pattern", "off", f"added ({zone_name()})", "note"],
        [
            [str(e.id), e.kind, plate_text(e.pattern), str(e.distance), local(e.added), shown(e.note)]
            for e in entries
        ],
        right=("entry", "off"),
    )


def details(sighting: StoredSighting) -> str:
    """All of one sighting but its path and pictures."""
    lines = [
        ("sighting", str(sighting.id)),
        ("plate", f"{plate_text(sighting.text)}  {sighting.confidence:.1%}"),
        ("corrected", plate_text(sighting.correction or "–")),
        (
            "others",
            ", ".join(f"{plate_text(c.text)} {c.confidence:.1%}" for c in sighting.candidates[1:]) or "–",
        ),
        ("characters", " ".join(f"{plate_text(c.text)} {c.confidence:.0%}" for c in sighting.characters)),
        ("regions", ", ".join(f"{r.code} {r.confidence:.0%}" for r in sighting.regions) or "–"),
        ("source", shown(sighting.source)),
        ("first seen", f"{local(sighting.first_seen)} {zone_name(sighting.first_seen)}"),
        ("last seen", f"{local(sighting.last_seen)} {zone_name(sighting.last_seen)}"),
        ("frames", str(sighting.frames)),
        ("direction", sighting.direction or "–"),
        ("zone", shown(sighting.zone) if sighting.zone else "–"),
        ("cut off", " and ".join(sighting.cut) or "–"),
        ("pictures", ", ".join(sighting.pictures) or "–"),
    ]
    for hit in sighting.hits:
        note = f"  {shown(hit.note)}" if hit.note else ""
        lines.append(
            (hit.kind, f"{plate_text(hit.pattern)} by {plate_text(hit.text)}, {hit.distance} off{note}")
        )
    return "\n".join(f"{name:<10}  {value}" for name, value in lines)
