"""The learning rate over the steps."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jrtune.errors import StudyError
from jrtune.train.loop.schedule import rate


@given(st.integers(1, 500), st.sampled_from(["cosine", "constant"]), st.floats(0, 1))
def test_the_rate_rises_and_then_never_rises_again_and_is_never_zero(steps, schedule, warmup):
    rates = [rate(step, steps, schedule, warmup) for step in range(steps)]
    rise = int(warmup * steps)
    assert rates[:rise] == sorted(rates[:rise])
    assert rates[rise:] == sorted(rates[rise:], reverse=True)
    assert all(0 < r <= 1 for r in rates)
    assert rise == steps or rates[rise] == 1.0


def test_the_cosine_is_that_of_the_paper():
    # Loshchilov & Hutter 2017, eq. 5, with eta_min = 0, eta_max = 1
    for step in range(10):
        expected = (1 + math.cos(math.pi * step / 10)) / 2
        assert rate(step, 10, "cosine", 0.0) == pytest.approx(expected, rel=1e-12)


def test_warm_up_is_linear():
    assert [rate(s, 40, "constant", 0.1) for s in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


def test_an_unknown_schedule_is_refused():
    with pytest.raises(StudyError, match="schedule must be 'cosine' or 'constant', got 'linear'"):
        rate(0, 10, "linear", 0.0)
