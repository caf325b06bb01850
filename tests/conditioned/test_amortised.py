"""The amortised front: which networks are tried, which are dropped, and what the user gets."""

from dataclasses import replace

import numpy as np
import pytest
from problems import concave

import jrtune as jr
from jrtune.conditioned.amortised import Halving, jobs_of, weightings_of
from jrtune.errors import InputError, StudyError
from jrtune.pareto.dominance import non_dominated

STUDY = replace(concave.study, epochs=3)
OBJECTIVES = list(STUDY.objectives)


@pytest.fixture(scope="module")
def data():
    return STUDY.data()


def front_of(data, **options):
    return jr.amortised_front(STUDY, data, device="cpu", **options)


def test_the_table_is_a_front_and_its_networks_have_its_figures(data):
    front = front_of(data)
    costs = front.table[[f"val {name}" for name in OBJECTIVES]].to_numpy()
    costs = costs * [STUDY.objectives[name].sign for name in OBJECTIVES]
    assert non_dominated(costs).all()
    assert (np.diff(costs[:, 0]) >= 0).all()
    for row in (0, len(costs) - 1):
        for split in ("val", "test"):
            metrics = jr.measure(front.at(row), STUDY, data, split, device="cpu")
            context = {name: front.table.iloc[row][f"{split} {name}"] for name in OBJECTIVES}
            assert metrics == pytest.approx(context, rel=1e-4, abs=1e-5)


def test_the_seed_decides(data):
    one, again, other = (front_of(data, seed=seed).table for seed in (0, 0, 1))
    assert one.equals(again)
    assert not one.equals(other)


def test_the_default_architecture_first_and_no_other_twice():
    space = {"a": jr.choice(1, 2), "b": jr.choice("x", "y", "z", default="y"), "lr": jr.number(0.01, 0.1)}
    study = replace(STUDY, space=space, model=lambda **_: None)
    tried = [[job.candidate.choices for job in jobs_of(study, 4, seed)] for seed in (0, 0, 1)]
    assert tried[0] == tried[1] != tried[2]
    for choices in tried:
        assert choices[0] == {"a": 1, "b": "y", "lr": pytest.approx(0.055)}
        assert len({tuple(c.items()) for c in choices}) == 4
    assert len(jobs_of(study, 99, 0)) == 6
    assert len({job.seed for job in jobs_of(study, 6, 0)}) == 6


@pytest.mark.parametrize(("terms", "count"), [(1, 1), (2, 11), (3, 21), (5, 15)])
def test_weightings_cover_the_simplex(terms, count):
    points = np.array(weightings_of([str(k) for k in range(terms)]))
    assert points.shape == (count, terms)
    np.testing.assert_allclose(points.sum(axis=1), 1)
    assert {tuple(corner) for corner in np.eye(terms)} <= {tuple(point) for point in points}


def test_the_half_whose_front_is_worth_less_is_dropped_once():
    study = replace(STUDY, epochs=15)
    pruner = Halving(study, 45)
    assert pruner.rungs == [10, 15, 20, 25, 30, 35, 40]
    signs = [study.objectives[name].sign for name in OBJECTIVES]
    # fronts of two points each, in costs: the second network's lies below all others
    fronts = {0: [[0, 3], [3, 0]], 1: [[0, 1], [1, 0]], 2: [[0, 2], [2, 0]]}
    metrics = {
        k: {
            f"{w} {name}": s * v
            for w, row in enumerate(f)
            for name, s, v in zip(OBJECTIVES, signs, row, strict=True)
        }
        for k, f in fronts.items()
    }
    assert set(pruner.pruned(10, metrics)) == {0}
    assert set(pruner.pruned(10, {k: metrics[k] for k in (0, 2)})) == {0}
    assert not pruner.pruned(10, {1: metrics[1]})
    assert not pruner.pruned(15, metrics)


def test_what_cannot_be_done_says_why(data):
    with pytest.raises(InputError, match="integers from 1, got 0, 4"):
        front_of(data, epochs=0)
    with pytest.raises(InputError, match="integers from 1, got 3, 0"):
        front_of(data, epochs=3, networks=0)
    with pytest.raises(StudyError, match="without constraints"):
        jr.amortised_front(replace(STUDY, constraints={next(iter(STUDY.losses)): 0.5}), data)
