"""What a trainer is: the seam between the search and whatever trains."""

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from jrtune.spec import Job, Outcome


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
        self, jobs: Sequence[Job], done: Collection[int] = ()
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
        """
        ...
