"""Reading only the results that were written since the last look, and missing none.

Each result has a number ``saved``, and a look reads those of a number not below its cursor.

On SQLite the number is one more than the highest so far: one transaction writes at a time, so whoever sees a
number sees all below it. The next cursor is one more than the highest that is seen.

On PostgreSQL that would miss results: a transaction may take its number, and others take higher ones and end
before it does. There the number is that of the transaction itself, and the next cursor is the lowest number
of a transaction that was running when the look began (``xmin`` of its snapshot). All below it had ended
before, so what they wrote is seen by this look; all that ends later has this number or a higher one, so what
it writes is seen by the next one. What ended between the two bounds is read again, without harm. Nobody
waits for anybody, and the price of a transaction that runs for long is that some results are read again.
"""

from __future__ import annotations

import sqlalchemy as sa

from jrtune.store import tables
from jrtune.store.server import is_postgres


def next_saved(connection: sa.Connection, study_id: int) -> sa.ColumnElement[int]:
    """The number of what is written in this transaction."""
    if is_postgres(connection):
        return sa.func.txid_current()
    return sa.literal(_highest(connection, study_id) + 1)


def next_cursor(connection: sa.Connection, study_id: int) -> int:
    """The cursor for the look after the one that begins now."""
    if is_postgres(connection):
        running = sa.func.txid_snapshot_xmin(sa.func.txid_current_snapshot())
        return int(connection.execute(sa.select(running)).scalar_one())
    return _highest(connection, study_id) + 1


def _highest(connection: sa.Connection, study_id: int) -> int:
    table = tables.results
    highest = connection.scalar(sa.select(sa.func.max(table.c.saved)).where(table.c.study_id == study_id))
    return highest or 0
