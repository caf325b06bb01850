"""Searches whose trainings take no time: the same trials whichever worker was faster, and after kills."""

import contextlib
import random
import sqlite3

import pytest
from fake_executors import Cut, Instant, PowerCutError
from toy import cohorts_of, essence, run_toy, write_toy

from jrtune.search.ask.trials import Trials
from jrtune.search.run.run_config import Budget

SAMPLERS = [
    ("tpe", 24),
    ("nsga2", 36),
    ("qmc", 20),
    ("front", 16),
    ("gp", 12),
    pytest.param("gp", 22, marks=pytest.mark.slow),
]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_toy(tmp_path_factory.mktemp("study"))


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("sampler", "trials"), SAMPLERS)
def test_a_run_that_was_killed_and_whose_workers_were_fast_and_slow_asks_the_same(
    study, tmp_path, sampler, trials, workers
):
    budget, rng = Budget(trials, sampler, cohort=2), random.Random(trials + workers)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=lambda loaded: Instant(workers))
    url = f"{tmp_path}/cut.db"
    for after in (2, trials // 2):
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget, make=lambda loaded, n=after: Cut(Instant(workers, rng.randrange), n))
    results = run_toy(study, url, budget, make=lambda loaded: Instant(workers, rng.randrange))
    assert essence(results) == essence(whole)
    assert cohorts_of(url) == cohorts_of(f"{tmp_path}/whole.db")


def test_a_kill_while_a_cohort_is_asked_for_leaves_nothing_of_it(study, tmp_path, monkeypatch):
    budget = Budget(15, "tpe", cohort=4)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=lambda loaded: Instant())
    url, original = f"{tmp_path}/cut.db", Trials.ask

    def ask(self, *arguments):
        if len(self) == 9:
            raise PowerCutError
        return original(self, *arguments)

    with monkeypatch.context() as patched:
        patched.setattr(Trials, "ask", ask)
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget, make=lambda loaded: Instant())
    assert cohorts_of(url) == [[0], [1, 2], [3, 4, 5, 6]]
    with contextlib.closing(sqlite3.connect(url)) as connection:
        assert connection.execute("SELECT max(number) FROM trials").fetchone() == (6,)
    assert essence(run_toy(study, url, budget, make=lambda loaded: Instant())) == essence(whole)
    assert cohorts_of(url) == [[0], [1, 2], [3, 4, 5, 6], [7, 8, 9, 10], [11, 12, 13, 14]]


def test_another_number_of_workers_goes_on_with_what_there_is(study, tmp_path):
    url = f"{tmp_path}/x.db"
    for workers, after in [(3, 5), (1, 4), (4, 6)]:
        with pytest.raises(PowerCutError):
            run_toy(
                study,
                url,
                Budget(30, "front", cohort=2),
                make=lambda loaded, w=workers, n=after: Cut(Instant(w), n),
            )
    results = run_toy(study, url, Budget(30, "front", cohort=2), make=lambda loaded: Instant(2))
    assert [t.number for t in results.trials] == list(range(30))
    assert [number for cohort in cohorts_of(url) for number in cohort] == list(range(30))


def test_the_sampler_learns_in_the_logical_order_and_everything_once(study, tmp_path, monkeypatch):
    learnt, original = [], Trials.learn
    monkeypatch.setattr(Trials, "learn", lambda s, n, *rest: (learnt.append(n), original(s, n, *rest))[1])
    rng = random.Random(4)
    run_toy(
        study,
        f"{tmp_path}/x.db",
        Budget(20, "random", cohort=2),
        make=lambda loaded: Instant(3, rng.randrange),
    )
    assert learnt == list(range(len(learnt)))
    assert len(learnt) >= 20 - 2 * 6 - 2


# --- databases of version 2 --------------------------------------------------------------------


def as_version_2(url, running):
    """Makes a database as version 2 had it, without the ends of these trials."""
    with contextlib.closing(sqlite3.connect(url)) as connection:
        for name in ("cohorts", "confirming", "coordinators"):
            connection.execute(f"DROP TABLE jrtune_{name}")
        connection.execute("DROP INDEX jrtune_results_saved")
        connection.execute("ALTER TABLE jrtune_results DROP COLUMN saved")
        connection.execute("UPDATE jrtune_meta SET schema_version = 2")
        for number in running:
            where = "(SELECT trial_id FROM trials WHERE number = ?)"
            connection.execute("UPDATE trials SET state = 'RUNNING' WHERE number = ?", (number,))
            connection.execute(f"DELETE FROM trial_values WHERE trial_id = {where}", (number,))
            for table in ("results", "curves", "models"):
                connection.execute(f"DELETE FROM jrtune_{table} WHERE number = ?", (number,))
        connection.commit()


@pytest.mark.parametrize("running", [(), (5, 6, 7)])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_study_of_version_2_goes_on(study, tmp_path, monkeypatch, running, workers):
    url, budget = f"{tmp_path}/x.db", Budget(8, "random", cohort=1, rungs=False)
    before = run_toy(study, url, budget, make=lambda loaded: Instant())
    as_version_2(url, running)
    learnt, original = [], Trials.learn
    monkeypatch.setattr(Trials, "learn", lambda s, n, *rest: (learnt.append(n), original(s, n, *rest))[1])
    budget = Budget(14, "random", cohort=1, rungs=False)
    results = run_toy(study, url, budget, make=lambda loaded: Instant(workers))
    assert essence(results)[:8] == essence(before)
    assert [t.number for t in results.trials] == list(range(14))
    assert learnt == list(range(len(learnt)))
    assert cohorts_of(url) == [[number] for number in range(14)]
    assert essence(run_toy(study, url, budget, make=lambda loaded: Instant(workers))) == essence(results)
