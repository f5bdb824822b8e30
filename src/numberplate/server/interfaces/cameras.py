"""What is drawn over a camera's picture, kept in the file of the installation."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from numberplate.live.areas import AreaError, Areas, Line, Mask, Zone
from numberplate.server.body import read_bytes
from numberplate.server.cameras import described
from numberplate.server.interfaces.openapi import responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import services

router = APIRouter(tags=["cameras"])

_MOST_AREAS = 32
"""Zones, and masks, of one camera."""

_MOST_MEGABYTES = 0.25
"""Of a request: so many areas of so many points, each of so many digits as there are."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Point = tuple[Share, Share]
Corners = Annotated[list[Point], Field(min_length=2, max_length=64)]


class DrawnZone(BaseModel):
    """A zone; points in fractions of the frame, two of them are opposite corners of a rectangle."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64)
    points: Corners
    min_width: float | None = Field(None, ge=0, le=100_000, description="Pixels.")
    min_length: int | None = Field(None, ge=0, le=100, description="Characters.")


class Drawn(BaseModel):
    """All zones, masks and the line of a camera, in place of what it has."""

    model_config = ConfigDict(extra="forbid")

    version: str = Field(max_length=64, description="Of what is replaced, as /api/cameras gives it.")
    zones: list[DrawnZone] = Field([], max_length=_MOST_AREAS)
    masks: list[Corners] = Field([], max_length=_MOST_AREAS)
    line: tuple[Point, Point] | None = None

    def areas(self) -> Areas:
        """As values. Raises AreaError for names and points that cannot be."""
        zones = (
            Zone(zone.name.strip(), tuple(zone.points), zone.min_width, zone.min_length)
            for zone in self.zones
        )
        masks = (Mask(tuple(points)) for points in self.masks)
        return Areas(tuple(zones), tuple(masks), None if self.line is None else Line(*self.line))


def _body() -> dict[str, Any]:
    schema = Drawn.model_json_schema()
    schema["properties"]["zones"]["items"] = schema.pop("$defs")["DrawnZone"]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.put(
    "/api/cameras/{camera}/areas",
    openapi_extra=_body(),
    responses=responses(200, 400, 404, 408, 409, 413, 422, 503),
)
async def draw(request: Request, camera: Annotated[str, Path(max_length=64)]) -> dict[str, Any]:
    """Writes what is drawn into the file of the installation, of which all else stays. The camera takes it up
    within seconds, without being started again.

    409 where it was changed since; 422 where the file could not be used with it, such as without a zone that
    an action names.
    """
    shared = services(request)
    if shared.cameras is None:
        raise Refusal(404, "this server has no file of an installation; `numberplate run` serves with one")
    settings = shared.settings.model_copy(update={"max_upload_megabytes": _MOST_MEGABYTES})
    with shared.reads.memory.upload() as upload:
        data = await read_bytes(request, settings, upload)
    try:
        drawn = Drawn.model_validate_json(data)
        areas = drawn.areas()
    except ValidationError as error:
        details = [f"{'.'.join(map(str, d['loc'])) or 'body'}: {d['msg']}" for d in error.errors()[:5]]
        raise Refusal(422, "; ".join(details)) from None
    except AreaError as error:
        raise Refusal(422, str(error)) from None
    await asyncio.to_thread(shared.cameras.change, camera, areas, drawn.version)
    return described(areas)
