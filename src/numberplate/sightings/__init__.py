"""Sightings: what was seen, kept in a database. Needs the extra `sightings`."""

from numberplate.sightings.entry import Entry, Hit, Kind
from numberplate.sightings.errors import (
    BusyError,
    DamagedError,
    EntryExistsError,
    FullError,
    RefusedError,
    RemainsError,
    SightingsError,
)
from numberplate.sightings.progress import Failure, Progress
from numberplate.sightings.query import Page, Query
from numberplate.sightings.retention import Purged, Retention
from numberplate.sightings.store import Sightings
from numberplate.sightings.stored import Pass, PictureKind, StoredSighting
from numberplate.sightings.watchlist import WatchList
from numberplate.sightings.wildcard import WildcardError

__all__ = [
    "BusyError",
    "DamagedError",
    "Entry",
    "EntryExistsError",
    "Failure",
    "FullError",
    "Hit",
    "Kind",
    "Page",
    "Pass",
    "PictureKind",
    "Progress",
    "Purged",
    "Query",
    "RefusedError",
    "RemainsError",
    "Retention",
    "Sightings",
    "SightingsError",
    "StoredSighting",
    "WatchList",
    "WildcardError",
]
