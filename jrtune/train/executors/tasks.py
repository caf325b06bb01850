"""Tasks of an executor: those that wait for a worker, and reports that wait to be read."""

from __future__ import annotations

import itertools
from collections import deque

from jrtune.train.executors.executor import CohortTask, Report, SizeTask, TaskId


class Tasks:
    """Numbered tasks in the order in which workers take them, and reports on tasks.

    Attributes:
        waiting: (number, task) of those that no worker has.
        reports: in the order in which they came.
    """

    def __init__(self) -> None:
        self.numbers = itertools.count()
        self.waiting: deque[tuple[TaskId, CohortTask | SizeTask]] = deque()
        self.reports: deque[Report] = deque()

    def add(self, task: CohortTask | SizeTask) -> TaskId:
        """Has a task wait; returns its number, which no other has."""
        number = TaskId(next(self.numbers))
        self.waiting.append((number, task))
        return number

    def forget(self, number: TaskId) -> None:
        """Lets go of a task that waits, and of all reports on it."""
        self.waiting = deque(entry for entry in self.waiting if entry[0] != number)
        self.reports = deque(report for report in self.reports if report.task != number)
