"""Workers: build cohorts from data, and train them in the process and thread that ask for it."""

from __future__ import annotations

import gc
import itertools
from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic

import torch

from jrtune.train.executors.executor import CohortId, CohortResult, Failed, Finished, Standing
from jrtune.train.executors.planning import CohortSpec
from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.checkpoint import Checkpoint
from jrtune.train.stacked.program import Program, WorkerContext
from jrtune.train.stacked.step import Graphs


@dataclass
class _Entry(Generic[CohortResult]):
    """A cohort that a worker knows: its program once it is built, and members to be dropped."""

    spec: CohortSpec[CohortResult]
    checkpoint: Checkpoint | None
    program: Program[CohortResult] | None = None
    dropped: Collection[int] = ()


class Worker(Generic[CohortResult]):
    """Cohorts of one problem in one process; executors of every kind are made of it.

    Args:
        problem: the study's.
        graphs: traced steps that earlier workers left; added to.
    """

    def __init__(self, problem: Problem, graphs: Graphs | None = None) -> None:
        self.problem = problem
        self.context = WorkerContext({} if graphs is None else graphs)
        self.numbers = itertools.count()
        self.entries: dict[CohortId, _Entry[CohortResult]] = {}

    def start(self, spec: CohortSpec[CohortResult], checkpoint: Checkpoint | None = None) -> CohortId:
        """As :meth:`jrtune.train.executors.executor.Executor.start`."""
        cohort = CohortId(next(self.numbers))
        self.entries[cohort] = _Entry(spec, checkpoint)
        return cohort

    def drop(self, cohort: CohortId, members: Collection[int]) -> None:
        """As :meth:`jrtune.train.executors.executor.Executor.drop`; the next run does it."""
        self.entries[cohort].dropped = members

    def checkpoint(self, cohort: CohortId) -> Checkpoint:
        """As :meth:`jrtune.train.executors.executor.Executor.checkpoint`."""
        return self._program(self.entries[cohort]).checkpoint()

    def run(self, cohort: CohortId, until: int | None) -> Standing | Finished[CohortResult] | Failed:
        """Trains a cohort here and now.

        Args:
            cohort: its number.
            until: the epoch after which it is to stand; None finishes it.
        """
        try:
            return self._run(cohort, until)
        except Exception as error:
            if not (isinstance(error, MemoryError | RuntimeError) and is_out_of_memory(error)):
                return Failed(cohort, error)
        gc.collect()  # only here has the error let go of the cohort's tensors
        if self.problem.device.type == "cuda":
            torch.cuda.empty_cache()
        return Failed(cohort, None)

    def cancel(self) -> None:
        """Breaks off what is running."""
        self.context.cancelled.set()

    def _run(self, cohort: CohortId, until: int | None) -> Standing | Finished[CohortResult]:
        entry = self.entries.pop(cohort)  # a cohort that finishes or fails is held by nobody
        program = self._program(entry)
        if not program.exhausted:
            program.advance(program.study.epochs if until is None else until)
        if until is None:
            return Finished(cohort, program.finish())
        self.entries[cohort] = entry
        return Standing(cohort, program.epoch, program.exhausted, program.objectives())

    def _program(self, entry: _Entry[CohortResult]) -> Program[CohortResult]:
        """The cohort's program, built if need be, without the members that were dropped."""
        if entry.program is None:
            spec = entry.spec
            entry.program = spec.kind(self.problem, spec.jobs, spec.group)
            entry.program.context = self.context
            if entry.checkpoint is not None:
                entry.program.restore(entry.checkpoint)
                entry.checkpoint = None
        if entry.dropped:
            entry.program.drop(entry.dropped)
            entry.dropped = ()
        return entry.program
