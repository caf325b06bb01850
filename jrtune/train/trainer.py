"""What a trainer is: the seam between the search and whatever trains."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from jrtune.spec import Job, Outcome


class Trainer(Protocol):
    """Trains a list of candidates; how many at once is its own affair."""

    def train(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Outcome]]:
        """Yields (index of the job, its outcome) as trainings end, in any order, each job once.

        A candidate that diverges or runs out of memory is an outcome, not an exception. An exception is
        a mistake in the study's own functions, or a request to stop.
        """
        ...
