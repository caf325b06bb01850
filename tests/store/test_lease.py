"""One process writes at a time, and nothing that happens to it keeps others out."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from jrtune.errors import StorageError
from jrtune.store.database import open_database
from jrtune.store.lease import lease

HOLD = """
import sys
from jrtune.store.database import open_database
from jrtune.store.lease import lease
with lease(open_database(sys.argv[1], create=True)):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a %20?.db"


@contextmanager
def holder(path):
    """Another process that holds the database."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@contextmanager
def opened(path):
    database = open_database(str(path), create=True)
    try:
        yield database
    finally:
        database.engine.dispose()


def refused(path, pid):
    with opened(path) as database, pytest.raises(StorageError) as caught, lease(database):
        pass
    message = str(caught.value)
    assert re.search(rf"is in use by process {pid} on \S+ \(since 20\S+\): wait for it, stop it, or", message)
    assert "\n" not in message


def test_a_second_process_is_refused_with_the_first_ones_pid(path):
    with holder(path) as process:
        refused(path, process.pid)
        with opened(path) as database:
            assert database.has_tables()  # reading goes on


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lease_ends_with_its_process(path, end):
    with holder(path) as process:
        process.send_signal(end)
        process.wait()
        with opened(path) as database, lease(database):
            refused(path, os.getpid())


def test_the_lease_ends_with_its_block(path):
    for error in (None, KeyError):
        try:
            with opened(path) as database, lease(database):
                if error:
                    raise error
        except KeyError:
            pass
    with holder(path) as process:
        refused(path, process.pid)


def test_a_link_to_a_database_that_is_held_is_held(path, tmp_path):
    with holder(path) as process:
        link = tmp_path / "link.db"
        link.symlink_to(path)
        refused(link, process.pid)


def test_who_holds_it_is_unknown_until_it_has_signed(path):
    with opened(path) as database:
        lock = path.with_name(path.name + ".lock").open("a")
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(StorageError, match="is in use by another process: wait for it"), lease(database):
            pass
        lock.close()


def test_a_folder_that_cannot_be_written_is_refused(path):
    with opened(path) as database:
        path.with_name(path.name + ".lock").mkdir()
        with (
            pytest.raises(StorageError, match=r"cannot write .*lock': Is a directory: give another"),
            lease(database),
        ):
            pass
