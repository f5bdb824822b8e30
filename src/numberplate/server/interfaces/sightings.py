"""Sightings and watch lists, as they are in the database."""

import logging
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from numberplate import sightings as room
from numberplate.live.areas import Areas
from numberplate.server.installed.cameras import described
from numberplate.server.interfaces.document import document_of
from numberplate.server.interfaces.openapi import json_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import services
from numberplate.sightings.wildcard import normalize_wildcard

log = logging.getLogger("numberplate.server")

router = APIRouter(tags=["sightings"])

_LARGEST = 2**63 - 1
_MOST_CAMERAS = 200
_MOST_PASSES = 5000
"""More than a page has pixels for."""
Id = Annotated[int, Path(ge=0, le=_LARGEST)]


def _sightings(request: Request) -> room.Sightings:
    found = services(request).sightings
    if found is None:
        raise Refusal(404, "this server has no database of sightings")
    return found


Sightings = Annotated[room.Sightings, Depends(_sightings)]


class NewEntry(BaseModel):
    """An entry to put on a watch list."""

    model_config = ConfigDict(extra="forbid")

    pattern: str = Field(max_length=100, description="A text, or one with the wildcards ? and *.")
    kind: Literal["allow", "alert"]
    distance: Literal[0, 1] = Field(0, description="1: one character may be off.")
    note: str = Field("", max_length=1000)


class Correction(BaseModel):
    """What the plate of a sighting says."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=40, description="As the plate has it, such as AB12 CDE.")


# Plain functions: FastAPI runs them in its threads, so that no query holds up the others.


@router.get("/api/sightings", responses=responses(200, 404, 422, 503))
def search(
    sightings: Sightings,
    text: Annotated[str | None, Query(max_length=100, description="With the wildcards ? and *.")] = None,
    fuzzy: Annotated[bool, Query(description="O is 0, I is 1, and one character may be off.")] = False,
    start: Annotated[
        datetime | None, Query(description="First seen then or later; UTC without zone.")
    ] = None,
    end: Annotated[datetime | None, Query(description="First seen before.")] = None,
    source: Annotated[str | None, Query(max_length=1000)] = None,
    hit: Annotated[Literal["allow", "alert"] | None, Query(description="Hit an entry of that kind.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=100, description="Of the page before.")] = None,
) -> dict[str, Any]:
    """The newest first, a page at a time."""
    try:
        query = room.Query(
            text=text or None,
            fuzzy=fuzzy,
            start=_aware(start),
            end=_aware(end),
            source=source or None,
            hit=hit,
        )
        page = sightings.search(query, limit, after)
    except ValueError as error:  # a wildcard or a place that cannot be
        raise Refusal(422, str(error)) from None
    return {"sightings": [found.to_dict() for found in page.sightings], "after": page.after}


@router.get("/api/sightings/since/{id}", responses=responses(200, 404, 422, 503))
def since(id: Id, sightings: Sightings, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> dict[str, Any]:
    """What was added after the sighting of that id, the oldest first; to follow what comes.

    `last` is the id of what was added last. One below that of the request tells of another database.
    """
    added = [found.to_dict() for found in sightings.since(id, limit)]
    return {"sightings": added, "last": sightings.last_id()}


@router.get("/api/sightings/last", responses=responses(200, 404, 503))
def last(sightings: Sightings) -> dict[str, int]:
    """The id of the sighting that was added last, 0 where there is none: to follow from there."""
    return {"id": sightings.last_id()}


@router.get("/api/sightings/{id}", responses=responses(200, 404, 422, 503))
def one(id: Id, sightings: Sightings) -> dict[str, Any]:
    """One sighting in full."""
    found = sightings.get(id)
    if found is None:
        raise Refusal(404, f"there is no sighting {id}")
    return found.to_dict()


@router.delete("/api/sightings/{id}", status_code=204, responses=responses(204, 404, 422, 503))
def remove(id: Id, sightings: Sightings) -> Response:
    """Deletes a sighting with its pictures."""
    try:
        deleted = sightings.delete([id])
    except room.RemainsError as error:
        log.error("the database of sightings: %s", error)  # it is gone, as far as whoever asks can tell
    else:
        if not deleted:
            raise Refusal(404, f"there is no sighting {id}")
    return Response(status_code=204)


@router.put(
    "/api/sightings/{id}/correction",
    openapi_extra=json_of(Correction),
    responses=responses(200, 400, 404, 408, 413, 415, 422, 503),
)
def correct(
    id: Id, sightings: Sightings, correction: Annotated[Correction, Depends(document_of(Correction))]
) -> dict[str, Any]:
    """Notes that a sighting was read wrongly, and what its plate says: a label for training."""
    return _corrected(id, correction.text, sightings)


@router.delete("/api/sightings/{id}/correction", responses=responses(200, 404, 422, 503))
def take_back(id: Id, sightings: Sightings) -> dict[str, Any]:
    """Takes a correction back."""
    return _corrected(id, None, sightings)


def _corrected(id: int, text: str | None, sightings: room.Sightings) -> dict[str, Any]:
    try:
        found = sightings.correct(id, text)
    except ValueError as error:
        raise Refusal(422, str(error)) from None
    if found is None:
        raise Refusal(404, f"there is no sighting {id}")
    return found.to_dict()


@router.get(
    "/api/sightings/{id}/{kind}.jpg",
    responses=responses(200, 404, 422, 503) | {200: {"content": {"image/jpeg": {}}}},
    response_class=Response,
)
def picture(id: Id, kind: Literal["crop", "frame"], sightings: Sightings) -> Response:
    """The flat plate, or the whole frame."""
    jpeg = sightings.picture(id, kind)
    if jpeg is None:
        raise Refusal(404, f"there is no {kind} of sighting {id}")
    # It never changes: the browser keeps it, for this user alone, while the page is looked at.
    return Response(jpeg, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=300"})


@router.get("/api/sources", responses=responses(200, 404, 503))
def sources(sightings: Sightings) -> dict[str, list[str]]:
    """The names of all sources."""
    return {"sources": sightings.sources()}


@router.get("/api/cameras", responses=responses(200, 404, 422, 503))
def cameras(
    request: Request,
    sightings: Sightings,
    start: Annotated[datetime | None, Query(description="Since when to count; UTC without zone.")] = None,
) -> dict[str, Any]:
    """Each source with its newest sighting, and how many there were since `start`, or ever; 200 at most.

    The cameras of the installation come first, with their zones, masks and lines in fractions of the frame,
    which can be changed where `editable` says so.
    """
    installed = services(request).cameras
    areas = {} if installed is None else installed.areas()
    sources = list(dict.fromkeys([*areas, *sightings.sources()]))[:_MOST_CAMERAS]
    try:
        seen = sightings.by_source(sources, _aware(start))
    except ValueError as error:
        raise Refusal(422, str(error)) from None
    found = []
    for source in sources:
        count, newest = seen.get(source, (0, None))
        last = None if newest is None else newest.to_dict()
        known = described(areas.get(source, Areas()))
        found.append({"source": source, "count": count, "newest": last, "editable": source in areas, **known})
    return {"cameras": found}


@router.get("/api/timeline", responses=responses(200, 404, 422, 503))
def timeline(
    sightings: Sightings,
    start: Annotated[datetime, Query(description="First seen then or later; UTC without zone.")],
    end: Annotated[datetime, Query(description="First seen before.")],
) -> dict[str, Any]:
    """What each source saw in a time such as a day, the earliest first: as little of each as is drawn.

    `whole` is false where there was more than is given.
    """
    try:
        found = sightings.passes(_aware(start), _aware(end), _MOST_PASSES + 1)  # type: ignore[arg-type]
    except ValueError as error:
        raise Refusal(422, str(error)) from None
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in found[:_MOST_PASSES]:
        rows.setdefault(one.source, []).append(
            {
                "id": one.id,
                "text": one.text,
                "first_seen": one.first_seen.isoformat(timespec="milliseconds"),
                "last_seen": one.last_seen.isoformat(timespec="milliseconds"),
                "hit": "alert" if one.alert else "allow" if one.allow else None,
            }
        )
    ordered = [{"source": source, "sightings": rows[source]} for source in sorted(rows)]
    return {"sources": ordered, "whole": len(found) <= _MOST_PASSES}


@router.get("/api/watch-list", responses=responses(200, 404, 503))
def entries(sightings: Sightings) -> dict[str, Any]:
    """The entries of the watch lists, the oldest first."""
    return {"entries": [entry.to_dict() for entry in sightings.watch_list.entries()]}


@router.post(
    "/api/watch-list",
    status_code=201,
    openapi_extra=json_of(NewEntry),
    responses=responses(201, 400, 404, 408, 409, 413, 415, 422, 503),
)
def add(sightings: Sightings, entry: Annotated[NewEntry, Depends(document_of(NewEntry))]) -> JSONResponse:
    """Adds an entry; what is seen from then on is matched with it."""
    added = sightings.watch_list.add(
        _normal(entry.pattern), entry.kind, distance=entry.distance, note=entry.note
    )
    return JSONResponse(added.to_dict(), 201)


@router.delete("/api/watch-list/{id}", status_code=204, responses=responses(204, 404, 422, 503))
def remove_entry(id: Id, sightings: Sightings) -> Response:
    """Removes an entry; what hit it stays so."""
    if not sightings.watch_list.remove(id):
        raise Refusal(404, f"there is no entry {id}")
    return Response(status_code=204)


def _aware(time: datetime | None) -> datetime | None:
    if time is None or time.utcoffset() is not None:
        return time
    return time.replace(tzinfo=UTC)


def _normal(pattern: str) -> str:
    try:
        return normalize_wildcard(pattern)
    except room.WildcardError as error:
        raise Refusal(422, f"pattern: {error}") from None
