"""Opening the database: SQLite the safe way (:mod:`jrtune.store.sqlite`), others as SQLAlchemy opens them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from jrtune.errors import StorageError
from jrtune.store import tables
from jrtune.store.migration import migrate, written_version
from jrtune.store.server import server_options
from jrtune.store.sqlite import file_engine

DatabaseFault = DBAPIError
"""The error of a database that cannot go on, as on a full disk."""

DEFAULT_URL = "sqlite:///jrtune.db"
SQLITE = "sqlite:///"


class Database:
    """An open database.

    Attributes:
        url: as the user gave it, with its password.
        shown: the same as it may be shown.
        path: the SQLite file; None for other databases.
        engine: SQLAlchemy's.
    """

    def __init__(self, url: str, path: Path | None, engine: sa.Engine) -> None:
        self.url = url
        self.shown = url if path else without_password(url)
        self.path = path
        self.engine = engine

    def make_tables(self) -> None:
        """Creates our tables where they are missing.

        Raises:
            StorageError: if they are of a newer jrtune.
        """
        if self.has_tables():
            return
        with self.engine.begin() as connection:  # one transaction: other coordinators see all or none
            tables.metadata.create_all(connection)
            connection.execute(tables.meta.insert().values(schema_version=tables.SCHEMA_VERSION))

    def has_tables(self) -> bool:
        """Returns True if jrtune has written here.

        Raises:
            StorageError: if it was a jrtune with other tables.
        """
        version = written_version(self.engine)
        if version not in (None, tables.SCHEMA_VERSION):
            raise StorageError(
                f"expected tables of version {tables.SCHEMA_VERSION} in {self.shown!r}, got {version}: "
                "use the jrtune that wrote them, or another --storage"
            )
        return version is not None


def open_database(url: str, *, create: bool) -> Database:
    """The database at ``url``: SQLAlchemy's form, or the plain path of an SQLite file.

    Tables of an earlier version are migrated first, whatever the database is opened for.

    Args:
        url: e.g. ``sqlite:///runs/x.db``, ``runs/x.db`` or ``postgresql+psycopg://host/name``.
        create: whether it is to be written, and a file that is missing made.

    Raises:
        StorageError: if it is missing, is no database, or cannot be reached or written.
    """
    path = sqlite_path(url)
    engine = _checked_engine(url) if path is None else _probed(file_engine(path, create), url)
    database = Database(url, path, engine)
    try:
        migrate(engine, path, database.shown)
    except BaseException:
        engine.dispose()
        raise
    return database


@contextmanager
def reading_database(url: str) -> Iterator[Database]:
    """The database at ``url`` to be read, also while another process writes to it; closed at the end.

    Raises:
        StorageError: as :func:`open_database`; a file is not made.
    """
    database = open_database(url, create=False)
    try:
        yield database
    finally:
        database.engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """The file that the URL names, literally (%20, ? and {} are plain characters); None for servers."""
    if url.startswith(SQLITE):
        name = url.removeprefix(SQLITE)
    elif "://" not in url:
        name = url
    elif url.startswith("sqlite"):
        raise StorageError(f"--storage expects {SQLITE}PATH, got {url!r}: write for example {DEFAULT_URL}")
    else:
        return None
    if not name or name == ":memory:":
        raise StorageError(
            f"--storage expects a file that can be opened again, got {url!r}: write {DEFAULT_URL}"
        )
    return Path(name)


def _checked_engine(url: str) -> sa.Engine:
    try:
        engine = sa.create_engine(url, **server_options(url))
    except (sa.exc.ArgumentError, ModuleNotFoundError, ValueError) as error:
        # a ValueError repeats what came where a port should be, which may be a password
        reason = "it cannot be read as a URL" if isinstance(error, ValueError) else _first_line(error)
        raise StorageError(
            f"--storage expects a path or a URL such as {DEFAULT_URL} or postgresql+psycopg://host/name, "
            f"got {without_password(url)!r}: {reason}"
        ) from None
    return _probed(engine, without_password(url))


def _probed(engine: sa.Engine, url: str) -> sa.Engine:
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.execute(sa.text("SELECT count(*) FROM sqlite_master"))
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()  # what SQLite made beside a file goes with its last connection
        raise StorageError(
            f"cannot open the database {url!r}: {_first_line(error)}: give another --storage"
        ) from None
    return engine


def without_password(url: str) -> str:
    """The URL as it may be shown and stored.

    By its letters rather than parsed, so that a URL that cannot be parsed tells no password either.

    >>> without_password("postgresql://anna:s@cret@host/name?password=secret")
    'postgresql://anna:***@host/name?password=***'
    """
    hidden = re.sub(r"(://[^:/@]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", hidden)


def _first_line(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
