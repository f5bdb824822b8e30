"""Another detection stage: histograms of oriented gradients (HOG) with a linear SVM.

    python experiments/2026-11-28-hog-and-svm/run.py

It looks for plates in the same drawn scenes as the detector. It learns from the article's windows and slides
over a pyramid, as the article's network does.
"""

import json
import time
from pathlib import Path

import cv2
import numpy as np
from skimage.feature import hog
from sklearn.svm import LinearSVC

from numberplate.geometry.overlap import iou
from numberplate.models.initial import WINDOW
from numberplate.reading.detector import Detector
from numberplate.reading.windows import level_picture, pyramid
from numberplate.synthesis.held_out import letterings_and_backgrounds
from numberplate.synthesis.samples import scene_sample
from numberplate.synthesis.scene import Ingredients
from numberplate.synthesis.window import window_sample

FOLDER = Path(__file__).parent
SCENES, TRAIN, SIZE, STRIDE = 40, 1200, (240, 320), 16
Box = tuple[float, float, float, float]


def cells(grey: np.ndarray) -> np.ndarray:
    return np.asarray(hog(grey, 8, (8, 8), (1, 1), feature_vector=False), np.float32)


def main() -> None:
    ingredients = Ingredients(*letterings_and_backgrounds((), None, held_out=True), generic=0.2)
    windows = [window_sample(ingredients, 3, index) for index in range(TRAIN)]
    present = np.array([w.state == "present" for w in windows])
    svm = LinearSVC(C=0.01).fit([cells(w.inside).ravel() for w in windows[::2]], present[::2])
    accuracy = float((svm.predict([cells(w.inside).ravel() for w in windows[1::2]]) == present[1::2]).mean())
    detector = Detector()

    def by_hog(grey: np.ndarray) -> list[Box]:
        found: list[tuple[float, Box]] = []
        for level in pyramid(grey.shape[1], grey.shape[0], WINDOW):
            grid = cells(level_picture(grey, level))
            scale = grey.shape[1] / level.width
            for row in range(0, grid.shape[0] - 7, STRIDE // 8):
                for column in range(0, grid.shape[1] - 15, STRIDE // 8):
                    score = float(
                        svm.decision_function([grid[row : row + 8, column : column + 16].ravel()])[0]
                    )
                    if score > 0.5:
                        # The middle of a window holds the plate; how it lies there a linear SVM does not say.
                        x, y = (column * 8 + 20) * scale, (row * 8 + 20) * scale
                        found.append((score, (x, y, 88 * scale, 24 * scale)))
        kept: list[Box] = []
        for _, box in sorted(found, reverse=True):
            if all(iou(box, other) < 0.2 for other in kept):
                kept.append(box)
        return kept

    def by_network(grey: np.ndarray) -> list[Box]:
        corners, _ = detector.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
        return [(*q.min(0).tolist(), *(q.max(0) - q.min(0)).tolist()) for q in corners]

    scenes = [scene_sample(ingredients, 17, index, *SIZE, grey=True) for index in range(SCENES)]
    truths = [
        [(*p.corners.min(0).tolist(), *np.ptp(p.corners, axis=0).tolist()) for p in s.plates] for s in scenes
    ]
    result: dict[str, object] = {"plates": sum(map(len, truths)), "scenes": SCENES}
    result["HOG and SVM on windows, right"] = round(accuracy, 3)
    shown = {}
    for name, detect in (("HOG and SVM", by_hog), ("our detector", by_network)):
        started = time.perf_counter()
        boxes = [detect(scene.picture) for scene in scenes]
        seconds = time.perf_counter() - started
        hits = sum(
            any(iou(t, b) >= 0.3 for b in bs) for ts, bs in zip(truths, boxes, strict=True) for t in ts
        )
        false = sum(
            all(iou(t, b) < 0.3 for t in ts) for ts, bs in zip(truths, boxes, strict=True) for b in bs
        )
        result[name] = {
            "found, IoU 0.3": round(hits / max(1, int(result["plates"])), 3),  # type: ignore[call-overload]
            "false a scene": round(false / SCENES, 2),
            "milliseconds": round(1000 * seconds / SCENES, 1),
        }
        shown[name] = boxes
    (FOLDER / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    rows = []
    for boxes in shown.values():
        row = []
        for scene, found in list(zip(scenes, boxes, strict=True))[:4]:
            picture = cv2.cvtColor(scene.picture, cv2.COLOR_GRAY2BGR)
            for x, y, w, h in found:
                cv2.rectangle(picture, (round(x), round(y)), (round(x + w), round(y + h)), (0, 80, 255), 2)
            row.append(picture)
        rows.append(np.hstack(row))
    cv2.imwrite(str(FOLDER / "detections.jpg"), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, 80])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
