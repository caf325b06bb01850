"""Training many candidates: sorted into cohorts, which an executor runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Set as AbstractSet

from jrtune.errors import InputError, Interrupted
from jrtune.spec import Job, Outcome, TrialStatus
from jrtune.train.executors.executor import Executor, Finished
from jrtune.train.executors.grouping import Grouping
from jrtune.train.executors.planning import CohortSpec, Planner
from jrtune.train.executors.scheduler import Scheduler
from jrtune.train.executors.sizing import measure_size
from jrtune.train.executors.threads import Threads
from jrtune.train.loop.device import hold_freed_memory
from jrtune.train.loop.plain import PlainTrainer
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.trainer import Pruner, as_one
from jrtune.train.stacked.cohort import Cohort


class CohortTrainer:
    """Trains jobs of one architecture together, and one by one what cannot be stacked.

    Args:
        problem: the study's.
        size: most members of a cohort; None measures it at the first candidate that comes.
        log: takes a line on jobs that are not stacked, and why.
        executor: runs the cohorts; None runs them in threads.
    """

    def __init__(
        self,
        problem: Problem,
        size: int | None = None,
        log: Callable[[str], None] = lambda line: None,
        executor: Executor[Outcome] | None = None,
    ) -> None:
        self.problem = problem
        self.executor = executor or Threads[Outcome](problem)
        self.grouping = Grouping(problem)
        self.planner = Planner(size, log)
        hold_freed_memory(problem.device)

    @property
    def size(self) -> int | None:
        """As :attr:`jrtune.train.loop.trainer.Trainer.size`."""
        return self.planner.size

    def capacity(self, job: Job) -> int:
        """Number of jobs like this one that are trained at once; 1 where they cannot be stacked."""
        [group] = self.grouping.groups_of([job])
        if not self.planner.stackable(group):
            return 1
        workers = self.executor.workers
        if self.planner.size is None:
            try:
                self.planner.size = measure_size(self.problem, job, group, workers)
            except (InputError, Interrupted):
                raise
            except Exception as error:
                self.planner.refuse(group, str(error))
                return 1
        return self.planner.size * workers

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), pruner: Pruner | None = None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        """As :meth:`jrtune.train.loop.trainer.Trainer.train`: cohorts as they end, then single jobs."""
        groups = self._train(jobs, set(done), pruner)
        yield from groups if pruner is None else as_one(groups)

    def _train(
        self, jobs: Sequence[Job], done: set[int], pruner: Pruner | None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        for spec, outcomes in self._run(self._plan(jobs, frozenset(done)), pruner):
            pairs = zip(spec.indices, outcomes, strict=True)
            if sure := [(i, outcome) for i, outcome in pairs if not doubtful(jobs[i], outcome)]:
                done |= {index for index, _ in sure}
                yield sure
        yield from PlainTrainer(self.problem).train(jobs, done, pruner)

    def _plan(self, jobs: Sequence[Job], done: AbstractSet[int]) -> list[CohortSpec[Outcome]]:
        """Cohorts of what can be stacked; jobs that do not come out of them are to be trained alone."""
        groups = self.grouping.groups_of(jobs)
        for group, indices in groups.items():
            if self.planner.stackable(group) and self.planner.size is None and not done >= set(indices):
                self.capacity(jobs[indices[0]])
        return self.planner.cohorts(jobs, groups, Cohort, self.executor.workers, done)

    def _run(
        self, cohorts: Sequence[CohortSpec[Outcome]], pruner: Pruner | None
    ) -> Iterator[tuple[CohortSpec[Outcome], list[Outcome]]]:
        """Yields each cohort that could be trained, with its outcomes, as it finishes."""
        with self.executor as executor:
            scheduler = Scheduler(executor, pruner)
            for spec in cohorts:
                scheduler.add(spec)
            for spec, report in scheduler:
                if isinstance(report, Finished):
                    yield spec, report.results
                elif report.error is None:
                    for half in self.planner.halve(spec):
                        scheduler.add(half)
                elif isinstance(report.error, InputError):
                    raise report.error
                else:
                    self.planner.refuse(spec.group, str(report.error))
                del report  # an error holds its cohort's tensors


def doubtful(job: Job, outcome: Outcome) -> bool:
    """Returns True where a member may have diverged only because it was stacked.

    In a stack a term of weight zero is multiplied by zero, and zero times an infinite slope is not a number;
    the plain trainer leaves such a term out.
    """
    unweighed = any(weight == 0 for weight in job.candidate.weights.values())
    return outcome.status is TrialStatus.DIVERGED and unweighed
