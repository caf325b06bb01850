"""A cohort gives each member what training it alone gives, whoever else is in it."""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import zoo
from laws import assert_close, cohort_of, job_of, problem_of, run, together, whole

import jrtune as jr
from jrtune.spec import TrialStatus
from jrtune.train import prepare
from jrtune.train.stacked import step

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


ADAMW_LATE = ("lstm", "tied", "weight norm", "unused head", "running mean", "noisy")
SGD_SOON = ("mlp", "conv", "embedding", "frozen")
"""What runs by AdamW only with make faults, and what runs by SGD in every run of the tests."""
PAIRS = [
    pytest.param(name, optimizer, marks=pytest.mark.slow if late else ())
    for name in zoo.NETWORKS
    for optimizer, late in (("adamw", name in ADAMW_LATE), ("sgd", name not in SGD_SOON))
]


@pytest.mark.parametrize(("name", "optimizer"), PAIRS)
def test_stacked_equals_one_by_one_over_100_steps(name, optimizer):
    per_epoch = -(-zoo.TRAIN // 8)
    problem = problem_of(zoo.zoo_study(name, epochs=STEPS // per_epoch))
    jobs = jobs_of(VARIED, optimizer=optimizer)
    graphs = {}
    for stacked, alone in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert stacked.status is TrialStatus.COMPLETE
        assert_close(stacked, alone)
    assert all(graph is not None for graph in graphs.values())
    assert len(graphs) == 1


# --- whoever else is in it -------------------------------------------------------------------


def crowd(size, *, leaving):
    """Job 0 is always the same; others that are to leave have a rate at which they diverge."""
    first = job_of(0.4, seed=3, keep=True, test=True, lr=1e-3)
    rates = [1e150 if leaving and k % 2 else 1e-3 for k in range(1, size)]
    return [first, *(job_of(k / size, seed=50 + k, lr=lr) for k, lr in enumerate(rates, 1))]


@pytest.mark.parametrize("leaving", [pytest.param(False, marks=pytest.mark.slow), True])
@pytest.mark.parametrize("name", ["mlp", "conv", "batch norm", "dropout", "attention", "gru", "running mean"])
def test_a_member_does_not_depend_on_who_else_is_there_or_leaves(name, leaving):
    problem = problem_of(zoo.zoo_study(name, epochs=8))
    [alone] = run(problem, crowd(1, leaving=False)[0])
    for size in (1, 7, 32):
        outcomes = together(problem, crowd(size, leaving=leaving))
        assert_close(outcomes[0], alone)
        left = [o for o in outcomes if o.status is TrialStatus.DIVERGED]
        assert len(left) == (size // 2 if leaving else 0)


@pytest.mark.parametrize("name", ["mlp", "conv", "batch norm", "dropout", "attention", "gru", "running mean"])
def test_a_member_does_not_notice_that_others_are_stopped_half_way(name):
    problem = problem_of(zoo.zoo_study(name, epochs=8))
    [alone] = run(problem, crowd(1, leaving=False)[0])
    for size in (7, 32):
        jobs = crowd(size, leaving=False)
        cohort = cohort_of(problem, jobs, {})
        cohort.advance(4)
        cohort.drop([k for k in range(size) if k % 2])
        assert len(cohort.stack) == -(-size // 2)
        outcomes = whole(cohort)
        assert_close(outcomes[0], alone)
        assert [o.status for o in outcomes] == [
            (TrialStatus.COMPLETE, TrialStatus.PRUNED)[k % 2] for k in range(size)
        ]


# --- losses that look at values --------------------------------------------------------------

LABELLED = {
    "boolean indexing": lambda o, b: F.mse_loss(o["b"][b["words"][:, 0] > 2], b["b"][b["words"][:, 0] > 2]),
    "ignore_index": lambda o, b: F.cross_entropy(
        o["a"], torch.where(b["words"][:, 0] > 2, b["a"], -1), ignore_index=-1
    ),
    "where": lambda o, b: torch.where(b["words"][:, :2] > 2, o["b"] - b["b"], 0.0).square().mean(),
    "class weights": lambda o, b: F.cross_entropy(
        o["a"], b["a"], weight=1 / (1 + F.one_hot(b["a"], zoo.CLASSES).sum(0)).to(o["a"])
    ),
    "hard examples": lambda o, b: hard(F.mse_loss(o["b"], b["b"], reduction="none").mean(1)),
}


def hard(each):
    """The mean of what is above the median."""
    return each[each >= each.median()].mean()


def by_numpy(outputs, batch):
    """A metric of another library."""
    return float(np.median(np.abs(outputs["b"].numpy() - batch["b"].numpy())))


@pytest.mark.parametrize("own", [False, True], ids=["one order", "orders of their own"])
@pytest.mark.parametrize("loss", LABELLED)
def test_losses_and_metrics_that_look_at_values(loss, own, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    study = zoo.zoo_study("mlp", epochs=4)
    objectives = {**study.objectives, "distance": jr.minimize(by_numpy, term="b")}
    changed = dataclasses.replace(study, losses={**zoo.LOSSES, "b": LABELLED[loss]}, objectives=objectives)
    assert_cohort_equals_plain(problem_of(changed), jobs_of(VARIED), own)


def assert_cohort_equals_plain(problem, jobs, own=False):
    """Law: with minibatches in one order, or each member in its own."""
    if own:
        jobs = [dataclasses.replace(job, order_seed=k) for k, job in enumerate(jobs)]
    for one, other in zip(together(problem, jobs), run(problem, *jobs), strict=True):
        assert one.status is TrialStatus.COMPLETE
        assert_close(one, other)


def test_a_trace_that_is_given_up_leaves_losses_under_vmap(monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    study = zoo.zoo_study("mlp", epochs=3)
    losses = {**zoo.LOSSES, "b": LABELLED["boolean indexing"]}
    problem = problem_of(dataclasses.replace(study, losses=losses))
    jobs, graphs = jobs_of(VARIED), {}
    cohort = cohort_of(problem, jobs, graphs)
    whole(cohort)
    assert set(graphs.values()) == {None}
    assert not cohort.stack.stacked_terms.looped


@pytest.mark.parametrize(
    "name",
    ["mlp", "conv", "batch norm", "dropout", "lstm", "transformer", "noisy", "running mean", "picture"],
)
def test_members_may_have_minibatches_of_their_own(name, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    assert_cohort_equals_plain(problem_of(zoo.zoo_study(name, epochs=4)), jobs_of(VARIED), own=True)


# --- adaptive balancing ----------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("balancing", ["uncertainty", "dwa", "random-weights"])
def test_adaptive_balancing(balancing, optimizer, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    jobs = jobs_of(VARIED, optimizer=optimizer, balancing=balancing)
    assert_cohort_equals_plain(problem_of(zoo.zoo_study("unused head", epochs=5)), jobs)


# --- CUDA ------------------------------------------------------------------------------------

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_stacked_on_cuda_equals_stacked_on_the_cpu(name):
    study = zoo.zoo_study(name, epochs=4)
    on_cuda = prepare(study, study.data(), torch.device("cuda"), torch.float64)
    jobs = jobs_of(VARIED)
    for one, other in zip(together(on_cuda, jobs), together(problem_of(study), jobs), strict=True):
        assert_close(one, other, 1e-8)


CAPTURED = ["mlp", "conv", "dropout", "running mean"]


def watch_captured(problem, jobs, monkeypatch, sync=lambda mode: None):
    """The outcomes; and checks that every step is captured but the first two of a shape, and of few to come.

    Args:
        sync: called with how waiting for the device is to be taken from here on.
    """
    seen = {8: [], 6: []}

    def watched(self, batch, *args, whole=step.Step.__call__, **named):
        captured = self.captured(batch)
        seen[len(batch["x"])].append(captured)
        sync("error" if captured else "default")
        try:
            return whole(self, batch, *args, **named)
        finally:
            sync("default")

    with monkeypatch.context() as patched:
        patched.setattr(step.Step, "__call__", watched)
        outcomes = together(problem, jobs)
    assert seen == {8: [False, False, *[True] * 10], 6: [False] * 4}  # 4 epochs, each of 3 and 1
    return outcomes


@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_step_is_used_and_equals_the_same_uncaptured(name, monkeypatch):
    """On the CPU, where running the step again stands for replaying it."""
    problem, jobs = problem_of(zoo.zoo_study(name, epochs=4)), jobs_of(VARIED)
    with monkeypatch.context() as patched:
        patched.setattr(step, "on_cuda", lambda stack: True)
        patched.setattr(step, "capture", lambda run, changed: run)
        captured = watch_captured(problem, jobs, monkeypatch)
    for one, other in zip(captured, together(problem, jobs), strict=True):
        assert_close(one, other)


@pytest.mark.cuda
@needs_cuda
@pytest.mark.parametrize("name", CAPTURED)
def test_a_captured_step_on_cuda_waits_for_nothing_and_equals_the_same_uncaptured(name, monkeypatch):
    study = zoo.zoo_study(name, epochs=4)
    problem, jobs = prepare(study, study.data(), torch.device("cuda"), torch.float64), jobs_of(VARIED)
    captured = watch_captured(problem, jobs, monkeypatch, torch.cuda.set_sync_debug_mode)
    monkeypatch.setattr(step.Step, "_capture", lambda *_: None)
    for one, other in zip(captured, together(problem, jobs), strict=True):
        assert_close(one, other, 1e-8)
