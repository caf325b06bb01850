"""Who is dropped at a rung ends there, unnoticed by the others, and the same whichever thread is faster."""

import dataclasses
import itertools
import math
import threading
import time
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
import torch
import zoo
from laws import assert_all_same, assert_close, job_of, problem_of, run, trainer_of
from torch import nn

from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer, PlainTrainer
from jrtune.train.executors import trainer as cohorts
from jrtune.train.stacked import program, step
from jrtune.train.stacked.cohort import Cohort

EPOCHS = 6


class Fixed:
    """Drops the jobs it was told to; notes what it was shown."""

    def __init__(self, dropped, rungs=None):
        self.dropped, self.rungs, self.shown = dropped, rungs or sorted(dropped), []

    def pruned(self, epoch, values):
        self.shown.append((epoch, {index: dict(row) for index, row in values.items()}))
        return self.dropped.get(epoch, ())


class Worse:
    """Drops the half of greater error, of all that were shown at the rung so far."""

    def __init__(self, rungs):
        self.rungs, self.seen, self.calls = rungs, {rung: {} for rung in rungs}, []

    def pruned(self, epoch, values):
        self.calls.append((epoch, list(values)))
        seen = self.seen[epoch]
        seen |= {index: row["distance"] for index, row in values.items()}
        return sorted(seen, key=seen.get)[len(seen) // 2 :]


def study_of(name="mlp", epochs=EPOCHS, **changes):
    return dataclasses.replace(zoo.zoo_study(name, epochs=epochs), **changes)


def jobs_of(count, **more):
    return [job_of((k + 1) / (count + 1), seed=20 + k, lr=1e-3, **more) for k in range(count)]


def outcomes_of(trainer, jobs, pruner=None, done=()):
    """Outcomes in the order of the jobs; each job once, and with a pruner all in one group."""
    groups = list(trainer.train(jobs, done, pruner))
    pairs = sorted((pair for group in groups for pair in group), key=lambda pair: pair[0])
    assert [index for index, _ in pairs] == sorted(set(range(len(jobs))) - set(done))
    assert pruner is None or len(groups) == 1
    return [outcome for _, outcome in pairs]


# --- who is dropped --------------------------------------------------------------------------

DROPPED = {2: (0, 4), 3: (1,), 5: (5, 6)}
RUNG_OF = {index: rung for rung, dropped in DROPPED.items() for index in dropped}
STACKED, ALONE = 4, 1
"""Two cohorts of four; or each job as a part of its own, which is trained alone."""


@pytest.mark.parametrize(
    ("name", "size"), [("mlp", ALONE), ("mlp", STACKED), ("dropout", STACKED), ("running mean", STACKED)]
)
def test_stacked_and_plain_drop_the_same_and_leave_the_others_alone(name, size, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    problem, jobs = problem_of(study_of(name)), jobs_of(8, keep=True, test=True)
    stacked = outcomes_of(trainer_of(problem, size), jobs, Fixed(DROPPED))
    plain = outcomes_of(PlainTrainer(problem), jobs, Fixed(DROPPED))
    for index, (one, other) in enumerate(zip(stacked, plain, strict=True)):
        assert_close(one, other)
        assert one.message == other.message
        assert one.status is (TrialStatus.PRUNED if index in RUNG_OF else TrialStatus.COMPLETE)
    left = [index for index in range(8) if index not in RUNG_OF]
    for index, unjudged in zip(left, run(problem, *(jobs[index] for index in left)), strict=True):
        assert_close(stacked[index], unjudged)


def test_what_comes_of_a_pruned_one():
    problem, jobs = problem_of(study_of()), jobs_of(4, keep=True, test=True)
    outcomes = outcomes_of(trainer_of(problem, 4), jobs, Fixed({2: (1,)}))
    [whole] = run(problem, jobs[1])
    pruned = outcomes[1]
    assert pruned.message == "dropped at rung 2"
    assert [row.epoch for row in pruned.curve] == [0, 1, 2]
    expected = dataclasses.replace(
        whole, status=TrialStatus.PRUNED, epoch=0, curve=whole.curve[:3], model=None
    )
    assert_close(pruned, dataclasses.replace(expected, values={}, losses={}, test={}))
    assert 0 < pruned.seconds < outcomes[0].seconds


@pytest.mark.parametrize("trainer", [lambda p: trainer_of(p, 4), PlainTrainer])
def test_a_judge_that_drops_nobody_changes_nothing(trainer):
    problem, jobs = problem_of(study_of(), torch.float32), jobs_of(8)
    pruned_by = outcomes_of(trainer(problem), jobs, Fixed({}, [1, 3]))
    assert_all_same(pruned_by, outcomes_of(trainer(problem), jobs))


def test_all_may_be_dropped():
    problem, jobs = problem_of(study_of()), jobs_of(7)
    outcomes = outcomes_of(trainer_of(problem, 4), jobs, Fixed({1: range(4), 4: range(7)}))
    assert [len(outcome.curve) - 1 for outcome in outcomes] == [1, 1, 1, 1, 4, 4, 4]


# --- what the pruner is shown -----------------------------------------------------------------


def test_the_judge_sees_all_cohorts_at_once_at_their_own_epoch():
    problem, jobs = (
        problem_of(study_of(model=sized)),
        [
            *jobs_of(4, width=4),
            *jobs_of(3, width=5),
            *jobs_of(3, width=6),
        ],
    )
    pruner = Fixed({2: (3, 8), 4: (0,)})
    outcomes = outcomes_of(trainer_of(problem, 2), jobs, pruner)
    stacked = [(2, [*range(10)]), (4, [0, 1, 2, 4, 5, 6, 7, 9])]
    alone = [(2, [6]), (4, [6]), (2, [9]), (4, [9])]  # the odd ones of three
    shown = [(epoch, list(values)) for epoch, values in pruner.shown]
    assert shown[2:] == alone
    assert shown[:2] == [(e, [i for i in indices if i not in (6, 9)]) for e, indices in stacked]
    for epoch, values in pruner.shown:
        for index, row in values.items():
            assert row == outcomes[index].curve[epoch].objectives


def sized(width: int = 4):
    """A network of some width."""
    return zoo.TwoHeads("x", nn.Sequential(nn.Linear(6, width), nn.ReLU()), width)


@pytest.mark.parametrize("size", [STACKED, ALONE])
def test_of_figures_that_are_not_finite_nothing_is_said_and_training_goes_on(size):
    def sometimes(outputs, batch):
        return torch.where(outputs["a"][:, 0].mean() > 0, math.inf, 1.0)

    study = study_of()
    error = dataclasses.replace(study.objectives["error"], measure=sometimes)
    problem = problem_of(dataclasses.replace(study, objectives={**study.objectives, "error": error}))
    pruner, jobs = Fixed({2: range(8)}), jobs_of(8)
    outcomes = outcomes_of(trainer_of(problem, size), jobs, pruner)
    shown = {index for _, values in pruner.shown for index in values}
    assert 0 < len(shown) < 8
    for index, outcome in enumerate(outcomes):
        assert (outcome.status is TrialStatus.PRUNED) == (index in shown)


def test_who_diverges_is_not_shown_after_it():
    jobs = jobs_of(6)
    jobs[2] = job_of(0.5, seed=2, lr=1e200, clip=0.0)
    pruner = Fixed({}, [1, 2])
    outcomes = outcomes_of(trainer_of(problem_of(study_of()), 3), jobs, pruner)
    assert outcomes[2].status is TrialStatus.DIVERGED
    assert [list(values) for _, values in pruner.shown] == [[0, 1, 3, 4, 5]] * 2


def test_what_is_done_is_neither_trained_nor_shown():
    pruner = Fixed({2: (0, 1)})
    outcomes = outcomes_of(trainer_of(problem_of(study_of()), 4), jobs_of(8), pruner, done={0, 3, 7})
    assert [list(values) for _, values in pruner.shown] == [[1, 2, 4, 5, 6]]
    assert outcomes[0].status is TrialStatus.PRUNED


def test_waiting_at_a_rung_is_nobodys_training(monkeypatch):
    class Pondering(Fixed):
        def pruned(self, epoch, values):
            clock.late += 10_000
            return super().pruned(epoch, values)

    clock = SimpleNamespace(late=0, perf_counter=lambda: time.perf_counter() + clock.late)
    monkeypatch.setattr("jrtune.train.stacked.cohort.time", clock)
    outcomes = outcomes_of(trainer_of(problem_of(study_of()), 2), jobs_of(4), Pondering({2: (0,)}, [2, 4]))
    assert all(0 < outcome.seconds < 1_000 for outcome in outcomes)


# --- the same whichever thread is faster -----------------------------------------------------


class Delayed(Cohort):
    """A cohort that is now fast and now slow."""

    delays = itertools.cycle((0.0, 0.03, 0.01))

    def advance(self, until):
        time.sleep(next(self.delays))
        super().advance(until)


def test_two_runs_are_the_same_to_the_last_digit(monkeypatch):
    problem = problem_of(study_of(model=sized, epochs=5), torch.float32)
    jobs = [*jobs_of(6, width=4), *jobs_of(3, width=5)]
    pruner = Worse([1, 3])
    first = outcomes_of(trainer_of(problem, 3), jobs, pruner)
    monkeypatch.setattr(cohorts, "Cohort", Delayed)
    for _ in range(2):
        again = Worse([1, 3])
        assert_all_same(outcomes_of(trainer_of(problem, 3), jobs, again), first)
        assert again.calls == pruner.calls
    assert {len(outcome.curve) for outcome in first} == {2, 4, 6}


class Inline:
    """Threads so fast that what is queued has ended before the next line runs."""

    def __init__(self, workers, initializer):
        pass

    def submit(self, function, *args):
        future = Future()
        try:
            future.set_result(function(*args))
        except BaseException as error:
            future.set_exception(error)
        return future

    def shutdown(self, cancel_futures):
        pass


def test_a_cohort_that_is_at_the_next_rung_at_once_is_not_queued_twice(monkeypatch):
    """A busy machine keeps the thread that judges waiting, while others train on."""
    problem, jobs = problem_of(study_of(epochs=5), torch.float32), jobs_of(6)
    pruner, again = Worse([1, 3]), Worse([1, 3])
    expected = outcomes_of(trainer_of(problem, 3), jobs, pruner)
    monkeypatch.setattr("jrtune.train.executors.threads.ThreadPoolExecutor", Inline)
    assert_all_same(outcomes_of(trainer_of(problem, 3), jobs, again), expected)
    assert again.calls == pruner.calls


# --- what goes wrong -------------------------------------------------------------------------


class Refusing(Cohort):
    """A cohort that cannot go on beyond the first rung."""

    def advance(self, until):
        super().advance(until)
        if self.epoch > 2:
            raise RuntimeError("its loss terms reach other parameters")


def test_what_is_refused_half_way_is_trained_alone_and_judged_again(monkeypatch):
    monkeypatch.setattr(cohorts, "Cohort", Refusing)
    pruner, logged, jobs = Fixed({2: (1,), 4: (2,)}), [], jobs_of(4)
    outcomes = outcomes_of(trainer_of(problem_of(study_of()), 2, logged.append), jobs, pruner)
    assert [len(outcome.curve) - 1 for outcome in outcomes] == [EPOCHS, 2, 4, EPOCHS]
    assert len(logged) == 1
    assert [(epoch, list(values)) for epoch, values in pruner.shown] == [
        (2, [0, 1, 2, 3]),
        *[(rung, [0]) for rung in (2, 4)],
        (2, [1]),
        *[(rung, [index]) for index in (2, 3) for rung in (2, 4)],
    ]


class Crowded(Cohort):
    """Runs out of memory beyond the first rung where there are more than two."""

    def advance(self, until):
        super().advance(until)
        if self.epoch > 2 and len(self.jobs) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB")


def test_halves_begin_anew_and_come_to_the_same_rungs(monkeypatch):
    problem, jobs = problem_of(study_of(epochs=5)), jobs_of(7)
    plain = outcomes_of(PlainTrainer(problem), jobs, Fixed({2: (1,), 4: (2, 6)}))
    monkeypatch.setattr(cohorts, "Cohort", Crowded)
    pruner = Fixed({2: (1,), 4: (2, 6)})
    for one, other in zip(outcomes_of(trainer_of(problem, 4), jobs, pruner), plain, strict=True):
        assert_close(one, other)
    assert [epoch for epoch, _ in pruner.shown[:3]] == [2, 2, 4]


class Short(Cohort):
    """The first jobs' cohort runs out of memory between the rungs, with some of it dropped already."""

    def _measure(self, epoch, means):
        if epoch == 2 and self.jobs[0].seed == 20 and len(self.jobs) == 4:
            assert len(self.live) < 4
            raise MemoryError
        super()._measure(epoch, means)


def test_memory_that_runs_out_between_rungs_changes_nobodys_outcome(monkeypatch):
    mixed = jobs_of(8)
    problem, jobs, logged = problem_of(study_of(epochs=5)), [*mixed[::2], *mixed[1::2]], []
    undisturbed = outcomes_of(trainer_of(problem, 4), jobs, Worse([1, 3]))
    monkeypatch.setattr(cohorts, "Cohort", Short)
    pruner = Worse([1, 3])
    outcomes = outcomes_of(trainer_of(problem, 4, logged.append), jobs, pruner)
    assert logged == ["memory ran out with 4 together: going on with 2"]
    for one, other in zip(outcomes, undisturbed, strict=True):
        assert_close(one, other)
    assert [(epoch, len(values)) for epoch, values in pruner.calls] == [(1, 8), (1, 4), (3, 4)]


def test_who_waits_at_a_rung_holds_no_captured_step(monkeypatch):
    """Halves of what was too large must both find room, or sizes would shrink to one."""
    alive = set()

    class Captured(Cohort):
        def advance(self, until):
            alive.add(self)
            if sum(len(c.live) for c in alive if c is self or c.step is not None) > 4:
                alive.remove(self)
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB")
            super().advance(until)

    monkeypatch.setattr(cohorts, "Cohort", Captured)
    monkeypatch.setattr(program, "on_cuda", lambda stack: True)
    trainer = CohortTrainer(problem_of(study_of(epochs=3)), 8)
    outcomes_of(trainer, jobs_of(8), Fixed({}, [1, 2]))
    assert trainer.size == 4


class Broken(Fixed):
    def pruned(self, epoch, values):
        raise LookupError("the pruner's own")


@pytest.mark.parametrize("size", [STACKED, ALONE])
def test_an_error_of_the_judge_is_raised_and_frees_the_threads(size):
    before = set(threading.enumerate())
    with pytest.raises(LookupError, match="the pruner's own"):
        list(trainer_of(problem_of(study_of()), size).train(jobs_of(8), pruner=Broken({}, [1])))
    assert set(threading.enumerate()) <= before


def test_a_request_to_stop_between_rungs_frees_the_threads(monkeypatch):
    before, start = set(threading.enumerate()), []

    def stop(*_, **__):  # as a signal's handler raises in the thread that waits
        time.sleep(0.2)
        assert set(threading.enumerate()) > before
        start.append(time.perf_counter())
        raise KeyboardInterrupt

    monkeypatch.setattr("jrtune.train.executors.threads.wait", stop)
    groups = trainer_of(problem_of(study_of(epochs=20_000)), 4).train(jobs_of(8), pruner=Fixed({}, [9_999]))
    with pytest.raises(KeyboardInterrupt):
        next(groups)
    assert time.perf_counter() - start[0] < 2
    assert set(threading.enumerate()) <= before


def test_without_a_judge_no_more_cohorts_are_alive_than_workers(monkeypatch):
    alive, most = [], []

    class Counted(Cohort):
        def __init__(self, *args):
            super().__init__(*args)
            alive.append(self)
            most.append(len(alive))

        def finish(self):
            alive.remove(self)
            return super().finish()

    monkeypatch.setattr(cohorts, "Cohort", Counted)
    outcomes_of(trainer_of(problem_of(study_of(epochs=2)), 2), jobs_of(10))
    assert max(most) <= 2
    outcomes_of(trainer_of(problem_of(study_of(epochs=2)), 2), jobs_of(10), Fixed({}, [1]))
    assert max(most) == 5
