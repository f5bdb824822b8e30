"""Cameras of an installation: what they see now, and what is drawn over it and kept in the file."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from numberplate.live.areas import AreaError, Areas, Line, Mask, Zone
from numberplate.server.installed.cameras import Cameras, described
from numberplate.server.interfaces.document import document_of
from numberplate.server.interfaces.openapi import json_of, responses
from numberplate.server.refusal import Refusal
from numberplate.server.services import services

router = APIRouter(tags=["cameras"])

_MOST_AREAS = 32
"""Zones, and masks, of one camera."""

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


def _cameras(request: Request) -> Cameras:
    found = services(request).cameras
    if found is None:
        raise Refusal(404, "this server has no file of an installation; `numberplate run` serves with one")
    return found


@router.get(
    "/api/cameras/{camera}/frame.jpg",
    responses=responses(200, 404, 502, 503, 504),
    response_class=Response,
)
def frame(
    camera: Annotated[str, Path(max_length=64)], cameras: Annotated[Cameras, Depends(_cameras)]
) -> Response:
    """What the camera sees now: one frame, for which its source is opened; the same for two seconds."""
    return Response(
        cameras.frames.jpeg(camera), media_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


@router.put(
    "/api/cameras/{camera}/areas",
    openapi_extra=json_of(Drawn),
    responses=responses(200, 400, 404, 408, 409, 413, 415, 422, 503),
)
async def draw(
    camera: Annotated[str, Path(max_length=64)],
    cameras: Annotated[Cameras, Depends(_cameras)],
    drawn: Annotated[Drawn, Depends(document_of(Drawn))],
) -> dict[str, Any]:
    """Writes what is drawn into the file of the installation, of which all else stays. The camera takes it up
    within seconds, without being started again.

    409 where it was changed since; 422 where the file could not be used with it, such as without a zone that
    an action names.
    """
    try:
        areas = drawn.areas()
    except AreaError as error:
        raise Refusal(422, str(error)) from None
    await asyncio.to_thread(cameras.change, camera, areas, drawn.version)
    return described(areas)
