"""The comparison of two databases sees what differs, and only that."""

import sqlite3
from pathlib import Path

import pytest
from build_results import make_results
from same_results import differences, main

from jrtune.spec import Outcome
from jrtune.store.database import open_database
from jrtune.store.study_store import StudyStore


def write(path: Path) -> Path:
    results = make_results()
    database = open_database(str(path), create=True)
    database.make_tables()
    store = StudyStore.start(database, results.study)
    store.save_trials([(trial, Outcome(trial.status)) for trial in results.trials])
    store.save_confirmations(results.confirmations)
    database.engine.dispose()
    return path


@pytest.fixture
def pair(tmp_path):
    return write(tmp_path / "before.db"), write(tmp_path / "after.db")


def test_the_same_results_are_the_same(pair, capsys):
    assert differences(*pair) == []
    assert main(*map(str, pair)) == 0
    assert "the same, bit for bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE jrtune_results SET epoch = epoch + 1 WHERE number = 0", "jrtune_results 0: epoch differs"),
        ("UPDATE jrtune_confirmations SET test = '{}'", "test differs"),
        ("DELETE FROM jrtune_results WHERE number = 0", "rows before"),
    ],
)
def test_a_difference_is_named(pair, change, found):
    connection = sqlite3.connect(pair[1])
    connection.execute(change)
    connection.commit()
    connection.close()
    assert any(found in line for line in differences(*pair))
    assert main(*map(str, pair)) == 1


def test_times_may_differ(pair):
    connection = sqlite3.connect(pair[1])
    connection.execute("UPDATE jrtune_results SET seconds = seconds + 1, finished = 'later'")
    connection.commit()
    connection.close()
    assert differences(*pair) == []
