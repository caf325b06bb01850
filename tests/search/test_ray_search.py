"""A search on a cluster gives the trials of any engine, also where workers and nodes die in the middle."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from children import obey_signals
from clusters import add_node, cluster_of, kill_node
from same_results import differences
from toy import write_toy

TRIALS = 24
SLOW = "    import time\n    time.sleep(0.004)\n    return F.mse_loss(outputs"


def command(study, url, *more):
    words = f"tune {study} --trials {TRIALS} --epochs 20 --cohort 4 --workers 2 --device cpu --storage {url}"
    return [sys.executable, "-m", "jrtune", *words.split(), *more]


def on(cluster):
    return ["--engine", "ray", "--address", cluster.address]


def start(words):
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=obey_signals
    )


def trials_of(url):
    """Number of trials that are stored."""
    if not os.path.exists(url):
        return 0
    connection = sqlite3.connect(url, timeout=10)
    try:
        return connection.execute("SELECT count(*) FROM jrtune_results").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # the tables are not there yet
    finally:
        connection.close()


def wait_for_trials(url, process, number):
    while process.poll() is None and trials_of(url) < number:
        time.sleep(0.05)
    assert process.poll() is None, process.stderr.read()


def actors_of(node):
    """Processes of the actors of a node."""
    children = Path(f"/proc/{node.all_processes['raylet'][0].process.pid}/task")
    pids = [int(pid) for file in children.glob("*/children") for pid in file.read_text().split()]
    return [pid for pid in pids if "RemoteWorker" in Path(f"/proc/{pid}/cmdline").read_text()]


def finished(process):
    """Standard output and error of a search that ends by itself."""
    output, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    assert output.startswith("study toy: front of")
    assert "raylet" not in output  # Ray prints deaths of workers there
    return output, errors


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = write_toy(tmp_path_factory.mktemp("study"))
    path.write_text(path.read_text().replace("    return F.mse_loss(outputs", SLOW))
    return path


@pytest.fixture(scope="module")
def whole(study):
    """The database of an undisturbed search in one process."""
    url = study.with_name("whole.db")
    subprocess.run(command(study, url, "--engine", "inline"), check=True, capture_output=True)
    return url


@pytest.fixture(scope="module")
def cluster():
    with cluster_of(2) as (cluster, nodes):
        cluster.mine = nodes
        yield cluster


def test_a_search_goes_on_without_a_killed_worker(tmp_path, study, whole, cluster):
    url = tmp_path / "x.db"
    process = start(command(study, url, *on(cluster)))
    wait_for_trials(url, process, 5)
    [victim] = actors_of(cluster.mine[0])
    os.kill(victim, signal.SIGKILL)
    _, errors = finished(process)
    assert "a worker was lost (its process died): another goes on with its" in errors
    assert differences(whole, url) == []


@pytest.mark.slow
@pytest.mark.parametrize("moment", [4, 9, 14])
def test_a_search_goes_on_without_a_killed_node(tmp_path, study, whole, cluster, moment):
    url = tmp_path / "x.db"
    process = start(command(study, url, *on(cluster)))
    wait_for_trials(url, process, moment)
    kill_node(cluster, cluster.mine.pop())
    _, errors = finished(process)
    cluster.mine.append(add_node(cluster))
    assert "a worker was lost" in errors
    assert differences(whole, url) == []


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_same_command_goes_on_where_the_coordinator_ended(tmp_path, study, whole, cluster, number):
    url, rng = tmp_path / "x.db", random.Random(number)
    for moment in sorted(rng.sample(range(3, 16), 3)):
        process = start(command(study, url, *on(cluster)))
        wait_for_trials(url, process, moment)
        process.send_signal(number)
        began = time.monotonic()
        process.communicate()
        assert time.monotonic() - began < 10
        assert process.returncode == {2: 130, 15: 143, 9: -9}[number]
        wait_for_no_actors(cluster)
    finished(start(command(study, url, *on(cluster))))
    # not to the last digit: what goes on alone from a stack that was broken off is another sum
    mine, expected = results_of(url), results_of(whole)
    assert [trial[:4] for trial in mine] == [trial[:4] for trial in expected]
    for (*_, values), (*_, others) in zip(mine, expected, strict=True):
        assert values == pytest.approx(others, abs=1e-6)


def results_of(url):
    """(number, candidate, status, epoch, values) of each trial."""
    connection = sqlite3.connect(url)
    found = connection.execute(
        "SELECT number, candidate, status, epoch, vals FROM jrtune_results ORDER BY number"
    )
    trials = [(*rest, json.loads(values)) for *rest, values in found]
    connection.close()
    return trials


def wait_for_no_actors(cluster):
    """Until the actors of a coordinator that ended have ended too."""
    until = time.monotonic() + 30
    while any(actors_of(node) for node in cluster.mine):
        assert time.monotonic() < until, "actors outlive their coordinator"
        time.sleep(0.1)


@pytest.mark.slow
def test_a_silent_node_is_noticed_and_the_others_go_on(tmp_path, study, whole, cluster):
    """As where its network was cut."""
    url = tmp_path / "x.db"
    process = start(command(study, url, *on(cluster)))
    wait_for_trials(url, process, 5)
    node = cluster.mine.pop()
    pids = [*actors_of(node), node.all_processes["raylet"][0].process.pid]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        _, errors = finished(process)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        kill_node(cluster, node)
        cluster.mine.append(add_node(cluster))
    assert "a worker was lost" in errors
    assert time.monotonic() - began < 60
    assert differences(whole, url) == []
