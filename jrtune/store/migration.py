"""Migration of a database that an earlier version wrote, in one transaction, after a copy of the file.

The lock of :mod:`jrtune.store.locks` is taken first, so no process writes meanwhile and two never migrate
at once. A server's database is migrated in one transaction too, but its dump is the user's to make.
"""

from __future__ import annotations

import filecmp
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jrtune.errors import StorageError
from jrtune.store import tables
from jrtune.store.locks import lock

RENAMED_COLUMNS = (
    ("jrtune_results", "origin", "source"),
    ("jrtune_results", "ending", "status"),
    ("jrtune_confirmations", "ending", "status"),
    ("jrtune_curves", "figures", "metrics"),
)
RENAMED_ATTRIBUTES = {"origin": "source", "ending": "status"}
"""Optuna's user attributes of our trials, as version 1 named them and as they are named now."""


def written_version(engine: sa.Engine) -> int | None:
    """The version of our tables in the database; None where there are none."""
    if not sa.inspect(engine).has_table(tables.meta.name):
        return None
    with engine.connect() as connection:
        return connection.scalar(sa.select(tables.meta.c.schema_version))


def migrate(engine: sa.Engine, path: Path | None, shown: str) -> None:
    """Brings tables of an earlier version to the present one; others are left as they are.

    Args:
        engine: of the database.
        path: the SQLite file, of which a copy is saved first; None for a server.
        shown: its name in messages.

    Raises:
        StorageError: where it cannot be written now or at all; nothing has changed then.
    """
    version = written_version(engine)
    if version is None or version not in MIGRATIONS:
        return
    try:
        with closing(lock(engine, path, shown)):
            _migrate(engine, path, shown)
    except StorageError as error:
        raise StorageError(
            f"expected tables of version {tables.SCHEMA_VERSION} in {shown!r}, got {version}, which has to "
            f"be migrated first: {error}"
        ) from None
    except (OSError, DBAPIError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StorageError(
            f"expected tables of version {tables.SCHEMA_VERSION} in {shown!r}, got {version}, and migrating "
            f"them failed: {reason}: copy it to a folder that you may write, with room for twice its size"
        ) from None


def _migrate(engine: sa.Engine, path: Path | None, shown: str) -> None:
    version = written_version(engine)  # again, under the lock: another process may have been faster
    if version is None or version not in MIGRATIONS:
        return
    saved = None if path is None else save_copy(path.resolve(), version)
    with engine.connect() as connection:
        _begin(connection)
        for step in range(version, tables.SCHEMA_VERSION):
            MIGRATIONS[step](connection)
        connection.execute(tables.meta.update().values(schema_version=tables.SCHEMA_VERSION))
        connection.commit()
    beside = "" if saved is None else f"; as it was before: {str(saved)!r}"
    print(f"{shown!r}: tables of version {version} migrated{beside}", file=sys.stderr)


def _begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Python's driver would begin only at the first change of rows, after those of the tables
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def save_copy(path: Path, version: int) -> Path:
    """Copies the SQLite file to NAME.vVERSION beside it, with what its -wal file holds.

    An earlier copy is never overwritten: the same one serves, beside another one there is a second.
    """
    part = path.with_name(f"{path.name}.v{version}.part")
    try:
        with (
            closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(part)) as target,
        ):
            source.backup(target)
        for number in count(1):
            end = "" if number == 1 else f".{number}"
            saved = path.with_name(f"{path.name}.v{version}{end}")
            if not saved.exists():
                return part.rename(saved)
            if filecmp.cmp(part, saved, shallow=False):
                return saved
        raise AssertionError("unreachable")
    finally:
        part.unlink(missing_ok=True)


def _from_1(connection: sa.Connection) -> None:
    """One vocabulary: source, status, control, metrics; cohort sizes are columns."""
    for table, before, after in RENAMED_COLUMNS:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")
    for name in ("cohort", "stack"):
        connection.exec_driver_sql(f"ALTER TABLE jrtune_studies ADD COLUMN {name} INTEGER")
    _rename_in_studies(connection)
    roles = sa.table("jrtune_confirmations", sa.column("role"))
    connection.execute(roles.update().where(roles.c.role == "twin").values(role="control"))
    _rename_attributes(connection)


def _rename_in_studies(connection: sa.Connection) -> None:
    studies = sa.table(
        "jrtune_studies",
        sa.column("id", sa.Integer),
        sa.column("spec", sa.JSON),
        sa.column("versions", sa.JSON),
        sa.column("cohort", sa.Integer),
        sa.column("stack", sa.Integer),
    )
    for row in connection.execute(sa.select(studies.c.id, studies.c.spec, studies.c.versions)).all():
        spec = {"weights" if part == "weighting" else part: value for part, value in row.spec.items()}
        versions = {"file_hash" if n == "source" else n: value for n, value in row.versions.items()}
        sizes = {name: int(versions.pop(name)) for name in ("cohort", "stack") if name in versions}
        changed = studies.update().where(studies.c.id == row.id)
        connection.execute(changed.values(spec=spec, versions=versions, **sizes))


def _rename_attributes(connection: sa.Connection) -> None:
    """Renames the attributes of our trials in Optuna's tables; those of other studies are not ours."""
    if not sa.inspect(connection).has_table("trial_user_attributes"):
        return  # killed between our tables and Optuna's
    ours = sa.select(sa.table("jrtune_studies", sa.column("name")).c.name)
    studies = sa.table("studies", sa.column("study_id"), sa.column("study_name"))
    trials = sa.table("trials", sa.column("trial_id"), sa.column("study_id"))
    attributes = sa.table("trial_user_attributes", sa.column("trial_id"), sa.column("key"))
    mine = sa.select(studies.c.study_id).where(studies.c.study_name.in_(ours))
    whose = attributes.c.trial_id.in_(sa.select(trials.c.trial_id).where(trials.c.study_id.in_(mine)))
    for before, after in RENAMED_ATTRIBUTES.items():
        connection.execute(attributes.update().where(whose, attributes.c.key == before).values(key=after))


def _from_2(connection: sa.Connection) -> None:
    """Coordinators, their claims, and the order in which results were written."""
    saved = "ALTER TABLE jrtune_results ADD COLUMN saved BIGINT DEFAULT 0 NOT NULL"
    connection.exec_driver_sql(saved)
    connection.exec_driver_sql("CREATE INDEX jrtune_results_saved ON jrtune_results (study_id, saved)")
    # as they are today: who changes one of them, writes down here how it was
    for table in (tables.coordinators, tables.cohorts, tables.confirming):
        table.create(connection)
    if sa.inspect(connection).has_table("trials"):
        _add_cohorts(connection)


def _add_cohorts(connection: sa.Connection) -> None:
    """Divides the trials of each study into cohorts, as far as that is known: by the size it went on with."""
    ours = sa.table("jrtune_studies", *map(sa.column, ("id", "name", "cohort", "stack")))
    studies = sa.table("studies", sa.column("study_id"), sa.column("study_name"))
    trials = sa.table("trials", *map(sa.column, ("study_id", "number", "state")))
    results = sa.table("jrtune_results", sa.column("study_id"), sa.column("number"))
    joined = ours.join(studies, studies.c.study_name == ours.c.name)
    query = sa.select(ours.c.id, ours.c.cohort, ours.c.stack, studies.c.study_id).select_from(joined)
    for row in connection.execute(query).all():
        counted = sa.select(sa.func.count()).select_from(trials).where(trials.c.study_id == row.study_id)
        total = connection.execute(counted).scalar_one()
        numbers = sa.select(results.c.number).where(results.c.study_id == row.id)
        unfinished = sa.select(trials.c.number).where(
            trials.c.study_id == row.study_id,
            sa.text("trials.state IN ('RUNNING', 'WAITING')"),  # of an enum's type on some servers
        )
        # killed between the two: Optuna has yet to be told
        finished = set(connection.scalars(numbers)) - set(connection.scalars(unfinished))
        step = row.cohort or row.stack or 1
        cohorts = [
            {
                "study_id": row.id,
                "index": index,
                "first": first,
                "size": min(step, total - first),
                "finished": finished.issuperset(range(first, min(first + step, total))),
            }
            for index, first in enumerate(range(0, total, step))
        ]
        if cohorts:
            connection.execute(tables.cohorts.insert(), cohorts)


MIGRATIONS: dict[int, Callable[[sa.Connection], None]] = {1: _from_1, 2: _from_2}
"""Version -> what brings its tables to the next one."""
