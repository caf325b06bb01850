"""Connections to a database's server: how a lost one is noticed, and the numbers of the advisory locks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

DATABASE_KEY = 0x6A72_7475_6E65
"""Of the lock on the database ("jrtune"): exclusive for who writes alone, shared for coordinators."""

SETUP_KEY = 0x6A72_7475_6E66
"""Of the lock of whoever makes tables, studies and coordinators."""

COORDINATOR_KEYS = 0x6A72_0001
"""First number of the locks of coordinators; the second is the coordinator's."""

ASKING_KEYS = 0x6A72_0002
"""First number of the locks of asking; the second is the study's."""

KEEPALIVE_SECONDS = 10
KEEPALIVE_COUNT = 3


def server_options(url: str) -> dict[str, object]:
    """Keyword arguments of an engine on a server, by which a connection that is lost is noticed within 30 s.

    Args:
        url: of the database; what it sets itself stays.
    """
    parsed = sa.make_url(url)
    if parsed.get_driver_name() not in ("psycopg", "psycopg2"):
        return {"pool_pre_ping": True}
    wanted = {
        "connect_timeout": 10,
        "keepalives_idle": KEEPALIVE_SECONDS,
        "keepalives_interval": KEEPALIVE_SECONDS // 2,
        "keepalives_count": KEEPALIVE_COUNT,
        "tcp_user_timeout": 1000 * KEEPALIVE_SECONDS * KEEPALIVE_COUNT,
    }
    arguments = {name: value for name, value in wanted.items() if name not in parsed.query}
    return {"pool_pre_ping": True, "connect_args": arguments}


def is_postgres(engine: sa.Engine | sa.Connection) -> bool:
    """Returns True for PostgreSQL, the one server that several coordinators can share."""
    return engine.dialect.name == "postgresql"


_inside = threading.local()


@contextmanager
def setting_up(engine: sa.Engine) -> Iterator[None]:
    """Lets one process at a time make tables, studies and coordinators; on SQLite, one is alone anyway.

    Whoever is in such a block may enter another one.
    """
    if not is_postgres(engine) or getattr(_inside, "is_set", False):
        yield
        return
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(SETUP_KEY)))
        _inside.is_set = True
        try:
            yield
        finally:
            _inside.is_set = False


def notice_lost_clients() -> list[sa.Function[str]]:
    """Settings of a session that holds locks: a client whose machine is gone is noticed within 30 s."""
    seconds = {"tcp_keepalives_idle": KEEPALIVE_SECONDS, "tcp_keepalives_interval": KEEPALIVE_SECONDS // 2}
    settings = seconds | {"tcp_keepalives_count": KEEPALIVE_COUNT}
    return [sa.func.set_config(name, str(value), False) for name, value in settings.items()]


def living_coordinators() -> sa.Select[int]:
    """Numbers of the coordinators that hold their locks now."""
    # looked at, not tried: a lock that is tried is held for a moment, in which its owner could not take it
    locks = sa.table(
        "pg_locks",
        sa.column("locktype", sa.String),
        sa.column("database", sa.Integer),
        sa.column("classid", sa.Integer),
        sa.column("objid", sa.Integer),
        sa.column("objsubid", sa.Integer),
        sa.column("granted", sa.Boolean),
    )
    databases = sa.table("pg_database", sa.column("oid", sa.Integer), sa.column("datname", sa.String))
    here = sa.select(databases.c.oid).where(databases.c.datname == sa.func.current_database())
    return sa.select(sa.cast(locks.c.objid, sa.BigInteger)).where(
        locks.c.locktype == "advisory",
        locks.c.database == here.scalar_subquery(),
        sa.cast(locks.c.classid, sa.BigInteger) == COORDINATOR_KEYS,
        locks.c.objsubid == 2,  # of two numbers
        locks.c.granted,
    )
