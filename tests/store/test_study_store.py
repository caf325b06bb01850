"""What is written comes back as it was, and a repeated write does no harm."""

import dataclasses
import json
import math

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from strategies import FINITE, TERMS, studies, weightings

import jrtune as jr
from jrtune.errors import StorageError
from jrtune.spec import Candidate, EpochRecord, Outcome, StudySpec, TrialStatus
from jrtune.store import tables
from jrtune.store.database import open_database
from jrtune.store.records import ConfirmationRecord, StudyRecord, TrialRecord
from jrtune.store.same_study import check_same
from jrtune.store.studies import read_study, study_names, the_name
from jrtune.store.study_store import StudyStore

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
FIGURES = st.dictionaries(TEXT, FINITE, max_size=3)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | FINITE | TEXT
CANDIDATES = st.builds(
    Candidate,
    weightings(TERMS[:3]),
    st.dictionaries(TEXT, SCALARS, max_size=3),
    st.sampled_from(["fixed", "famo"]),
)
SECONDS = st.floats(0, 1e9)
STUDIES = st.builds(
    StudyRecord,
    name=st.from_regex(r"[A-Za-z][A-Za-z0-9_-]*", fullmatch=True),
    spec=studies().map(jr.Study.describe),
    seed=st.integers(0, 2**63 - 1),
    path=TEXT,
    options=st.dictionaries(TEXT, SCALARS, max_size=3),
    data=TEXT,
    reference=st.none() | FIGURES,
    versions=st.dictionaries(TEXT, TEXT, max_size=3),
    created=TEXT,
    cohort=st.none() | st.integers(1, 100),
    stack=st.none() | st.integers(1, 100),
)
TRIALS = st.builds(
    TrialRecord,
    number=st.integers(0, 10_000),
    source=TEXT,
    candidate=CANDIDATES,
    status=st.sampled_from(TrialStatus),
    epoch=st.integers(0, 1000),
    values=FIGURES,
    losses=FIGURES,
    loss_scale=FIGURES,
    seconds=SECONDS,
    message=TEXT,
    finished=TEXT,
)
CONFIRMATIONS = st.builds(
    ConfirmationRecord,
    label=TEXT,
    number=st.none() | st.integers(0, 100),
    role=st.sampled_from(["front", "baseline", "control"]),
    candidate=CANDIDATES,
    seed=st.integers(0, 9),
    status=st.sampled_from(TrialStatus),
    val=FIGURES,
    test=FIGURES,
    seconds=SECONDS,
)
A_STUDY = StudyRecord("one", StudySpec(("a",), {}), 0, "/x.py", {}, "d", None, {}, "now")
A_TRIAL = TrialRecord(
    3, "tpe", Candidate({"a": 1.0}), TrialStatus.COMPLETE, 1, {"s": 1.0}, {}, {}, 1.0, "", "now"
)
A_CONFIRMATION = ConfirmationRecord(
    "trial 3", 3, "front", A_TRIAL.candidate, 0, TrialStatus.COMPLETE, {}, {}, 1.0
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One database for all examples, emptied before each: making the file is what takes long."""
    database = open_database(str(tmp_path_factory.mktemp("ledger") / "x.db"), create=True)
    database.make_tables()
    yield database
    database.engine.dispose()


@pytest.fixture
def empty(shared):
    return cleared(shared)


@pytest.fixture
def store(empty):
    return StudyStore.start(empty, A_STUDY)


def cleared(database):
    with database.engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            if table is not tables.meta:
                connection.execute(table.delete())
    return database


def curve(*rows):
    return Outcome(TrialStatus.COMPLETE, curve=[EpochRecord(e, {"a": x}) for e, x in enumerate(rows)])


# --- round trips -----------------------------------------------------------------------------


@given(
    STUDIES,
    st.lists(TRIALS, max_size=3, unique_by=lambda t: t.number),
    st.lists(CONFIRMATIONS, max_size=3, unique_by=lambda c: (c.label, c.seed)),
)
def test_results_come_back_as_they_were_written(shared, study, trials, confirmations):
    store = StudyStore.start(cleared(shared), study)
    store.save_trials([(trial, Outcome(trial.status)) for trial in trials])
    store.save_confirmations(confirmations)
    results = StudyStore(shared, study.name).results()
    assert results.study == study
    assert results.trials == tuple(sorted(trials, key=lambda t: t.number))
    assert sorted(results.confirmations, key=repr) == sorted(confirmations, key=repr)
    kept = [t.candidate.to_json() for t in results.trials]
    assert kept == [
        t.candidate.to_json() for t in sorted(trials, key=lambda t: t.number)
    ]  # -0.0 and True too


@given(st.lists(st.floats(), max_size=4))
def test_curves_come_back_with_nan_for_what_is_not_finite(shared, figures):
    store = StudyStore.start(cleared(shared), A_STUDY)
    store.save_trials([(A_TRIAL, curve(*figures))])
    found = [(epoch.epoch, epoch.train["a"]) for epoch in store.curves().get(3, [])]
    expected = [(e, x if math.isfinite(x) else math.nan) for e, x in enumerate(figures)]
    assert found == [(e, pytest.approx(x, abs=0, rel=0, nan_ok=True)) for e, x in expected]


ODD = {"a": math.nan, "b": math.inf, "c": 0.5}


def test_losses_that_are_no_numbers_are_stored_as_null_and_are_not_known(store):
    store.save_trials(
        [(dataclasses.replace(A_TRIAL, losses=ODD, loss_scale=ODD), Outcome(TrialStatus.COMPLETE))]
    )
    with store.database.engine.connect() as connection:  # PostgreSQL takes no NaN in JSON
        [row] = connection.execute(sa.text("SELECT losses, loss_scale FROM jrtune_results")).all()
    for text in row:
        assert json.loads(text, parse_constant=pytest.fail) == {"a": None, "b": None, "c": 0.5}
    [trial] = store.results().trials
    for found in (trial.losses, trial.loss_scale):
        assert found == pytest.approx({"a": math.nan, "b": math.nan, "c": 0.5}, nan_ok=True)


def test_databases_that_hold_nan_are_read(store):
    store.save_trials([(A_TRIAL, Outcome(TrialStatus.COMPLETE))])
    with store.database.engine.begin() as connection:
        connection.exec_driver_sql('UPDATE jrtune_results SET losses = \'{"a": NaN, "c": 0.5}\'')
    [trial] = store.results().trials
    assert trial.losses == pytest.approx({"a": math.nan, "c": 0.5}, nan_ok=True)


def test_the_reference_point_is_kept(store):
    store.set_reference({"score": 0.1})
    assert store.results().study == dataclasses.replace(A_STUDY, reference={"score": 0.1})


def test_the_reference_point_is_fixed_once(store):
    store.set_reference({"score": 0.1})
    store.set_reference({"score": 0.2})
    assert store.results().study.reference == {"score": 0.1}


def test_what_cohorts_go_by_is_noted_in_columns_of_their_own(store):
    assert (store.results().study.cohort, store.results().study.stack) == (None, None)
    store.set_provenance(dataclasses.replace(A_STUDY, path="/y.py", versions={"torch": "2"}))
    store.note_cohort(stack=16)
    store.note_cohort(cohort=4)
    store.note_cohort()
    found = store.results().study
    assert (found.cohort, found.stack, found.versions["torch"]) == (4, 16, "2")


def test_curves_of_some_trials(store):
    for number in (1, 2, 10):
        store.save_trials([(dataclasses.replace(A_TRIAL, number=number), curve(*map(float, range(12))))])
    assert list(store.curves()) == [1, 2, 10]
    assert list(store.curves([10, 2, 7])) == [2, 10]
    assert store.curves([]) == {}
    assert [row.epoch for row in store.curves([10])[10]] == list(range(12))


# --- writing again ---------------------------------------------------------------------------


def test_a_trial_that_is_kept_twice_is_there_once_as_it_was_last(store):
    store.save_trials([(A_TRIAL, dataclasses.replace(curve(1.0, 2.0, 3.0), model=b"old"))])
    for _ in range(2):
        store.save_trials([(dataclasses.replace(A_TRIAL, seconds=9.0), curve(4.0))])
    assert [t.seconds for t in store.results().trials] == [9.0]
    assert [row.train["a"] for row in store.curves()[3]] == [4.0]
    assert store.models() == set()


def test_models_are_kept_until_they_are_dropped(store):
    for number in range(4):
        trial = dataclasses.replace(A_TRIAL, number=number)
        outcome = Outcome(TrialStatus.COMPLETE, model=bytes([number, 0, 255]))
        store.save_trials([(trial, outcome)], drop_models=[0, 2, 99] if number == 3 else ())
    assert store.models() == {1, 3}
    assert store.model(3) == b"\x03\x00\xff"
    assert store.model(0) is store.model(99) is None
    assert len(store.results().trials) == 4


def test_a_model_that_is_dropped_as_it_comes_is_not_kept(store):
    kept = [
        (dataclasses.replace(A_TRIAL, number=n), Outcome(TrialStatus.COMPLETE, model=b"m")) for n in range(3)
    ]
    store.save_trials(kept, drop_models=[1])
    assert store.models() == {0, 2}


def test_trials_that_ended_together_are_kept_all_or_none(store):
    good = (dataclasses.replace(A_TRIAL, number=2), dataclasses.replace(curve(1.0), model=b"x"))
    twice = Outcome(TrialStatus.COMPLETE, curve=[EpochRecord(1), EpochRecord(1)], model=b"x")
    with pytest.raises(Exception, match="UNIQUE constraint"):
        store.save_trials([good, (A_TRIAL, twice)])
    assert store.results().trials == ()
    assert (store.models(), store.curves()) == (set(), {})


def test_a_confirmation_that_is_saved_again_stays_as_it_was(store):
    store.save_confirmations([])
    store.save_confirmations([A_CONFIRMATION])
    later = dataclasses.replace(A_CONFIRMATION, seconds=9.0)
    store.save_confirmations([later, dataclasses.replace(later, seed=1)])
    assert [(c.seed, c.seconds) for c in store.results().confirmations] == [(0, 1.0), (1, 9.0)]


def test_confirmations_come_by_label_and_seed(store):
    others = [
        dataclasses.replace(A_CONFIRMATION, seed=s, label=label) for s in (1, 0) for label in ("b", "a")
    ]
    store.save_confirmations(others)
    found = [(c.label, c.seed) for c in store.results().confirmations]
    assert found == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_studies_in_one_database_do_not_mix(store):
    other = StudyStore.start(store.database, dataclasses.replace(A_STUDY, name="two", seed=5))
    for each, number in ((store, 1), (other, 2)):
        outcome = dataclasses.replace(curve(1.0), model=b"m")
        each.save_trials([(dataclasses.replace(A_TRIAL, number=number), outcome)])
        each.save_confirmations([dataclasses.replace(A_CONFIRMATION, number=number)])
    another = (dataclasses.replace(A_TRIAL, number=1), Outcome(TrialStatus.COMPLETE))
    other.save_trials([another], drop_models=[1, 2])
    assert (store.models(), list(store.curves())) == ({1}, [1])
    assert [t.number for t in store.results().trials] == [1]
    assert [c.number for c in store.results().confirmations] == [1]
    assert study_names(store.database) == ["one", "two"]
    with pytest.raises(Exception, match="UNIQUE constraint"):
        StudyStore.start(store.database, A_STUDY)


# --- which study -----------------------------------------------------------------------------


def test_the_only_study_needs_no_name(store):
    assert the_name(store.database, None) == the_name(store.database, "one") == "one"
    assert read_study(store.database, "one") == A_STUDY
    assert read_study(store.database, "two") is None


def test_a_name_that_does_not_settle_the_study_is_refused(empty):
    for name in (None, "one"):
        with pytest.raises(
            StorageError, match=r"expected a study in '.*x.db', got none: run jrtune tune STUDY"
        ):
            the_name(empty, name)
    StudyStore.start(empty, A_STUDY)
    with pytest.raises(StorageError, match=r"'.*x.db' holds no study 'two': it holds one"):
        StudyStore(empty, "two")
    StudyStore.start(empty, dataclasses.replace(A_STUDY, name="two"))
    with pytest.raises(StorageError, match="holds several studies: give --name, one of one, two"):
        the_name(empty, None)


def test_a_database_without_our_tables_holds_no_study(tmp_path):
    database = open_database(str(tmp_path / "new.db"), create=True)
    assert study_names(database) == []
    assert read_study(database, "one") is None
    with pytest.raises(StorageError, match=r"expected a study in '.*new.db', got none"):
        the_name(database, None)
    database.engine.dispose()


@given(STUDIES, st.dictionaries(TEXT, TEXT, max_size=2), TEXT)
def test_a_study_that_went_through_the_database_is_still_the_same(shared, study, versions, path):
    StudyStore.start(cleared(shared), study)
    moved = dataclasses.replace(study, versions=versions, path=path, created="later", reference=None)
    check_same(read_study(shared, study.name), moved)
