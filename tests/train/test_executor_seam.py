"""Any executor gives what threads give: one after another, in another process, from a checkpoint."""

from __future__ import annotations

import dataclasses
import multiprocessing
import pickle
from collections import deque
from functools import partial

import pytest
import torch
import zoo
from laws import assert_all_same, cohort_of, group_of, job_of, problem_of, trainer_of, whole
from toy import write_toy

from jrtune.conditioned.stacked import Conditioning
from jrtune.spec import Candidate, Job, TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.executors.executor import Failed, Finished, Standing
from jrtune.train.executors.planning import CohortSpec
from jrtune.train.executors.source import StudySource
from jrtune.train.executors.threads import Threads
from jrtune.train.executors.worker import Worker
from jrtune.train.stacked.cohort import Cohort


class Serial(Worker):
    """The smallest executor: one cohort after another, when its report is waited for."""

    workers = 1

    def __enter__(self):
        self.queue = deque()
        return self

    def __exit__(self, *_):
        self.entries.clear()

    def advance(self, cohort, until):
        self.queue.append((cohort, until))

    def finish(self, cohort):
        self.queue.append((cohort, None))

    def wait(self):
        return self.run(*self.queue.popleft())


EXECUTORS = (Serial,)
"""Classes that are made of a problem; one that is added here is held to give what threads give."""


def serve(connection):
    """The other end of :class:`Child`: loads the problem, then does what comes, until nothing does."""
    torch.set_num_threads(1)
    executor = Serial(pickle.loads(connection.recv_bytes()).load())
    with executor:
        while call := pickle.loads(connection.recv_bytes()):
            name, arguments = call
            connection.send_bytes(pickle.dumps(getattr(executor, name)(*arguments)))


class Child:
    """An executor whose cohorts live in a child process, to which nothing but bytes goes."""

    workers = 1

    def __init__(self, source):
        self.source = source

    def __enter__(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other,), daemon=True)
        self.process.start()
        self.send(self.source)
        return self

    def __exit__(self, *_):
        self.send(None)
        self.process.join(10)

    def send(self, data):
        self.connection.send_bytes(pickle.dumps(data))

    def ask(self, name, *arguments):
        self.send((name, arguments))
        return pickle.loads(self.connection.recv_bytes())

    def __getattr__(self, name):
        if name not in ("start", "advance", "drop", "finish", "checkpoint", "wait"):
            raise AttributeError(name)
        return partial(self.ask, name)


class Dropping:
    """Drops the first half of those that it is shown, at its rungs."""

    rungs = (1, 2)

    def pruned(self, epoch, values):
        return list(values)[: len(values) // 2]


def outcomes_of(trainer, jobs, pruner=None):
    """Outcomes in the order of the jobs."""
    pairs = sorted(pair for group in trainer.train(jobs, pruner=pruner) for pair in group)
    return [outcome for _, outcome in pairs]


def zoo_jobs(count, **more):
    return [
        job_of((k + 1) / (count + 1), seed=k, lr=1e-3, keep=True, test=True, **more) for k in range(count)
    ]


@pytest.fixture
def toy(tmp_path):
    """(Source of a problem, its problem in this process, jobs)."""
    source = StudySource(write_toy(tmp_path), {"samples": 60}, "toy", 4, "cpu")
    candidates = [Candidate({"y": k / 8, "z": 1 - k / 8}, {"lr": 0.01}) for k in range(1, 7)]
    jobs = [Job(one, seed=k, order_seed=3, test=True, save_model=True) for k, one in enumerate(candidates)]
    return source, source.load(), jobs


# --- executors ---------------------------------------------------------------------------------


@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("pruner", [None, Dropping()])
def test_an_executor_gives_what_threads_give(executor, pruner):
    problem, jobs = problem_of(zoo.zoo_study("dropout", epochs=4), torch.float32), zoo_jobs(8)
    one = CohortTrainer(problem, 4, executor=executor(problem))
    other = trainer_of(problem, 4, workers=1)
    assert_all_same(outcomes_of(one, jobs, pruner), outcomes_of(other, jobs, pruner))


@pytest.mark.parametrize("pruner", [None, Dropping()])
def test_a_child_process_gives_what_threads_give(toy, pruner):
    source, problem, jobs = toy
    logged = []
    child = CohortTrainer(problem, 3, logged.append, Child(source))
    outcomes = outcomes_of(child, jobs, pruner)
    assert_all_same(outcomes, outcomes_of(trainer_of(problem, 3, workers=1), jobs, pruner))
    assert logged == []
    assert [outcome.status for outcome in outcomes].count(TrialStatus.PRUNED) == (4 if pruner else 0)


def test_a_cohort_goes_through_the_seam_into_a_child_and_back(toy):
    source, problem, jobs = toy
    spec = CohortSpec(tuple(range(6)), tuple(jobs), group_of(problem, jobs), Cohort)
    with Threads(problem) as threads, Child(source) as child:
        reports = [list(steps(executor, spec)) for executor in (threads, child)]
    for one, other in zip(*reports, strict=True):
        if isinstance(one, Standing):
            assert one == other
        else:
            assert_all_same(one.results, other.results)
    standing, _, finished = reports[1]
    assert (standing.epoch, list(standing.values)) == (2, [*range(6)])
    assert [r.status is TrialStatus.PRUNED for r in finished.results] == [k in (0, 4) for k in range(6)]


def steps(executor, spec):
    """Reports of a cohort that is advanced, cut and finished."""
    cohort = executor.start(spec)
    executor.advance(cohort, 2)
    yield executor.wait()
    executor.drop(cohort, [0, 4])
    executor.advance(cohort, 3)
    yield executor.wait()
    executor.finish(cohort)
    yield executor.wait()


def test_a_cohort_that_stands_in_one_process_goes_on_in_another(toy):
    source, problem, jobs = toy
    spec = CohortSpec(tuple(range(6)), tuple(jobs), group_of(problem, jobs), Cohort)
    with Threads(problem) as threads:
        *_, uncut = steps(threads, spec)
    with Child(source) as child:
        cohort = child.start(spec)
        child.advance(cohort, 2)
        child.wait()
        child.drop(cohort, [0, 4])
        checkpoint = child.checkpoint(cohort)
    with Threads(problem) as threads:
        cohort = threads.start(spec, checkpoint)
        threads.finish(cohort)
        assert_all_same(threads.wait().results, uncut.results)


def lacking(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB")


def mistaken(*_):
    raise KeyError("a mistake")


def test_what_fails_is_reported_and_forgotten(toy):
    _, problem, jobs = toy
    worker = Worker(problem)
    for kind, expected in ((lacking, type(None)), (mistaken, KeyError)):
        cohort = worker.start(CohortSpec((0, 1), tuple(jobs[:2]), group_of(problem, jobs[:2]), kind))
        report = worker.run(cohort, 1)
        assert isinstance(report, Failed)
        assert isinstance(report.error, expected)
        assert not worker.entries


# --- checkpoints -------------------------------------------------------------------------------

CHANGES = {
    "dropout": {},
    "batch norm": {},
    "running mean": {"optimizer": "sgd", "momentum": 0.9},
    "mlp": {"balancing": "dwa"},
    "conv": {"balancing": "uncertainty"},
}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("limits", [{}, {"a": 0.9}])
def test_a_cohort_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(name, limits):
    study = dataclasses.replace(zoo.zoo_study(name, epochs=5), constraints=limits)
    problem, jobs = problem_of(study, torch.float32), zoo_jobs(4, **CHANGES[name])
    stopped, other = (cohort_of(problem, jobs, {}) for _ in range(2))
    stopped.advance(2)
    stopped.drop([1])
    checkpoint = pickle.loads(pickle.dumps(stopped.checkpoint()))
    expected = whole(stopped)
    other.restore(checkpoint)
    assert other.epoch == 2
    assert_all_same(whole(other), expected)


def test_a_conditioned_network_goes_on_from_a_checkpoint():
    problem, jobs = problem_of(zoo.zoo_study("dropout", epochs=4)), zoo_jobs(3)
    kind = partial(Conditioning, weightings=torch.tensor([[1.0, 0.0], [0.5, 0.5]]).double(), warm=4)
    spec = CohortSpec((0, 1, 2), tuple(jobs), group_of(problem, jobs), pickle.loads(pickle.dumps(kind)))
    with Serial(problem) as executor:
        cohort = executor.start(spec)
        executor.advance(cohort, 2)
        executor.wait()
        executor.drop(cohort, [1])
        again = executor.start(spec, executor.checkpoint(cohort))
        for number in (cohort, again):
            executor.finish(number)
        one, other = executor.wait(), executor.wait()
    assert isinstance(one, Finished)
    for mine, theirs in zip(one.results, other.results, strict=True):
        assert mine.fronts == theirs.fronts
        assert all(
            torch.equal(endpoints, theirs.endpoints[epoch]) for epoch, endpoints in mine.endpoints.items()
        )
