"""Which tracker of `trackers` follows plates best: python benchmarks/tracking.py

Plates of synthesized clips, 15 % of them not detected, corners off by 1.5 pixels; of the frames every one,
every second or every third is seen, as by a slow reader. Tracks a vehicle should be 1; a plate without a
number is lost for the vote.
"""

import time
from collections.abc import Callable

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker, SORTTracker

from numberplate.geometry.quads import side_lengths
from numberplate.synthesis.clip import draw_clip
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.type.lettering import Letterings
from numberplate.synthesis.world.backgrounds import Backgrounds

OPTIONS = {
    "lost_track_buffer": 30,
    "frame_rate": 25,
    "track_activation_threshold": 0.0,
    "minimum_consecutive_frames": 1,
    "minimum_iou_threshold": 0.1,
}


def plate_box(corners: np.ndarray) -> np.ndarray:
    return np.concatenate([corners.min(0), corners.max(0)])


def square_box(corners: np.ndarray) -> np.ndarray:
    reach, middle = 0.8 * float(side_lengths(corners)[0]), corners.mean(0)
    return np.concatenate([middle - reach, middle + reach])


def measure(
    vehicles: list[list[np.ndarray]], box: Callable[[np.ndarray], np.ndarray], make: Callable
) -> tuple[float, float, float]:
    """Tracks a vehicle, the share of plates without a number, and milliseconds a frame."""
    rng = np.random.default_rng(0)
    tracks = without = plates = 0
    spent = 0.0
    for vehicle in vehicles:
        tracker, numbers = make(**OPTIONS), set()
        for corners in vehicle:
            found = sv.Detections.empty()
            if rng.random() >= 0.15:
                seen = box(corners + rng.normal(0, 1.5, corners.shape))
                found = sv.Detections(seen[None].astype(np.float32), confidence=rng.uniform(0.5, 1, 1))
            start = time.perf_counter()
            result = tracker.update(found)
            spent += time.perf_counter() - start
            for number in result.tracker_id if len(found) else ():
                plates += 1
                without += number < 0
                numbers |= {int(number)} - {-1}
        tracks += len(numbers)
    frames = sum(map(len, vehicles))
    return tracks / len(vehicles), without / plates, 1000 * spent / frames


def main() -> None:
    """Print the table."""
    made = Ingredients(Letterings(), Backgrounds(), (), 0.3)
    vehicles = [draw_clip(made, 5, i, count=20).corners() for i in range(60)]
    print(f"{'every':<8}{'box':<10}{'tracker':<12}{'tracks':>8}{'no number':>12}{'ms':>8}")
    for every in (1, 2, 3):
        for box in (plate_box, square_box):
            for make in (SORTTracker, ByteTrackTracker):
                tracks, without, spent = measure([v[::every] for v in vehicles], box, make)
                name = box.__name__.removesuffix("_box")
                print(f"{every:<8}{name:<10}{make.__name__:<18}{tracks:>6.2f}{without:>10.1%}{spent:>8.2f}")


if __name__ == "__main__":
    main()
