"""Cohorts together before the pruner at rungs, whatever runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Generic

from jrtune.train.executors.executor import CohortId, CohortResult, Executor, Failed, Finished, Standing
from jrtune.train.executors.planning import CohortSpec
from jrtune.train.loop.trainer import Pruner, pruned_at


class Scheduler(Generic[CohortResult]):
    """Sends cohorts from stop to stop.

    With a pruner, every cohort trains to the next rung and waits there. Only when none is running or queued
    does the pruner see those at the lowest rung, all of them in one call, so who is dropped does not depend
    on which worker was faster. Without one, a cohort is built, trained to the end and forgotten in one go.

    Args:
        executor: runs them; entered.
        pruner: drops jobs at its rungs.
    """

    def __init__(self, executor: Executor[CohortResult], pruner: Pruner | None) -> None:
        self.executor, self.pruner = executor, pruner
        self.specs: dict[CohortId, CohortSpec[CohortResult]] = {}
        self.running: set[CohortId] = set()
        self.waiting: list[Standing] = []

    def add(self, spec: CohortSpec[CohortResult]) -> None:
        """Queues a cohort."""
        cohort = self.executor.start(spec)
        self.specs[cohort] = spec
        self._send(cohort, 0)

    def __iter__(self) -> Iterator[tuple[CohortSpec[CohortResult], Finished[CohortResult] | Failed]]:
        """Yields cohorts as they finish; more may be added meanwhile."""
        while self.running:
            report = self.executor.wait()
            self.running.remove(report.cohort)
            if isinstance(report, Standing):
                self._stand(report)
            else:
                yield self.specs.pop(report.cohort), report
            del report  # an error holds its cohort's tensors
            if self.pruner and self.waiting and not self.running:
                self._prune(self.pruner)

    def _stand(self, report: Standing) -> None:
        if report.exhausted:
            self._finish(report.cohort)
        else:
            self.waiting.append(report)

    def _prune(self, pruner: Pruner) -> None:
        """Sends on those at the lowest rung, less the pruned trials; the others wait on."""
        rung = min(report.epoch for report in self.waiting)
        here = [report for report in self.waiting if report.epoch == rung]
        self.waiting = [report for report in self.waiting if report.epoch > rung]
        values: dict[int, Mapping[str, float]] = {}
        for report in here:
            indices = self.specs[report.cohort].indices
            values |= {indices[member]: own for member, own in report.values.items()}
        pruned = pruned_at(pruner, rung, values)
        for report in here:
            self.executor.drop(report.cohort, self.specs[report.cohort].members(pruned))
            self._send(report.cohort, rung)

    def _send(self, cohort: CohortId, epoch: int) -> None:
        """Sends a cohort from an epoch to the next stop."""
        rungs = self.pruner.rungs if self.pruner else ()
        rung = next((rung for rung in rungs if rung > epoch), None)
        if rung is None:
            self._finish(cohort)
        else:
            self.running.add(cohort)
            self.executor.advance(cohort, rung)

    def _finish(self, cohort: CohortId) -> None:
        self.running.add(cohort)
        self.executor.finish(cohort)
