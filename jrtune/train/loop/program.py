"""Programs: trainings that a worker advances epoch by epoch, stops, and takes up again elsewhere.

A candidate alone is one (:mod:`jrtune.train.loop.plain`), and so are members of one architecture that are
trained together (:mod:`jrtune.train.stacked.program`).
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from torch import Tensor

from jrtune.spec import Job
from jrtune.train.loop.checkpoint import Checkpoint
from jrtune.train.loop.problem import Problem

Result = TypeVar("Result", covariant=True)
"""Result of a member."""

Tensors = dict[str, Tensor]
Differentiate = Callable[
    [Tensor, Tensors, Tensor, Tensor, Tensors], tuple[Tensor, Tensor, Tensors, Tensor | None]
]
"""(parameters, state, weights, keys, minibatch) -> gradients of members that are trained together."""
Graphs = MutableMapping[tuple[str, int, bool, object], Differentiate | None]
"""Traced steps (:class:`jrtune.train.stacked.step.Step`); None where there can be none."""


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """The training was asked to stop."""


def _go_on(program: object) -> None:
    """Does nothing."""


@dataclass
class WorkerContext:
    """State of a worker, shared by the programs that it trains.

    Attributes:
        graphs: those that earlier programs left; added to.
        cancelled: set from outside to break off before the next step.
        after_epoch: called with the program at the end of each epoch, when that is measured: it may report,
            take a checkpoint, have members leave, or break off by raising :class:`Cancelled`.
        after_step: called with the program after each step: it may take a checkpoint or break off.
    """

    graphs: Graphs = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    after_epoch: Callable[[Program[object]], None] = _go_on
    after_step: Callable[[Program[object]], None] = _go_on


class Program(ABC, Generic[Result]):
    """Members that are trained as one program; each gives one result, as early as it can.

    Args:
        problem: the study's.
        jobs: to be trained, one for each member.

    Attributes:
        context: of the worker that trains it, which sets it; until then one of its own.
        live: the members that are being trained, ascending.
        epoch: the last that was trained to its end.
        taken: number of steps of the next epoch that were taken.
    """

    def __init__(self, problem: Problem, jobs: Sequence[Job]) -> None:
        self.problem, self.study, self.jobs = problem, problem.study, jobs
        self.context = WorkerContext()
        self.live = list(range(len(jobs)))
        self.epoch = self.taken = 0
        self.results: dict[int, Result] = {}  # those that were not taken

    @property
    def exhausted(self) -> bool:
        """True where there is nothing left to train."""
        return not self.live or self.epoch == self.study.epochs

    @abstractmethod
    def advance(self, until: int) -> None:
        """Trains to the end of this epoch every member that has no result before.

        Raises:
            Cancelled: soon after the context is, or by its functions; then the program may go on from here.
        """

    @abstractmethod
    def objectives(self) -> dict[int, Mapping[str, float]]:
        """Member -> objectives on validation at the last epoch, of those that are being trained."""

    @abstractmethod
    def drop(self, members: Collection[int]) -> None:
        """Prunes these members, of those that are being trained; they cost nothing from here on."""

    def only(self, members: Collection[int]) -> None:
        """Has all other members leave without a result: somebody else trains them."""
        self.results = {member: result for member, result in self.results.items() if member in members}
        self._train_only(members)

    @abstractmethod
    def _train_only(self, members: Collection[int]) -> None:
        """Cuts :attr:`live` to those among these members."""

    def take_results(self) -> dict[int, Result]:
        """Member -> its result, of those that have one and were not taken before."""
        taken, self.results = self.results, {}
        return taken

    def finish(self) -> dict[int, Result]:
        """As :meth:`take_results`, after measuring those that are still being trained."""
        self._finish()
        return self.take_results()

    @abstractmethod
    def _finish(self) -> None:
        """Gives every member that is still being trained its result."""

    @abstractmethod
    def checkpoint(self) -> Checkpoint:
        """The state after the last step that was taken, and results that were not taken."""

    @abstractmethod
    def restore(self, checkpoint: Checkpoint) -> None:
        """Restores this newly built program to the state of another one of the same jobs.

        It goes on as that one would have, to the last digit, on the same kind of machine.

        Raises:
            StorageError: where the checkpoint is of another training.
        """
