"""Any executor gives what training in this process gives, to the last digit, also when it goes on."""

import copy

import pytest
from fake_executors import Wrapped
from laws import assert_all_same
from workers import (
    Dropping,
    Patient,
    Ranking,
    dispatched,
    drift_jobs,
    drift_source,
    processes_of,
    task_of,
    toy_jobs,
    toy_source,
)

from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import Begun, Done, Lost, Raised, SizeTask, Update
from jrtune.train.executors.inline import Inline
from jrtune.train.executors.saved import Saved

EXECUTORS = {
    "inline": lambda source: Inline(source.load("cpu")),
    "processes": processes_of,
}
"""Name -> function that makes the executor of a source; one that is added here is held to all laws below."""


@pytest.fixture
def source(tmp_path):
    return toy_source(tmp_path)


@pytest.fixture(params=EXECUTORS)
def executor(request, source):
    return EXECUTORS[request.param](source)


def expected_of(source, jobs, size, pruner):
    groups = CohortTrainer(source.load("cpu"), size).train(jobs, pruner=pruner)
    outcomes = dict(pair for group in groups for pair in group)
    return [outcomes[index] for index in range(len(jobs))]


@pytest.mark.parametrize(("size", "pruner"), [(3, None), (3, Dropping()), (1, Ranking())])
def test_it_gives_what_training_in_this_process_gives(executor, source, size, pruner):
    jobs, again = toy_jobs(6), copy.deepcopy(pruner)
    outcomes, logged = dispatched(executor, jobs, size, pruner)
    assert_all_same(outcomes, expected_of(source, jobs, size, again))
    assert logged == []
    assert any(outcome.status is TrialStatus.PRUNED for outcome in outcomes) == (pruner is not None)


def reports_of(executor, *tasks):
    """Reports on tasks until each has ended."""
    numbers, found = [executor.start(task) for task in tasks], []
    while sum(isinstance(report, Done | Raised) for report in found) < len(tasks):
        if report := executor.wait(1.0):
            found.append(report)
    return numbers, found


def test_each_task_begins_goes_on_and_is_done_and_says_how_many_are_trained_together(executor):
    jobs = toy_jobs(4)
    with executor:
        numbers, reports = reports_of(executor, task_of(jobs, 4), SizeTask(jobs[0]))
        assert executor.wait(0.0) is None
    assert len(set(numbers)) == 2
    for number in numbers:
        own = [report for report in reports if report.task == number]
        assert own[0] == Begun(number)
        assert isinstance(own[-1], Done)
        assert own[-1].size >= 1
    outcomes = [dict(r.outcomes) for r in reports if isinstance(r, Update) and r.outcomes]
    assert [sorted(outcome) for outcome in outcomes] == [[0, 1, 2, 3]]
    assert next(r for r in reports if isinstance(r, Done) and r.task == numbers[0]).size == 4


def test_what_has_ended_is_not_reported_on(executor):
    jobs = toy_jobs(2)
    with executor:
        first, second, third = (executor.start(task_of(jobs)) for _ in range(3))
        executor.end(second)
        assert executor.wait(60.0) == Begun(first)
        executor.end(first)
        seen = []
        while not (seen and isinstance(seen[-1], Done)):
            if report := executor.wait(1.0):
                seen.append(report)
    assert {report.task for report in seen} == {third}


@pytest.mark.parametrize(("size", "pruner"), [(6, Dropping), (1, Ranking)])
def test_a_cohort_goes_on_where_it_was_saved_to_the_same_outcomes(executor, source, size, pruner):
    """Cleared and submitted again, as after a kill: half way, with some of its members done."""
    jobs, saved, found = toy_jobs(6), Saved(None), {}
    with Dispatcher(executor, saved) as dispatcher:
        dispatcher.submit("one", jobs, size, pruner=pruner())
        while not found:
            found |= {one.index: one.outcome for one in dispatcher.wait()}
        dispatcher.clear()
        assert len(found) < 6
        curves = {index: outcome.curve for index, outcome in found.items()}
        assert saved.load("one")
        dispatcher.submit("one", jobs, size, list(found), pruner(), curves)
        while len(found) < 6:
            new = {one.index: one.outcome for one in dispatcher.wait()}
            assert not set(new) & set(found)
            found |= new
        while dispatcher.parts:
            dispatcher.wait()
    assert saved.load("one") is None
    assert_all_same([found[index] for index in range(6)], expected_of(source, jobs, size, pruner()))


class Robbed(Wrapped):
    """Loses its worker once, right after that has told of a training that ended."""

    def __init__(self, executor):
        super().__init__(executor)
        self.lost, self.told = None, False

    def wait(self, seconds):
        lost, self.lost = self.lost, None
        report = lost or self.executor.wait(seconds)
        if isinstance(report, Update) and report.outcomes and not self.told:
            self.told = True
            self.executor.end(report.task)
            self.lost = Lost(report.task, "signal 9 (SIGKILL)", outside=True)
        return report


@pytest.mark.parametrize("name", EXECUTORS)
def test_who_diverged_after_the_checkpoint_is_trained_again_beside_the_others(name, tmp_path):
    """Last digits depend on who is in a program, and a diverged member is until it diverges."""
    source, jobs = drift_source(tmp_path), drift_jobs(4, job_1=0.02)
    outcomes, logged = dispatched(Robbed(EXECUTORS[name](source)), jobs, 4, Patient(1, 4))
    assert [outcome.status is TrialStatus.DIVERGED for outcome in outcomes] == [False, True, False, False]
    assert "loss in epoch 3" in outcomes[1].message  # it was saved at the end of the first
    assert logged == ["a worker was lost (signal 9 (SIGKILL)): another goes on with its 3 candidates"]
    assert_all_same(outcomes, expected_of(source, jobs, 4, Patient(1, 4)))


def test_an_error_of_the_study_is_reported_and_the_worker_goes_on(executor):
    with executor:
        _, reports = reports_of(executor, task_of(toy_jobs(2, width=-1), 1), task_of(toy_jobs(2), 1))
    errors = [report.error for report in reports if isinstance(report, Raised)]
    assert [type(error) for error in errors] == [RuntimeError]
    assert "negative dimension" in str(errors[0])
    assert isinstance(reports[-1], Done)
