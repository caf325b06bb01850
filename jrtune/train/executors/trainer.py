"""Training many candidates: sorted into cohorts, each of them one program, and a worker for each CPU core."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import torch

from jrtune.errors import InputError, Interrupted
from jrtune.spec import Job, Outcome, TrialStatus
from jrtune.train.executors.grouping import ALONE, Group, Grouping, parts_of
from jrtune.train.executors.pool import Part, Pool
from jrtune.train.executors.sizing import measure_size
from jrtune.train.loop.device import hold_freed_memory
from jrtune.train.loop.plain import PlainTrainer
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.trainer import Pruner, as_one
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.step import Graphs

LONGEST = 200
"""Characters of a reason: torch's go on for paragraphs."""


class CohortTrainer:
    """Trains jobs of one architecture together, and one by one what cannot be stacked.

    On a CPU each core trains a cohort of its own with one thread. Threads that share the operations of one
    small program wait for each other at every one of them: on two quiet cores that was up to 1.4 times
    faster than one thread, beside other programs up to 80 times slower (a stack of 32 small MLPs).

    Args:
        problem: the study's.
        size: most members of a cohort; None measures it at the first candidate that comes.
        say: told in one line what is not stacked, and why.
    """

    def __init__(
        self, problem: Problem, size: int | None = None, log: Callable[[str], None] = lambda line: None
    ) -> None:
        self.problem, self.size, self.log = problem, size, log
        self.workers = torch.get_num_threads() if problem.device.type == "cpu" else 1
        self.grouping = Grouping(problem)
        self.graphs: Graphs = {}
        self.refused: set[Group] = set()
        self.logged: set[str] = set()
        hold_freed_memory(problem.device)

    def capacity(self, job: Job) -> int:
        """How many jobs like this one are trained at once; 1 where they cannot be stacked."""
        [group] = self.grouping.groups_of([job])
        if not self._stackable(group):
            return 1
        if self.size is None:
            try:
                self.size = measure_size(self.problem, job, group.randomness, self.workers)
            except (InputError, Interrupted):
                raise
            except Exception as error:
                self._refuse(group, str(error))
                return 1
        return self.size * self.workers

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), pruner: Pruner | None = None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        """As :meth:`jrtune.train.loop.trainer.Trainer.train`: cohorts as they end, then what is trained alone."""
        groups = self._train(jobs, set(done), pruner)
        yield from groups if pruner is None else as_one(groups)

    def _train(
        self, jobs: Sequence[Job], ended: set[int], pruner: Pruner | None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        for group in self._train_stacked(jobs, frozenset(ended), pruner):
            ended |= {index for index, _ in group}
            yield group
        yield from PlainTrainer(self.problem).train(jobs, ended, pruner)

    def _train_stacked(
        self, jobs: Sequence[Job], done: AbstractSet[int], pruner: Pruner | None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        """What can be stacked; jobs that do not come out of it are to be trained alone."""
        groups = {g: i for g, i in self.grouping.groups_of(jobs).items() if self._stackable(g)}
        for indices in groups.values():
            if self.size is None and not done >= set(indices):
                self.capacity(jobs[indices[0]])
        groups = {g: i for g, i in groups.items() if self._stackable(g)}
        group_of = {index: group for group, indices in groups.items() for index in indices}
        parts = [
            [index for index in part if index not in done]
            for part in parts_of(list(groups.values()), self.size or 1, self.workers)
        ]
        for part, outcomes in self._run(parts, jobs, group_of, pruner):
            ended = zip(part, outcomes, strict=True)
            if sure := [(i, outcome) for i, outcome in ended if not doubtful(jobs[i], outcome)]:
                yield sure

    def _run(
        self,
        parts: Sequence[list[int]],
        jobs: Sequence[Job],
        group_of: Mapping[int, Group],
        pruner: Pruner | None,
    ) -> Iterator[tuple[list[int], list[Outcome]]]:
        """Each part that could be trained as a cohort, with its outcomes, as they end."""

        def add(parts: Sequence[list[int]]) -> None:
            for part in parts:
                if len(part) > 1:
                    pool.add(self._part(part, jobs, group_of[part[0]]))

        with Pool[Outcome](self.problem, self.workers, pruner) as pool:
            add(parts)
            for part, future in pool:
                error = future.exception()
                if isinstance(error, InputError):
                    raise error
                if error is not None:
                    self._refuse(group_of[part.indices[0]], str(error))
                elif (outcomes := future.result()) is None:
                    add(self._halve(part.indices))
                else:
                    yield part.indices, outcomes
                del future, error  # an error holds its cohort's tensors

    def _part(self, indices: list[int], jobs: Sequence[Job], group: Group) -> Part[Outcome]:
        def build(cancelled: threading.Event) -> Cohort:
            own = [jobs[index] for index in indices]
            return Cohort(self.problem, own, group.randomness, self.graphs, repr(group), cancelled)

        return Part(indices, build)

    def _halve(self, part: list[int]) -> list[list[int]]:
        """What to try after memory ran out; nothing of a cohort was kept, so nothing is lost or twice."""
        gc.collect()
        if self.problem.device.type == "cuda":
            torch.cuda.empty_cache()
        half = -(-len(part) // 2)
        self.size = min(self.size or half, half)
        self.log(f"memory ran out with {len(part)} together: going on with {half}")
        return [part[:half], part[half:]]

    def _stackable(self, group: Group) -> bool:
        if group.randomness in ALONE:
            self._refuse(group, ALONE[group.randomness])
        return group not in self.refused

    def _refuse(self, group: Group, reason: str) -> None:
        """From here on this group is trained one by one."""
        if group not in self.refused:
            self.refused.add(group)
            line = f"trained one by one, because it cannot be stacked: {' '.join(reason.split())[:LONGEST]}"
            if line not in self.logged:  # by another architecture of the same study
                self.logged.add(line)
                self.log(line)


def doubtful(job: Job, outcome: Outcome) -> bool:
    """Whether a member may have diverged only because it was stacked.

    In a stack a term of weight zero is multiplied by zero, and zero times an infinite slope is not a number;
    the plain trainer leaves such a term out.
    """
    unweighed = any(weight == 0 for weight in job.candidate.weights.values())
    return outcome.status is TrialStatus.DIVERGED and unweighed
