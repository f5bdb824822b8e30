import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from numberplate.models.probability import logit, logit_of, sigmoid, sigmoid_of, softmax


@given(st.floats(-700, 700))
def test_sigmoid_is_the_textbooks(value: float) -> None:
    assert float(sigmoid(value)) == pytest.approx(1 / (1 + math.exp(-value)), rel=1e-12)


def test_sigmoid_of_what_overflows() -> None:
    assert sigmoid([-1e30, 1e30, -np.inf, np.inf]).tolist() == [0, 1, 0, 1]


@given(st.floats(-30, 30))
def test_logit_undoes_sigmoid(value: float) -> None:
    assert float(logit(sigmoid(value))) == pytest.approx(value, abs=1e-2)


def test_logit_of_certainty_is_as_far_as_it_may_be() -> None:
    assert logit([0.0, 0.5, 1.0]).tolist() == [-np.inf, 0, np.inf]
    assert logit([0.0, 1.0], least=0.1).tolist() == pytest.approx([-math.log(9), math.log(9)])


@given(st.floats(), st.floats(0, 1), st.floats(0, 0.5))
def test_one_number_is_as_many_are(value: float, probability: float, least: float) -> None:
    if not math.isnan(value):
        assert sigmoid_of(value) == pytest.approx(float(sigmoid(value)), rel=1e-12, abs=1e-300)
    assert logit_of(probability, least) == pytest.approx(float(logit(probability, least)), rel=1e-12)


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=9), st.floats(0.1, 9))
def test_softmax_shares_one_among_the_classes(logits: list[float], temperature: float) -> None:
    found = softmax(np.array(logits, np.float32), temperature)
    assert found.sum() == pytest.approx(1)
    assert found[np.argmax(np.float32(logits))] == found.max()
