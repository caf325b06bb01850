"""Within limits the best is taken; where nothing is within, the nearest is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.pareto.epsilon_constraint import OutOfReachError, at_least

NAN = float("nan")
SETS = arrays(
    np.float64, st.tuples(st.integers(1, 10), st.integers(1, 4)), elements=st.integers(0, 20).map(float)
)


@given(SETS, st.integers(0, 20), st.integers(0, 3))
def test_at_least_is_the_best_of_those_within(costs, limit, best):
    m = costs.shape[1]
    best %= m
    limits = [float(limit)] + [NAN] * (m - 1)
    within = costs[costs[:, 0] <= limit]
    if len(within):
        chosen = costs[at_least(costs, limits, best)]
        assert chosen[0] <= limit
        assert chosen[best] == within[:, best].min()
    else:
        with pytest.raises(OutOfReachError, match=r"no point has costs within") as caught:
            at_least(costs, limits, best)
        assert costs[caught.value.nearest][0] == costs[:, 0].min()


def test_the_limit_itself_is_within():
    assert at_least([[1, 5], [2, 4]], [2, NAN], best=1) == 1
    assert at_least([[1, 5], [2, 4]], [1.9, NAN], best=1) == 0


def test_where_none_qualifies_the_nearest_is_said():
    costs = [[9, 9], [1, 4], [4, 1]]
    message = r"no point has costs within \[0.5, none\]; the nearest is point 1 with \[1, 4\]: loosen a limit"
    with pytest.raises(OutOfReachError, match=message):
        at_least(costs, [0.5, NAN], best=1)


def test_nearest_is_judged_in_units_of_the_front():
    costs = [[0, 3000], [1, 0]]  # a thousand here is a third of the front, one there is all of it
    with pytest.raises(OutOfReachError) as caught:
        at_least(costs, [0, 2000], best=0)
    assert caught.value.nearest == 0


@pytest.mark.parametrize(
    ("limits", "best", "message"),
    [
        ([1], 0, r"limits must have 2 entries, got shape \(1,\)"),
        ([1, 1], 2, "best must be a column from 0 to 1, got 2"),
        ([1, 1], -1, "best must be a column from 0 to 1, got -1"),
    ],
)
def test_limits_that_do_not_fit_are_refused(limits, best, message):
    with pytest.raises(ValueError, match=message):
        at_least([[0, 1], [1, 0]], limits, best)
