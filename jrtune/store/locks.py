"""Locks by which one process at a time writes to a database, taken from the kernel or the server."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from jrtune.errors import StorageError
from jrtune.store import tables
from jrtune.store.server import DATABASE_KEY, is_postgres, living_coordinators


def lock(engine: sa.Engine, path: Path | None, shown: str) -> IO[str] | sa.Connection:
    """Locks the database until what is returned is closed, or the process ends.

    Args:
        engine: of the database.
        path: the SQLite file; None for a server.
        shown: its name in messages.

    Raises:
        StorageError: if another process holds it, or nothing can be written beside the file.
    """
    return _lock_server(engine, shown) if path is None else _lock_file(engine, path, shown)


def _lock_file(engine: sa.Engine, path: Path, shown: str) -> IO[str]:
    # a file of its own: closing any handle of the database file would drop SQLite's own locks on it
    real = path.resolve()  # one lock, whatever links lead to the file
    beside = real.with_name(real.name + ".lock")
    try:
        file = beside.open("a")
    except OSError as error:
        raise StorageError(
            f"cannot write {str(beside)!r}: {error.strerror}: give another --storage"
        ) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise in_use(engine, shown) from None
    return file


def _lock_server(engine: sa.Engine, shown: str) -> sa.Connection:
    # in no transaction, which a server may end when it does nothing
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    connection.detach()  # from the pool, in which the lock would outlive the block
    if is_postgres(engine) and not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(DATABASE_KEY))):
        connection.close()
        raise in_use(engine, shown)
    return connection


def in_use(engine: sa.Engine, shown: str) -> StorageError:
    """The error of a database that another process holds."""
    who = "another process"
    if sa.inspect(engine).has_table(tables.lease.name):
        with engine.connect() as connection:
            row = connection.execute(_holder(connection)).first()
        if row:
            who = f"process {row.pid} on {row.host} (since {row.since})"
    return StorageError(f"{shown!r} is in use by {who}: wait for it, stop it, or give another --storage")


def _holder(connection: sa.Connection) -> sa.Select[tuple[int, str, str]]:
    """The coordinator that lives, the first of several; where none does, who signed last to write alone."""
    if is_postgres(connection) and sa.inspect(connection).has_table(tables.coordinators.name):
        coordinators = tables.coordinators
        living = sa.select(coordinators).where(coordinators.c.id.in_(living_coordinators()))
        if connection.execute(living).first():
            return living.order_by(coordinators.c.id)
    return sa.select(tables.lease)
