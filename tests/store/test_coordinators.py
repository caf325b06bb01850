"""Coordinators: several on PostgreSQL, each seen alive for as long as it lives; one alone on SQLite."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from jrtune.errors import StorageError
from jrtune.store import coordinators, tables
from jrtune.store.coordinators import coordinating, living
from jrtune.store.database import open_database
from jrtune.store.lease import lease
from jrtune.store.server import setting_up

COORDINATE = """
import sys
from jrtune.store.coordinators import coordinating
from jrtune.store.database import open_database
with coordinating(open_database(sys.argv[1], create=True)) as coordinator:
    print(coordinator.id, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def database(postgres_url):
    database = open_database(postgres_url, create=True)
    yield database
    database.engine.dispose()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(coordinators, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(coordinators, "RETRY_SECONDS", 0.05)


@pytest.fixture
def other(postgres_url):
    """Another process that is a coordinator, and its number."""
    command = [sys.executable, "-c", COORDINATE, postgres_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process, int(process.stdout.readline())
        process.kill()


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def dead(database, coordinator, number):
    with database.engine.connect() as connection:
        return connection.scalar(sa.select(coordinator.is_dead(sa.literal(number))))


def test_a_coordinator_is_seen_alive_until_it_is_killed(other, database):
    process, number = other
    with coordinating(database, grace=0) as me:
        assert living(database.engine) == {me.id, number}
        assert not dead(database, me, number)
        assert not dead(database, me, me.id)
        process.send_signal(signal.SIGKILL)
        until(lambda: dead(database, me, number))
        assert living(database.engine) == {me.id}
    until(lambda: living(database.engine) == set())


def test_a_coordinator_that_hangs_is_no_dead_one(other, database):
    process, number = other
    process.send_signal(signal.SIGSTOP)
    with coordinating(database, grace=0) as me:
        assert not dead(database, me, number)
    process.send_signal(signal.SIGCONT)


def test_coordinators_sign_with_numbers_that_never_come_again(database):
    numbers = []
    for _ in range(3):
        with coordinating(database) as me:
            numbers.append(me.id)
    assert numbers == [1, 2, 3]
    with database.engine.connect() as connection:
        pids = set(connection.scalars(sa.select(tables.coordinators.c.pid)))
    assert pids == {os.getpid()}


def test_who_writes_alone_and_coordinators_keep_each_other_out(database):
    with (
        coordinating(database),
        pytest.raises(StorageError, match=rf"is in use by process {os.getpid()} on"),
        lease(database),
    ):
        pass
    until(lambda: living(database.engine) == set())
    with (
        lease(database),
        pytest.raises(StorageError, match=r"is in use by process \d+ on"),
        coordinating(database),
    ):
        pass


def test_after_a_restart_of_the_server_the_locks_are_taken_again(postgres, database):
    with coordinating(database, grace=0) as me:
        postgres.stop()
        until(lambda: not me.holds_locks)
        postgres.start()
        until(lambda: me.holds_locks)
        assert living(database.engine) == {me.id}


def test_a_connection_that_was_cut_is_taken_again_and_no_one_is_dead_for_a_while(postgres, database):
    with coordinating(database, grace=0) as me:
        me.grace = 0.5
        until(lambda: dead(database, me, 99))  # the server has run for long
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        until(lambda: me._cut_off is not None and me.holds_locks)
        assert not dead(database, me, 99)
        until(lambda: dead(database, me, 99))


def test_nobody_is_dead_for_a_while_after_the_server_started(postgres, database):
    with coordinating(database, grace=3600) as me:
        assert not dead(database, me, 99)
        me.grace = 0.0
        assert dead(database, me, 99)


def test_who_does_not_hold_its_own_lock_takes_nobody_for_dead(database, monkeypatch):
    monkeypatch.setattr(coordinators, "LOOK_SECONDS", 3600)
    with coordinating(database, grace=0) as me:
        me._let_go()
        assert not dead(database, me, 99)


def test_on_sqlite_one_is_alone_and_all_before_it_are_dead(tmp_path):
    database = open_database(str(tmp_path / "x.db"), create=True)
    with coordinating(database) as first:
        pass
    with coordinating(database) as me:
        assert me.holds_locks
        assert me.id == first.id + 1
        assert dead(database, me, first.id)
        assert not dead(database, me, me.id)
        second = open_database(str(tmp_path / "x.db"), create=True)
        with pytest.raises(StorageError, match="is in use by process"), coordinating(second):
            pass
        second.engine.dispose()
    database.engine.dispose()


def test_what_is_set_up_is_set_up_by_one_at_a_time(database):
    inside, most = [], []

    def work():
        with setting_up(database.engine), setting_up(database.engine):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1, 1, 1, 1]


def test_coordinators_that_start_at_once_make_the_tables_once(postgres_url):
    command = [sys.executable, "-c", COORDINATE, postgres_url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    numbers = {int(process.communicate(timeout=60)[0]) for process in processes}
    assert numbers == {1, 2, 3}
