import numpy as np
import pytest

from numberplate.models.codec.recognizer import TextCodec, code_points
from numberplate.models.spec import INPUT_HEIGHT, INPUT_WIDTH, UNCOUNTED_TEXT, logits_of
from numberplate.plates.alphabet import alphabets
from numberplate.training.recipe import Recipe
from numberplate.training.tasks import task

SCRIPTS = ("latin", "arabic", "hangul", "persian")


def targets_of(
    text: str,
    script: str,
    count: int = 16,
    heads: tuple[str, ...] = (),
    scripts: tuple[str, ...] = SCRIPTS,
) -> dict[str, np.ndarray]:
    """What each head is to say of so many crops of one text, by the head's script."""
    samples = {
        "crop": np.zeros((count, INPUT_HEIGHT, INPUT_WIDTH), np.uint8),
        "text": np.stack([code_points(text)] * count),
        "script": np.full(count, scripts.index(script), np.uint8),
        "corners": np.zeros((count, 8), np.float32),
        "cut": np.zeros((count, 4), np.float32),
        "lines": np.zeros((count, 2), np.float32),
    }
    _, wanted = task(Recipe("recognizer", scripts=scripts, heads=heads)).batch(samples)
    return {code: wanted[logits_of(code)] for code in scripts}


def test_a_head_learns_which_characters_are_none_of_its_own() -> None:
    wanted = targets_of("55소5078", "hangul")
    known = {code: TextCodec(alphabets()[code].characters) for code in SCRIPTS}
    assert known["hangul"].text(wanted["hangul"][0][:7].tolist()) == "55소5078"
    assert (wanted["hangul"] == wanted["hangul"][0]).all()
    # The Latin head sees each of them, another script's some.
    assert known["latin"].text(wanted["latin"][0][:7].tolist()) == "55?5078"
    counted = wanted["arabic"][wanted["arabic"][:, 0] != UNCOUNTED_TEXT]
    assert len(counted) == 2
    assert known["arabic"].text(counted[0][:7].tolist()) == "55?5078"


def test_the_head_of_latin_letters_with_accents_sees_how_seldom_they_have_any() -> None:
    wanted = targets_of("BOA7867", "latin", scripts=("latin", "latin-extended", "hangul"))
    assert (wanted["latin-extended"][:, 0] != UNCOUNTED_TEXT).all()
    assert (wanted["latin-extended"] == wanted["latin"]).all()
    assert (wanted["hangul"][:, 0] != UNCOUNTED_TEXT).sum() == 2


@pytest.mark.parametrize(("heads", "seen"), [(("hangul",), 16), (("hangul", "arabic"), 8)])
def test_heads_that_learn_alone_see_as_many_strangers_as_plates_of_theirs(
    heads: tuple[str, ...], seen: int
) -> None:
    """Three plates in four are of these heads' scripts: of one head's own, the fewer the more there are."""
    wanted = targets_of("AB12", "latin", heads=heads)
    for code in heads:
        assert (wanted[code][:, 0] != UNCOUNTED_TEXT).sum() == seen


def test_what_has_the_same_shape_is_not_to_be_told_apart() -> None:
    wanted = targets_of("۴۵", "persian")
    assert (wanted["arabic"] == UNCOUNTED_TEXT).all()
    assert (wanted["hangul"] != UNCOUNTED_TEXT).any()


def shades_of_misses(heads: tuple[str, ...], crops: list[tuple[str, str, int]]) -> list[int]:
    """The greys in the picture of misses where of crops with (text, script, grey) nothing is read."""
    codecs = {code: TextCodec(alphabets()[code].characters) for code in SCRIPTS}
    samples: dict[str, np.ndarray] = {
        "crop": np.stack([np.full((INPUT_HEIGHT, INPUT_WIDTH), grey, np.uint8) for _, _, grey in crops]),
        "text": np.stack([code_points(text) for text, _, _ in crops]),
        "script": np.array([SCRIPTS.index(script) for _, script, _ in crops], np.uint8),
    }
    blanks = np.full((len(crops), 36), -1)
    nothing = {logits_of(code): np.eye(codecs[code].count, dtype=np.float32)[blanks] for code in SCRIPTS}
    misses = task(Recipe("recognizer", scripts=SCRIPTS, heads=heads)).misses(samples, nothing)
    cells = misses.reshape(-1, INPUT_HEIGHT + 32, 6, INPUT_WIDTH, 3).swapaxes(1, 2)
    cells = cells.reshape(-1, INPUT_HEIGHT + 32, INPUT_WIDTH, 3)
    shown = [cell for cell in cells if cell.any()]
    assert all(cell[INPUT_HEIGHT:].max() > 100 for cell in shown)  # what the plate says
    return [int(cell[:INPUT_HEIGHT].max()) for cell in shown]


@pytest.mark.parametrize(("heads", "shades"), [((), [50] * 2), (("hangul",), [100] * 4)])
def test_misses_are_those_of_the_heads_that_learn(heads: tuple[str, ...], shades: list[int]) -> None:
    crops = [("AB12", "latin", 50)] * 2 + [("55소5078", "hangul", 100)] * 4
    assert shades_of_misses(heads, crops) == shades


def test_all_heads_that_learn_have_a_part_of_the_picture_of_misses() -> None:
    crops = [("طب٣٩", "arabic", 50)] * 70 + [("55소5078", "hangul", 100)] * 70
    assert shades_of_misses(("arabic", "hangul"), crops) == [50] * 30 + [100] * 30
