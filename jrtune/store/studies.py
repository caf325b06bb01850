"""The studies that a database holds, and the one of them that is meant."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from jrtune.errors import StorageError
from jrtune.spec import StudySpec
from jrtune.store import tables
from jrtune.store.database import Database
from jrtune.store.records import StudyRecord

PART = "--"
"""Between a study's name and the method that a part of its comparison was searched with."""


def study_names(database: Database) -> list[str]:
    """Names of the studies in the database."""
    if not database.has_tables():
        return []
    with database.engine.connect() as connection:
        return list(connection.scalars(sa.select(tables.studies.c.name).order_by(tables.studies.c.id)))


def read_study(database: Database, name: str) -> StudyRecord | None:
    """The study of that name; None where there is none."""
    if not database.has_tables():
        return None
    columns = [c for c in tables.studies.c if c.name != "id"]
    with database.engine.connect() as connection:
        row = connection.execute(sa.select(*columns).where(tables.studies.c.name == name)).first()
    return StudyRecord(**{**row._mapping, "spec": StudySpec.from_json(row.spec)}) if row else None


def whole_studies(names: Sequence[str]) -> list[str]:
    """The names that are no part of another study's comparison."""
    return [name for name in names if PART not in name or name.partition(PART)[0] not in names]


def some_names(database: Database) -> list[str]:
    """Names of the studies in the database, one at least.

    Raises:
        StorageError: if there is none.
    """
    if names := study_names(database):
        return names
    raise StorageError(f"expected a study in {database.shown!r}, got none: run jrtune tune STUDY first")


def the_name(database: Database, name: str | None) -> str:
    """``name``, or the only study's where it is None.

    Raises:
        StorageError: if there is no such study, or several to choose from.
    """
    names = some_names(database)
    wholes = whole_studies(names)
    if name is None and len(wholes) == 1:
        return wholes[0]
    if name is None:
        raise StorageError(
            f"{database.shown!r} holds several studies: give --name, one of {', '.join(names)}"
        )
    if name not in names:
        raise StorageError(
            f"{database.shown!r} holds no study {name!r}: it holds {', '.join(names)}; give one of them"
        )
    return name
