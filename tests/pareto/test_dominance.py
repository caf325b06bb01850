"""Laws of dominance, and moocore against the definition written out."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.pareto.dominance import non_dominated, ranks

# a coarse grid, so that ties, equal points and dominance are common
SETS = st.tuples(st.integers(1, 14), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-2, 3).map(float))
)
FINE = st.tuples(st.integers(1, 14), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(-1e300, 1e300))
)
POINTS = st.integers(1, 4).flatmap(
    lambda m: st.lists(st.lists(st.integers(0, 2), min_size=m, max_size=m), min_size=3, max_size=3)
)


def dominates(a, b):
    """As this package has it: in the pair, only the first is non-dominated."""
    return non_dominated([a, b]).tolist() == [True, False]


def slow_non_dominated(costs):
    def beats(a, b):
        return all(x <= y for x, y in zip(a, b, strict=True)) and any(
            x < y for x, y in zip(a, b, strict=True)
        )

    return [not any(beats(other, point) for other in costs) for point in costs]


def slow_ranks(costs):
    left, found, rank = dict(enumerate(costs)), [0] * len(costs), 0
    while left:
        indices = list(left)
        for index, keep in zip(indices, slow_non_dominated([left[i] for i in indices]), strict=True):
            if keep:
                found[index] = rank
                del left[index]
        rank += 1
    return found


@given(SETS | FINE)
def test_non_dominated_is_the_definition(costs):
    assert non_dominated(costs).tolist() == slow_non_dominated(costs.tolist())


@given(SETS | FINE)
def test_ranks_are_the_definition(costs):
    assert ranks(costs).tolist() == slow_ranks(costs.tolist())


@given(POINTS)
def test_dominance_is_irreflexive_and_antisymmetric(points):
    a, b, _ = points
    assert not dominates(a, a)
    assert not (dominates(a, b) and dominates(b, a))


@given(POINTS)
def test_dominance_is_transitive(points):
    a, b, c = points
    if dominates(a, b) and dominates(b, c):
        assert dominates(a, c)


@given(SETS)
def test_the_front_of_the_front_is_the_front(costs):
    front = costs[non_dominated(costs)]
    assert len(front) > 0
    assert non_dominated(front).all()


@given(SETS)
def test_rank_zero_is_the_front_and_no_rank_is_skipped(costs):
    found = ranks(costs)
    assert ((found == 0) == non_dominated(costs)).all()
    assert set(found) == set(range(found.max() + 1))


@given(SETS, st.randoms(use_true_random=False))
def test_order_does_not_matter(costs, random):
    order = list(range(len(costs)))
    random.shuffle(order)
    np.testing.assert_array_equal(non_dominated(costs[order]), non_dominated(costs)[order])
    np.testing.assert_array_equal(ranks(costs[order]), ranks(costs)[order])


@given(SETS)
def test_inputs_are_left_unchanged(costs):
    before = costs.copy()
    non_dominated(costs)
    ranks(costs)
    np.testing.assert_array_equal(costs, before)


@pytest.mark.parametrize("m", [2, 3, 4])
def test_large_sets_take_moocores_other_algorithm_and_agree(m):
    costs = np.random.default_rng(m).integers(0, 9, (700, m)).astype(float)
    no_worse = (costs[:, None] <= costs[None]).all(axis=2)
    better = (costs[:, None] < costs[None]).any(axis=2)
    np.testing.assert_array_equal(non_dominated(costs), ~(no_worse & better).any(axis=0))


@pytest.mark.parametrize("function", [non_dominated, ranks])
@pytest.mark.parametrize("empty", [[], np.zeros((0, 3))])
def test_no_points_have_no_front(function, empty):
    assert function(empty).shape == (0,)
    assert function(empty).dtype == function([[1.0, 2.0]]).dtype


@pytest.mark.parametrize("function", [non_dominated, ranks])
@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ([[1, float("nan")]], r"costs must be finite, got nan at index \(0, 1\)"),
        ([[1, 2], [float("inf"), 2]], r"costs must be finite, got inf at index \(1, 0\)"),
        ([1.0, 2.0], r"costs must be an n x m array, got shape \(2,\)"),
        (np.zeros((2, 0)), r"n x m array, got shape \(2, 0\)"),
        ([[[1.0]]], r"n x m array, got shape \(1, 1, 1\)"),
        ([[1, 2], [3]], r"costs must be an array of numbers .*: give rows of one length"),
        ([["a", "b"]], r"costs must be an array of numbers"),
    ],
)
def test_hostile_input_is_refused_in_words(function, costs, message):
    with pytest.raises(ValueError, match=message):
        function(costs)


def test_dominance_does_not_pay_for_scipy():
    code = "import sys, jrtune.pareto.dominance, jrtune.pareto.stability; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
