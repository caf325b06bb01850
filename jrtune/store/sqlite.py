"""SQLite files opened the safe way: for writing with WAL, for reading without changing a byte of them.

Who writes gets WAL, synchronous=FULL and a 60 s timeout: WAL with synchronous=NORMAL loses acknowledged
transactions in a power cut, FULL does not, and the default 5 s timeout fails under load. WAL is a mark in
the file that stays, so who only reads does not set it: the file may be another program's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from jrtune.errors import StorageError

TIMEOUT_SECONDS = 60
MAGIC = b"SQLite format 3\x00"
CANNOT_WRITE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
"""SQLite's error codes where it cannot make its files beside the database."""


def connector(path: Path, create: bool) -> Callable[[], sqlite3.Connection]:
    """Returns a function that opens a connection to the file with the pragmas that keep it safe.

    Args:
        path: the file.
        create: whether it is to be written, and made where it is missing.
    """
    # mode=rw alone refuses to make a file; to be read too: the last one to close takes the -wal file away
    return _connector(path, f"mode={'rwc' if create else 'rw'}", write=create)


def file_engine(path: Path, create: bool) -> sa.Engine:
    """An engine on the file, not tried yet.

    Raises:
        StorageError: where the file is missing, is no database, or lies where nothing may be written and
            what a writer left beside it cannot be read.
    """
    check_file(path, create)
    if create or not _must_stay(path):
        return _engine(connector(path, create))
    real = path.resolve()  # through a link: the file that SQLite looks beside
    wal = real.with_name(real.name + "-wal")
    if wal.exists() and wal.stat().st_size:
        raise StorageError(
            f"cannot read {str(path)!r} in a folder that may not be written, for {wal.name!r} beside it "
            "holds a part of it: copy both to a folder that you may write"
        )
    # all of it lies in the one file: read without locks or files beside it, as it stands
    return _engine(_connector(path, "mode=ro&immutable=1", write=False))


def check_file(path: Path, create: bool) -> None:
    """Lets pass an SQLite database, an empty file, and with ``create`` a file that is to be made.

    Raises:
        StorageError: for anything else.
    """
    try:
        _check_file(path, create)
    except (OSError, ValueError) as error:  # a name too long, or with a null
        if isinstance(error, StorageError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise StorageError(f"cannot read {str(path)!r}: {reason}: check its name and permissions") from None


def _check_file(path: Path, create: bool) -> None:
    if path.is_dir():
        raise StorageError(f"expected an SQLite file, got the folder {str(path)!r}: give a file in it")
    if not path.exists():
        if not create:
            raise StorageError(
                f"expected a database, but there is no file {str(path)!r}: run jrtune tune, or give --storage"
            )
        if not path.parent.is_dir():
            raise StorageError(
                f"cannot write {str(path)!r}: the folder {str(path.parent)!r} does not exist: make it first"
            )
        return
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
    if start and start != MAGIC:
        raise StorageError(
            f"expected an SQLite database, got another kind of file in {str(path)!r}: give another --storage"
        )


def _must_stay(path: Path) -> bool:
    """Returns True if the file can be opened only by a reader that makes no file beside it."""
    try:
        connection = connector(path, create=False)()
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        finally:
            connection.close()
    except sqlite3.Error as error:
        return (error.sqlite_errorcode & 0xFF) in CANNOT_WRITE
    return False


def _connector(path: Path, query: str, *, write: bool) -> Callable[[], sqlite3.Connection]:
    uri = f"{path.resolve().as_uri()}?{query}"  # as a URI, quoted by pathlib, so any name works

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=TIMEOUT_SECONDS, check_same_thread=False)
        try:
            if write:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        except sqlite3.Error:
            connection.close()  # which takes away what it made beside the file
            raise
        return connection

    return connect


def _engine(connect: Callable[[], sqlite3.Connection]) -> sa.Engine:
    return sa.create_engine("sqlite:///by-creator", creator=connect, poolclass=sa.QueuePool)
