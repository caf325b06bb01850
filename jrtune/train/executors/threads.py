"""Cohorts beside each other in the threads of this process, a worker for each CPU core."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Generic, Self

import torch

from jrtune.train.executors.executor import CohortId, CohortResult, Failed, Finished, Standing
from jrtune.train.executors.planning import CohortSpec
from jrtune.train.executors.worker import Worker
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.checkpoint import Checkpoint
from jrtune.train.stacked.step import Graphs


class Threads(Generic[CohortResult]):
    """As :class:`jrtune.train.executors.executor.Executor`: a thread for each worker.

    On a CPU each core trains a cohort of its own with one thread. Threads that share the operations of one
    small program wait for each other at every one of them: on two quiet cores that was up to 1.4 times
    faster than one thread, beside other programs up to 80 times slower (a stack of 32 small MLPs).

    Args:
        problem: the study's.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.workers = torch.get_num_threads() if problem.device.type == "cpu" else 1
        self.graphs: Graphs = {}

    def __enter__(self) -> Self:
        """Makes the threads."""
        self.worker = Worker[CohortResult](self.problem, self.graphs)
        self.threads = ThreadPoolExecutor(self.workers, initializer=self._one_thread)
        self.running: set[Future[Standing | Finished[CohortResult] | Failed]] = set()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops the threads."""
        self.worker.cancel()
        self.threads.shutdown(cancel_futures=True)
        del self.worker, self.running

    def start(self, spec: CohortSpec[CohortResult], checkpoint: Checkpoint | None = None) -> CohortId:
        """As :meth:`Executor.start`."""
        return self.worker.start(spec, checkpoint)

    def advance(self, cohort: CohortId, until: int) -> None:
        """As :meth:`Executor.advance`."""
        self.running.add(self.threads.submit(self.worker.run, cohort, until))

    def drop(self, cohort: CohortId, members: Collection[int]) -> None:
        """As :meth:`Executor.drop`."""
        self.worker.drop(cohort, members)

    def finish(self, cohort: CohortId) -> None:
        """As :meth:`Executor.finish`."""
        self.running.add(self.threads.submit(self.worker.run, cohort, None))

    def checkpoint(self, cohort: CohortId) -> Checkpoint:
        """As :meth:`Executor.checkpoint`."""
        return self.worker.checkpoint(cohort)

    def wait(self) -> Standing | Finished[CohortResult] | Failed:
        """As :meth:`Executor.wait`."""
        future = next(iter(wait(self.running, return_when=FIRST_COMPLETED).done))
        self.running.remove(future)
        return future.result()

    def _one_thread(self) -> None:
        if self.problem.device.type == "cpu":
            torch.set_num_threads(1)
