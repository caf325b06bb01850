"""What a lost connection broke off is done again; all else is told at once."""

import sqlite3

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from jrtune.errors import StorageError
from jrtune.store.database import open_database
from jrtune.store.reconnect import lost, with_reconnect


class WrappedError(Exception):
    """An error of a library that stands between, as Optuna's."""


class ServerError(Exception):
    def __init__(self, text, state):
        super().__init__(text)
        self.sqlstate = state


def fault(state=None, kind=OperationalError, invalidated=False):
    return kind(
        "SELECT 1", {}, ServerError("server closed\nin two lines", state), connection_invalidated=invalidated
    )


def failing(*errors):
    left = list(errors)

    def action():
        if left:
            raise left.pop(0)
        return "done"

    return action


def test_an_action_is_repeated_until_the_server_is_back_and_one_line_is_logged():
    lines, pauses = [], []
    errors = [fault(), fault("57P03"), *(fault("08006") for _ in range(6))]
    assert with_reconnect(failing(*errors), lines.append, pause=pauses.append) == "done"
    assert lines == ["connection to the database lost (server closed): trying again for 600 s"]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_what_a_lost_connection_caused_is_repeated_too():
    try:
        try:
            raise fault()
        except OperationalError as error:
            raise WrappedError("during the commit") from error
    except WrappedError as error:
        wrapped = error
    assert with_reconnect(failing(wrapped), print, pause=lambda seconds: None) == "done"


@pytest.mark.parametrize(
    "error",
    [
        fault("53100"),  # a full disk
        fault("23505", IntegrityError),
        fault("42P01", DBAPIError),
        OperationalError("SELECT 1", {}, sqlite3.OperationalError("database or disk is full")),
        KeyError("x"),
        StorageError("x"),
    ],
)
def test_any_other_error_passes_at_once(error):
    with pytest.raises(type(error)) as caught:
        with_reconnect(failing(error), pytest.fail, pause=pytest.fail)
    assert caught.value is error


@pytest.mark.parametrize("state", [None, "57P01", "08003", "40P01", "53300"])
def test_what_passes(state):
    assert lost(fault(state)) == "server closed"
    assert lost(fault("42P01", DBAPIError, invalidated=True)) == "server closed"


def test_a_server_that_does_not_come_back_is_given_up():
    with pytest.raises(
        StorageError, match=r"did not come back in 0 s: server closed: start it, and the same"
    ):
        with_reconnect(failing(fault(), fault()), lambda line: None, patience=0.05)


def test_the_waiting_can_be_ended():
    def stop(seconds):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_reconnect(failing(fault()), lambda line: None, pause=stop)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_restarts_breaks_nothing_off(postgres, postgres_url, end):
    database = open_database(postgres_url, create=True)
    database.make_tables()

    def read():
        with database.engine.begin() as connection:
            return connection.scalar(sa.text("SELECT schema_version FROM jrtune_meta"))

    def back(seconds):
        postgres.start()

    read()
    getattr(postgres, end)()
    lines = []
    assert with_reconnect(read, lines.append, pause=back) == 3
    assert len(lines) == 1
    database.engine.dispose()


def test_a_server_that_restarts_in_the_middle_of_a_transaction_breaks_nothing_off(postgres, postgres_url):
    database = open_database(postgres_url, create=True)
    database.make_tables()
    runs = []

    def write():
        runs.append(1)
        with database.engine.begin() as connection:
            connection.execute(sa.text("UPDATE jrtune_meta SET schema_version = schema_version + 1"))
            if len(runs) == 1:
                postgres.stop()
                postgres.start()

    with_reconnect(write, lambda line: None, pause=lambda seconds: None)
    with database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT schema_version FROM jrtune_meta")) == 4
    database.engine.dispose()
