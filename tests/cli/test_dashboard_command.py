"""``jrtune dashboard``: optuna-dashboard on our database, only to be looked at."""

import json
import sqlite3
import sys

import pytest
from stored import get
from toy import run_toy, write_toy

from jrtune.cli import loopback, main
from jrtune.search.request import Budget
from jrtune.store.database import open_database
from jrtune.store.lease import lease


@pytest.fixture
def served(monkeypatch):
    """What would be served, instead of serving it."""
    apps = []

    def serve(app, port, tell):
        tell("http://127.0.0.1:1/")
        apps.append((loopback.guarded(app), port))

    monkeypatch.setattr(loopback, "serve", serve)
    return apps


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    run_toy(write_toy(folder), f"{folder}/x.db", Budget(3))
    return f"{folder}/x.db"


def test_it_shows_the_trials_also_while_the_database_is_held(tuned, served, capsys):
    pytest.importorskip("optuna_dashboard", reason="pip install jrtune[dashboard]")
    database = open_database(tuned, create=False)
    with lease(database):
        assert main(["dashboard", "--storage", tuned, "--port", "4321", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"address": "http://127.0.0.1:1/"}
        ((app, port),) = served
        (study,) = json.loads(get(app, "/api/studies")[2])["study_summaries"]
        shown = json.loads(get(app, f"/api/studies/{study['study_id']}")[2])
    database.engine.dispose()
    assert port == 4321
    assert len(shown["trials"]) == 3
    assert get(app, "/dashboard")[0] == 200


def test_it_deletes_nothing(tuned, served):
    pytest.importorskip("optuna_dashboard", reason="pip install jrtune[dashboard]")
    assert main(["dashboard", "--storage", tuned]) == 0
    ((app, _),) = served
    assert get(app, "/api/studies/1", method="DELETE")[0] == 405
    assert len(json.loads(get(app, "/api/studies")[2])["study_summaries"]) == 1


def test_where_it_is_not_installed_it_says_how(tuned, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    assert main(["dashboard", "--storage", tuned]) == 2
    assert 'pip install "jrtune[dashboard]"' in capsys.readouterr().err


def test_a_database_without_a_study_gets_no_tables(tmp_path, capsys):
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE mine (x)")
    assert main(["dashboard", "--storage", f"{tmp_path}/x.db"]) == 2
    assert "expected a study" in capsys.readouterr().err
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
    connection.close()
