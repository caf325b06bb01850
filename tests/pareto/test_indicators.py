"""Laws of the indicators, and moocore against slow controls in plain Python."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.indicators import contributions, hypervolume, igd_plus, span

REFERENCE = 3.0


def sets(columns, least=1):
    """Points on a coarse grid, of which some lie at or beyond the reference."""
    return st.tuples(st.integers(least, 10), columns).flatmap(
        lambda shape: arrays(np.float64, shape, elements=st.integers(-2, 4).map(float))
    )


SETS = sets(st.integers(1, 4))
PAIRS = st.integers(1, 4).flatmap(lambda m: st.tuples(sets(st.just(m)), sets(st.just(m))))
COORDINATES = st.floats(-3, 3, width=32)
PLANE = st.lists(st.tuples(COORDINATES, COORDINATES), max_size=12)


def corner(costs):
    return np.full(costs.shape[1], REFERENCE)


def swept(points, reference):
    """Hypervolume in two dimensions: strips from left to right, each as high as the lowest point so far."""
    x_end, lowest, volume = reference[0], reference[1], 0.0
    for x, y in sorted(p for p in points if p[0] < reference[0] and p[1] < reference[1]):
        if y < lowest:
            volume += (x_end - x) * (lowest - y)
            lowest = y
    return volume


def counted(costs):
    """Hypervolume of points of integers: the unit cells that some point dominates."""
    low, m = int(costs.min()), costs.shape[1]
    cells = np.stack(np.meshgrid(*[np.arange(low, REFERENCE)] * m, indexing="ij"), -1).reshape(-1, m)
    return (costs[None] <= cells[:, None]).all(axis=2).any(axis=1).sum()


def slow_igd_plus(costs, targets):
    def distance(z, a):
        return math.sqrt(sum(max(y - x, 0) ** 2 for x, y in zip(z, a, strict=True)))

    return sum(min(distance(z, a) for a in costs) for z in targets) / len(targets)


# --- hypervolume -----------------------------------------------------------------------------


@given(PLANE)
def test_hypervolume_in_the_plane_is_the_sweep(points):
    costs = np.array(points).reshape(-1, 2)
    assert hypervolume(costs, [2, 1]) == pytest.approx(swept(points, (2, 1)), abs=1e-9)


@given(SETS)
def test_hypervolume_counts_dominated_cells(costs):
    assert hypervolume(costs, corner(costs)) == pytest.approx(counted(costs))


@given(SETS)
def test_dominated_points_do_not_change_the_hypervolume(costs):
    front = costs[non_dominated(costs)]
    assert hypervolume(front, corner(costs)) == hypervolume(costs, corner(costs))


@given(PAIRS)
def test_hypervolume_is_monotone(pair):
    subsampled, more = pair
    both = hypervolume(np.vstack(pair), corner(subsampled))
    assert both >= hypervolume(subsampled, corner(subsampled))
    assert both >= hypervolume(more, corner(subsampled))


@given(SETS, st.integers(0, 3))
def test_a_better_point_has_more_hypervolume(costs, column):
    better = costs.copy()
    better[:, column % costs.shape[1]] -= 1
    inside = (costs < REFERENCE).all(axis=1).any()
    gained = hypervolume(better, corner(costs)) > hypervolume(costs, corner(costs))
    assert gained or not inside


def test_points_beyond_the_reference_add_nothing_and_spoil_nothing():
    alone = hypervolume([[1, 1]], [3, 3])
    assert alone == 4
    assert hypervolume([[1, 1], [3, 0], [0, 3], [9, -9]], [3, 3]) == alone
    assert hypervolume([[3, 3]], [3, 3]) == 0
    assert hypervolume([], [3, 3]) == 0
    assert hypervolume(np.zeros((0, 2)), [3, 3]) == 0


# --- contributions ---------------------------------------------------------------------------


@given(SETS)
def test_a_contribution_is_what_the_front_loses_without_the_point(costs):
    mask, whole = non_dominated(costs), hypervolume(costs, corner(costs))
    for i, added in enumerate(contributions(costs, corner(costs))):
        rest = costs[mask & (np.arange(len(costs)) != i)]
        lost = whole - hypervolume(rest, corner(costs)) if mask[i] else 0.0
        assert added == pytest.approx(lost)


def test_no_points_contribute_nothing():
    assert contributions([], [1, 1]).shape == (0,)
    assert contributions([[5, 5]], [1, 1]).tolist() == [0]


# --- IGD+, span ------------------------------------------------------------------------------


@given(PAIRS)
def test_igd_plus_is_the_definition(pair):
    assert igd_plus(*pair) == pytest.approx(slow_igd_plus(*(a.tolist() for a in pair)))


@given(PAIRS)
def test_igd_plus_is_zero_where_the_reference_set_is_covered_and_never_grows_with_points(pair):
    costs, targets = pair
    both = np.vstack(pair)
    assert igd_plus(both, targets) == 0
    assert igd_plus(both, np.vstack([targets, costs - 1])) <= igd_plus(costs, np.vstack([targets, costs - 1]))


def test_no_points_are_infinitely_far():
    assert igd_plus([], [[1, 1]]) == math.inf


@given(SETS)
def test_span_is_of_the_front_alone(costs):
    front = costs[non_dominated(costs)]
    np.testing.assert_array_equal(span(costs), front.max(axis=0) - front.min(axis=0))
    dominated = costs.max(axis=0, keepdims=True) + 100
    np.testing.assert_array_equal(span(np.vstack([costs, dominated])), span(costs))


def test_span_of_one_point_and_of_none():
    assert span([[1, 2]]).tolist() == [0, 0]
    assert span(np.zeros((0, 3))).tolist() == [0, 0, 0]


# --- hostile input ---------------------------------------------------------------------------


@pytest.mark.parametrize("function", [hypervolume, contributions])
@pytest.mark.parametrize(
    ("costs", "reference", "message"),
    [
        ([[1, float("nan")]], [3, 3], r"costs must be finite, got nan at index \(0, 1\)"),
        ([[1, float("-inf")]], [3, 3], r"costs must be finite, got -inf"),
        ([[1, 1]], [3, float("inf")], r"reference must be finite, got inf at index 1"),
        ([], [float("nan")], r"reference must be finite, got nan at index 0"),
        ([[1, 1]], [3], r"reference must have 2 entries, got 1"),
        ([[1, 1]], [3, 3, 3], r"reference must have 2 entries, got 3"),
        (np.zeros((0, 2)), [3], r"reference must have 2 entries, got 1"),
        ([[1, 1]], 3, r"reference must be a vector, got shape \(\)"),
        ([1, 1], [3, 3], r"costs must be an n x m array, got shape \(2,\)"),
    ],
)
def test_what_moocore_would_answer_with_a_number_is_refused(function, costs, reference, message):
    with pytest.raises(ValueError, match=message):
        function(costs, reference)


@pytest.mark.parametrize(
    ("costs", "targets", "message"),
    [
        ([[1, 1]], [], "reference_set must hold at least one point, got none"),
        ([[1, 1]], [[1, 1, 1]], "reference_set must have the 2 columns of costs, got 3"),
        ([[1, 1]], [[1, float("nan")]], "reference_set must be finite, got nan"),
        ([[float("inf"), 1]], [[1, 1]], "costs must be finite, got inf"),
    ],
)
def test_igd_plus_refuses_what_does_not_fit(costs, targets, message):
    with pytest.raises(ValueError, match=message):
        igd_plus(costs, targets)


@given(PAIRS)
def test_inputs_are_left_unchanged(pair):
    costs, targets = pair
    before = [a.copy() for a in pair]
    hypervolume(costs, corner(costs))
    contributions(costs, corner(costs))
    igd_plus(costs, targets)
    span(costs)
    for now, then in zip(pair, before, strict=True):
        np.testing.assert_array_equal(now, then)
