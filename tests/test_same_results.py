"""The comparison of two databases sees what differs, and only that."""

import sqlite3

import pytest
from build_results import make_results
from same_results import differences, main
from stored import store


@pytest.fixture
def pair(tmp_path):
    return tuple(store(tmp_path / name, make_results()) for name in ("before.db", "after.db"))


def test_the_same_results_are_the_same(pair, capsys):
    assert differences(*pair) == []
    assert main(*pair) == 0
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
    assert main(*pair) == 1


def test_times_may_differ(pair):
    connection = sqlite3.connect(pair[1])
    connection.execute("UPDATE jrtune_results SET seconds = seconds + 1, finished = 'later'")
    connection.commit()
    connection.close()
    assert differences(*pair) == []
