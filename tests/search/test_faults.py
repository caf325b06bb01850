"""Killed and stopped at any moment: nothing lost, nothing doubled, nothing left running."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from functools import cache

import pytest
from children import obey_signals
from toy import write_toy

TRIALS = 20


def command(study, url, cohort):
    # --finish: confirmations too must come out the same
    words = (
        f"tune {study} --trials {TRIALS} --epochs 8 --cohort {cohort} --storage {url} --finish --seeds 2"
        f" --out {url}-out"
    )
    return [sys.executable, "-m", "jrtune", *words.split()]


def rows(url):
    connection = sqlite3.connect(url)
    trials = connection.execute(
        "SELECT number, source, candidate, status, epoch, vals, losses, loss_scale"
        " FROM jrtune_results ORDER BY number"
    ).fetchall()
    confirmations = connection.execute(
        "SELECT label, seed, role, candidate, status, val, test"
        " FROM jrtune_confirmations ORDER BY label, seed"
    ).fetchall()
    curves = connection.execute(
        "SELECT number, epoch, metrics FROM jrtune_curves ORDER BY number, epoch"
    ).fetchall()
    optuna_values = connection.execute(
        "SELECT number, state, objective, value"
        " FROM trials JOIN trial_values USING (trial_id) ORDER BY number, objective"
    ).fetchall()
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    return trials, confirmations, curves, optuna_values


def states(url):
    connection = sqlite3.connect(url)
    try:
        return {state for (state,) in connection.execute("SELECT DISTINCT state FROM trials")}
    except sqlite3.OperationalError:
        return set()  # killed before Optuna's tables were there
    finally:
        connection.close()


def undisturbed(study, url, cohort):
    subprocess.run(command(study, url, cohort), check=True, capture_output=True)
    return rows(url)


def wait_for_trial(url, process, number):
    """Until so many trials are kept, or the process has ended."""
    while process.poll() is None:
        if os.path.exists(url):
            try:
                connection = sqlite3.connect(url, timeout=10)
                count = connection.execute("SELECT count(*) FROM jrtune_results").fetchone()[0]
                connection.close()
                if count >= number:
                    return
            except sqlite3.OperationalError:
                pass  # the tables are not there yet
        time.sleep(0.02)


def disturbed(study, url, cohort, number, moments, rng):
    """Runs the command, each time sending the signal once so many trials are kept; then to the end."""
    statuses = []
    for moment in moments:
        process = subprocess.Popen(
            command(study, url, cohort),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=obey_signals,
        )
        wait_for_trial(url, process, moment)
        time.sleep(rng.uniform(0, 0.3))
        pending = time.monotonic()
        process.send_signal(number)
        process.communicate()
        statuses.append((process.returncode, time.monotonic() - pending, states(url)))
    last = subprocess.run(command(study, url, cohort), capture_output=True, text=True, check=True)
    assert "front of" in last.stdout
    return statuses


COHORTS = pytest.mark.parametrize("cohort", [1, 8])


@pytest.mark.parametrize("cohort", [pytest.param(1, marks=pytest.mark.slow), 8])
def test_kill_and_resume_equals_an_undisturbed_run(tmp_path, cohort):
    study = write_toy(tmp_path)
    whole = undisturbed(study, tmp_path / "whole.db", cohort)
    killed = tmp_path / "killed.db"
    statuses = disturbed(study, killed, cohort, signal.SIGKILL, [3, 11], random.Random(0))
    assert [code for code, _, _ in statuses] == [-signal.SIGKILL] * 2
    assert rows(killed) == whole


@pytest.mark.slow
@COHORTS
def test_ten_kills_at_random_moments(tmp_path, cohort):
    study, rng = write_toy(tmp_path), random.Random()
    whole = undisturbed(study, tmp_path / "whole.db", cohort)
    moments = sorted(rng.randrange(TRIALS) for _ in range(10))
    disturbed(study, tmp_path / "killed.db", cohort, signal.SIGKILL, moments, rng)
    assert rows(tmp_path / "killed.db") == whole


@pytest.mark.parametrize(
    ("number", "status", "cohort"),
    [
        pytest.param(signal.SIGINT, 130, 1, id="INT", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, 1, id="TERM", marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, 130, 1, id="HUP", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, 8, id="INT in a cohort"),
    ],
)
def test_a_signal_ends_the_run_soon_and_hands_back(tmp_path, number, status, cohort, whole_runs):
    study, whole = whole_runs
    stopped = tmp_path / "stopped.db"
    statuses = disturbed(study, stopped, cohort, number, [5], random.Random(1))
    (code, seconds, left) = statuses[0]
    assert code == status
    assert seconds < 10
    assert "RUNNING" not in left
    assert rows(stopped) == whole(cohort)


@pytest.fixture(scope="module")
def whole_runs(tmp_path_factory):
    """The study, and what an undisturbed run of it gives at a cohort."""
    folder = tmp_path_factory.mktemp("whole")
    study = write_toy(folder)
    return study, cache(lambda cohort: undisturbed(study, folder / f"{cohort}.db", cohort))


def test_a_full_disk_is_one_line_and_the_rerun_goes_on(tmp_path):
    study, url = write_toy(tmp_path), tmp_path / "full.db"
    words = [
        sys.executable,
        "-m",
        "jrtune",
        *f"tune {study} --trials 60 --storage {url} --sampler random --cohort 4".split(),
    ]
    # a limit on the size of files stands for the disk; the database says 'disk I/O error' or 'full'
    full = subprocess.run(
        ["sh", "-c", "ulimit -f 1600; trap '' XFSZ; exec \"$@\"", "sh", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 2, full.stderr
    last = full.stderr.splitlines()[-1]
    assert last.startswith("jrtune: ")
    assert "cannot be written" in last
    assert "Traceback" not in full.stderr
    kept = len(rows_of_results(url))
    assert 0 < kept < 60
    subprocess.run(words, capture_output=True, check=True)
    assert len(rows_of_results(url)) == 60


def rows_of_results(url):
    connection = sqlite3.connect(url)
    found = connection.execute("SELECT number FROM jrtune_results").fetchall()
    connection.close()
    return found
