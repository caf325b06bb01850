"""A database that an earlier version wrote: opened by every command, migrated once, a copy saved."""

import contextlib
import json
import sqlite3
from pathlib import Path

import optuna
import pytest
import sqlalchemy as sa

import jrtune as jr
from jrtune.cli import main
from jrtune.cli.template import write_template
from jrtune.errors import StorageError
from jrtune.store import migration, tables
from jrtune.store.database import open_database, reading_database
from jrtune.store.lease import lease
from jrtune.store.studies import study_names

DUMP = Path(__file__).with_name("version_1.sql").read_text()
"""A study of the template, searched, confirmed and compared by version 1; without the models."""

DUMP_2 = Path(__file__).with_name("version_2.sql").read_text()
"""A study of the template, searched in cohorts of four and confirmed by version 2; without the models."""

BEFORE = {
    "trials": "SELECT study_id, number, origin, candidate, ending, epoch, vals, losses, seconds FROM "
    "jrtune_results",
    "curves": "SELECT study_id, number, epoch, figures FROM jrtune_curves",
    "confirmations": "SELECT study_id, label, seed, number, replace(role, 'twin', 'control'), candidate, "
    "ending, val, test, seconds FROM jrtune_confirmations",
    "attributes": "SELECT trial_id, replace(replace(key, 'origin', 'source'), 'ending', 'status'), "
    "value_json FROM trial_user_attributes",
}
AFTER = {
    "trials": "SELECT study_id, number, source, candidate, status, epoch, vals, losses, seconds FROM "
    "jrtune_results",
    "curves": "SELECT study_id, number, epoch, metrics FROM jrtune_curves",
    "confirmations": "SELECT study_id, label, seed, number, role, candidate, status, val, test, seconds FROM "
    "jrtune_confirmations",
    "attributes": "SELECT trial_id, key, value_json FROM trial_user_attributes",
}


@pytest.fixture
def old(tmp_path, monkeypatch):
    """A database of version 1 and the study's file beside it, in the working directory."""
    monkeypatch.chdir(tmp_path)
    write_template("example")
    with contextlib.closing(sqlite3.connect("old.db")) as plain:
        plain.executescript(DUMP)
        plain.execute("UPDATE jrtune_studies SET path = ?", (str(tmp_path / "example.py"),))
        plain.commit()
    return tmp_path / "old.db"


@pytest.fixture
def second(tmp_path, monkeypatch):
    """A database of version 2 and the study's file beside it, in the working directory."""
    monkeypatch.chdir(tmp_path)
    write_template("example")
    with contextlib.closing(sqlite3.connect("second.db")) as plain:
        plain.executescript(DUMP_2)
        plain.execute("UPDATE jrtune_studies SET path = ?", (str(tmp_path / "example.py"),))
        plain.commit()
    return tmp_path / "second.db"


def rows(path, queries):
    with contextlib.closing(sqlite3.connect(path)) as plain:
        return {name: sorted(plain.execute(query), key=repr) for name, query in queries.items()}


def dump(path):
    with contextlib.closing(sqlite3.connect(path)) as plain:
        return list(plain.iterdump())


def version(path):
    with contextlib.closing(sqlite3.connect(path)) as plain:
        return plain.execute("SELECT schema_version FROM jrtune_meta").fetchone()[0]


def schema(engine):
    """Columns, keys and indexes of our tables."""
    found = sa.inspect(engine)
    return {
        table.name: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table.name)),
            found.get_pk_constraint(table.name)["constrained_columns"],
            sorted((index["name"], tuple(index["column_names"])) for index in found.get_indexes(table.name)),
        )
        for table in tables.metadata.sorted_tables
    }


def opened(path):
    open_database(str(path), create=False).engine.dispose()


COMMANDS = {
    "front": "front",
    "front --csv": "front --csv",
    "pick": "pick",
    "confirm": "confirm --seeds 5 --device cpu",
    "report": "report --out report",
    "export": "export --out export",
    "tune": "tune example.py --trials 8 --epochs 2 --device cpu",
    "compare": "compare example.py --trials 6 --epochs 2 --seeds 2 --device cpu",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_command_opens_it_and_migrates_it_after_a_copy(old, command, capsys):
    name = [] if command.startswith(("tune", "compare")) else ["--name", "example"]
    before, found = dump(old), rows(old, BEFORE)
    assert main([*command.split(), "--storage", "old.db", *name]) == 0
    assert "'old.db': tables of version 1 migrated; as it was before: " in capsys.readouterr().err
    assert version(old) == tables.SCHEMA_VERSION
    assert dump("old.db.v1") == before
    for part, now in rows(old, AFTER).items():  # what went on has more
        assert set(map(repr, found[part])) <= set(map(repr, now)), part


def test_python_opens_it(old):
    assert jr.load_front("old.db", "example").results.trials
    assert version(old) == tables.SCHEMA_VERSION


def test_a_comparison_opens_it(old):
    assert jr.load_comparison("old.db", "example")
    assert version(old) == tables.SCHEMA_VERSION


def test_all_that_was_found_is_as_it_was(old):
    before = rows(old, BEFORE)
    opened(old)
    assert rows(old, AFTER) == before


def test_the_declaration_and_the_sizes_are_read_by_their_names_of_today(old):
    with contextlib.closing(sqlite3.connect(old)) as plain:
        plain.execute("UPDATE jrtune_studies SET versions = json_set(versions, '$.cohort', '4')")
        plain.commit()
        spec, versions = map(
            json.loads, plain.execute("SELECT spec, versions FROM jrtune_studies").fetchone()
        )
    opened(old)
    with contextlib.closing(sqlite3.connect(old)) as plain:
        query = "SELECT spec, versions, cohort, stack FROM jrtune_studies"
        now, found, cohort, stack = plain.execute(query).fetchone()
    assert json.loads(now) == {"weights": spec.pop("weighting"), **spec}
    assert (cohort, stack) == (4, int(versions.pop("stack")))
    versions.pop("cohort")
    assert json.loads(found) == {"file_hash": versions.pop("source"), **versions}


def test_a_second_opening_does_nothing(old, capsys):
    opened(old)
    capsys.readouterr()
    before = {path.name: path.read_bytes() for path in old.parent.glob("old.db*")}
    opened(old)
    assert {path.name: path.read_bytes() for path in old.parent.glob("old.db*")} == before
    assert capsys.readouterr().err == ""


def test_attributes_of_studies_that_are_not_ours_stay(old):
    with contextlib.closing(sqlite3.connect(old)) as plain:
        plain.execute("INSERT INTO studies VALUES (99, 'theirs')")
        plain.execute("INSERT INTO trials (trial_id, number, study_id, state) VALUES (999, 0, 99, 'FAIL')")
        plain.execute(
            "INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (999, 'origin', '1')"
        )
        plain.commit()
    opened(old)
    with contextlib.closing(sqlite3.connect(old)) as plain:
        query = "SELECT key FROM trial_user_attributes WHERE trial_id = 999"
        assert plain.execute(query).fetchall() == [("origin",)]


@pytest.mark.parametrize("step", ["_rename_in_studies", "_rename_attributes"])
def test_a_migration_killed_half_way_leaves_the_file_as_it_was(old, monkeypatch, step):
    def kill(connection):
        raise KeyboardInterrupt

    before = dump(old)
    with monkeypatch.context() as patched:
        patched.setattr(migration, step, kill)
        with pytest.raises(KeyboardInterrupt):
            opened(old)
    assert dump(old) == before
    opened(old)
    assert version(old) == tables.SCHEMA_VERSION
    assert dump("old.db.v1") == before
    assert sorted(path.name for path in old.parent.glob("old.db.v1*")) == ["old.db.v1"]


def test_another_copy_is_never_overwritten(old):
    before = dump(old)
    Path("old.db.v1").write_text("mine")
    opened(old)
    assert Path("old.db.v1").read_text() == "mine"
    assert dump("old.db.v1.2") == before


def test_one_that_is_held_by_another_process_is_refused_in_one_line(old, tmp_path):
    other = open_database("other.db", create=True)
    with lease(other):  # the lock of a process that still writes as version 1
        Path("old.db.lock").hardlink_to("other.db.lock")
        with pytest.raises(StorageError, match=r"expected tables of version 3 in .*, got 1, .*in use by"):
            opened(old)
    other.engine.dispose()
    assert version(old) == 1
    assert sorted(path.name for path in old.parent.glob("old.db*")) == ["old.db", "old.db.lock"]
    with reading_database("old.db") as database:
        assert "example" in study_names(database)


def test_one_beside_which_nothing_can_be_written_is_refused_in_one_line(old, monkeypatch):
    def fail(path, number):
        raise PermissionError(13, "Permission denied")

    before = dump(old)
    monkeypatch.setattr(migration, "save_copy", fail)
    with pytest.raises(StorageError, match=r"got 1, and migrating them failed: .* denied: copy it to"):
        opened(old)
    assert dump(old) == before


# --- version 2 ---------------------------------------------------------------------------------

COHORTS = 'SELECT "index", first, size, coordinator, finished FROM jrtune_cohorts ORDER BY "index"'


@pytest.mark.parametrize("command", ["front", "pick", COMMANDS["tune"].replace("8", "14")])
def test_commands_open_one_of_version_2(second, command, capsys):
    before, found = dump(second), rows(second, AFTER)
    assert main([*command.split(), "--storage", "second.db"]) == 0
    assert "'second.db': tables of version 2 migrated; as it was before: " in capsys.readouterr().err
    assert version(second) == tables.SCHEMA_VERSION
    assert dump("second.db.v2") == before
    for part, now in rows(second, AFTER).items():
        assert set(map(repr, found[part])) <= set(map(repr, now)), part


@pytest.mark.parametrize("fixture", ["old", "second"])
def test_migrated_tables_are_those_that_are_made_today(request, fixture):
    path = request.getfixturevalue(fixture)
    opened(path)
    fresh = open_database("fresh.db", create=True)
    fresh.make_tables()
    migrated = open_database(str(path), create=False)
    assert schema(migrated.engine) == schema(fresh.engine)
    for database in (fresh, migrated):
        database.engine.dispose()


def test_trials_of_version_2_are_in_cohorts_of_the_size_that_was_noted(second):
    with contextlib.closing(sqlite3.connect(second)) as plain:
        assert plain.execute("SELECT cohort FROM jrtune_studies").fetchall() == [(4,)]
        plain.execute("DELETE FROM jrtune_results WHERE number = 9")  # interrupted
        plain.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 5")  # Optuna was not told
        plain.commit()
    opened(second)
    with contextlib.closing(sqlite3.connect(second)) as plain:
        found = plain.execute(COHORTS).fetchall()
        looks = plain.execute("SELECT DISTINCT saved FROM jrtune_results").fetchall()
    assert found == [(0, 0, 4, None, 1), (1, 4, 4, None, 0), (2, 8, 2, None, 0)]
    assert looks == [(0,)]


def test_without_a_size_each_trial_of_version_2_is_a_cohort(second):
    with contextlib.closing(sqlite3.connect(second)) as plain:
        plain.execute("UPDATE jrtune_studies SET cohort = NULL, stack = NULL")
        plain.execute("DELETE FROM jrtune_results WHERE number = 0")
        plain.commit()
    opened(second)
    with contextlib.closing(sqlite3.connect(second)) as plain:
        found = plain.execute(COHORTS).fetchall()
    assert found == [(number, number, 1, None, number > 0) for number in range(10)]


def as_version_2(engine):
    """Makes our tables as version 2 had them."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        for name in ("jrtune_cohorts", "jrtune_confirming", "jrtune_coordinators"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
        connection.exec_driver_sql("ALTER TABLE jrtune_results DROP COLUMN saved")
        connection.execute(tables.meta.insert().values(schema_version=2))
        texts = dict.fromkeys(("path", "data", "created"), "x")
        jsons = {name: {} for name in ("spec", "options", "versions")}
        connection.execute(tables.studies.insert().values(name="toy", seed=0, cohort=2, **texts, **jsons))


def test_a_servers_tables_of_version_2_are_migrated_too(postgres, postgres_url, capsys):
    engine = sa.create_engine(postgres_url)
    as_version_2(engine)
    study = optuna.create_study(storage=postgres_url, study_name="toy")
    for _ in range(3):
        study.ask()
    opened(postgres_url)
    assert "tables of version 2 migrated\n" in capsys.readouterr().err
    with engine.connect() as connection:
        found = connection.execute(sa.text(COHORTS)).all()
    assert found == [(0, 0, 2, None, False), (1, 2, 1, None, False)]
    fresh = open_database(postgres.new_database(), create=True)
    fresh.make_tables()
    assert schema(engine) == schema(fresh.engine)
    engine.dispose()
    fresh.engine.dispose()


def test_a_server_with_a_process_of_version_2_is_not_migrated(postgres_url):
    engine = sa.create_engine(postgres_url)
    as_version_2(engine)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_try_advisory_lock(117039812669029)"))  # as it holds it
        with pytest.raises(StorageError, match=r"expected tables of version 3 in .*, got 2, .*in use by"):
            opened(postgres_url)
    engine.dispose()
