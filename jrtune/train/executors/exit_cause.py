"""The cause of a process's end, from its exit status."""

from __future__ import annotations

import signal

FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")
"""Signals that somebody else has sent: a user, a scheduler, or the system for want of memory."""


def exit_cause(status: int | None) -> tuple[str, bool]:
    """Words for people, and True where the process may have been ended from outside.

    Args:
        status: as :attr:`multiprocessing.Process.exitcode` gives it; None where it is not known.

    >>> exit_cause(3), exit_cause(-11)
    (('exit status 3', False), ('signal 11 (SIGSEGV)', False))
    """
    if status is None:
        return "its process cannot be reached", True
    if status >= 0:
        return f"exit status {status}", False
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = "unknown"
    return f"signal {-status} ({name})", name in FROM_OUTSIDE
