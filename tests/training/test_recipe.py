import dataclasses
import errno
import json
import os
import re
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from numberplate.plates.design import DesignError, named_design
from numberplate.synthesis.held_out import HELD_OUT
from numberplate.synthesis.world.backgrounds import BackgroundError
from numberplate.training.recipe import Recipe, RecipeError

DESIGN = {
    "code": "xx",
    "name": "Nowhere",
    "source": "a test",
    "size": [500, 100],
    "lines": [{"pattern": "@#", "height": 60, "y": 50}],
    "variants": [{"paper": "#ffffff", "ink": "#000000"}],
}


def test_written_and_read_it_is_the_same(tmp_path: Path) -> None:
    recipe = Recipe(kind="detector", steps=7, fonts=("a", "system"), backgrounds="b.tar", rate=1e-4)
    recipe.write(tmp_path / "recipe.json")
    assert Recipe.read(tmp_path / "recipe.json") == recipe


def test_a_disk_that_is_full_leaves_the_recipe_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(kind="detector", steps=7)
    recipe.write(tmp_path / "recipe.json")

    def full(path: Path, text: str, **options: object) -> int:
        path.write_bytes(text[:20].encode())
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space left"):
        recipe.changed(steps=9).write(tmp_path / "recipe.json")
    assert Recipe.read(tmp_path / "recipe.json") == recipe


def test_changed_leaves_what_is_none() -> None:
    recipe = Recipe(kind="recognizer", seed=5)
    other = recipe.changed(steps=9, seed=None, generic=0.0)
    assert (other.steps, other.seed, other.generic) == (9, 5, 0.0)
    assert (recipe.steps, recipe.generic) == (10_000, 0.5)
    with pytest.raises(TypeError):
        recipe.changed(stepz=9)
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.steps = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not a recipe: Expecting property name"),
        ("[" * 100_000, "not a recipe: maximum recursion"),
        ("[]", "not a recipe: the whole"),
        ("{}", "not a recipe: kind: "),
        ('{"kind": "reader"}', "not a recipe: kind: Input should be 'detector', 'recognizer' or 'window'"),
        ('{"kind": "detector", "stepz": 3}', "not a recipe: stepz: "),  # a key that nobody reads
        ('{"kind": "detector", "steps": "many"}', "not a recipe: steps: "),
        ('{"kind": "detector", "fonts": 3}', "not a recipe: fonts: "),
        ('{"kind": "detector", "batch": 0}', "not a recipe: batch: expected at least 1, got 0"),
        ('{"kind": "detector", "seed": -1}', "not a recipe: seed: expected at least 0, got -1"),
        ('{"kind": "detector", "reuse": 0.5}', "not a recipe: reuse: expected at least 1, got 0.5"),
        ('{"kind": "detector", "generic": 1.5}', "not a recipe: generic: expected 0 to 1, got 1.5"),
        ('{"kind": "detector", "rate": NaN}', "not a recipe: rate: expected at least 0, got nan"),
        ('{"kind": "detector", "rate": Infinity}', "not a recipe: rate, reuse: expected finite numbers"),
        (
            '{"kind": "detector", "height": 260}',
            "not a recipe: height: 260 and its 3/2 are no multiples of 8",
        ),
        ('{"kind": "recognizer", "scripts": ["latin", "hun"]}', "not a recipe: scripts: no alphabet 'hun'"),
        ('{"kind": "recognizer", "scripts": ["han"]}', "not a recipe: scripts: expected latin among them"),
        (
            '{"kind": "recognizer", "scripts": ["latin", "latin"]}',
            "not a recipe: scripts: expected latin among",
        ),
        (
            '{"kind": "detector", "heads": ["han"]}',
            "not a recipe: heads: only a recognizer has any, not a de",
        ),
        ('{"kind": "recognizer", "heads": ["latin"]}', "not a recipe: heads: expected scripts of the recipe"),
        (
            '{"kind": "recognizer", "scripts": ["latin", "han"], "heads": ["thai"]}',
            "not a recipe: heads: expected scripts of the recipe but latin, han; got 'thai'",
        ),
        ('{"kind": "recognizer", "varied": true}', "not a recipe: varied: only a detector's"),
        ('{"kind": "window", "designs": ["sk"]}', "not a recipe: designs: a window's plates are"),
        ('{"kind": "window", "added": ["sk"]}', "not a recipe: designs: a window's plates are"),
    ],
)
def test_what_is_no_recipe(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(content)
    with pytest.raises(RecipeError) as caught:
        Recipe.read(path)
    assert str(caught.value).startswith(f"{path}: {reason}")


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"recipe\.json: No such file or directory$"):
        Recipe.read(tmp_path / "recipe.json")


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """Fonts and backgrounds enough that some of each are held out; each background is a grey of its own."""
    default = ImageFont.load_default(20)
    assert isinstance(default, ImageFont.FreeTypeFont)
    assert isinstance(default.path, BytesIO)
    for folder in ("fonts", "photos"):
        (tmp_path / folder).mkdir()
    for i in range(2 * HELD_OUT + 1):
        (tmp_path / "fonts" / f"font{i:02d}.ttf").write_bytes(default.path.getvalue())
        cv2.imwrite(str(tmp_path / "photos" / f"{i:02d}.png"), np.full((8, 8, 3), 5 * i, np.uint8))
    (tmp_path / "fonts" / f"gh-GL-{HELD_OUT // 2}.ttf").write_bytes(default.path.getvalue())
    return Recipe(kind="detector", fonts=(str(tmp_path / "fonts"),), backgrounds=str(tmp_path / "photos"))


def test_what_is_held_out_is_in_no_training(recipe: Recipe) -> None:
    training, held_out = recipe.ingredients(False), recipe.ingredients(True)
    fonts = [{n for n in x.letterings.names if not n.startswith("drawn-")} for x in (training, held_out)]
    assert fonts[0] & fonts[1] == set()
    assert len(fonts[0] | fonts[1]) == 2 * HELD_OUT + 2
    assert len(fonts[1]) == 2
    assert "gh-GL-6" in fonts[0]  # a real plates' typeface is worth more in training, wherever it stands
    greys = [
        {int(x.backgrounds.picture(i)[0, 0, 0]) for i in range(len(x.backgrounds))}
        for x in (training, held_out)
    ]
    assert greys[0] & greys[1] == set()
    assert len(greys[0]) + len(greys[1]) == 2 * HELD_OUT + 1
    assert len(greys[1]) == 2


def test_a_real_plates_typeface_is_never_held_out(recipe: Recipe, tmp_path: Path) -> None:
    place = HELD_OUT // 2
    file = tmp_path / "fonts" / f"font{place:02d}.ttf"
    (tmp_path / "fonts" / "gh-GL-6.ttf").unlink()
    file.rename(tmp_path / "fonts" / "deb-OSP-DIN.ttf")  # comes first, and moves the others on
    for path in (tmp_path / "fonts").glob("font0[0-5].ttf"):
        path.rename(path.with_name(f"a{path.name}"))
    names = sorted(p.stem for p in (tmp_path / "fonts").iterdir())
    assert names[place] == "deb-OSP-DIN"  # else this test tells nothing
    assert "deb-OSP-DIN" in recipe.ingredients(False).letterings.names
    assert "deb-OSP-DIN" not in recipe.ingredients(True).letterings.names


def test_fonts_of_other_scripts_take_no_place_among_those_of_which_some_are_held_out(
    recipe: Recipe, tmp_path: Path
) -> None:
    def held_out() -> list[str]:
        names = recipe.ingredients(True).letterings.names
        return [name for name in names if not name.startswith("drawn-")]

    before = held_out()
    # Of a script there are too few to keep one in twelve; these come before all others.
    for i in range(HELD_OUT // 2):
        (tmp_path / "fonts" / f"arabic-{i}.ttf").write_bytes(b"")
        (tmp_path / "fonts" / f"bengali-{i}.ttf").write_bytes(b"")
        (tmp_path / "fonts" / f"arabic-{i}.woff").write_bytes(b"")
    assert held_out() == before


def test_designs_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "xx.yaml"
    path.write_text(json.dumps(DESIGN))
    ingredients = Recipe(kind="detector", designs=(str(path),)).ingredients(False)
    assert [d.code for d in ingredients.designs] == ["xx"]
    assert len(Recipe(kind="detector").ingredients(False).designs) > 10


@pytest.mark.parametrize(("share", "generic"), [(0.3, 0.5), (0.2, 0.0), (0.6, 1.0), (1.0, 0.5), (0.0, 0.5)])
def test_added_designs_have_their_share(tmp_path: Path, share: float, generic: float) -> None:
    paths = []
    for code, weight in (("xx", 3), ("xy", 1)):
        paths.append(str(tmp_path / f"{code}.yaml"))
        Path(paths[-1]).write_text(json.dumps({**DESIGN, "code": code, "weight": weight}))
    recipe = Recipe(kind="recognizer", added=tuple(paths), added_share=share, generic=generic)
    ingredients = recipe.ingredients(False)
    rng = np.random.default_rng(3)
    codes = [ingredients.design(rng).code for _ in range(1500)]
    assert np.mean([code in ("xx", "xy") for code in codes]) == pytest.approx(share, abs=0.04)
    assert np.mean([code == "generic" for code in codes]) == pytest.approx(generic * (1 - share), abs=0.05)
    if share > 0.5:
        assert 2 < codes.count("xx") / codes.count("xy") < 4.5


def test_what_it_names_must_be_there(tmp_path: Path) -> None:
    for changes, error in (
        ({"backgrounds": str(tmp_path / "none")}, BackgroundError),
        ({"designs": (str(tmp_path / "none"),)}, DesignError),
        ({"added": (str(tmp_path / "none"),)}, DesignError),
    ):
        with pytest.raises(error, match=re.escape(str(tmp_path / "none"))):
            Recipe(kind="detector").changed(**changes).ingredients(False)


def test_a_recipe_runs_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("fonts", "photos"):
        (tmp_path / name).mkdir()
    (tmp_path / "mine.yaml").write_text(json.dumps(DESIGN))
    recipe = Recipe(
        kind="recognizer",
        fonts=("fonts", "system"),
        backgrounds="photos",
        designs=("ad",),
        added=("mine.yaml",),
    ).anywhere()
    assert recipe.fonts == (str(tmp_path / "fonts"), "system")
    assert recipe.backgrounds == str(tmp_path / "photos")
    assert recipe.designs == ("ad",)  # of the package
    assert recipe.added == (str(tmp_path / "mine.yaml"),)
    monkeypatch.chdir("/")
    assert named_design(recipe.added[0]).name == "Nowhere"


def test_what_another_run_starts_with() -> None:
    recipe = Recipe(
        kind="recognizer",
        batch=768,
        pool=160_000,
        workers=8,
        fonts=("/of/mine",),
        width=0.5,
        seed=9,
        foreign=0.3,
    )
    start = recipe.as_start()
    assert (start.width, start.seed, start.foreign) == (0.5, 9, 0.3)
    assert (start.batch, start.workers, start.fonts) == (64, 1, ())
    assert start.rate < recipe.rate


def test_more_steps_are_a_schedule_of_their_own() -> None:
    recipe = Recipe("recognizer", steps=100)
    more = recipe.lasting(100, 50)
    assert (more.begin, more.steps) == (100, 150)
    assert more.lasting(120, 50) == more  # it was stopped, and goes on
    assert more.lasting(120, 60).steps == 180
    done = more.lasting(150, 50)  # it had come to its end, and is given as many again
    assert (done.begin, done.steps) == (150, 200)


def test_plates_of_scripts_as_their_characters_ask_for() -> None:
    recipe = Recipe("recognizer", scripts=("latin", "cyrillic", "kana"), foreign=0.4, generic=0.2)
    designs = recipe.ingredients(held_out=False).designs
    weight = {s: sum(d.weight for d in designs if d.script == s) for s in recipe.scripts}
    assert weight["latin"] == pytest.approx(0.5)  # of those that are of a listed country
    assert weight["cyrillic"] + weight["kana"] == pytest.approx(0.5)
    assert 2 < weight["kana"] / weight["cyrillic"] < 5
    latin = Recipe("recognizer", scripts=("latin", "kana")).ingredients(held_out=False).designs
    assert {design.script for design in latin} == {"latin"}


@pytest.mark.parametrize(("foreign", "generic"), [(0.4, 0.2), (0.0, 0.5), (0.4, 1.0)])
def test_heads_that_learn_alone_see_their_own_scripts_most(foreign: float, generic: float) -> None:
    scripts = ("latin", "cyrillic", "kana", "han")
    recipe = Recipe("recognizer", scripts=scripts, heads=("kana", "han"), foreign=foreign, generic=generic)
    ingredients = recipe.ingredients(held_out=False)
    rng = np.random.default_rng(5)
    drawn = [ingredients.design(rng) for _ in range(1500)]
    own = [design.script for design in drawn if design.script in recipe.heads]
    assert len(own) / len(drawn) == pytest.approx(0.75, abs=0.04)
    assert set(own) == {"kana", "han"}
    others = {design.script for design in drawn if design.script not in recipe.heads}
    assert others == ({"latin", "cyrillic"} if generic < 1 else {"latin"})
    assert np.mean([design.code == "generic" for design in drawn]) == pytest.approx(generic / 4, abs=0.04)


def test_new_heads_learn_faster_than_those_that_have_something_to_forget() -> None:
    start = Recipe("recognizer", scripts=("latin", "thai"), rate=5e-4)
    new = start.with_heads(["han", "kana", "han"])
    assert (new.scripts, new.heads, new.rate) == (("latin", "thai", "han", "kana"), ("han", "kana"), 2e-3)
    assert new.changed(rate=1e-3).with_heads(["han", "kana"]).rate == 1e-3  # the same command goes on with it
    for heads in (["thai"], ["thai", "han"]):
        assert start.with_heads(heads).rate == start.rate


def test_a_head_needs_plates_of_its_script() -> None:
    recipe = Recipe("recognizer", scripts=("latin", "thai"), heads=("thai",), designs=("sk",))
    with pytest.raises(RecipeError, match="heads: no plate of thai is among the designs"):
        recipe.ingredients(held_out=False)
    assert recipe.changed(added=("thai/th",)).ingredients(held_out=False).designs


def test_designs_of_another_script_alone_are_what_is_drawn() -> None:
    recipe = Recipe("detector", designs=("han/cn-blue", "cyrillic/mn"))
    designs = recipe.ingredients(held_out=False).designs
    assert {design.code for design in designs} == {"cn", "mn"}


def test_designs_by_the_name_of_their_file(tmp_path: Path) -> None:
    (tmp_path / "xx.yaml").write_text(json.dumps(DESIGN))
    assert named_design("ad").code == "ad"
    assert named_design("han/cn-blue").script == "han"
    assert named_design(str(tmp_path / "xx.yaml")).name == "Nowhere"
    for name in ("../designs/gb", "nowhere", str(tmp_path / "xx")):
        with pytest.raises(DesignError, match="No such file"):
            named_design(name)
