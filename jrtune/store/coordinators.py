"""Coordinators: the processes that ask for candidates and write results; several on PostgreSQL, else one.

On PostgreSQL each holds two advisory locks on a connection of its own for as long as it lives: a shared one
on the database, which keeps out whoever writes alone, and one whose key is its number. Both end with the
connection, so whoever sees the lists of locks sees which coordinators live. A server that restarts ends all
connections at once, and a thread of each coordinator takes its locks again; so for a while after that nobody
is taken for dead. Elsewhere the database is held by one process (:mod:`jrtune.store.lease`), and all other
coordinators that ever signed are dead.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jrtune.store import tables
from jrtune.store.database import Database
from jrtune.store.lease import lease
from jrtune.store.locks import in_use
from jrtune.store.server import (
    COORDINATOR_KEYS,
    DATABASE_KEY,
    is_postgres,
    living_coordinators,
    notice_lost_clients,
    setting_up,
)

GRACE_SECONDS = 60.0
"""Seconds after a server's start, or after a coordinator was cut off, in which it takes nobody for dead."""

LOOK_SECONDS, RETRY_SECONDS = 5.0, 0.5
"""Seconds between two looks at the connection, and between two tries to have it back."""


class Coordinator:
    """A process that asks for candidates and writes results.

    Args:
        database: where; its tables are there.
        grace: seconds after a server's start in which nobody is taken for dead.

    Attributes:
        id: its number in the database, of no other coordinator before or after.

    Raises:
        StorageError: if another process holds the database for itself.
    """

    def __init__(self, database: Database, grace: float = GRACE_SECONDS) -> None:
        self.engine, self.shown, self.grace = database.engine, database.shown, grace
        self.id = self._sign()
        self._cut_off: float | None = None  # when it was last without its locks
        self._connection: sa.Connection | None = None
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None
        if is_postgres(self.engine):
            self._connection = self._locked()
            if self._connection is None:
                raise in_use(self.engine, self.shown)
            self._watcher = threading.Thread(target=self._watch, name="coordinator", daemon=True)
            self._watcher.start()

    @property
    def holds_locks(self) -> bool:
        """Returns False while a server is away or was, and the locks are not taken again yet."""
        return not is_postgres(self.engine) or self._connection is not None

    def close(self) -> None:
        """Ends it: its locks are let go."""
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join()
        self._let_go()

    def is_dead(self, coordinator: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """The condition that the coordinator of that number is dead, to be put into a query.

        False of all for a while after the server started, or after this coordinator was cut off from it.
        """
        if not is_postgres(self.engine):
            return coordinator != self.id
        if self._cut_off is not None and time.monotonic() - self._cut_off < self.grace:
            return sa.false()
        age = sa.func.extract("epoch", sa.func.clock_timestamp() - sa.func.pg_postmaster_start_time())
        return sa.and_(
            age >= self.grace,
            coordinator.not_in(living_coordinators()),
            sa.literal(self.id).in_(
                living_coordinators()
            ),  # who was cut off and does not know it yet is no judge
        )

    def _sign(self) -> int:
        table = tables.coordinators
        me = {
            "host": platform.node(),
            "pid": os.getpid(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with setting_up(self.engine), self.engine.begin() as connection:
            number = 1 + (connection.scalar(sa.select(sa.func.max(table.c.id))) or 0)
            connection.execute(table.insert().values(id=number, **me))
        return number

    def _locked(self) -> sa.Connection | None:
        """A connection that holds the locks; None where another one holds them."""
        connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # from the pool, in which it would outlive its end here
        try:
            connection.execute(sa.select(*notice_lost_clients()))
            locks = (
                sa.func.pg_try_advisory_lock_shared(DATABASE_KEY),
                sa.func.pg_try_advisory_lock(COORDINATOR_KEYS, self.id),
            )
            if all(connection.execute(sa.select(*locks)).one()):
                return connection
        except DBAPIError:
            connection.close()
            raise
        connection.close()
        return None

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_SECONDS if self._connection is not None else RETRY_SECONDS):
            try:
                if self._connection is None:
                    self._cut_off = time.monotonic()
                    self._connection = self._locked()
                else:
                    self._connection.execute(sa.select(1))
            except DBAPIError:
                self._let_go()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.close()


@contextmanager
def coordinating(database: Database, grace: float = GRACE_SECONDS) -> Iterator[Coordinator]:
    """Makes this process a coordinator of the database: beside others on PostgreSQL, else alone.

    Args:
        database: where; our tables are made where they are missing.
        grace: seconds after a server's start in which nobody is taken for dead.

    Raises:
        StorageError: if another process holds it for itself.
    """
    if is_postgres(database.engine):
        with setting_up(database.engine):
            database.make_tables()
        coordinator = Coordinator(database, grace)
        try:
            yield coordinator
        finally:
            coordinator.close()
    else:
        with lease(database):
            yield Coordinator(database, grace)


def living(engine: sa.Engine) -> set[int]:
    """Numbers of the coordinators that hold their locks now; empty where one process holds the database."""
    if not is_postgres(engine):
        return set()
    with engine.connect() as connection:
        return set(connection.scalars(living_coordinators()))
