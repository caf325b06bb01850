"""Repeating what a lost connection broke off: a server that restarts ends no study."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from jrtune.errors import StorageError

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds between two tries, which double from the one to the other."""

PATIENCE = 600.0
"""Seconds after which a server that does not come back is given up."""

PASSING = ("08", "40", "57P", "53300", "25P03")
"""SQLSTATEs of what passes: lost, deadlock, shut down or starting, too many clients, idle too long."""


def with_reconnect(
    action: Callable[[], T],
    log: Callable[[str], None],
    patience: float = PATIENCE,
    pause: Callable[[float], None] = time.sleep,
) -> T:
    """Returns what ``action`` returns, run again while the connection to the database's server is lost.

    Any other error passes at once, as does every one of SQLite: a full disk is to be told, not waited for.

    Args:
        action: may be run again at any time, also where the server did it and only the answer was lost.
        log: called with one line, once, on what is waited for.
        patience: seconds to wait in all.
        pause: waits so many seconds; may raise to end the waiting.

    Raises:
        StorageError: where the server did not come back in time.
    """
    start = time.monotonic()
    for number, seconds in enumerate(_pauses()):
        try:
            return action()
        except Exception as error:
            reason = lost(error)
            if reason is None:
                raise
            if time.monotonic() - start + seconds > patience:
                raise StorageError(
                    f"the database's server did not come back in {patience:.0f} s: {reason}: "
                    "start it, and the same command goes on"
                ) from error
            if number == 0:
                log(f"connection to the database lost ({reason}): trying again for {patience:.0f} s")
        pause(seconds)
    raise AssertionError("unreachable")


def lost(error: BaseException | None) -> str | None:
    """The reason in one line, where an error says that a server cannot be reached now; else None.

    Args:
        error: SQLAlchemy's, or another one that it caused, as Optuna's StorageInternalError.
    """
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        if isinstance(error, DBAPIError):
            return str(error.orig).splitlines()[0] if _is_passing(error) else None
        if isinstance(error, DisconnectionError | PoolTimeoutError):
            return str(error).splitlines()[0]
        error = error.__cause__ or error.__context__
    return None


def _is_passing(error: DBAPIError) -> bool:
    if type(error.orig).__module__.startswith("sqlite3"):
        return False
    if error.connection_invalidated:
        return True
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    # where no connection was made, drivers give no SQLSTATE
    state = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
    return state is None or str(state).startswith(PASSING)


def _pauses() -> Iterator[float]:
    seconds = FIRST_PAUSE
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_PAUSE)
