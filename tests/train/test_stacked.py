"""A cohort gives each member what training it alone gives, whoever else is in it."""

import threading

import pytest
import zoo
from laws import assert_close, job_of, problem_of, run

from jrtune.spec import Ending
from jrtune.train.grouping import Grouping
from jrtune.train.stacked import Cohort

STEPS = 100
VARIED = (
    {"a": 0.25, "lr": 1e-3, "weight_decay": 0.1, "clip": 0.0, "schedule": "cosine", "warmup": 0.2},
    {"a": 0.5, "lr": 3e-4, "weight_decay": 0.0, "clip": 0.3, "schedule": "constant", "warmup": 0.0},
    {"a": 0.9, "lr": 1e-3, "weight_decay": 0.01, "clip": 1.0, "schedule": "cosine", "warmup": 0.0},
    {"a": 1.0, "lr": 1e-3, "weight_decay": 0.5, "clip": 1.0, "schedule": "constant", "warmup": 0.5},
    {"a": 0.0, "lr": 5e-4, "weight_decay": 0.1, "clip": 0.1, "schedule": "cosine", "warmup": 0.0},
)
"""Members that differ in whatever members of a cohort may differ in; two are corners.

The rates are not above AdamW's usual 1e-3: some parameters here have a gradient of zero but for rounding (a
bias before a batch norm), AdamW divides that by 1e-8, and the rate is how far such a parameter then drifts.
"""


def jobs_of(settings, **more):
    """A job for each of the settings, each from a seed of its own."""
    return [job_of(**one, seed=11 + k, keep=True, test=True, **more) for k, one in enumerate(settings)]


def together(problem, jobs, graphs=None):
    """The outcomes of the jobs as one cohort."""
    [group] = Grouping(problem).groups_of(jobs)
    graphs = {} if graphs is None else graphs
    return Cohort(problem, jobs, group.randomness, graphs, repr(group), threading.Event()).train()


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_stacked_equals_one_by_one_over_100_steps(name, optimizer):
    per_epoch = -(-zoo.TRAIN // 8)
    problem = problem_of(zoo.zoo_study(name, epochs=STEPS // per_epoch))
    jobs = jobs_of(VARIED, optimizer=optimizer)
    graphs = {}
    for stacked, alone in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert stacked.ending is Ending.COMPLETE
        assert_close(stacked, alone)
    assert all(graph is not None for graph in graphs.values())
    assert len(graphs) == 1


# --- whoever else is in it -------------------------------------------------------------------


def crowd(size, *, leaving):
    """Job 0 is always the same; others that are to leave have a rate at which they diverge."""
    first = job_of(0.4, seed=3, keep=True, test=True, lr=1e-3)
    rates = [1e150 if leaving and k % 2 else 1e-3 for k in range(1, size)]
    return [first, *(job_of(k / size, seed=50 + k, lr=lr) for k, lr in enumerate(rates, 1))]


@pytest.mark.parametrize("leaving", [False, True])
@pytest.mark.parametrize("name", ["mlp", "conv", "batch norm", "dropout", "attention", "gru", "running mean"])
def test_a_member_does_not_depend_on_who_else_is_there_or_leaves(name, leaving):
    problem = problem_of(zoo.zoo_study(name, epochs=8))
    [alone] = run(problem, crowd(1, leaving=False)[0])
    for size in (1, 7, 32):
        outcomes = together(problem, crowd(size, leaving=leaving))
        assert_close(outcomes[0], alone)
        left = [o for o in outcomes if o.ending is Ending.DIVERGED]
        assert len(left) == (size // 2 if leaving else 0)
