"""What a trainer is: the seam between the search and whatever trains."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from jrtune.spec import Job, Outcome


class Pruner(Protocol):
    """Says at each rung who goes on.

    It is asked in an order that the jobs alone decide, never the clock, so a pruner that goes by what it is
    shown makes a run that can be repeated.
    """

    @property
    def rungs(self) -> Sequence[int]:
        """Epochs at whose end it is asked, ascending, from 1 to the last but one."""
        ...

    def pruned(self, epoch: int, figures: Mapping[int, Mapping[str, float]]) -> Collection[int]:
        """The jobs to be dropped; an exception ends the training of all.

        A rung may be asked about more than once in a call of :meth:`Trainer.train`: jobs that are trained
        alone are shown one by one, after the others, and a job is shown again where it had to begin anew
        (memory ran out, or it could not be stacked after all); its later figures count.

        Args:
            epoch: the rung.
            figures: index of the job -> its m objectives on validation at that very epoch, in the order of
                the indices; all finite, for of others the pruner is told nothing, and they go on.
        """
        ...


def pruned_at(pruner: Pruner, epoch: int, figures: Mapping[int, Mapping[str, float]]) -> set[int]:
    """Asks the pruner about those whose figures are finite; arguments as :meth:`Judge.pruned trials`."""
    shown = {i: figures[i] for i in sorted(figures) if all(map(math.isfinite, figures[i].values()))}
    return set(pruner.pruned(epoch, shown)) & set(shown) if shown else set()


def as_one(groups: Iterable[Sequence[tuple[int, Outcome]]]) -> Iterator[list[tuple[int, Outcome]]]:
    """All of them as one group, where there is any.

    Each one's ending hangs on the figures of all, and a run that went on from a part of them could not show
    the pruner the others again to the last digit.
    """
    if whole := [pair for group in groups for pair in group]:
        yield whole


class Trainer(Protocol):
    """Trains a list of candidates; how many at once is its own affair."""

    @property
    def size(self) -> int | None:
        """Most candidates that are trained as one program; None while it has not been measured."""
        ...

    def capacity(self, job: Job) -> int:
        """How many jobs like this one it trains at once; 1 where they are trained one by one."""
        ...

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), pruner: Pruner | None = None
    ) -> Iterator[Sequence[tuple[int, Outcome]]]:
        """Yields groups of (index of the job, its outcome) as trainings end, in any order, each job once.

        A group ended together and is to be kept whole or not at all: in its last digits a candidate's
        outcome depends on who else was trained in the same program.

        A candidate that diverges or runs out of memory is an outcome, not an exception. An exception is
        a mistake in the study's own functions, or a request to stop.

        Args:
            jobs: what belongs together.
            done: indices of jobs that an earlier run has trained. They are not trained again, and count
                where the jobs are sorted into groups, so that a run that goes on forms the same groups.
            judge: who drops jobs at rungs, whose outcomes are then pruned ones; None trains all to the end.
                It is not shown what is done. What it judged is one group: all of this call.
        """
        ...
