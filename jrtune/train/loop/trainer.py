"""Trainers and pruners: the seam between the search and training."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from jrtune.spec import EpochRecord, Job, Outcome


class Pruner(Protocol):
    """Decides at each rung which jobs are pruned.

    It is asked in an order that the jobs alone decide, never the clock, so a pruner whose answers depend on
    its arguments alone makes a run that can be repeated.
    """

    @property
    def rungs(self) -> Sequence[int]:
        """Epochs at whose end it is asked, ascending, from 1 to the last but one."""
        ...

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> Collection[int]:
        """The jobs to be dropped; an exception ends the training of all.

        A rung is asked about once for each program that comes to it; a job that is trained alone is one. A
        job is shown again where it had to begin anew (memory ran out, or it could not be stacked after all)
        or goes on from a checkpoint; its later values count.

        Args:
            epoch: the rung.
            values: index of the job -> its m objectives on validation at that very epoch, in the order of
                the indices; all finite: jobs with others are not shown, and go on.
        """
        ...


def pruned_at(pruner: Pruner, epoch: int, values: Mapping[int, Mapping[str, float]]) -> set[int]:
    """Asks the pruner about jobs whose values are finite; arguments as :meth:`Pruner.pruned`."""
    shown = {i: values[i] for i in sorted(values) if all(map(math.isfinite, values[i].values()))}
    return set(pruner.pruned(epoch, shown)) & set(shown) if shown else set()


def show_curves(pruner: Pruner, curves: Mapping[int, Sequence[EpochRecord]]) -> None:
    """Shows a pruner jobs that have ended, as it would have seen them; its answers do not matter.

    Args:
        pruner: a new one.
        curves: index of the job -> its curve, an epoch after the other from 0.
    """
    for rung in pruner.rungs:
        pruned_at(pruner, rung, {i: own[rung].objectives for i, own in curves.items() if rung < len(own)})


class Trainer(Protocol):
    """Trains a list of candidates, as many at once as it decides."""

    @property
    def size(self) -> int | None:
        """Most candidates that are trained as one program; None while it has not been measured."""
        ...

    def capacity(self, job: Job) -> int:
        """Number of jobs like this one that are trained as one program; 1 where each is trained alone."""
        ...

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), pruner: Pruner | None = None
    ) -> Iterator[Sequence[tuple[int, Outcome]]]:
        """Yields groups of (index of the job, its outcome) as trainings end, in any order, each job once.

        A group ended together: those of a program that its end or a rung ends, or one that is trained alone.

        A candidate that diverges or runs out of memory is an outcome, not an exception. An exception is
        a mistake in the study's own functions, or a request to stop.

        Args:
            jobs: to be trained.
            done: indices of jobs that an earlier run has trained. They are not trained again, and count
                where the jobs are sorted into groups, so that a run that goes on forms the same groups.
            pruner: drops jobs at rungs, whose status is then pruned; None trains all to the end. It is not
                shown jobs in ``done``.
        """
        ...
