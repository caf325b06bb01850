"""``jrtune dashboard``: optuna-dashboard on our database, only to be looked at."""

import json
import sqlite3
import sys

import optuna
import pytest
from build_results import make_results
from stored import get, store

from jrtune.cli import loopback, main
from jrtune.search.ask.optuna_records import optuna_storage
from jrtune.store.database import open_database, reading_database
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
    """A database with three trials of Optuna's beside ours."""
    results = make_results(trials=5, seeds=0)
    path = store(tmp_path_factory.mktemp("tuned") / "x.db", results)
    with reading_database(path) as database:
        storage = optuna_storage(database)
        study = optuna.create_study(
            storage=storage, study_name=results.study.name, directions=["maximize", "maximize"]
        )
        for trial in results.trials[:3]:
            study.add_trial(optuna.trial.create_trial(values=list(trial.values.values())))
        storage.engine.dispose()
    return path


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
