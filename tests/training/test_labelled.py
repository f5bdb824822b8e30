from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from numberplate.models.codec.recognizer import as_text
from numberplate.training.labelled import OTHER_SCRIPT, LabelledPlate, labelled_sample, write_labelled
from numberplate.training.makers import Maker
from numberplate.training.recipe import Recipe, RecipeError

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


def test_a_share_of_the_samples_is_labelled_and_none_of_what_is_held_out(tmp_path: Path) -> None:
    shown = replace(PLATE, picture=np.full((90, 190), 200, np.uint8), text="SHOWN1")
    write_labelled(tmp_path / "labelled.npz", [shown, replace(PLATE, text="HELD1", held_out=True)])
    recipe = Recipe("recognizer", labelled=str(tmp_path / "labelled.npz"), labelled_share=0.25)
    make = Maker(recipe)()
    texts = [as_text(make(i)["text"]) for i in range(120)]
    assert "HELD1" not in texts
    assert texts.count("SHOWN1") / len(texts) == pytest.approx(0.25, abs=0.1)
    # What is measured is drawn: the plates that are held out are a set of their own.
    make = Maker(recipe, held_out=True)()
    assert {"SHOWN1", "HELD1"}.isdisjoint(as_text(make(i)["text"]) for i in range(20))


def test_without_a_plate_to_train_on_there_are_no_samples(tmp_path: Path) -> None:
    write_labelled(tmp_path / "labelled.npz", [replace(PLATE, held_out=True)])
    with pytest.raises(RecipeError, match=r"labelled\.npz: no plate to train on$"):
        Maker(Recipe("recognizer", labelled=str(tmp_path / "labelled.npz")))()
