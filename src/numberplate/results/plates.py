"""The plates of one picture: a list of them that other libraries' tools take."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from numberplate.results.plate import Plate

if TYPE_CHECKING:
    import pandas
    import supervision


class Plates(list[Plate]):
    """The plates of one picture, best first.

    Attributes:
        width, height: of the picture in pixels, right side up.
        warnings: what its user should know of how it was read: that it was cut, that it is one of several
            pages.
    """

    def __init__(
        self, plates: Iterable[Plate] = (), width: int = 0, height: int = 0, warnings: tuple[str, ...] = ()
    ):
        super().__init__(plates)
        self.width = width
        self.height = height
        self.warnings = warnings

    def to_supervision(self) -> "supervision.Detections":
        """As Roboflow's `supervision.Detections`, for its annotators, trackers and zones.

        `xyxy`: the upright boxes; `confidence`: that there is a plate at all; `data`: for each plate "text",
        "text_confidence", "class_name" ("plate"), and "xyxyxyxy", its corners, float32 (4, 2).

        Raises ImportError when supervision is not installed.
        """
        try:
            import supervision
        except ImportError as error:
            raise ImportError("to_supervision needs supervision: pip install supervision") from error
        corners = np.array([plate.corners for plate in self], np.float32).reshape(-1, 4, 2)
        return supervision.Detections(
            xyxy=np.concatenate([corners.min(1), corners.max(1)], 1),
            confidence=np.array([plate.detection_confidence for plate in self], np.float32),
            class_id=np.zeros(len(self), int),
            data={
                "class_name": np.array(["plate"] * len(self), str),
                "text": np.array([plate.text for plate in self], str),
                "text_confidence": np.array([plate.confidence for plate in self], np.float32),
                "xyxyxyxy": corners,
            },
        )

    def to_pandas(self) -> "pandas.DataFrame":
        """As a table, a row a plate, with the columns of `numberplate read --format csv`.

        "candidates" are lists of texts, "regions" lists of codes. Raises ImportError when pandas is not
        installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_pandas needs pandas: pip install pandas") from error
        rows = []
        for plate in self:
            box = dict(zip(("box_x", "box_y", "box_width", "box_height"), plate.box, strict=True))
            corners = {
                f"{axis}{i}": float(value)
                for i, corner in enumerate(plate.corners, 1)
                for axis, value in zip("xy", corner, strict=True)
            }
            rows.append(
                {
                    "text": plate.text,
                    "confidence": plate.confidence,
                    "detection_confidence": plate.detection_confidence,
                    **box,
                    **corners,
                    "candidates": [candidate.text for candidate in plate.candidates],
                    "regions": [region.code for region in plate.regions],
                }
            )
        return pandas.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    *("text", "confidence", "detection_confidence", "box_x", "box_y", "box_width", "box_height"),
    *(f"{axis}{i}" for i in range(1, 5) for axis in "xy"),
    *("candidates", "regions"),
)
