"""The life of a worker process: load the study, do what comes, and end with the process that made it."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import torch

from jrtune.spec import Value
from jrtune.spec.study_file import configured
from jrtune.train.executors.executor import Raised, Report
from jrtune.train.executors.worker import Worker
from jrtune.train.loop.device import is_spoilt

PR_SET_PDEATHSIG = 1
"""The name in Linux's <sys/prctl.h>: have a signal sent when the parent dies."""

SPOILT = 97
"""Exit status of a worker whose CUDA context an error has spoilt: nothing can be done with it any more."""


@dataclass(frozen=True)
class Ready:
    """The study is loaded."""


@dataclass(frozen=True)
class Failed:
    """The study could not be loaded.

    Attributes:
        error: what was raised.
        trace: its traceback.
    """

    error: Exception
    trace: str


@dataclass(frozen=True)
class StudyFile:
    """A study file as the user gave it.

    Attributes:
        path: of the file.
        options: what its data take: texts, or values by name.
    """

    path: Path
    options: Sequence[str] | Mapping[str, Value]


def serve(connection: Connection, file: StudyFile, device: str, threads: int) -> None:
    """Does the tasks that come through a connection, until it is closed.

    Args:
        connection: takes the study's source, then (number, task); gives reports.
        file: what can be read before it is checked, and its data are there.
        device: where to train, as torch names it.
        threads: CPU threads of this process.
    """
    _depend_on_parent()
    with open(os.devnull, "w") as nowhere:  # what a study prints, the coordinator's reading of it has printed
        os.dup2(nowhere.fileno(), 1)
    torch.set_num_threads(threads)
    if torch.device(device).type == "cuda":
        torch.cuda.set_device(device)
    with contextlib.suppress(EOFError, OSError):  # the other end is gone, and so are we
        worker = _load(connection, file, device)
        while worker is not None:
            number, task = connection.recv()
            for _ in worker.do(number, task):
                pass


def _load(connection: Connection, file: StudyFile, device: str) -> Worker | None:
    """Loads the study, its file while the coordinator checks it and its data; None where that fails."""
    declared = None
    with contextlib.suppress(Exception):  # the coordinator says so, in the words for it
        declared, _ = configured(file.path, file.options)
    source = connection.recv()
    try:
        problem = source.load(device, declared=declared)
    except Exception as error:
        connection.send(Failed(sendable_error(error), trace_of(error)))
        return None
    connection.send(Ready())
    return Worker(problem, lambda report: connection.send(_sendable(report)))


def _depend_on_parent() -> None:
    """Leaves Ctrl-C to the coordinator, and lets the system end this process first where it must end one."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if sys.platform == "linux":
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # with the fork server
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Ends this process with its coordinator: a hung training would not notice by itself.

    The fork server does not end with the coordinator: it lives as long as any of its processes.
    """
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _sendable(report: Report) -> Report:
    """The report as it can be sent; ends the process where CUDA cannot be used any more."""
    if not isinstance(report, Raised):
        return report
    if is_spoilt(report.error):
        print(f"worker ends: {report.error}", file=sys.stderr, flush=True)
        os._exit(SPOILT)
    return replace(report, error=sendable_error(report.error), trace=trace_of(report.error))


def sendable_error(error: Exception) -> Exception:
    """The error; another one with its text where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def trace_of(error: Exception) -> str:
    """The error's traceback, as text."""
    return "".join(traceback.format_exception(error))
