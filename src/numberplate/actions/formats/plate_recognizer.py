"""As Plate Recognizer Stream posts what it saw: multipart, `json` with `hook` and `data`, and `upload`."""

import json
from typing import Any

from urllib3.filepost import encode_multipart_formdata

from numberplate.actions.delivery import Delivery, within_path
from numberplate.actions.formats.heading import heading
from numberplate.actions.formats.request import Body
from numberplate.sightings.stored import StoredSighting


def body(delivery: Delivery, target: str, pictures: bool) -> Body:
    """`target`: the webhook's address."""
    one = delivery.sighting
    local = one.first_seen.astimezone()
    camera = within_path(one.source)
    filename = f"{camera}_screenshots/{local:%y-%m-%d}/{local:%H-%M-%S.%f}.jpg"
    value = {
        "hook": {"target": target, "id": one.source, "event": "recognition", "filename": filename},
        "data": {
            "camera_id": one.source,
            "filename": filename,
            "timestamp": f"{one.first_seen:%Y-%m-%dT%H:%M:%S.%fZ}",
            "timestamp_local": local.isoformat(sep=" ", timespec="microseconds"),
            "results": [_result(one)],
        },
    }
    fields: dict[str, Any] = {"json": json.dumps(value)}
    frame = delivery.picture("frame") if pictures else None
    if frame is not None:
        fields["upload"] = (filename, frame, "image/jpeg")
    data, content_type = encode_multipart_formdata(fields)
    return Body(data, content_type)


def _result(one: StoredSighting) -> dict[str, Any]:
    (left, top), (right, bottom) = one.corners.min(0).tolist(), one.corners.max(0).tolist()
    box = {"xmin": round(left), "ymin": round(top), "xmax": round(right), "ymax": round(bottom)}
    region = one.region
    return {
        "box": box,
        "plate": one.text.lower(),
        "region": {
            "code": region.code if region else "",
            "score": round(region.confidence, 3) if region else 0.0,
        },
        "score": round(one.confidence, 3),
        "candidates": [
            {"score": round(candidate.confidence, 3), "plate": candidate.text.lower()}
            for candidate in one.candidates
        ],
        "dscore": round(one.confidence, 3),
        # Vehicles are not looked for: their place is that of their plate.
        "vehicle": {"score": 0.0, "type": "", "box": box},
        "model_make": [],
        "color": [],
        "orientation": [],
        "direction": None if (degrees := heading(one)) is None else round(degrees),
        "source_url": one.source,
        "position_sec": 0.0,
    }
