"""Actors of a real cluster of two nodes: they give what this process gives, and losses are told as such."""

from __future__ import annotations

import dataclasses
import signal
import time

import pytest
import torch
from clusters import add_node, cluster_of, kill_node, ray
from ray.exceptions import OutOfMemoryError, RayError
from toy import SOURCE

import jrtune
from jrtune.errors import InputError, StudyError
from jrtune.spec import Candidate, Job
from jrtune.train.executors.cluster.actors import Actors, Share
from jrtune.train.executors.cluster.connection import Capacity, connect
from jrtune.train.executors.cluster.loss import loss_of
from jrtune.train.executors.cluster.parcel import Parcel, opened, packed
from jrtune.train.executors.executor import Begun, CohortTask, Done, Lost, Raised, TaskId, Update
from jrtune.train.executors.inline import Inline
from jrtune.train.executors.source import StudySource
from jrtune.train.loop.problem import Split

SECONDS = 180.0
HOOK = """
    order = os.path.join(os.path.dirname(__file__), "order")
    if os.path.exists(order):
        exec(open(order).read())
"""


@pytest.fixture(scope="module")
def cluster():
    with cluster_of(2) as (cluster, _):
        connect(cluster.address, Capacity(0, 0))
        yield cluster
        ray.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The toy study, whose loss obeys what stands in the file "order" beside it."""
    folder = tmp_path_factory.mktemp("study")
    text = SOURCE.replace("BOUND", "").replace("LR", "0.3")
    (folder / "toy.py").write_text(
        text.replace("def bad(outputs, batch):", f"def bad(outputs, batch):{HOOK}")
    )
    return folder


@pytest.fixture
def order(folder):
    """Gives workers an order, until the test ends."""
    path = folder / "order"
    yield path.write_text
    path.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def source(folder):
    return StudySource(folder / "toy.py", {}, "toy", 6)


def problem_of(source):
    return source.load("cpu")


@pytest.fixture(scope="module")
def actors(cluster, source):
    """An executor for all tests: actors take seconds to start."""
    with Actors(source, problem_of(source).splits, 2, Share(1, 0.0)) as actors:
        yield actors


def task_of(members=4):
    choices = {"kind": "relu", "width": 2, "lr": 0.01}
    jobs = [
        Job(Candidate({"y": a / 10, "z": 1 - a / 10}, choices), seed=a, order_seed=7, save_model=True)
        for a in range(1, members + 1)
    ]
    return CohortTask(tuple(jobs), frozenset(range(members)), members)


def reports_of(executor, *tasks):
    """All reports on the tasks, until each has ended."""
    left, reports, until = set(tasks), [], time.monotonic() + SECONDS
    while left:
        assert time.monotonic() < until, f"no end of {left}: {reports}"
        report = executor.wait(1.0)
        if report is not None and report.task in tasks:
            reports.append(report)
            if isinstance(report, Done | Raised | Lost):
                left.discard(report.task)
    return reports


def outcomes_of(reports):
    found = [pair for r in reports if isinstance(r, Update) for pair in r.outcomes.items()]
    return {index: dataclasses.replace(outcome, seconds=0) for index, outcome in found}


# --- results -------------------------------------------------------------------------------------


def test_actors_give_what_this_process_gives(actors, source):
    tasks = [task_of(4), task_of(3), task_of(1)]
    with Inline(problem_of(source)) as inline:
        expected = [outcomes_of(reports_of(inline, inline.start(task))) for task in tasks]
    numbers = [actors.start(task) for task in tasks]
    reports = reports_of(actors, *numbers)
    for number, outcomes in zip(numbers, expected, strict=True):
        own = [report for report in reports if report.task == number]
        assert isinstance(own[0], Begun)
        assert isinstance(own[-1], Done)
        assert outcomes_of(own) == outcomes


def test_signs_of_life_come_while_a_training_goes_on(actors, order):
    order("import time; time.sleep(0.15)")
    number = actors.start(task_of(1))
    began = ended = 0.0
    beats = 0
    while not ended:
        report = actors.wait(1.0)
        if isinstance(report, Begun):
            began = time.monotonic()
        if isinstance(report, Update) and not report.outcomes:
            beats += 1
        if isinstance(report, Done):
            ended = time.monotonic()
    assert report.task == number
    assert beats >= 4
    assert ended - began > 0.8


def test_no_report_within_the_seconds_is_none(actors):
    before = time.monotonic()
    assert actors.wait(0.3) is None
    assert time.monotonic() - before < 2


# --- ends ----------------------------------------------------------------------------------------


def test_an_error_of_the_study_comes_with_its_traceback(actors, order):
    order("raise KeyError('a mistake')")
    *_, last = reports_of(actors, actors.start(task_of(1)))
    assert isinstance(last, Raised)
    assert isinstance(last.error, KeyError)
    assert "in bad" in last.trace


@pytest.mark.parametrize(
    ("words", "cause", "outside"),
    [
        ("raise SystemExit(4)", "SystemExit: 4", False),
        ("os._exit(3)", "its process died", True),
        ("import ctypes; ctypes.string_at(0)", "its process died", True),
    ],
)
def test_a_crash_is_a_loss_and_another_takes_the_place(actors, order, folder, words, cause, outside):
    order(words)
    *_, last = reports_of(actors, actors.start(task_of(1)))
    assert last == Lost(last.task, cause, outside)
    (folder / "order").unlink()
    numbers = [actors.start(task_of(1)) for _ in range(3)]
    assert sum(isinstance(report, Done) for report in reports_of(actors, *numbers)) == 3


def test_a_task_that_is_ended_gives_no_report(actors, order, folder):
    order("import time; time.sleep(1000)")
    hung = actors.start(task_of(1))
    while not isinstance(actors.wait(1.0), Begun):
        pass
    actors.end(hung)
    (folder / "order").unlink()
    queued = actors.start(task_of(1))
    reports = reports_of(actors, queued)
    actors.end(queued)
    assert {report.task for report in reports} == {queued}


# --- nodes come and go -----------------------------------------------------------------------------


def test_nodes_that_leave_and_join(cluster, actors, source, order, folder):
    third = add_node(cluster)
    with Actors(source, problem_of(source).splits, 2, Share(1, 0.0)) as more:  # one finds a place, one waits
        order("import time; time.sleep(0.5)")
        first, second = more.start(task_of(1)), more.start(task_of(1))
        while not isinstance(more.wait(1.0), Begun):
            pass
        kill_node(cluster, third)
        lost = reports_of(more, first)[-1]
        assert isinstance(lost, Lost)
        assert lost.outside
        assert lost.cause in ("its node is gone", "it cannot be reached")  # as Ray knows by then
        (folder / "order").unlink()
        fourth = add_node(cluster)
        assert isinstance(reports_of(more, second)[-1], Done)
    cluster.remove_node(fourth)
    assert isinstance(reports_of(actors, actors.start(task_of(1)))[-1], Done)


def test_a_cluster_without_room_is_told(cluster, source, monkeypatch):
    monkeypatch.setattr("jrtune.train.executors.cluster.actors.PATIENCE", 0.5)
    lines = []
    with Actors(source, {}, 2, Share(64, 0.0), lines.append) as actors:
        number = actors.start(task_of(1))
        assert actors.wait(1.5) is None
        assert actors.wait(0.5) is None
        actors.end(number)
    assert lines == ["no node of the cluster has room for a worker (64 CPUs and 0 GPUs) yet: waiting"]


# --- parts ---------------------------------------------------------------------------------------


def test_data_are_packed_and_opened_without_a_copy():
    tensors = {
        "x": torch.randn(5, 3),
        "y": torch.arange(5),
        "m": torch.tensor([True, False] * 2 + [True]),
        "h": torch.randn(5, 2).bfloat16(),
        "e": torch.empty(5, 0),
    }
    arrays = packed({"train": Split(tensors, torch.device("cpu"), True)})
    back = opened(arrays)["train"]
    assert list(back) == list(tensors)
    for name, tensor in tensors.items():
        assert back[name].dtype == tensor.dtype
        assert torch.equal(back[name], tensor)
        assert back[name].data_ptr() == tensor.data_ptr()


def test_a_node_without_the_file_writes_a_copy(source):
    parcel = dataclasses.replace(
        Parcel.of(source), source=dataclasses.replace(source, path=source.path.with_name("absent.py"))
    )
    arrays = packed(problem_of(source).splits)
    problem = parcel.load("cpu", arrays)
    assert problem.study.epochs == 6
    assert problem.splits["train"].tensors.keys() == {"x", "y", "z"}


def test_another_jrtune_is_refused(source):
    parcel = dataclasses.replace(Parcel.of(source), version="0.0.0")
    with pytest.raises(StudyError, match=f"expected jrtune 0.0.0 on every node, got {jrtune.__version__}"):
        parcel.load("cpu", {})


def test_a_study_that_cannot_be_loaded_is_raised_here(cluster, source, tmp_path):
    (tmp_path / "broken.py").write_text("import absent_sibling\n")
    broken = dataclasses.replace(source, path=tmp_path / "broken.py")
    with Actors(broken, {}, 1, Share(0, 0.0)) as executor, pytest.raises(StudyError, match="absent_sibling"):
        reports_of(executor, executor.start(task_of(1)))


DIED = "The actor died unexpectedly before finishing this task.\n\tpid: 7\nThe actor "


@pytest.mark.parametrize(
    ("text", "cause", "outside", "memory"),
    [
        (
            DIED + "is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit "
            "detail: Worker exits unexpectedly. Worker exits with an exit code 4.",
            "exit status 4",
            False,
            False,
        ),
        (
            DIED + "is dead because its worker process has died. Worker exit type: SYSTEM_ERROR Worker exit "
            "detail: Worker unexpectedly exits with a connection error code 2. End of file. Common causes "
            "include: (1) it was killed by the OOM killer due to high memory usage ... consider "
            "enabling resource isolation to prevent node deaths by resource contention",
            "its process died",
            True,
            False,
        ),
        (
            DIED + "is dead because it was killed by `ray.kill`.",
            "is dead because it was killed by",
            True,
            False,
        ),
    ],
)
def test_losses_say_as_much_as_ray_knows(text, cause, outside, memory):
    loss = loss_of(TaskId(3), RayError(text))
    assert (loss.task, loss.outside, loss.memory) == (3, outside, memory)
    assert cause in loss.cause
    assert len(loss.cause) <= 200


def test_memory_that_ran_out_is_told():
    loss = loss_of(
        TaskId(3), OutOfMemoryError("1 worker(s) were killed due to the node running low on memory.")
    )
    assert loss == Lost(TaskId(3), "memory ran out on its node", outside=False, memory=True)


@pytest.mark.parametrize(
    ("workers", "threads", "gpus", "share"),
    [(8, 1, 8, 1.0), (4, 1, 8, 1.0), (3, 1, 2, 0.5), (3, 1, 1, 0.3333), (5, 2, 0, 0.0)],
)
def test_gpus_are_shared_so_that_all_find_a_place(workers, threads, gpus, share):
    assert Share.of(workers, threads, gpus) == Share(threads, share)


def test_ray_leaves_the_signals_of_this_process(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 5.0})
    monkeypatch.setattr(ray, "init", lambda *_, **__: signal.signal(signal.SIGTERM, lambda *_: None))
    assert connect(None, Capacity(1, 0)) == Capacity(5, 0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_cluster_that_is_not_there_is_the_user_s_matter(monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", lambda *_, **__: (_ for _ in ()).throw(ConnectionError("no\n cluster")))
    with pytest.raises(InputError, match=r"got 'auto' \(no cluster\): run ray start"):
        connect("auto", Capacity(1, 0))
