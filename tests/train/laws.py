"""What the tests of training share: jobs, runs, and what it means that two outcomes are the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch

from jrtune.spec import Candidate, Job, Outcome, Study
from jrtune.train import PlainTrainer, Problem, prepare

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
    return Job(candidate, seed=seed, order_seed=7, test=test, keep_model=keep)


def run(problem: Problem, *jobs: Job) -> list[Outcome]:
    """The outcomes of the jobs, in their order."""
    return [outcome for _, outcome in PlainTrainer(problem).train(jobs)]


def assert_same(one: Outcome, other: Outcome) -> None:
    """Law: equal in everything but the time it took."""
    assert dataclasses.replace(one, seconds=0) == dataclasses.replace(other, seconds=0)


def assert_all_same(ones: Sequence[Outcome], others: Sequence[Outcome]) -> None:
    """Law: equal one by one."""
    for one, other in zip(ones, others, strict=True):
        assert_same(one, other)
