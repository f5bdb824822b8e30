from dataclasses import replace

import numpy as np
import pytest

from numberplate.models.codec.recognizer import as_text
from numberplate.training.labelled import OTHER_SCRIPT, LabelledPlate, labelled_sample

CORNERS = np.array([(20, 20), (164, 20), (164, 68), (20, 68)], np.float32)
PLATE = LabelledPlate(np.full((90, 190), 128, np.uint8), "AB12", CORNERS, exact=True)


def test_corners_are_learnt_where_somebody_labelled_them() -> None:
    assert labelled_sample(PLATE, ("latin",))["corners"] == pytest.approx(0, abs=1e-5)
    moved = labelled_sample(PLATE, ("latin",), np.random.default_rng(1))["corners"]
    assert 0 < np.abs(moved).max() < 0.5
    found = labelled_sample(replace(PLATE, exact=False), ("latin",), np.random.default_rng(1))["corners"]
    assert np.isnan(found).all()


@pytest.mark.parametrize(
    ("split", "lines"), [(None, (np.nan, np.nan)), (0.0, (0, np.nan)), (0.45, (1, 0.45))]
)
def test_lines_are_learnt_as_far_as_they_are_known(split: float | None, lines: tuple[float, float]) -> None:
    sample = labelled_sample(replace(PLATE, split=split), ("latin",))
    assert sample["lines"] == pytest.approx(lines, nan_ok=True)


@pytest.mark.parametrize(
    ("text", "scripts", "script"),
    [
        ("AB12", ("han", "latin"), 1),
        ("皖A12345", ("latin", "han"), 1),
        ("皖A12345", ("latin",), OTHER_SCRIPT),
    ],
)
def test_each_script_has_its_head(text: str, scripts: tuple[str, ...], script: int) -> None:
    assert labelled_sample(replace(PLATE, text=text), scripts)["script"] == script


def test_a_head_sees_the_characters_as_they_stand_on_the_plate() -> None:
    sample = labelled_sample(replace(PLATE, text="ابح123"), ("latin", "arabic"))
    assert as_text(sample["text"]) == "123" + "ابح"[::-1]  # letters run from right to left, digits do not
