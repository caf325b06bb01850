"""What is written into Optuna's tables without Optuna is what Optuna itself writes, on either database."""

import math
import re

import optuna
import pytest
import sqlalchemy as sa
from optuna.distributions import distribution_to_json
from optuna.trial import TrialState

from jrtune.errors import StorageError
from jrtune.search.ask.optuna_records import optuna_storage
from jrtune.store.database import open_database
from jrtune.store.optuna_tables import OptunaTrial, add_trials, end_trials, set_state

STATES = [TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.COMPLETE, TrialState.RUNNING]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path):
    url = str(tmp_path / "x.db") if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    database = open_database(url, create=True)
    yield database
    database.engine.dispose()


@pytest.fixture
def storage(database):
    storage = optuna_storage(database)
    yield storage
    storage.remove_session()
    storage.engine.dispose()


def searched(storage, name):
    """A study of Optuna's own asking and telling."""
    sampler = optuna.samplers.RandomSampler(seed=0)
    study = optuna.create_study(
        storage=storage, study_name=name, directions=["minimize", "maximize"], sampler=sampler
    )
    asked = []
    for _ in STATES:
        trial = study.ask()
        trial.suggest_float("lr", 1e-3, 1e-1, log=True)
        trial.suggest_int("width", 4, 64)
        trial.suggest_categorical("kind", ["a", None, 3])
        trial.set_user_attr("candidate", {"x": [1.5, None], "y": "ü"})
        trial.storage.set_trial_system_attr(trial._trial_id, "mark", [1, 2])
        asked.append(trial)
    before = study.get_trials(deepcopy=True)
    for trial, state in zip(asked, STATES, strict=True):
        if state is TrialState.COMPLETE:
            trial.set_constraint("limit", -0.5)
            trial.set_user_attr("candidate", "changed")
            study.tell(trial, [trial.number / 7, math.inf])
        elif state is not TrialState.RUNNING:
            trial.set_user_attr("status", "why")
            study.tell(trial, state=state)
    return before, study.get_trials(deepcopy=True)


def shown(trials):
    return [
        (t.number, t.state, t.values, t.params, t.distributions, t.user_attrs, t.system_attrs) for t in trials
    ]


def to_store(trial):
    """One of Optuna's trials as it is to be written."""
    params = {
        name: (entry.to_internal_repr(trial.params[name]), distribution_to_json(entry))
        for name, entry in trial.distributions.items()
    }
    values = trial.values or ()
    return OptunaTrial(trial.number, trial.state.name, params, values, trial.user_attrs, trial.system_attrs)


def begin(database):
    return database.engine.begin()


def test_trials_are_read_by_optuna_as_if_it_had_written_them(database, storage):
    before, after = searched(storage, "theirs")
    ours = optuna.create_study(storage=storage, study_name="ours", directions=["minimize", "maximize"])
    with begin(database) as connection:
        add_trials(connection, "ours", [to_store(trial) for trial in before[:2]])
        add_trials(connection, "ours", [to_store(trial) for trial in before[2:]])
    assert shown(ours.get_trials()) == shown(before)
    ended = [to_store(trial) for trial in after if trial.state.is_finished()]
    for _ in range(2):  # again without harm
        with begin(database) as connection:
            end_trials(connection, "ours", ended)
    assert shown(ours.get_trials()) == shown(after)
    assert [t.number for t in ours.best_trials] == [0]
    starts = [(t.datetime_start, t.datetime_complete) for t in ours.get_trials()]
    for (start, end), trial in zip(starts, after, strict=True):
        assert abs((start - trial.datetime_start).total_seconds()) < 60
        assert (end is None) == (trial.datetime_complete is None)
    # and Optuna goes on with them
    study = optuna.load_study(
        storage=storage, study_name="ours", sampler=optuna.samplers.RandomSampler(seed=1)
    )
    assert study.ask().number == len(STATES)
    study.tell(4, [1.0, 2.0])


def test_a_trial_that_has_ended_stays_as_it_ended(database, storage):
    study = optuna.create_study(storage=storage, study_name="one")
    with begin(database) as connection:
        add_trials(connection, "one", [OptunaTrial(0, "RUNNING")])
        end_trials(connection, "one", [OptunaTrial(0, "COMPLETE", values=[1.0])])
    with begin(database) as connection:
        end_trials(connection, "one", [OptunaTrial(0, "FAIL", user_attrs={"status": "late"})])
        set_state(connection, "one", [0], "WAITING")
    [trial] = study.get_trials()
    assert (trial.state, trial.values, trial.user_attrs) == (TrialState.COMPLETE, [1.0], {})


def test_what_is_handed_back_waits_and_what_is_taken_up_runs(database, storage):
    study = optuna.create_study(storage=storage, study_name="one")
    with begin(database) as connection:
        add_trials(connection, "one", [OptunaTrial(number, "RUNNING") for number in range(3)])
        set_state(connection, "one", range(1, 9), "WAITING")
    assert [t.state.name for t in study.get_trials()] == ["RUNNING", "WAITING", "WAITING"]
    with begin(database) as connection:
        set_state(connection, "one", [2], "RUNNING")
    assert [t.state.name for t in study.get_trials()] == ["RUNNING", "WAITING", "RUNNING"]


def test_trials_of_another_program_are_noticed(database, storage):
    study = optuna.create_study(storage=storage, study_name="one")
    study.ask()

    def add():
        with begin(database) as connection:
            add_trials(connection, "one", [OptunaTrial(0, "RUNNING")])

    with pytest.raises(
        StorageError, match="expected 0 trials of study 'one', got 1: another program has added"
    ):
        add()


def test_no_trial_is_added_where_the_transaction_fails(database, storage):
    study = optuna.create_study(storage=storage, study_name="one")

    def fail():
        with begin(database) as connection:
            add_trials(connection, "one", [OptunaTrial(0, "RUNNING")])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert study.get_trials() == []


def test_optunas_tables_are_those_that_are_known(database, storage):
    """Where this fails, Optuna has changed its tables: see whether what writes them has to change."""
    assert storage.get_current_version() == "v3.2.0.a"
    assert re.match(r"5\.", optuna.__version__)
    found = {index["name"] for index in sa.inspect(storage.engine).get_indexes("trials")}
    assert "jrtune_trials_number" in found
