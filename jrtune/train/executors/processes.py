"""Workers as processes of this machine: what crashes or hangs ends alone, and another takes its place."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Self

from jrtune.errors import StudyError
from jrtune.train.executors.child import Failed, Ready, StudyFile, serve
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
from jrtune.train.executors.exit_cause import exit_cause
from jrtune.train.executors.memory import free_share, resident_bytes
from jrtune.train.executors.shared_data import SharedFile
from jrtune.train.executors.source import StudySource
from jrtune.train.executors.tasks import Tasks
from jrtune.train.loop.problem import Split

MOST_STARTS = 3
"""Workers one after another that may die before they have loaded the study."""

JOIN_SECONDS = 5.0
"""Longest wait for the end of a process that was killed."""

LEAST_FREE = 0.04
"""Share of the machine's memory, or of the container's, that must be free."""

SERVER_DIED = 255
"""Exit status that Python gives to a process whose fork server has died, and that nobody knows."""

POLL = 0.1
"""Seconds between two looks at the memory that is free."""


@dataclass
class _Child:
    """A worker process.

    Attributes:
        process, connection: as multiprocessing has them.
        device: where it trains.
        task: what it does; None while it is free.
        ready: True once it has loaded the study.
        starved: True where it was killed for want of memory.
    """

    process: BaseProcess
    connection: Connection
    task: TaskId | None = None
    ready: bool = False
    starved: bool = False


class Processes:
    """As :class:`jrtune.train.executors.executor.Executor`: a process for each worker.

    Processes come from a fork server that has imported torch and done nothing with it: a fork of a process
    that has threads or a CUDA context is not safe, and a new interpreter takes seconds.

    They read the study file at once, while the coordinator checks the study and loads its data, which they
    are given when the context is entered.

    Args:
        file: of the study.
        devices: one for each worker, as torch names them.
        threads: CPU threads of each.

    Attributes:
        source: of the study, and splits: its data in host memory; to be set before the context is entered.
    """

    source: StudySource
    splits: Mapping[str, Split]

    def __init__(self, file: StudyFile, devices: Sequence[str], threads: int = 1) -> None:
        self.study_file, self.devices, self.threads = file, devices, threads
        self.workers = len(devices)
        self.shared: SharedFile | None = None
        self.children: list[_Child] = []
        # in a thread, for the fork server answers only when it has imported torch
        self.spawning = threading.Thread(target=self._spawn_all)
        self.spawning.start()

    def __enter__(self) -> Self:
        """Shares the data."""
        self.tasks = Tasks()
        self.failures = 0
        self.shared = SharedFile({name: split.tensors for name, split in self.splits.items()})
        self.source = replace(self.source, data=self.shared.data)
        self.spawning.join()
        if not self.children:
            self._spawn_all()
        for child in self.children:
            self._send_source(child)
        return self

    def __exit__(self, *_: object) -> None:
        """Kills the processes: they hold nothing that is not saved."""
        self.spawning.join()
        for child in self.children:
            _kill(child)
        self.children = []
        if self.shared is not None:
            self.shared.close()

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """As :meth:`Executor.start`."""
        number = self.tasks.add(task)
        self._give()
        return number

    def end(self, task: TaskId) -> None:
        """As :meth:`Executor.end`."""
        self.tasks.forget(task)
        for index, child in enumerate(self.children):
            if child.task == task:
                self._replace(index)
        self._give()

    def wait(self, seconds: float) -> Report | None:
        """As :meth:`Executor.wait`."""
        until = time.monotonic() + seconds
        while not self.tasks.reports:
            by_connection = {child.connection: index for index, child in enumerate(self.children)}
            left = max(0.0, until - time.monotonic())
            for connection in wait(list(by_connection), min(left, POLL)):
                assert isinstance(connection, Connection)
                self._receive(by_connection[connection])
            self._give()
            self._spare_memory()
            if left == 0.0:
                break
        return self.tasks.reports.popleft() if self.tasks.reports else None

    def _spare_memory(self) -> None:
        """Kills the largest worker where memory is all but gone, before the system kills anybody."""
        if any(child.starved for child in self.children):  # what it held comes free in a moment
            return
        busy = [child for child in self.children if child.task is not None]
        if busy and free_share() < LEAST_FREE:
            largest = max(busy, key=lambda child: resident_bytes(child.process.pid))
            largest.starved = True
            largest.process.kill()

    # --- a worker ----------------------------------------------------------------------------------

    def _spawn_all(self) -> None:
        self.children = [self._spawn(device) for device in self.devices]

    def _spawn(self, device: str) -> _Child:
        ours, theirs = context().Pipe()
        process = context().Process(
            target=serve, args=(theirs, self.study_file, device, self.threads), name="jrtune worker"
        )
        process.start()
        theirs.close()
        return _Child(process, ours)

    def _send_source(self, child: _Child) -> None:
        with contextlib.suppress(OSError):  # dead: that is noticed where its reports are waited for
            child.connection.send(self.source)

    def _receive(self, index: int) -> None:
        child = self.children[index]
        try:
            report = child.connection.recv()
        except (EOFError, OSError):
            self._bury(index)
            return
        if isinstance(report, Failed):
            raise report.error from RemoteTraceback(report.trace)
        if isinstance(report, Ready):
            self.failures = 0
            child.ready = True
            return
        if isinstance(report, Done | Raised):
            child.task = None
        self.tasks.reports.append(report)

    def _give(self) -> None:
        """Gives queued tasks to free workers that have loaded the study."""
        for index, child in enumerate(self.children):
            if self.tasks.waiting and child.ready and child.task is None:
                try:
                    child.connection.send(self.tasks.waiting[0])
                except OSError:  # dead, and nobody has noticed
                    self._bury(index)
                else:
                    child.task, _ = self.tasks.waiting.popleft()

    def _bury(self, index: int) -> None:
        """Puts a new worker in the place of a dead one, and reports on its task."""
        child = self.children[index]
        child.process.join(JOIN_SECONDS)
        status = child.process.exitcode
        cause, outside = exit_cause(None if status == SERVER_DIED else status)
        if not child.ready:
            self.failures += 1
            if self.failures >= MOST_STARTS:
                raise StudyError(
                    f"expected a worker that loads the study, got {self.failures} that died of it ({cause}): "
                    "try --engine inline, which shows what goes on"
                )
        if child.task is not None:
            short = "memory ran out" if child.starved else cause
            self.tasks.reports.append(Lost(child.task, short, outside and not child.starved, child.starved))
        self._replace(index)

    def _replace(self, index: int) -> None:
        _kill(self.children[index])
        self.children[index] = self._spawn(self.devices[index])
        self._send_source(self.children[index])


def context() -> SpawnContext | ForkServerContext:
    """The way in which processes are started."""
    if sys.platform == "win32":
        return SpawnContext()
    multiprocessing.set_forkserver_preload([serve.__module__])
    return ForkServerContext()


def _kill(child: _Child) -> None:
    child.connection.close()
    child.process.kill()
    child.process.join(JOIN_SECONDS)
