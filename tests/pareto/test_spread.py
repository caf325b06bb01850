"""A few points of a front: their order, their gaps, and hostile inputs."""

import numpy as np
import pytest

from jrtune.pareto.choose import knee
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.spread import spread

ARC = [[np.sin(t), np.cos(t)] for t in np.pi + np.linspace(0, np.pi / 2, 21)]


def test_the_knee_and_the_ends_come_first():
    found = spread(ARC, 3)
    assert found[0] == knee(ARC) == 10
    assert sorted(found[1:]) == [0, 20]


def test_fewer_are_a_beginning_of_more():
    assert spread(ARC, 4) == spread(ARC, 9)[:4]


def test_no_gap_is_more_than_twice_what_the_best_choice_leaves():
    # of 21 points on an arc, 5 evenly placed ones leave none farther than 2.5 steps away
    chosen = np.array(ARC)[spread(ARC, 5)]
    gaps = np.linalg.norm(np.array(ARC)[:, None] - chosen, axis=2).min(axis=1)
    assert gaps.max() <= 2 * 2.5 * np.linalg.norm(np.subtract(*ARC[:2]))


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_only_the_front_is_taken_and_nothing_twice(columns):
    costs = np.random.default_rng(0).normal(size=(40, columns))
    costs = np.concatenate([costs, costs])
    found = spread(costs, 100)
    assert non_dominated(costs)[found].all()
    assert len({tuple(costs[i]) for i in found}) == len(found) == non_dominated(costs).sum() / 2


def test_units_do_not_matter():
    costs = np.random.default_rng(1).normal(size=(60, 3))  # no ties, which rounding would decide
    assert spread(costs * [1e6, 1e-6, 1] + [3, 0, -7], 6) == spread(costs, 6)


def test_nothing_and_too_few():
    assert spread(np.empty((0, 2)), 3) == []
    with pytest.raises(ValueError, match="1 or more, got 0"):
        spread(ARC, 0)
