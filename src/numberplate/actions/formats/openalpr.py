"""As OpenALPR's agent posts what it saw: `alpr_group`, `alpr_alert` for a hit, and `heartbeat`."""

import time
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import cv2
import numpy as np

from numberplate import __version__
from numberplate.actions.delivery import Delivery, encoded
from numberplate.actions.formats.heading import heading
from numberplate.sightings.stored import StoredSighting

_VEHICLE = ("color", "make", "make_model", "body_type", "year", "orientation")

_AGENT = "numberplate"


def bodies(delivery: Delivery, pictures: bool) -> list[dict[str, Any]]:
    """The group, and then an alert for each entry of the alert list that was hit."""
    group = _group(delivery, pictures)
    found = [group]
    one = delivery.sighting
    for hit in one.hits:
        if hit.kind == "alert":
            found.append(
                {
                    "data_type": "alpr_alert",
                    "version": 1,
                    "epoch_time": _epoch(one.first_seen),
                    "agent_uid": _AGENT,
                    "alert_list": next((name for name in delivery.lists if name != "alert"), "alert"),
                    "alert_list_id": hit.entry_id,
                    "site_name": _AGENT,
                    "camera_name": one.source,
                    "camera_number": _camera(one.source),
                    "plate_number": one.text,
                    "description": hit.note,
                    "list_type": "alert",
                    "group": group,
                }
            )
    return found


def heartbeat(cameras: Sequence[str], began: float) -> dict[str, Any]:
    """What the agent sends every minute. `began`: `time.time()` when we started."""
    now = time.time()
    return {
        "data_type": "heartbeat",
        "version": 1,
        "company_id": "",
        "agent_uid": _AGENT,
        "agent_version": __version__,
        "agent_type": _AGENT,
        "site_id": _AGENT,
        "timestamp": round(now * 1000),
        "daemon_uptime_seconds": round(now - began),
        "video_streams": [
            {"camera_id": _camera(name), "camera_name": name, "is_streaming": True} for name in cameras
        ],
    }


def _group(delivery: Delivery, pictures: bool) -> dict[str, Any]:
    one = delivery.sighting
    frame, crop = (delivery.picture("frame"), delivery.picture("crop")) if pictures else (None, None)
    width, height = _size(frame)
    region = one.region
    candidates = [
        {"plate": c.text, "confidence": round(100 * c.confidence, 4), "matches_template": 0}
        for c in one.candidates
    ]
    (left, top), (right, bottom) = one.corners.min(0).tolist(), one.corners.max(0).tolist()
    plate = {
        "plate": one.text,
        "confidence": round(100 * one.confidence, 4),
        "matches_template": 0,
        "plate_index": 0,
        "region": region.code if region else "",
        "region_confidence": round(100 * region.confidence) if region else 0,
        "processing_time_ms": 0.0,
        "requested_topn": len(candidates),
        "coordinates": [{"x": round(x), "y": round(y)} for x, y in one.corners.tolist()],
        "plate_crop_jpeg": encoded(crop) or "",
        "vehicle_region": {
            "x": round(left),
            "y": round(top),
            "width": round(right - left),
            "height": round(bottom - top),
        },
        "vehicle_detected": False,
        "candidates": candidates,
    }
    start, end = _epoch(one.first_seen), _epoch(one.last_seen)
    return {
        "data_type": "alpr_group",
        "version": 2,
        "epoch_start": start,
        "epoch_end": end,
        "frame_start": 0,
        "frame_end": one.frames - 1,
        "company_id": "",
        "agent_uid": _AGENT,
        "agent_version": __version__,
        "agent_type": _AGENT,
        "camera_id": _camera(one.source),
        "gps_latitude": -1.0,
        "gps_longitude": -1.0,
        "country": (region.code.partition("-")[0] if region else ""),
        "uuids": [delivery.id],
        "vehicle_path": [],
        "plate_indexes": [0],
        "candidates": candidates,
        "best_plate": plate,
        "best_confidence": plate["confidence"],
        "best_plate_number": one.text,
        "best_region": plate["region"],
        "best_region_confidence": plate["region_confidence"],
        "matches_template": False,
        "plate_path": _path(one, start, end),
        "vehicle_crop_jpeg": encoded(frame) or "",
        "best_uuid": delivery.id,
        "best_uuid_epoch_ms": start,
        "best_image_width": width,
        "best_image_height": height,
        "travel_direction": heading(one) or 0.0,
        # Receivers drop what is parked, and one that was seen once, or waits at a gate, is not.
        "is_parked": False,
        "is_preview": False,
        "vehicle_signature": "",
        # Vehicles are not looked at. Receivers take the first of each, and fall over where there is none.
        "vehicle": {name: [{"name": "unknown", "confidence": 0.0}] for name in _VEHICLE},
        "web_server_config": {"camera_label": one.source, "agent_label": _AGENT},
        "direction_of_travel_id": 0,
        "custom_data": {},
    }


def _path(one: StoredSighting, start: int, end: int) -> list[dict[str, int]]:
    """Where the plate was first and last, as boxes of its best frame's size."""
    (left, top), (right, bottom) = one.corners.min(0).tolist(), one.corners.max(0).tolist()
    w, h = round(right - left), round(bottom - top)
    ends = [(one.path[0], start, 0), (one.path[-1], end, one.frames - 1)]
    return [
        {"x": round(float(x) - w / 2), "y": round(float(y) - h / 2), "w": w, "h": h, "t": t - start, "f": f}
        for (x, y), t, f in ends[: len(one.path)]
    ]


def _size(jpeg: bytes | None) -> tuple[int, int]:
    image = None if jpeg is None else cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return (0, 0) if image is None else (image.shape[1], image.shape[0])


def _epoch(time: datetime) -> int:
    return round(time.timestamp() * 1000)


def _camera(name: str) -> int:
    """The number that stands for a camera's name."""
    return zlib.crc32(name.encode()) & 0x7FFFFFFF
