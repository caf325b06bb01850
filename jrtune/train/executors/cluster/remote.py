"""Remote workers: the class of the actors, which train on the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue

import ray
import torch

from jrtune.train.executors.child import Failed, Ready, sendable_error, trace_of
from jrtune.train.executors.cluster.parcel import Arrays, Parcel
from jrtune.train.executors.executor import CohortTask, Done, Lost, Raised, Report, SizeTask, TaskId, Update
from jrtune.train.executors.worker import Worker
from jrtune.train.loop.device import is_spoilt


class RemoteWorker:
    """Does tasks in a thread, and gives their reports as they come.

    Args:
        threads: CPU threads of a training.
    """

    def __init__(self, threads: int) -> None:
        self.thread = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))
        self.reports: SimpleQueue[Report] = SimpleQueue()

    @ray.method
    def load(self, parcel: Parcel, arrays: Arrays) -> Ready | Failed:
        """Makes the problem, on the GPU that this actor has, else on the CPU."""
        device = "cuda:0" if ray.get_gpu_ids() else "cpu"  # Ray shows an actor its own GPUs alone
        try:
            problem = self.thread.submit(parcel.load, device, arrays).result()
        except Exception as error:
            return Failed(sendable_error(error), trace_of(error))
        self.worker = Worker(problem, self.reports.put)
        return Ready()

    @ray.method(num_returns="streaming")
    def do(self, number: TaskId, task: CohortTask | SizeTask) -> Iterator[list[Report]]:
        """Does a task; yields the reports that have come since the last.

        The last of them is :class:`Done`, :class:`Raised` or :class:`Lost`.
        """
        self.thread.submit(self._train, number, task)
        last: Report | None = None
        while not isinstance(last, Done | Raised | Lost):
            fresh = [self.reports.get()]
            while not self.reports.empty():
                fresh.append(self.reports.get())
            last = fresh[-1]
            yield [_sendable(report) for report in _without_beats(fresh)]

    def _train(self, number: TaskId, task: CohortTask | SizeTask) -> None:
        try:
            for _ in self.worker.do(number, task):
                pass
        except BaseException as error:  # sys.exit in a study; a thread would say nothing
            self.reports.put(Lost(number, f"{type(error).__name__}: {error}", outside=False))


def _without_beats(reports: list[Report]) -> list[Report]:
    """Reports without the signs of life that others beside them are as well."""
    others = [report for report in reports if not _is_beat(report)]
    return others or reports[-1:]


def _is_beat(report: Report) -> bool:
    return isinstance(report, Update) and not (report.outcomes or report.resume or report.line)


def _sendable(report: Report) -> Report:
    """The report as it can be sent; a loss where CUDA cannot be used any more in this process."""
    if not isinstance(report, Raised):
        return report
    if is_spoilt(report.error):
        return Lost(report.task, " ".join(str(report.error).split()), outside=False)
    return replace(report, error=sendable_error(report.error), trace=trace_of(report.error))
