"""The order of decisions: what is known when a cohort is asked for, whichever worker was faster.

With W workers, cohort j is asked for once all cohorts up to j - lag are over, and the sampler sees what those
gave and nothing else of what has ended meanwhile; the others it knows as running. A lag of W would do where
all cohorts take as long; of 2 W, a worker with short ones has something to do while another has a long one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jrtune.store.records import CohortRecord

SLACK = 2
"""Cohorts that may be in hand for each worker, where there are several."""


def lag_of(workers: int) -> int:
    """Number of the latest cohorts whose results a new one does not know.

    >>> lag_of(1), lag_of(2), lag_of(8)
    (1, 4, 16)
    """
    return 1 if workers == 1 else SLACK * workers


@dataclass
class CohortState:
    """A cohort that was asked for.

    Attributes:
        record: as it is stored.
        running: numbers of those trials that have not ended.
        mine: True where this coordinator has it, or had it; an earlier run's too.
        learnt: True once the sampler knows its results.
    """

    record: CohortRecord
    running: set[int]
    mine: bool = True
    learnt: bool = False


class Order:
    """Cohorts in the order in which they were asked for.

    As long as this coordinator is alone, decisions do not depend on the clock. Beside others that work on
    the same study, each sees what has ended by now.

    Args:
        lag: as :func:`lag_of` gives it.
    """

    def __init__(self, lag: int) -> None:
        self.lag, self.alone = lag, True
        self.cohorts: list[CohortState] = []
        self.of: dict[int, CohortState] = {}
        self.known = 0  # cohorts from the first on that are all learnt

    def add(self, record: CohortRecord, running: Iterable[int], mine: bool = True) -> CohortState:
        """Adds the next cohort."""
        cohort = CohortState(record, set(running), mine)
        self.cohorts.append(cohort)
        self.of |= dict.fromkeys(cohort.running, cohort)
        self.alone = self.alone and mine
        return cohort

    def end(self, number: int) -> None:
        """Notes that a trial has ended; again, without harm."""
        if cohort := self.of.pop(number, None):
            cohort.running.discard(number)

    def may_ask(self) -> bool:
        """Returns True where the next cohort may be asked for."""
        if self.alone:
            return not any(c.running for c in self.cohorts[self.known : self._end(len(self.cohorts))])
        return sum(cohort.mine for cohort in self.unfinished()) < self.lag

    def unfinished(self) -> list[CohortState]:
        """Cohorts that are not over."""
        return [cohort for cohort in self.cohorts[self.known :] if cohort.running]

    def learn(self, index: int) -> Iterator[int]:
        """Yields the numbers of trials that the sampler is to learn before this cohort is asked for."""
        end = self._end(index) if self.alone else len(self.cohorts)
        for cohort in self.cohorts[self.known : end]:
            if not cohort.learnt and not cohort.running:
                cohort.learnt = True
                yield from cohort.record.numbers
        while self.known < len(self.cohorts) and self.cohorts[self.known].learnt:
            self.known += 1

    def _end(self, index: int) -> int:
        return max(0, index + 1 - self.lag)
