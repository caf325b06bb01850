"""One process writes to a database at a time.

On SQLite the lease is a lock that the kernel holds for the process, so it ends with the process however
that ends, kill -9 included; on PostgreSQL an advisory lock, which ends with the connection. The row in
the table only tells whoever is refused who holds it.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from jrtune.store import tables
from jrtune.store.database import Database
from jrtune.store.locks import lock


@contextmanager
def lease(database: Database) -> Iterator[None]:
    """Holds the database for writing.

    Raises:
        StorageError: if another process holds it.
    """
    with closing(lock(database.engine, database.path, database.shown)):
        database.make_tables()
        _sign(database)
        yield


def _sign(database: Database) -> None:
    me = {
        "host": platform.node(),
        "pid": os.getpid(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with database.engine.begin() as connection:
        connection.execute(tables.lease.delete())
        connection.execute(tables.lease.insert().values(id=1, **me))
