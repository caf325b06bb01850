"""Tasks one after another in this process: for debugging, and where no other process can be had."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Self

import torch

from jrtune.train.executors.executor import CohortTask, Report, SizeTask, TaskId
from jrtune.train.executors.worker import Worker
from jrtune.train.loop.problem import Problem

DONE = object()


class Inline:
    """As :class:`jrtune.train.executors.executor.Executor`: a task is done while its reports are waited for.

    Nothing can be ended half way: what hangs or crashes takes this process with it.

    Args:
        problem: the study's.
        workers: tasks that are in hand at once, which decides the order of decisions; one is worked on.
        threads: CPU threads while a task is done.
    """

    def __init__(self, problem: Problem, workers: int = 1, threads: int = 1) -> None:
        self.problem, self.workers, self.threads = problem, workers, threads

    def __enter__(self) -> Self:
        """Makes the worker."""
        self.numbers = itertools.count()
        self.queue: deque[tuple[TaskId, CohortTask | SizeTask]] = deque()
        self.reports: deque[Report] = deque()
        self.worker = Worker(self.problem, lambda report: self.reports.append(report))
        self.doing: Iterator[None] = iter(())
        return self

    def __exit__(self, *_: object) -> None:
        """Forgets all tasks."""
        self.queue.clear()
        self.reports.clear()

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """As :meth:`Executor.start`."""
        number = TaskId(next(self.numbers))
        self.queue.append((number, task))
        return number

    def end(self, task: TaskId) -> None:
        """As :meth:`Executor.end`."""
        self.queue = deque(entry for entry in self.queue if entry[0] != task)
        if self.worker.task == task:
            self.doing = iter(())
        self.reports = deque(report for report in self.reports if report.task != task)

    def wait(self, seconds: float) -> Report | None:
        """As :meth:`Executor.wait`."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            while not self.reports:
                if next(self.doing, DONE) is DONE:
                    if not self.queue:
                        return None
                    self.doing = self.worker.do(*self.queue.popleft())
        finally:
            torch.set_num_threads(before)
        return self.reports.popleft()
