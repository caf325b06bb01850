"""Claims: each cohort once, whoever is killed and whatever becomes of the server; its owner alone writes."""

import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from coordinate import FLOAT, join_optuna, joined, result

from jrtune.store import tables
from jrtune.store.claims import Claims
from jrtune.store.coordinators import coordinating
from jrtune.store.database import open_database
from jrtune.store.optuna_tables import OptunaTrial, add_trials, end_trials
from jrtune.store.records import CohortRecord, ConfirmationRecord

COORDINATE = Path(__file__).with_name("coordinate.py")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return str(tmp_path / "x.db")
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def database(url):
    database = open_database(url, create=True)
    yield database
    database.engine.dispose()


@pytest.fixture
def held(database):
    """The study and the claims of this process."""
    with coordinating(database, grace=0) as me:
        store = joined(database)
        yield store, Claims(store.id, me)


def ask(claims, size):
    with claims.asking() as asking:
        return asking.claim(size)


def eventually(look):
    """The first answer with something in it."""
    deadline = time.monotonic() + 10
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


# --- one coordinator ---------------------------------------------------------------------------


def test_cohorts_follow_each_other_without_gaps(held):
    _, claims = held
    me = claims.coordinator.id
    assert claims.cohorts() == claims.unfinished() == []
    asked_for = [ask(claims, size) for size in (4, 1, 8)]
    assert asked_for == [CohortRecord(0, 0, 4, me), CohortRecord(1, 4, 1, me), CohortRecord(2, 5, 8, me)]
    assert list(asked_for[2].numbers) == list(range(5, 13))
    assert claims.cohorts() == claims.unfinished() == claims.mine() == asked_for
    assert claims.cohorts(start=2) == asked_for[2:]
    with claims.asking() as asking:
        assert (asking.last, asking.next_index, asking.next_number) == (asked_for[2], 3, 13)


def test_an_asking_that_fails_claims_nothing(held):
    _, claims = held

    def fail():
        with claims.asking() as asking:
            asking.claim(4)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert claims.cohorts() == []
    assert ask(claims, 2).index == 0


def test_a_finished_cohort_is_never_taken_over(held):
    _, claims = held
    cohorts = [ask(claims, 2) for _ in range(3)]
    assert claims.finish(cohorts[1])
    assert claims.finish(cohorts[1])
    assert [cohort.index for cohort in claims.unfinished()] == [0, 2]
    claims.hand_back()
    assert claims.mine() == []
    assert [cohort.index for cohort in claims.take_over()] == [0]
    assert [cohort.index for cohort in claims.take_over(count=9)] == [2]
    assert claims.take_over() == []


def test_results_are_written_of_what_is_claimed_alone(held):
    store, claims = held
    cohort = ask(claims, 2)
    assert store.save_trials([result(0, "a")], cohort=cohort)
    claims.hand_back()
    assert not store.save_trials([result(0, "b"), result(1, "b")], cohort=cohort, finish=True)
    assert not claims.finish(cohort)
    assert [(t.number, t.message) for t in store.results().trials] == [(0, "a")]
    [again] = claims.take_over()
    assert store.save_trials([result(1, "c")], cohort=again, finish=True)
    assert store.save_trials([result(1, "c")], cohort=again, finish=True)  # its answer was lost
    assert [(t.number, t.message) for t in store.results().trials] == [(0, "a"), (1, "c")]
    assert claims.unfinished() == []


def test_what_is_written_with_a_result_is_written_with_it_or_not_at_all(held):
    store, claims = held
    cohort = ask(claims, 2)

    def also(connection):
        connection.execute(tables.studies.update().values(stack=7))

    def fail(connection):
        raise KeyError

    with pytest.raises(KeyError):
        store.save_trials([result(0, "a")], cohort=cohort, also=fail)
    assert store.results().trials == ()
    store.save_trials([result(0, "a")], cohort=cohort, also=also)
    assert store.results().study.stack == 7


def test_the_claims_of_one_that_died_are_free(postgres_url):
    database = open_database(postgres_url, create=True)
    with coordinating(database, grace=0) as me, coordinating(database, grace=0) as other:
        store = joined(database)
        mine, its = Claims(store.id, me), Claims(store.id, other)
        cohort = ask(mine, 2)
        assert its.take_over() == []
        me.close()
        assert eventually(its.take_over) == [CohortRecord(0, 0, 2, other.id)]
        assert not store.save_trials([result(0, "late")], cohort=cohort)
    database.engine.dispose()


def test_on_sqlite_the_claims_of_the_run_before_are_free(tmp_path):
    database = open_database(str(tmp_path / "x.db"), create=True)
    with coordinating(database) as me:
        store = joined(database)
        ask(Claims(store.id, me), 2)
    with coordinating(database) as me:
        assert Claims(store.id, me).take_over() == [CohortRecord(0, 0, 2, me.id)]
    database.engine.dispose()


# --- confirmations -----------------------------------------------------------------------------


def confirmation(label, seed):
    record, _ = result(0, "")
    return ConfirmationRecord(label, 0, "front", record.candidate, seed, record.status, {}, {}, 0.0)


def test_confirmations_are_claimed_once_and_not_again_when_saved(held):
    store, claims = held
    pairs = {("a", 0), ("a", 1), ("b", 0)}
    store.save_confirmations([confirmation("a", 1)])
    assert claims.confirm(pairs) == claims.confirm(pairs) == {("a", 0), ("b", 0)}
    assert claims.confirm([("a", 1)]) == set()
    claims.hand_back()
    assert claims.confirm(pairs) == {("a", 0), ("b", 0)}


def test_confirmations_that_another_one_claimed_are_left_to_it(postgres_url):
    database = open_database(postgres_url, create=True)
    with coordinating(database, grace=0) as me, coordinating(database, grace=0) as other:
        store = joined(database)
        mine, its = Claims(store.id, me), Claims(store.id, other)
        assert mine.confirm([("a", 0)]) == {("a", 0)}
        assert its.confirm([("a", 0), ("a", 1)]) == {("a", 1)}
        me.close()
        assert eventually(lambda: its.confirm([("a", 0)])) == {("a", 0)}
        store.save_confirmations([confirmation("a", 0), confirmation("a", 0)])
        assert len(store.results().confirmations) == 1
    database.engine.dispose()


# --- results since the last look ---------------------------------------------------------------


def test_a_look_gives_what_was_written_since_the_last_one(held):
    store, _ = held
    found, cursor = store.results_since()
    assert found == []
    seen = []
    for number in range(5):
        store.save_trials([result(number, "")])
        found, cursor = store.results_since(cursor)
        seen += [trial.number for trial in found]
    assert seen == list(range(5))
    assert store.results_since(cursor)[0] == []
    store.save_trials([result(2, "again")])
    assert [trial.message for trial in store.results_since(cursor)[0]] == ["again"]
    assert len(store.results_since()[0]) == 5


def test_a_look_misses_nothing_that_is_committed_late(postgres_url):
    database = open_database(postgres_url, create=True)
    database.make_tables()
    store = joined(database)
    _, cursor = store.results_since()
    begun, go_on = threading.Event(), threading.Event()

    def wait(connection):
        begun.set()
        go_on.wait(10)

    late = threading.Thread(target=lambda: store.save_trials([result(0, "late")], also=wait))
    late.start()
    begun.wait(10)
    store.save_trials([result(1, "early")])
    seen = []
    for _ in range(2):
        found, cursor = store.results_since(cursor)
        seen += [trial.number for trial in found]
    assert seen == [1, 1]  # again, for as long as one below it may come
    go_on.set()
    late.join()
    found, cursor = store.results_since(cursor)
    assert {trial.number for trial in found} == {0, 1}
    assert store.results_since(cursor)[0] == []
    database.engine.dispose()


def test_looks_beside_many_writers_see_each_trial(postgres_url):
    database = open_database(postgres_url, create=True)
    database.make_tables()
    store = joined(database)

    def write(start):
        for number in range(start, start + 40):
            store.save_trials([result(number, "")])

    writers = [threading.Thread(target=write, args=[40 * k]) for k in range(4)]
    for writer in writers:
        writer.start()
    seen, cursor = set(), 0
    while any(writer.is_alive() for writer in writers):
        found, cursor = store.results_since(cursor)
        seen |= {trial.number for trial in found}
    found, cursor = store.results_since(cursor)
    assert seen | {trial.number for trial in found} == set(range(160))
    database.engine.dispose()


# --- cost --------------------------------------------------------------------------------------


def statements(engine, action):
    found = []

    def note(connection, cursor, statement, *rest):
        found.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return found


def test_a_trial_takes_few_statements_however_many_there_are(database, held):
    store, claims = held
    join_optuna(database)

    def one():
        with claims.asking() as asking:
            cohort = asking.claim(1)
            add_trials(
                asking.connection, store.name, [OptunaTrial(cohort.first, "RUNNING", {"x": (0.5, FLOAT)})]
            )
        store.results_since(cursor)
        ended = [OptunaTrial(cohort.first, "COMPLETE", values=[1.0])]
        also = partial(end_trials, study=store.name, trials=ended)
        assert store.save_trials([result(cohort.first, "")], cohort=cohort, finish=True, also=also)

    cursor = 0
    counts = []
    for _ in range(20):
        cursor = store.results_since(cursor)[1]
        counts.append(len(statements(database.engine, one)))
    assert set(counts) == {counts[0]}
    assert counts[0] <= 13
    # and each look reads the last result alone
    assert len(store.results_since(cursor)[0]) <= 1


# --- several coordinators ----------------------------------------------------------------------


def start(url, cohorts, size, grace, seconds):
    words = [str(word) for word in (url, cohorts, size, grace, seconds)]
    return subprocess.Popen([sys.executable, str(COORDINATE), *words], stderr=subprocess.PIPE, text=True)


def finished(url):
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute("SELECT count(*) FROM jrtune_cohorts WHERE finished").fetchone()[0]


def check_whole(url, cohorts, size):
    """Every cohort is finished, every trial there once; returns who wrote them."""
    database = open_database(url, create=False)
    with database.engine.connect() as connection:
        rows = connection.execute(
            sa.select(tables.cohorts.c.index, tables.cohorts.c.first, tables.cohorts.c.finished)
        ).all()
        numbers = list(connection.scalars(sa.select(tables.results.c.number)))
        messages = set(connection.scalars(sa.select(tables.results.c.message)))
        states = connection.execute(sa.text("SELECT number, state FROM trials ORDER BY number")).all()
        values = set(
            connection.execute(sa.text("SELECT number, value FROM trials JOIN trial_values USING (trial_id)"))
        )
    database.engine.dispose()
    assert states == [(number, "COMPLETE") for number in range(cohorts * size)]
    assert values == {(number, number / 7) for number in range(cohorts * size)}
    assert sorted(rows) == [(index, size * index, True) for index in range(cohorts)]
    assert sorted(numbers) == list(range(cohorts * size))
    return messages


def run_disturbed(postgres, url, *, count, cohorts, size, kills, away, grace, seconds):
    """Runs ``count`` coordinators; kills some at random, each replaced; takes the server away once."""
    psycopg = pytest.importorskip("psycopg")
    rng = random.Random()
    processes = [start(url, cohorts, size, grace, seconds) for _ in range(count)]
    began = time.monotonic()
    moments = sorted(rng.uniform(0.1, 0.9) for _ in range(kills))
    stopped, lines = False, []
    try:
        while any(process.poll() is None for process in processes):
            assert time.monotonic() - began < 200
            try:
                part = finished(url) / cohorts
            except psycopg.Error:
                part = 0.0  # no tables yet
            if moments and part >= moments[0]:
                moments.pop(0)
                victim = rng.randrange(count)
                processes[victim].send_signal(signal.SIGKILL)
                lines.append(processes[victim].communicate()[1])
                processes[victim] = start(url, cohorts, size, grace, seconds)
            if part >= 0.5 and not stopped:
                stopped = True
                postgres.stop()
                time.sleep(away)
                postgres.start()
            time.sleep(0.02)
        for process in processes:
            lines.append(process.stderr.read())
            process.stderr.close()
            assert process.returncode == 0, lines
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert stopped
    assert not moments
    return lines, check_whole(url, cohorts, size)


def test_two_coordinators_some_killed_and_the_server_stopped(postgres, postgres_url):
    lines, writers = run_disturbed(
        postgres, postgres_url, count=2, cohorts=200, size=1, kills=2, away=2, grace=1, seconds=0.002
    )
    assert len(writers) > 1
    assert any("connection to the database lost" in text for text in lines)


@pytest.mark.slow
def test_four_coordinators_400_trials_and_the_server_away_for_20_seconds(postgres, postgres_url):
    lines, writers = run_disturbed(
        postgres, postgres_url, count=4, cohorts=100, size=4, kills=10, away=20, grace=5, seconds=0.05
    )
    assert len(writers) > 4
    assert any("connection to the database lost" in text for text in lines)
    assert "was taken over" not in "".join(lines)  # nobody who lived was taken for dead
