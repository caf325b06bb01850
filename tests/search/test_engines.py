"""The same trials to the last digit, whatever trains them and whoever is killed."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from children import obey_signals
from fake_executors import Killed
from same_results import differences
from toy import cohorts_of, run_toy, write_toy

from jrtune.errors import InputError
from jrtune.search.run.executors import devices_of, executor_of
from jrtune.search.run.run_config import Budget, WorkerConfig
from jrtune.train.loop.device import pick_device

TRIALS = 16


def search(study, url, engine, seeds=0, wrap=lambda executor: executor):
    return run_toy(
        study,
        url,
        Budget(TRIALS, "tpe", cohort=3),
        make=lambda loaded: wrap(executor_of(loaded, WorkerConfig(engine, workers=2))),
        seeds=seeds,
    )


@pytest.fixture(scope="module")
def inline(tmp_path_factory):
    """A study whose trainings have three rungs, and what two logical workers find in this process."""
    folder = tmp_path_factory.mktemp("engines")
    study = write_toy(folder)
    study.write_text(study.read_text().replace("epochs=2,", "epochs=8,"))
    search(study, f"{folder}/inline.db", "inline", seeds=2)
    return study, f"{folder}/inline.db"


def test_processes_give_what_this_process_gives(inline, tmp_path):
    study, expected = inline
    search(study, f"{tmp_path}/x.db", "processes", seeds=2)
    assert differences(expected, f"{tmp_path}/x.db") == []
    assert cohorts_of(f"{tmp_path}/x.db") == cohorts_of(expected)


@pytest.mark.parametrize("times", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_processes_that_are_killed_give_the_same(inline, tmp_path, times):
    study, expected = inline
    made = []

    def wrap(executor):
        made.append(Killed(executor, random.Random(times), times))
        return made[0]

    search(study, f"{tmp_path}/x.db", "processes", seeds=2, wrap=wrap)
    assert made[0].kills > 0
    assert differences(expected, f"{tmp_path}/x.db") == []


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_a_killed_coordinator_goes_on_to_the_same(inline, tmp_path, kills):
    study, expected = inline
    url, rng = f"{tmp_path}/x.db", random.Random(kills)
    words = f"tune {study} --trials {TRIALS} --sampler tpe --cohort 3 --workers 2 --finish --seeds 2"
    command = [sys.executable, "-m", "jrtune", *words.split(), "--storage", url, "--out", f"{tmp_path}/out"]
    for _ in range(kills):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=obey_signals)
        for _line in range(rng.randrange(1, 4 if kills > 1 else 9)):  # lines: a trial each, or a few
            process.stderr.readline()
        time.sleep(rng.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    subprocess.run(command, check=True, capture_output=True)
    assert differences(expected, url) == []
    assert not os.path.exists(f"{url}.checkpoints")


# --- how workers are given -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"engine": "threads"}, "--engine expects one of processes, ray, inline, got 'threads'"),
        ({"workers": 0}, "--workers expects an integer from 1, got 0"),
        ({"threads": 0}, "--threads-per-worker expects an integer from 1, got 0"),
        ({"timeout": 0.0}, "--training-timeout expects seconds above 0, got 0.0"),
        ({"checkpoint_minutes": -1.0}, "--checkpoint-every expects minutes above 0, got -1.0"),
        ({"checkpoint_minutes": float("nan")}, "--checkpoint-every expects minutes above 0, got nan"),
        ({"address": "auto"}, "--address needs --engine ray, got --engine processes"),
    ],
)
def test_workers_that_make_no_sense_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        WorkerConfig(**change)


@pytest.mark.parametrize(
    ("cores", "config", "count"),
    [(8, {}, 8), (8, {"threads": 3}, 2), (2, {"threads": 4}, 1), (2, {"workers": 5}, 5)],
)
def test_there_is_a_worker_for_each_core_or_as_many_as_were_given(monkeypatch, cores, config, count):
    monkeypatch.setattr("jrtune.search.run.executors.torch.get_num_threads", lambda: cores)
    assert devices_of(pick_device("cpu"), WorkerConfig(**config)) == ["cpu"] * count
