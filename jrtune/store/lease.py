"""One process writes to a database at a time.

On SQLite the lease is a lock that the kernel holds for the process, so it ends with the process however
that ends, kill -9 included; on PostgreSQL an advisory lock, which ends with the connection. The row in
the table only tells whoever is refused who holds it.
"""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO

import sqlalchemy as sa

from jrtune.errors import StorageError
from jrtune.store import tables
from jrtune.store.database import Database

ADVISORY_KEY = 0x6A72_7475_6E65  # "jrtune"


@contextmanager
def lease(database: Database) -> Iterator[None]:
    """Holds the database for writing.

    Raises:
        StorageError: if another process holds it.
    """
    lock = _lock_file(database) if database.path else _lock_server(database)
    try:
        database.make_tables()
        _sign(database)
        yield
    finally:
        lock.close()


def _lock_file(database: Database) -> IO[str]:
    assert database.path is not None
    # a file of its own: closing any handle of the database file would drop SQLite's own locks on it
    real = database.path.resolve()  # one lock, whatever links lead to the file
    path = real.with_name(real.name + ".lock")
    try:
        file = path.open("a")
    except OSError as error:
        raise StorageError(f"cannot write {str(path)!r}: {error.strerror}: give another --storage") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise _held(database) from None
    return file


def _lock_server(database: Database) -> sa.Connection:
    connection = database.engine.connect()
    if connection.dialect.name == "postgresql" and not connection.scalar(
        sa.select(sa.func.pg_try_advisory_lock(ADVISORY_KEY))
    ):
        connection.close()
        raise _held(database)
    return connection


def _held(database: Database) -> StorageError:
    who = "another process"
    if database.has_tables():
        with database.engine.connect() as connection:
            if row := connection.execute(sa.select(tables.lease)).first():
                who = f"process {row.pid} on {row.host} (since {row.since})"
    return StorageError(
        f"{database.shown!r} is in use by {who}: wait for it, stop it, or give another --storage"
    )


def _sign(database: Database) -> None:
    me = {
        "host": platform.node(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with database.engine.begin() as connection:
        connection.execute(tables.lease.delete())
        connection.execute(tables.lease.insert().values(id=1, **me))
