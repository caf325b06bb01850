"""Workers as actors of a Ray cluster, on its nodes as they come and go."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import ray
from ray import ObjectRef, ObjectRefGenerator
from ray.actor import ActorHandle
from ray.exceptions import RayActorError, RayError

from jrtune.errors import StudyError
from jrtune.train.executors.child import Failed, Ready
from jrtune.train.executors.cluster.loss import loss_of
from jrtune.train.executors.cluster.parcel import Parcel, packed
from jrtune.train.executors.cluster.remote import RemoteWorker
from jrtune.train.executors.executor import (
    CohortTask,
    Done,
    Lost,
    Raised,
    RemoteTraceback,
    Report,
    SizeTask,
    TaskId,
)
from jrtune.train.executors.source import StudySource
from jrtune.train.executors.tasks import Tasks
from jrtune.train.loop.problem import Split

MOST_STARTS = 3
"""Actors one after another that may die before they have loaded the study."""

PATIENCE = 20.0
"""Seconds after which is said that no actor has found a place."""

POLL = 0.1
"""Seconds of sleep where no actor is waited for."""

GRAIN = 10_000
"""Parts of a GPU that Ray tells apart."""


@dataclass(frozen=True)
class Share:
    """Resources of an actor.

    Attributes:
        cpus: number of CPUs, and of threads.
        gpus: number of GPUs, or a part of one.
    """

    cpus: int
    gpus: float

    @staticmethod
    def of(workers: int, threads: int, gpus: int) -> Share:
        """The share of each worker, so that all find a place.

        >>> Share.of(8, 1, 8), Share.of(3, 1, 2), Share.of(4, 2, 0)
        (Share(cpus=1, gpus=1.0), Share(cpus=1, gpus=0.5), Share(cpus=2, gpus=0.0))
        """
        if gpus == 0:
            return Share(threads, 0.0)
        beside = math.ceil(workers / gpus)
        return Share(threads, math.floor(GRAIN / beside) / GRAIN)


@dataclass
class _Actor:
    """An actor, which may have no place on any node yet.

    Attributes:
        handle: as Ray has it.
        awaited: from it: the word that it is ready, the next reports of a task, or the news that there are
            such; None while it is free.
        stream: reports of its task.
        task: its number; None while it is free.
        ready: True once it has loaded the study.
    """

    handle: ActorHandle[RemoteWorker]
    awaited: ObjectRef[Ready | Failed | list[Report]] | ObjectRefGenerator | None
    stream: ObjectRefGenerator | None = None
    task: TaskId | None = None
    ready: bool = False


class Actors:
    """As :class:`jrtune.train.executors.executor.Executor`: an actor for each worker.

    This process must be connected. Data are put into Ray's store once; actors of a node share one copy. All
    actors are asked for at the start: those that find no place wait until a node has one. The place of one
    that died is taken by a new one.

    Args:
        source: of the study, without data.
        splits: its data in host memory.
        workers: number of actors.
        share: resources of each.
        log: takes a line where the search waits for nodes.
    """

    def __init__(
        self,
        source: StudySource,
        splits: Mapping[str, Split],
        workers: int,
        share: Share,
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.source, self.splits, self.workers, self.share, self.log = source, splits, workers, share, log

    def __enter__(self) -> Self:
        """Sends the data and asks for the actors."""
        self.tasks = Tasks()
        self.failures = 0
        self.patient_until = time.monotonic() + PATIENCE
        self.parcel = Parcel.of(self.source)
        self.kind = ray.remote(
            num_cpus=self.share.cpus, num_gpus=self.share.gpus, max_restarts=0, max_task_retries=0
        )(RemoteWorker)
        self.data = ray.put(packed(self.splits))
        self.actors = [self._ask() for _ in range(self.workers)]
        return self

    def __exit__(self, *_: object) -> None:
        """Kills the actors: they hold nothing that is not saved."""
        for actor in self.actors:
            ray.kill(actor.handle)
        self.actors.clear()
        del self.data

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """As :meth:`Executor.start`."""
        number = self.tasks.add(task)
        self._give()
        return number

    def end(self, task: TaskId) -> None:
        """As :meth:`Executor.end`."""
        self.tasks.forget(task)
        for index, actor in enumerate(self.actors):
            if actor.task == task:
                self._replace(index)

    def wait(self, seconds: float) -> Report | None:
        """As :meth:`Executor.wait`."""
        until = time.monotonic() + seconds
        while not self.tasks.reports:
            left = max(0.0, until - time.monotonic())
            self._listen(left)
            self._give()
            self._describe_wait()
            if left == 0.0:
                break
        return self.tasks.reports.popleft() if self.tasks.reports else None

    def _describe_wait(self) -> None:
        """Says once where no node has room, for a search that waits says nothing else."""
        if time.monotonic() > self.patient_until:
            self.patient_until = math.inf
            if not any(actor.ready for actor in self.actors):
                size = f"{self.share.cpus} CPUs and {self.share.gpus:g} GPUs"
                self.log(f"no node of the cluster has room for a worker ({size}) yet: waiting")

    # --- an actor ----------------------------------------------------------------------------------

    def _ask(self) -> _Actor:
        handle = self.kind.remote(max(1, self.share.cpus))
        assert isinstance(handle, ActorHandle)
        return _Actor(handle, handle.load.remote(self.parcel, self.data))

    def _replace(self, index: int) -> None:
        ray.kill(self.actors[index].handle)
        self.actors[index] = self._ask()

    def _give(self) -> None:
        """Gives queued tasks to free actors."""
        for actor in self.actors:
            if self.tasks.waiting and actor.ready and actor.task is None:
                actor.task, task = self.tasks.waiting.popleft()
                actor.stream = actor.handle.do.remote(actor.task, task)
                actor.awaited = actor.stream

    def _listen(self, seconds: float) -> None:
        """Takes all that has come, or the first that comes in so many seconds."""
        by_awaited = {actor.awaited: i for i, actor in enumerate(self.actors) if actor.awaited is not None}
        if not by_awaited:
            time.sleep(min(seconds, POLL))
            return
        awaited = list(by_awaited)
        come, _ = ray.wait(awaited, timeout=seconds)
        if come and len(awaited) > 1:
            come, _ = ray.wait(awaited, num_returns=len(awaited), timeout=0)
        for one in come:
            self._receive(by_awaited[one])

    def _receive(self, index: int) -> None:
        actor = self.actors[index]
        assert actor.awaited is not None
        if isinstance(actor.awaited, ObjectRefGenerator):
            actor.awaited = next(actor.awaited)  # it may lie on the other node: it is waited for as well
            return
        try:
            come = ray.get(actor.awaited)
        except RayError as error:
            self._bury(index, error)
            return
        if isinstance(come, Failed):
            raise come.error from RemoteTraceback(come.trace)
        if isinstance(come, Ready):
            self.failures = 0
            actor.ready, actor.awaited = True, None
            return
        self.tasks.reports += come
        actor.awaited = actor.stream
        if isinstance(come[-1], Lost):
            self._replace(index)
        elif isinstance(come[-1], Done | Raised):
            actor.task = actor.awaited = actor.stream = None

    def _bury(self, index: int, error: RayError) -> None:
        """Asks for a new actor in the place of a dead one, and reports on its task."""
        actor = self.actors[index]
        if not actor.ready:
            self._check_start(error)
        if actor.task is not None:
            self.tasks.reports.append(loss_of(actor.task, error))
        self._replace(index)

    def _check_start(self, error: RayError) -> None:
        """Counts actors that died before they had loaded the study."""
        loss = loss_of(TaskId(0), error)
        self.failures += 1
        if self.failures >= MOST_STARTS or not isinstance(error, RayActorError):
            raise StudyError(
                f"expected workers that load the study, got {self.failures} that did not ({loss.cause}): "
                "every node needs the same jrtune and what the study imports; Ray's logs on its node say more"
            ) from error
