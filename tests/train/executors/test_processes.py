"""Workers as processes: what dies is replaced, what hangs is ended, and none outlives its coordinator."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver
from pathlib import Path
from types import SimpleNamespace

import pytest
from laws import assert_all_same
from workers import (
    Patient,
    dispatched,
    processes_of,
    task_of,
    toy_jobs,
    toy_source,
    trouble_jobs,
    trouble_source,
)

from jrtune.errors import StudyError
from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.executors import processes as module
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import Begun, Done, Lost, RemoteTraceback
from jrtune.train.executors.processes import MOST_STARTS, Processes
from jrtune.train.executors.saved import Saved

PATIENT = 120.0
"""Seconds that a busy machine may take."""


def until(condition):
    """Waits until a condition holds."""
    end = time.monotonic() + PATIENT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def reports_until(executor, kind):
    """Reports until one of a kind, which is the last."""
    found, end = [], time.monotonic() + PATIENT
    while not (found and isinstance(found[-1], kind)):
        assert time.monotonic() < end
        if report := executor.wait(0.2):
            found.append(report)
    return found


def kill_the_worker(executor):
    executor.children[0].process.kill()


def kill_the_server(_):
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_the_worker, kill_the_server])
def test_a_cohort_whose_worker_is_killed_goes_on_to_the_same_outcomes(kill, tmp_path):
    source, jobs, pruner = toy_source(tmp_path, epochs=60), toy_jobs(3), Patient(10)
    executor, saved, logged, found = processes_of(source), Saved(None), [], {}
    with Dispatcher(executor, saved, log=logged.append) as dispatcher:
        dispatcher.submit("one", jobs, 1, pruner=pruner)
        while not saved.memory:
            dispatcher.wait()
        kill(executor)
        while len(found) < 3:
            found |= {one.index: one.outcome for one in dispatcher.wait()}
    [line] = logged
    assert line.startswith("a worker was lost (")
    assert "another goes on with its 3 candidates" in line
    groups = CohortTrainer(source.load("cpu"), 1).train(jobs, pruner=pruner)
    expected = dict(pair for group in groups for pair in group)
    assert_all_same([found[k] for k in range(3)], [expected[k] for k in range(3)])


def test_one_that_dies_while_it_has_nothing_to_do_is_replaced(tmp_path):
    with processes_of(toy_source(tmp_path)) as executor:
        executor.start(task_of(toy_jobs(1)))
        reports_until(executor, Done)
        first = executor.children[0].process
        first.kill()
        first.join()
        executor.start(task_of(toy_jobs(1)))  # to one that is dead, and nobody has noticed
        assert not any(isinstance(report, Lost) for report in reports_until(executor, Done))
        assert executor.children[0].process.pid != first.pid


def test_two_workers_work_at_once(tmp_path):
    with processes_of(trouble_source(tmp_path, "sleep"), 2) as executor:
        hangs = executor.start(task_of(trouble_jobs(1, guilty=0)))
        quick = executor.start(task_of(trouble_jobs(1)))
        last = reports_until(executor, Done)[-1]
        assert last.task == quick
        process = next(child.process for child in executor.children if child.task == hangs)
        executor.end(hangs)
        assert not process.is_alive()
        again = executor.start(task_of(trouble_jobs(1)))
        assert reports_until(executor, Done)[-1].task == again


def test_all_end_with_their_context(tmp_path):
    with processes_of(trouble_source(tmp_path, "spin"), 2) as executor:
        executor.start(task_of(trouble_jobs(1, guilty=0)))
        reports_until(executor, Begun)
        processes = [child.process for child in executor.children]
        path = executor.shared.data.path
    assert not any(process.is_alive() for process in processes)
    assert not path.exists()


COORDINATOR = """
import sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from workers import processes_of, task_of, trouble_jobs, trouble_source
from jrtune.train.executors.executor import Begun

if __name__ == "__main__":
    with processes_of(trouble_source(Path({folder!r}), "spin"), 1) as executor:
        executor.start(task_of(trouble_jobs(1, guilty=0)))
        while not isinstance(executor.wait(1.0), Begun):
            pass
        print(executor.children[0].process.pid, flush=True)
        time.sleep(1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux only")
def test_a_worker_in_an_endless_loop_does_not_outlive_its_coordinator(tmp_path):
    script = tmp_path / "coordinator.py"
    script.write_text(COORDINATOR.format(tests=str(Path(__file__).parents[2]), folder=str(tmp_path)))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as coordinator:
        worker = Path("/proc") / coordinator.stdout.readline().strip()
        assert worker.is_dir()
        coordinator.kill()
        until(lambda: not worker.exists() or "Z" in (worker / "stat").read_text().split(")")[-1])


# --- studies that cannot be loaded ---------------------------------------------------------------


def test_a_study_that_raises_when_a_worker_loads_it_raises_here(tmp_path):
    source = toy_source(tmp_path)
    executor = processes_of(source)
    source.path.write_text("raise ValueError('only there')")
    with executor:
        executor.start(task_of(toy_jobs(1)))
        with pytest.raises(StudyError, match="only there") as caught:
            reports_until(executor, Done)
    assert isinstance(caught.value.__cause__, RemoteTraceback)


def test_a_study_of_which_workers_die_ends_after_a_few(tmp_path):
    source = toy_source(tmp_path)
    executor = processes_of(source)
    source.path.write_text("import os\nos._exit(5)")
    with executor:
        executor.start(task_of(toy_jobs(1)))
        with pytest.raises(StudyError, match=rf"got {MOST_STARTS} that died of it \(exit status 5\)"):
            reports_until(executor, Lost)


# --- memory ------------------------------------------------------------------------------------


def test_the_largest_worker_is_killed_once_and_the_next_only_after_it_is_gone(monkeypatch):
    killed, size = [], {1: 10, 2: 30, 3: 20, 4: 99}
    executor = Processes.__new__(Processes)
    executor.children = [
        SimpleNamespace(
            process=SimpleNamespace(pid=pid, kill=lambda pid=pid: killed.append(pid)),
            task=None if pid == 4 else pid,
            starved=False,
        )
        for pid in size
    ]
    monkeypatch.setattr(module, "resident_bytes", size.get)
    monkeypatch.setattr(module, "free_share", lambda: 0.5)
    executor._spare_memory()
    assert killed == []
    monkeypatch.setattr(module, "free_share", lambda: 0.01)
    for _ in range(3):
        executor._spare_memory()
    assert killed == [2]
    executor.children[1] = SimpleNamespace(task=None, starved=False)
    executor._spare_memory()
    assert killed == [2, 3]


# --- objectives that misbehave at one candidate of 24 ------------------------------------------

GUILTY = 13

CRASHES = {
    "exit": (4, TrialStatus.CRASHED, "exit status 3"),
    "null": (1, TrialStatus.CRASHED, "signal 11 (SIGSEGV)"),
    "memory": (1, TrialStatus.OUT_OF_MEMORY, "memory ran out"),
    "spoilt": (4, TrialStatus.CRASHED, "exit status 97"),
}
"""Deed -> most members of a program, and how it ends."""


@pytest.mark.parametrize("deed", CRASHES)
def test_what_crashes_its_worker_ends_alone_and_23_complete(deed, tmp_path, monkeypatch):
    flag = tmp_path / "flag"

    def free_share():
        if flag.exists():  # all but gone, as far as anybody can see
            flag.unlink()
            return 0.0
        return 1.0

    monkeypatch.setattr(module, "free_share", free_share)
    executor, (size, status, cause) = processes_of(trouble_source(tmp_path, deed)), CRASHES[deed]
    outcomes, logged = dispatched(executor, trouble_jobs(24, GUILTY), size, Patient(1), cohort=4)
    assert outcomes[GUILTY].status is status
    assert outcomes[GUILTY].message == f"its worker ended: {cause}"
    others = [outcome.status for index, outcome in enumerate(outcomes) if index != GUILTY]
    assert others == [TrialStatus.COMPLETE] * 23
    lost = [line for line in logged if line.startswith("a worker was lost")]
    left = ["4", "2"] if size == 4 else ["3"]  # one by one, those before had ended
    assert [line.split(" with ")[1].split()[0] for line in lost] == left


@pytest.mark.parametrize("deed", ["sleep", "spin"])
def test_what_hangs_times_out_alone_and_23_complete(deed, tmp_path):
    executor = processes_of(trouble_source(tmp_path, deed))
    outcomes, logged = dispatched(executor, trouble_jobs(24, GUILTY), 1, cohort=4, timeout=6.0)
    assert outcomes[GUILTY].status is TrialStatus.TIMED_OUT
    others = [outcome.status for index, outcome in enumerate(outcomes) if index != GUILTY]
    assert others == [TrialStatus.COMPLETE] * 23
    assert any("from 3 candidates: going on with one at a time" in line for line in logged)


def test_an_error_that_cannot_be_sent_is_raised_as_text_with_its_traceback(tmp_path):
    executor = processes_of(trouble_source(tmp_path, "unsendable"))
    with pytest.raises(RuntimeError, match="Unsendable: one and two") as caught:
        dispatched(executor, trouble_jobs(1, 0))
    assert "in complain" in str(caught.value.__cause__)
