"""Tasks one after another in this process: for debugging, and where no other process can be had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import torch

from jrtune.train.executors.executor import CohortTask, Report, SizeTask, TaskId
from jrtune.train.executors.tasks import Tasks
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
        self.tasks = Tasks()
        self.worker = Worker(self.problem, lambda report: self.tasks.reports.append(report))
        self.doing: Iterator[None] = iter(())
        return self

    def __exit__(self, *_: object) -> None:
        """Forgets all tasks."""
        self.tasks.waiting.clear()
        self.tasks.reports.clear()

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """As :meth:`Executor.start`."""
        return self.tasks.add(task)

    def end(self, task: TaskId) -> None:
        """As :meth:`Executor.end`."""
        if self.worker.task == task:
            self.doing = iter(())
        self.tasks.forget(task)

    def wait(self, seconds: float) -> Report | None:
        """As :meth:`Executor.wait`."""
        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            while not self.tasks.reports:
                if next(self.doing, DONE) is DONE:
                    if not self.tasks.waiting:
                        return None
                    self.doing = self.worker.do(*self.tasks.waiting.popleft())
        finally:
            torch.set_num_threads(before)
        return self.tasks.reports.popleft()
