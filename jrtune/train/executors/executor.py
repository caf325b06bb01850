"""Executors: the seam between planning cohorts and running them, in threads or anywhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Generic, NewType, Protocol, Self, TypeVar

from jrtune.train.executors.planning import CohortSpec
from jrtune.train.stacked.checkpoint import Checkpoint
from jrtune.train.stacked.program import Result

CohortId = NewType("CohortId", int)
"""A cohort's number; an executor gives each to one cohort only."""

CohortResult = TypeVar("CohortResult")
"""Results of an executor's cohorts."""


@dataclass(frozen=True)
class Standing:
    """A cohort that has reached its stop, and waits.

    Attributes:
        cohort: its number.
        epoch: the last that was trained.
        exhausted: True where there is nothing left to train.
        values: member -> its values on validation at that epoch, of those that are being trained.
    """

    cohort: CohortId
    epoch: int
    exhausted: bool
    values: Mapping[int, Mapping[str, float]]


@dataclass(frozen=True)
class Finished(Generic[Result]):
    """A cohort that is finished, and is forgotten.

    Attributes:
        cohort: its number.
        results: in the order of its members.
    """

    cohort: CohortId
    results: list[Result]


@dataclass(frozen=True)
class Failed:
    """A cohort that could not go on, and is forgotten.

    Attributes:
        cohort: its number.
        error: what was raised; None where memory ran out.
    """

    cohort: CohortId
    error: Exception | None


class Executor(Protocol[CohortResult]):
    """Runs cohorts of one problem: a context that stops them when it is left, and may be entered again.

    A cohort is advanced or finished once at a time: the next call about it follows its report. A cohort is
    built when a worker is free for it, so no more are built than are running or standing. What every
    executor has in common is :class:`jrtune.train.executors.worker.Worker`.
    """

    @property
    def workers(self) -> int:
        """Number of cohorts that are trained at once."""
        ...

    def __enter__(self) -> Self:
        """Takes what workers need."""
        ...

    def __exit__(self, *error: object) -> None:
        """Stops and forgets all cohorts."""
        ...

    def start(self, spec: CohortSpec[CohortResult], checkpoint: Checkpoint | None = None) -> CohortId:
        """Takes a cohort, which a worker builds when it is first advanced.

        Args:
            spec: the cohort.
            checkpoint: what :meth:`checkpoint` gave of such a cohort; it goes on from there.
        """
        ...

    def advance(self, cohort: CohortId, until: int) -> None:
        """Queues a cohort's training to the end of this epoch; then it stands."""
        ...

    def drop(self, cohort: CohortId, members: Collection[int]) -> None:
        """Prunes these members of a cohort that stands: they cost nothing from here on."""
        ...

    def finish(self, cohort: CohortId) -> None:
        """Queues a cohort's training to the last epoch, and its results."""
        ...

    def checkpoint(self, cohort: CohortId) -> Checkpoint:
        """The state of a cohort that stands, as data."""
        ...

    def wait(self) -> Standing | Finished[CohortResult] | Failed:
        """The next report on a cohort that was queued, in any order."""
        ...
