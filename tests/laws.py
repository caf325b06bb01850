"""What the tests of training share: jobs, runs, and what it means that two outcomes are the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pytest
import torch
from safetensors.torch import load

from jrtune.spec import Candidate, Job, Outcome, Study
from jrtune.train import PlainTrainer, Problem, prepare
from jrtune.train.executors.grouping import Grouping
from jrtune.train.loop.program import Graphs, WorkerContext
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

CPU = torch.device("cpu")


def problem_of(study: Study, dtype: torch.dtype = torch.float64, **options: object) -> Problem:
    """The study, with its data on the CPU."""
    return prepare(study, study.data(**options), CPU, dtype)


def job_of(
    a: float = 0.5, *, seed: int = 1, keep: bool = False, test: bool = False, **choices: object
) -> Job:
    """A job of the zoo at weights a and 1 - a; ``balancing`` among the choices names a method."""
    balancing = str(choices.pop("balancing", "fixed"))
    candidate = Candidate({"a": a, "b": 1 - a}, choices, balancing)
    return Job(candidate, seed=seed, order_seed=7, test=test, save_model=keep)


def run(problem: Problem, *jobs: Job) -> list[Outcome]:
    """The outcomes of the jobs, in their order."""
    return [outcome for group in PlainTrainer(problem).train(jobs) for _, outcome in group]


def together(problem: Problem, jobs: Sequence[Job], graphs: Graphs | None = None) -> list[Outcome]:
    """The outcomes of the jobs as one cohort."""
    return whole(cohort_of(problem, jobs, {} if graphs is None else graphs))


def cohort_of(problem: Problem, jobs: Sequence[Job], graphs: Graphs) -> Cohort:
    """The jobs as one cohort, of a worker that has these graphs."""
    cohort = Cohort(problem, jobs, group_of(problem, jobs))
    cohort.context = WorkerContext(graphs)
    return cohort


def group_of(problem: Problem, jobs: Sequence[Job]) -> Group:
    """The one group of the jobs."""
    [group] = Grouping(problem).groups_of(jobs)
    return group


def whole(cohort: Cohort) -> list[Outcome]:
    """The outcomes of a cohort that is trained in one go."""
    cohort.advance(cohort.study.epochs)
    results = cohort.finish()
    return [results[member] for member in sorted(results)]


def assert_same(one: Outcome, other: Outcome) -> None:
    """Law: equal in everything but the time it took."""
    assert dataclasses.replace(one, seconds=0) == dataclasses.replace(other, seconds=0)


def assert_all_same(ones: Sequence[Outcome], others: Sequence[Outcome]) -> None:
    """Law: equal one by one."""
    for one, other in zip(ones, others, strict=True):
        assert_same(one, other)


def assert_close(one: Outcome, other: Outcome, tolerance: float = 1e-10) -> None:
    """Law: the same ending and epoch, and every figure and parameter within the tolerance."""
    assert (one.status, one.epoch) == (other.status, other.epoch), (one.message, other.message)
    for name in ("values", "losses", "test", "loss_scale"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=tolerance, abs=tolerance)
    assert len(one.curve) == len(other.curve)
    for row, expected in zip(one.curve, other.curve, strict=True):
        for part in ("train", "val", "objectives", "gradients"):
            assert getattr(row, part) == pytest.approx(getattr(expected, part), rel=tolerance, abs=tolerance)
    assert (one.model is None) == (other.model is None)
    if one.model is not None and other.model is not None:
        assert greatest_difference(one, other) <= tolerance


def greatest_difference(one: Outcome, other: Outcome) -> float:
    """Of any two parameters of kept models."""
    assert one.model is not None
    assert other.model is not None
    mine, theirs = load(one.model), load(other.model)
    assert set(mine) == set(theirs)
    return max(float((mine[n].double() - theirs[n].double()).abs().max()) for n in mine if mine[n].numel())
