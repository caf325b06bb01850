"""Who stands beside a point of the front."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.neighbours import neighbours

PAIRS = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(2)), elements=st.integers(0, 20).map(float))
TRIPLES = arrays(np.float64, st.tuples(st.integers(1, 9), st.just(3)), elements=st.integers(0, 20).map(float))


@given(PAIRS)
def test_with_two_objectives_nothing_of_the_front_lies_between(costs):
    front = np.flatnonzero(non_dominated(costs))
    firsts = sorted({costs[i, 0] for i in front})
    for index in front:
        place = firsts.index(costs[index, 0])
        beside = [firsts[k] for k in (place - 1, place + 1) if 0 <= k < len(firsts)]
        assert [costs[i, 0] for i in neighbours(costs, index)] == beside


@given(TRIPLES)
def test_with_more_they_are_the_nearest_that_differ(costs):
    front = np.flatnonzero(non_dominated(costs))
    extent = np.ptp(costs[front], axis=0)
    scaled = (costs - costs[front].min(axis=0)) / np.where(extent > 0, extent, 1)
    for index in front:
        found = neighbours(costs, index)
        gaps = {tuple(scaled[i]): np.linalg.norm(scaled[i] - scaled[index]) for i in front}
        del gaps[tuple(scaled[index])]
        nearest = sorted(gaps.values())[:2]
        np.testing.assert_allclose([np.linalg.norm(scaled[i] - scaled[index]) for i in found], nearest)


def test_they_are_of_the_front_distinct_and_the_first_of_equals():
    costs = [[0, 9, 0], [1, 1, 1], [9, 9, 9], [1, 1, 1], [2, 0, 1], [2, 0, 1], [1, 1, 0.9]]
    assert neighbours(costs, 6) == [4, 0]
    assert neighbours([[0, 9], [0, 9], [1, 3], [5, 5], [9, 0]], 2) == [0, 4]


def test_units_do_not_matter():
    costs = np.array([[0, 9, 4], [3, 3, 3], [4, 1, 8], [9, 0, 0]], dtype=float)
    assert neighbours(costs * [1, 1024, 1 / 1024], 1) == neighbours(costs, 1)


@pytest.mark.parametrize("costs", [[[3, 4]], [[5], [5], [6]], [[1, 2], [1, 2]], [[1, 2, 3], [9, 9, 9]]])
def test_a_point_may_have_none(costs):
    assert neighbours(costs, 0) == []


def test_there_must_be_such_a_point():
    with pytest.raises(IndexError):
        neighbours([[1, 2]], 3)
