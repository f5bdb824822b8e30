import os

from hypothesis import given
from hypothesis import strategies as st

from numberplate.evaluation.labels import LabelledPicture, Truth
from numberplate.finetuning.split import held_out_pictures

PICTURES = [LabelledPicture(f"{i}.jpg", (Truth(f"AB{i // 2}"),)) for i in range(2000)]


def test_about_the_share_is_held_out() -> None:
    assert 300 < len(held_out_pictures(PICTURES, 0.2)) < 500


def test_pictures_of_one_text_are_on_one_side() -> None:
    kept = held_out_pictures(PICTURES, 0.2)
    assert all((f"{i}.jpg" in kept) == (f"{i + 1}.jpg" in kept) for i in range(0, 2000, 2))


def test_a_picture_stays_on_its_side() -> None:
    assert held_out_pictures(PICTURES[:500], 0.2) == {
        image for image in held_out_pictures(PICTURES, 0.2) if int(image.removesuffix(".jpg")) < 500
    }


def test_a_name_that_is_no_text() -> None:
    odd = LabelledPicture(os.fsdecode(b"\xe4.jpg"), ())
    assert held_out_pictures([odd], 1.0) == {odd.image}


@given(st.lists(st.lists(st.sampled_from("ABCDEFGHIJ"), max_size=3, unique=True), min_size=1, max_size=12))
def test_pictures_that_share_a_text_by_others_too(texts: list[list[str]]) -> None:
    pictures = [
        LabelledPicture(f"{i}.jpg", tuple(Truth(text * 3) for text in own)) for i, own in enumerate(texts)
    ]
    kept = held_out_pictures(pictures, 0.5)
    for i, own in enumerate(texts):
        for j, other in enumerate(texts):
            if {*own} & {*other}:
                assert (f"{i}.jpg" in kept) == (f"{j}.jpg" in kept)
    assert held_out_pictures(pictures[::-1], 0.5) == kept
