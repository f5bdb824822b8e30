import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from numberplate.geometry.overlap import boxes, fuse, overlaps, without_parts
from numberplate.geometry.quads import is_convex


def quads(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Detections in heaps, as a grid gives them: several near each of a few plates, tilted a little."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 400, (1 + count // 4, 2))[rng.integers(0, 1 + count // 4, count)]
    centres += rng.normal(0, 12, (count, 2))
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * rng.uniform(8, 60, (count, 1, 2))
    turn = rng.normal(0, 0.5, count)
    matrices = np.moveaxis(np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]), -1, 0)
    corners = flat @ matrices + centres[:, None]
    return corners.astype(np.float32), rng.uniform(0.5, 1, count).astype(np.float32)


heaps = st.builds(quads, st.integers(0, 100_000), st.integers(0, 40))


def square(x: float, y: float, width: float = 40, height: float = 20) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


@settings(deadline=None)
@given(heaps, st.floats(0.1, 0.8))
def test_no_two_that_remain_overlap(found: tuple[np.ndarray, np.ndarray], iou: float) -> None:
    corners, scores = fuse(*found, iou)
    framed = boxes(corners)
    for i in range(len(framed)):
        assert (overlaps(framed[i], np.delete(framed, i, 0))[0] <= iou).all()
    assert is_convex(corners).all()
    assert (np.diff(scores) <= 0).all()
    assert len(scores) <= len(found[1])
    if len(found[1]):
        assert scores[0] == found[1].max()


@settings(deadline=None)
@given(heaps)
def test_fusing_twice_is_fusing_once(found: tuple[np.ndarray, np.ndarray]) -> None:
    corners, scores = fuse(*found)
    again, same = fuse(corners, scores)
    assert (again == corners).all()
    assert (same == scores).all()


@settings(deadline=None)
@given(heaps, st.floats(0.1, 0.8))
def test_fusing_is_as_it_is_defined(found: tuple[np.ndarray, np.ndarray], iou: float) -> None:
    corners, scores = found
    while True:
        order = np.argsort(-scores, kind="stable")
        left = [(corners[i], scores[i]) for i in order]
        fused = []
        while left:
            (best, score), framed = left[0], boxes(np.stack([quad for quad, _ in left]))
            near = (overlaps(framed[0], framed)[0] > iou).tolist()
            near[0] = True
            group = [(quad, p) for (quad, p), is_near in zip(left, near, strict=True) if is_near]
            left = [one for one, is_near in zip(left, near, strict=True) if not is_near]
            middle = np.median([quad for quad, p in group if p >= np.float32(0.6) * score], 0)
            fused.append((middle if is_convex(middle) else best, score))
        last = len(fused) == len(scores)
        corners = np.array([quad for quad, _ in fused], np.float32).reshape(-1, 4, 2)
        scores = np.array([score for _, score in fused], np.float32)
        if last:
            break
    ours, sure = fuse(*found, iou)
    assert ours == pytest.approx(corners, abs=1e-4)
    assert (sure == scores).all()


def test_corners_are_the_medians() -> None:
    # The third saw a part of the plate only.
    found = np.array([square(0, 0), square(2, 0), square(10, 0)], np.float32)
    corners, scores = fuse(found, np.array([0.7, 0.8, 0.9], np.float32))
    assert corners.shape == (1, 4, 2)
    assert corners[0] == pytest.approx(np.array(square(2, 0)))
    assert scores == pytest.approx([0.9])


def test_faint_detections_go_but_do_not_tell_where_the_plate_is() -> None:
    found = np.array([square(0, 0), square(10, 0), square(12, 0)], np.float32)
    corners, scores = fuse(found, np.array([0.9, 0.4, 0.3], np.float32))
    assert (corners == found[:1]).all()
    assert scores == pytest.approx([0.9])


def test_neighbours_stay_apart() -> None:
    corners = np.array([square(0, 0), square(45, 0), square(0, 25)], np.float32)
    assert len(fuse(corners, np.ones(3, np.float32))[0]) == 3


def test_opposite_ways_up_are_not_fused_into_nothing() -> None:
    # The median of a plate and of the same plate upside down is a point.
    upright = np.array(square(0, 0), np.float32)
    corners, _ = fuse(np.stack([upright, np.roll(upright, 2, 0)]), np.array([0.9, 0.9], np.float32))
    assert (corners == upright).all()


def test_overlaps() -> None:
    box, others = (
        np.array([0.0, 0, 10, 10]),
        np.array([[5.0, 0, 15, 10], [2, 2, 4, 4], [20, 20, 30, 30], [3, 3, 3, 3]]),
    )
    union, smaller = overlaps(box, others)
    assert union == pytest.approx([50 / 150, 4 / 100, 0, 0])
    assert smaller == pytest.approx([0.5, 1, 0, 0])


def test_parts_of_a_more_confident_plate_go() -> None:
    whole, part, other = square(0, 0, 100, 30), square(5, 5, 40, 20), square(200, 0)
    corners = np.array([part, whole, other], np.float32)
    assert without_parts(corners, np.array([0.5, 0.9, 0.7], np.float32)) == [1, 2]
    # The more confident one stays, also the small one: a large false plate must not swallow a true one.
    assert without_parts(corners, np.array([0.9, 0.5, 0.7], np.float32)) == [0, 2]
    # But for one that is hardly more confident than the whole: the name of a state on its plate.
    assert without_parts(corners, np.array([0.95, 0.9, 0.7], np.float32)) == [1, 2]
    # A part is less than half as large: of what differs less, neither is a part of the other.
    alike = np.array([square(0, 0, 60, 30), square(0, 0, 100, 30)], np.float32)
    assert without_parts(alike, np.array([0.95, 0.9], np.float32)) == [0]


def test_where_no_overlap_is_enough_all_remain() -> None:
    corners = np.array([square(0, 0), square(0, 0), square(1, 0)], np.float32)
    found, scores = fuse(corners, np.array([0.7, 0.9, 0.8], np.float32), 1.0)
    assert scores == pytest.approx([0.9, 0.8, 0.7])
    assert (found == corners[[1, 2, 0]]).all()
