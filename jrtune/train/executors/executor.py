"""Executors: the seam between the search and what trains its cohorts, in this process or anywhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol, Self

from jrtune.spec import EpochRecord, Job, Outcome
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.loop.trainer import Pruner

TaskId = NewType("TaskId", int)
"""A task's number; an executor gives each to one task only."""


@dataclass(frozen=True)
class CohortTask:
    """A cohort that a worker is to train to the end, as data that can be sent to another process.

    Attributes:
        jobs: in the order of the members.
        wanted: indices of the jobs to be trained; the others only count where programs are formed.
        size: most members of a program; 1 trains them one by one.
        pruner: drops jobs at its rungs, found by its class's name in the other process; None for none.
        resume: where an earlier worker came to; None begins at the start.
        every: seconds after which a training that comes to no rung is saved.
        company: indices of jobs with an outcome that are trained again beside those wanted, from where the
            cohort was saved: last digits depend on who is in a program.
        curves: index of a job that has ended -> its curve, which the pruner is shown first.
        apart: True where jobs that are not wanted are not even looked at: one may have crashed a worker.
    """

    jobs: tuple[Job, ...]
    wanted: frozenset[int]
    size: int
    pruner: Pruner | None = None
    resume: ResumePoint | None = None
    every: float = 300.0
    company: frozenset[int] = frozenset()
    curves: Mapping[int, Sequence[EpochRecord]] = field(default_factory=dict)
    apart: bool = False


@dataclass(frozen=True)
class SizeTask:
    """The question how many candidates like this one are to be trained as one program.

    Attributes:
        job: the candidate.
    """

    job: Job


@dataclass(frozen=True)
class Begun:
    """A worker has begun with a task.

    Attributes:
        task: its number.
    """

    task: TaskId


@dataclass(frozen=True)
class Update:
    """A sign of life of a task that goes on.

    Attributes:
        task: its number.
        outcomes: index of a job -> its outcome, of trainings that ended.
        resume: from where another worker could go on; None where nothing new was saved.
        line: for people; empty for none.
    """

    task: TaskId
    outcomes: Mapping[int, Outcome]
    resume: ResumePoint | None = None
    line: str = ""


@dataclass(frozen=True)
class Done:
    """A task that is finished.

    Attributes:
        task: its number.
        size: the answer to a :class:`SizeTask`; of a cohort, most members of a program from here on: less
            than asked for where memory ran out.
    """

    task: TaskId
    size: int


@dataclass(frozen=True)
class Raised:
    """A task ended by an error of the study's own functions.

    Attributes:
        task: its number.
        error: what was raised.
        trace: its traceback in the worker's process; empty where that is this one.
    """

    task: TaskId
    error: Exception
    trace: str = ""


@dataclass(frozen=True)
class Lost:
    """A task whose worker died.

    Attributes:
        task: its number.
        cause: for people, such as "signal 11 (SIGSEGV)".
        outside: True where somebody else may have ended the worker: a signal, a node, a network.
        memory: True where it was ended for want of memory.
    """

    task: TaskId
    cause: str
    outside: bool
    memory: bool = False


Report = Begun | Update | Done | Raised | Lost


class RemoteTraceback(Exception):  # noqa: N818 - not an error of its own: it is shown as the cause of one
    """The traceback of an error, as text from the process where it was raised."""

    def __str__(self) -> str:
        """The text."""
        return f"\n{self.args[0]}"


class Executor(Protocol):
    """Runs tasks of one problem on its workers: a context that ends them when it is left."""

    @property
    def workers(self) -> int:
        """Number of tasks that are worked on at once."""
        ...

    def __enter__(self) -> Self:
        """Takes what workers need."""
        ...

    def __exit__(self, *error: object) -> None:
        """Ends all workers."""
        ...

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """Queues a task; workers take them in this order."""
        ...

    def end(self, task: TaskId) -> None:
        """Ends a task at once, with its worker where there is no other way; no report on it follows."""
        ...

    def wait(self, seconds: float) -> Report | None:
        """The next report on any task; None where none came in so many seconds."""
        ...
