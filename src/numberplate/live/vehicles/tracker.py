"""Plates followed from frame to frame, by SORT of Roboflow's `trackers` (docs/video.md says why this one)."""

import numpy as np
import numpy.typing as npt
import supervision as sv
from trackers import SORTTracker

from numberplate.geometry.quads import side_lengths

_SIDE = 1.6
"""What is followed is a square around the plate, so many of its widths: the flat plate itself no longer
overlaps its place in the next frame where it moves by its height."""

_OVERLAP = 0.1
"""Least intersection over union of a square with where it was expected."""

_MOST_STEPS = 250
"""Frames that are passed over at most, one by one; whatever was followed is lost then."""


class Tracker:
    """Gives the plates of each frame the numbers of their tracks.

    Args:
        rate: frames a second of the video, above 0.
        patience: seconds after which a plate that is not seen is lost.
    """

    def __init__(self, rate: float, patience: float):
        if not rate > 0:
            raise ValueError(f"rate: expected frames a second above 0, got {rate}")
        self._rate = rate
        self._sort = SORTTracker(
            lost_track_buffer=max(1, round(30 * patience)),
            frame_rate=rate,
            track_activation_threshold=0.0,
            minimum_consecutive_frames=1,
            minimum_iou_threshold=_OVERLAP,
        )
        self._last: float | None = None

    def update(self, corners: npt.NDArray[np.float32], seconds: float) -> list[int]:
        """The track of each plate of the next frame.

        `corners`: float32 (n, 4, 2); `seconds`: the frame's place in the video. Where frames were left out
        before it, the tracks are moved on as far.
        """
        missed = 0 if self._last is None else round((seconds - self._last) * self._rate) - 1
        self._last = seconds
        for _ in range(min(missed, _MOST_STEPS)):
            self._sort.update(sv.Detections.empty())
        if not len(corners):
            self._sort.update(sv.Detections.empty())
            return []
        middles = corners.mean(1)
        reach = np.maximum(side_lengths(corners)[0], 1.0)[:, None] * _SIDE / 2
        squares = np.concatenate([middles - reach, middles + reach], 1).astype(np.float32)
        order = np.arange(len(corners))
        found = self._sort.update(
            sv.Detections(squares, confidence=np.ones(len(corners)), data={"order": order})
        )
        if found.tracker_id is None:
            raise RuntimeError("the tracker gave no numbers")
        numbers = np.full(len(corners), -1)
        numbers[found.data["order"]] = found.tracker_id
        return [int(number) for number in numbers]
