"""Training many candidates in this process: sorted into programs, which are trained one after another."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol

import torch

from jrtune.errors import InputError, Interrupted, StorageError
from jrtune.spec import Job, Outcome, TrialStatus
from jrtune.train.executors.grouping import Grouping
from jrtune.train.executors.planning import CohortSpec, Planner, alone
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.executors.sizing import measure_size
from jrtune.train.loop.checkpoint import Checkpoint
from jrtune.train.loop.device import hold_freed_memory, is_out_of_memory, is_spoilt
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.program import Cancelled, Graphs, Program, WorkerContext
from jrtune.train.loop.trainer import Pruner, pruned_at

Finished = list[tuple[int, Outcome]]
"""(Index of a job, its outcome) of trainings that ended together."""


class Observer(Protocol):
    """Watches trainings, to report on them and to save them."""

    def at_epoch(self, indices: Sequence[int], program: Program[Outcome]) -> None:
        """Called at the end of each epoch; what it raises breaks the training off.

        Args:
            indices: of the program's jobs, in the order of its members.
            program: it may be asked for a checkpoint.
        """
        ...

    def at_rung(self, indices: Sequence[int], program: Program[Outcome]) -> None:
        """Called at each rung, before anything is dropped; arguments as :meth:`at_epoch`."""
        ...


class CohortTrainer:
    """Trains jobs of one architecture together, and one by one what cannot be stacked.

    Args:
        problem: the study's.
        size: most members of a program; None measures it at the first candidate that comes.
        log: takes a line on jobs that are not stacked, and why.
        observer: watches; None for nobody.
    """

    def __init__(
        self,
        problem: Problem,
        size: int | None = None,
        log: Callable[[str], None] = lambda line: None,
        observer: Observer | None = None,
    ) -> None:
        self.problem, self.observer = problem, observer
        self.grouping = Grouping(problem)
        self.planner = Planner(size, log)
        self.graphs: Graphs = {}
        hold_freed_memory(problem.device)

    @property
    def size(self) -> int | None:
        """As :attr:`jrtune.train.loop.trainer.Trainer.size`."""
        return self.planner.size

    def capacity(self, job: Job) -> int:
        """Number of jobs like this one that are trained as one program; 1 where each is trained alone."""
        [group] = self.grouping.groups_of([job])
        if not self.planner.stackable(group):
            return 1
        if self.planner.size is None:
            try:
                self.planner.size = measure_size(self.problem, job, group, workers=1)
            except (InputError, Interrupted):
                raise
            except Exception as error:
                self.planner.refuse(group, str(error))
                return 1
        return self.planner.size

    def train(
        self,
        jobs: Sequence[Job],
        done: Collection[int] = (),
        pruner: Pruner | None = None,
        resume: ResumePoint | None = None,
        apart: bool = False,
        company: Collection[int] = (),
    ) -> Iterator[Finished]:
        """As :meth:`jrtune.train.loop.trainer.Trainer.train`: programs one after another, then single jobs.

        At a rung, a program is judged by itself and by what the pruner knows.

        Args:
            jobs, done, pruner: as there.
            resume: the program from which to go on.
            apart: True to form programs without a look at jobs in ``done``.
            company: those of ``done`` that are trained beside others all the same, without an outcome.
        """
        todo = _Todo(jobs, set(done), pruner, frozenset(company))
        if resume is not None:
            try:
                yield from self._try(self._saved(jobs, resume), todo, resume.checkpoint)
            except StorageError as error:
                self.planner.log(f"begins anew what was saved: {error}")
        waiting = deque(self._plan(jobs, todo.done - todo.company, apart))
        while waiting:
            spec = waiting.popleft()
            if not todo.is_over(spec.indices) and (yield from self._try(spec, todo)):
                waiting.extendleft(reversed(self.planner.halve(spec.without(todo.done))))
        for index, job in enumerate(jobs):
            if index not in todo.done:
                yield from self._run(alone(index, job), todo)

    def _plan(self, jobs: Sequence[Job], done: Collection[int], apart: bool) -> list[CohortSpec]:
        """Programs of what can be stacked; jobs that do not come out of them are to be trained alone."""
        left = [index for index in range(len(jobs)) if index not in done]
        if left and self.planner.size is None:
            self.capacity(jobs[left[0]])
        if not left or self.planner.size in (None, 1):  # nobody asks then what could be stacked
            return []
        looked = left if apart else range(len(jobs))
        groups = self.grouping.groups_of([jobs[index] for index in looked])
        return self.planner.cohorts(
            jobs, {group: [looked[k] for k in own] for group, own in groups.items()}, done
        )

    def _saved(self, jobs: Sequence[Job], resume: ResumePoint) -> CohortSpec:
        """The program that was saved.

        Raises:
            StorageError: where it is of another cohort.
        """
        if not resume.indices or not all(0 <= index < len(jobs) for index in resume.indices):
            raise StorageError(
                f"expected a checkpoint of {len(jobs)} jobs, got one of those with indices {resume.indices}: "
                "remove the file, and the training begins anew"
            )
        own = tuple(jobs[index] for index in resume.indices)
        if len(own) == 1:
            return alone(resume.indices[0], own[0])
        [group] = self.grouping.groups_of(own)
        return CohortSpec(resume.indices, own, group)

    def _try(
        self, spec: CohortSpec, todo: _Todo, saved: bytes | None = None
    ) -> Generator[Finished, None, bool]:
        """Trains a program as far as it can be, and returns True where memory ran out.

        What is not done afterwards is to be trained in other ways.
        """
        try:
            yield from self._run(spec, todo, saved)
            return False
        except (InputError, Interrupted, Cancelled):
            raise
        except Exception as error:
            short = is_out_of_memory(error)
            if len(spec.indices) == 1 or is_spoilt(error):  # then nobody trains here any more
                raise
            if not short:
                self.planner.refuse(spec.group, str(error))
        gc.collect()  # only here has the error let go of the program's tensors
        if self.problem.device.type == "cuda":
            torch.cuda.empty_cache()
        return short

    def _run(self, spec: CohortSpec, todo: _Todo, saved: bytes | None = None) -> Iterator[Finished]:
        """Trains a program from rung to rung."""
        program = self._build(spec, saved)
        # a program is saved at a rung before it is judged: with members there that were dropped and are done
        dropped = todo.pruned(spec, program.epoch, program.objectives()) if saved is not None else []
        program.only([m for m, i in enumerate(spec.indices) if i not in todo.done or i in todo.company])
        program.drop([member for member in dropped if member in program.live])
        yield from todo.finish(spec, program.take_results())
        for rung in [rung for rung in todo.rungs if rung > program.epoch]:
            program.advance(rung)
            yield from todo.finish(spec, program.take_results())
            if program.exhausted or todo.is_over(spec.indices):
                break
            if self.observer:
                self.observer.at_rung(spec.indices, program)
            program.drop(todo.pruned(spec, rung, program.objectives()))
            yield from todo.finish(spec, program.take_results())
        if todo.is_over(spec.indices):
            return
        if not program.exhausted:
            program.advance(self.problem.study.epochs)
        yield from todo.finish(spec, program.finish())

    def _build(self, spec: CohortSpec, saved: bytes | None) -> Program[Outcome]:
        """The program, as it was saved or new."""
        program = spec.build(self.problem)
        program.context = WorkerContext(self.graphs)
        if self.observer:
            program.context.after_epoch = partial(self.observer.at_epoch, spec.indices)
        if saved is not None:
            program.restore(Checkpoint.from_bytes(saved))
        return program


class _Todo:
    """The jobs of one call, those that are done, and those of them that are trained beside others."""

    def __init__(
        self, jobs: Sequence[Job], done: set[int], pruner: Pruner | None, company: frozenset[int]
    ) -> None:
        self.jobs, self.done, self.pruner, self.company = jobs, done, pruner, company
        self.rungs = pruner.rungs if pruner else ()

    def is_over(self, indices: Sequence[int]) -> bool:
        """Returns True where all of these jobs are done."""
        return self.done.issuperset(indices)

    def finish(self, spec: CohortSpec, results: Mapping[int, Outcome]) -> Iterator[Finished]:
        """Yields the results of members that are done with them, as one group where there is any."""
        all_of_them = [(spec.indices[member], outcome) for member, outcome in sorted(results.items())]
        pairs = [(index, outcome) for index, outcome in all_of_them if index not in self.done]
        stacked = len(spec.indices) > 1
        if sure := [(i, o) for i, o in pairs if not (stacked and doubtful(self.jobs[i], o))]:
            self.done |= {index for index, _ in sure}
            yield sure

    def pruned(self, spec: CohortSpec, rung: int, objectives: Mapping[int, Mapping[str, float]]) -> list[int]:
        """Members that the pruner drops at an epoch, where that is a rung."""
        if self.pruner is None or rung not in self.rungs:
            return []
        values = {spec.indices[member]: row for member, row in objectives.items()}
        return spec.members(pruned_at(self.pruner, rung, values))


def doubtful(job: Job, outcome: Outcome) -> bool:
    """Returns True where a member may have diverged only because it was stacked.

    In a stack a term of weight zero is multiplied by zero, and zero times an infinite slope is not a number;
    the plain trainer leaves such a term out.
    """
    unweighed = any(weight == 0 for weight in job.candidate.weights.values())
    return outcome.status is TrialStatus.DIVERGED and unweighed
