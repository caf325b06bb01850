"""Workers: do one task after another in this process, and report as they go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from jrtune.spec import Outcome
from jrtune.train.executors.executor import (
    Begun,
    CohortTask,
    Done,
    Raised,
    Report,
    SizeTask,
    TaskId,
    Update,
)
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.executors.trainer import CohortTrainer
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.program import Program
from jrtune.train.loop.trainer import show_curves

BEAT = 0.2
"""Seconds between two signs of life: an epoch of a small study takes less, and need not be reported."""


class Worker:
    """Does the tasks of one problem; executors of every kind are made of it.

    Args:
        problem: the study's.
        report: takes reports.
    """

    def __init__(self, problem: Problem, report: Callable[[Report], None]) -> None:
        self.problem, self.report = problem, report
        self.trainer = CohortTrainer(problem, None, self._log, self)
        self.task = TaskId(0)
        self.every = self.saved = self.beat = 0.0

    def do(self, number: TaskId, task: CohortTask | SizeTask) -> Iterator[None]:
        """Does one task; stops after every few reports, to be gone on with.

        Errors of the study's functions become reports.
        """
        self.task = number
        self.saved = self.beat = time.monotonic()
        self.report(Begun(number))
        yield
        try:
            if isinstance(task, SizeTask):
                self.trainer.planner.size = None
                size = self.trainer.capacity(task.job)
            else:
                yield from self._train(task)
                size = self.trainer.planner.size or 1
        except Exception as error:
            self.report(Raised(number, error))
        else:
            self.report(Done(number, size))

    def _train(self, task: CohortTask) -> Iterator[None]:
        self.every = task.every
        self.trainer.planner.size = task.size
        done = set(range(len(task.jobs))) - task.wanted
        if task.pruner:
            show_curves(task.pruner, task.curves)
        for group in self.trainer.train(task.jobs, done, task.pruner, task.resume, task.apart, task.company):
            self.report(Update(self.task, dict(group)))
            yield

    def _log(self, line: str) -> None:
        self.report(Update(self.task, {}, None, line))

    # --- as the trainer's observer -----------------------------------------------------------------

    def at_epoch(self, indices: Sequence[int], program: Program[Outcome]) -> None:
        """Shows a sign of life, and saves the training where it has not been for long."""
        now = time.monotonic()
        if now - self.saved >= self.every:
            self.at_rung(indices, program)
        elif now - self.beat >= BEAT:
            self.beat = now
            self.report(Update(self.task, {}))

    def at_rung(self, indices: Sequence[int], program: Program[Outcome]) -> None:
        """Saves the training."""
        point = ResumePoint(tuple(indices), program.checkpoint().to_bytes())
        self.saved = self.beat = time.monotonic()
        self.report(Update(self.task, {}, point))
