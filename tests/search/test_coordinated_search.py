"""Searches of several coordinators on one database: each trial once, whoever is killed."""

import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
import sqlalchemy as sa
from children import obey_signals
from fake_executors import Instant, Wrapped
from toy import run_toy, write_toy

from jrtune.search.run import session as session_module
from jrtune.search.run import tune as tune_module
from jrtune.search.run.run_config import Budget
from jrtune.store.coordinators import coordinating

TRIALS = 40

TUNE = """
import os, signal, sys
from functools import partial
from jrtune.cli import main
from jrtune.search.run import session, tune
from jrtune.store.coordinators import coordinating

session.coordinating = partial(coordinating, grace=0.0)
tune.LOOK_SECONDS = 0.1
left, original = int(sys.argv.pop(1)), tune.end_trials


def end(*arguments):
    global left
    original(*arguments)
    left -= 1
    if left == 0:  # in the middle of a transaction
        os.kill(os.getpid(), signal.SIGKILL)


tune.end_trials = end
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(session_module, "coordinating", partial(coordinating, grace=0.0))
    monkeypatch.setattr(tune_module, "LOOK_SECONDS", 0.1)


def started(study, url, kill_at):
    """A process that searches, killed with kill -9 at its so manieth write of results; -1 for never."""
    words = f"tune {study} --storage {url} --trials {TRIALS} --sampler random --cohort 4"
    command = [
        sys.executable,
        "-c",
        TUNE,
        str(kill_at),
        *words.split(),
        "--workers=1",
        "--engine=inline",
    ]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=obey_signals
    )


def rows_of(url, query):
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return found


def check_whole(url):
    """Each trial once in all tables, in cohorts without gaps that are finished, and nothing left running."""
    numbers = [(number,) for number in range(TRIALS)]
    assert rows_of(url, "SELECT number FROM jrtune_results ORDER BY number") == numbers
    assert rows_of(url, "SELECT number FROM trials ORDER BY number") == numbers
    states = {state for (state,) in rows_of(url, "SELECT DISTINCT state FROM trials")}
    assert states <= {"COMPLETE", "PRUNED", "FAIL"}
    cohorts = rows_of(url, 'SELECT first, size, finished FROM jrtune_cohorts ORDER BY "index"')
    assert [number for first, size, _ in cohorts for number in range(first, first + size)] == [
        number for (number,) in numbers
    ]
    assert all(finished for _, _, finished in cohorts)


class Slow(Wrapped):
    """Takes a moment for each report."""

    def wait(self, seconds):
        time.sleep(random.uniform(0.005, 0.02))
        return self.executor.wait(seconds)


def test_two_that_work_beside_each_other_ask_for_each_trial_once(tmp_path, postgres_url):
    study, budget, found = write_toy(tmp_path), Budget(TRIALS, "tpe", cohort=2), []
    meeting = threading.Barrier(2)

    def make(loaded):
        meeting.wait(60)
        return Slow(Instant())

    def work():
        found.append(run_toy(study, postgres_url, budget, make=make))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [len(results.trials) for results in found] == [TRIALS] * 2
    check_whole(postgres_url)
    assert len(rows_of(postgres_url, "SELECT DISTINCT coordinator FROM jrtune_cohorts")) == 2


def test_what_one_that_is_killed_had_in_hand_is_taken_over(tmp_path, postgres_url):
    study, processes = write_toy(tmp_path), []

    class Waiting(Wrapped):
        """Comes to nothing until the other one is dead, which is then started again."""

        def wait(self, seconds):
            if not processes:
                processes.append(started(study, postgres_url, kill_at=3))
            if len(processes) == 1:
                if processes[0].poll() is None:
                    time.sleep(0.05)
                    return None
                processes.append(started(study, postgres_url, kill_at=-1))
            return self.executor.wait(seconds)

    results = run_toy(
        study, postgres_url, Budget(TRIALS, "random", cohort=4), make=lambda loaded: Waiting(Instant())
    )
    errors = [process.communicate(timeout=120)[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [-signal.SIGKILL, 0], errors
    assert len(results.trials) == TRIALS
    check_whole(postgres_url)
    owners = {owner for (owner,) in rows_of(postgres_url, "SELECT coordinator FROM jrtune_cohorts")}
    assert {1, 2} <= owners <= {1, 2, 3}  # also the one that was killed has finished some
