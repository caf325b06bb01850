"""Who is dropped at a rung ends there, unnoticed by the others; each program is judged by itself."""

import dataclasses
import math
import time
from types import SimpleNamespace

import pytest
import torch
import zoo
from laws import assert_all_same, assert_close, job_of, problem_of, run
from torch import nn

from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer, PlainTrainer
from jrtune.train.executors import planning
from jrtune.train.stacked import step
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
    """Outcomes in the order of the jobs; each job once, and no group empty."""
    groups = list(trainer.train(jobs, done, pruner))
    pairs = sorted((pair for group in groups for pair in group), key=lambda pair: pair[0])
    assert [index for index, _ in pairs] == sorted(set(range(len(jobs))) - set(done))
    assert all(groups)
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
    stacked = outcomes_of(CohortTrainer(problem, size), jobs, Fixed(DROPPED))
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
    outcomes = outcomes_of(CohortTrainer(problem, 4), jobs, Fixed({2: (1,)}))
    [whole] = run(problem, jobs[1])
    pruned = outcomes[1]
    assert pruned.message == "dropped at rung 2"
    assert [row.epoch for row in pruned.curve] == [0, 1, 2]
    expected = dataclasses.replace(
        whole, status=TrialStatus.PRUNED, epoch=0, curve=whole.curve[:3], model=None
    )
    assert_close(pruned, dataclasses.replace(expected, values={}, losses={}, test={}))
    assert 0 < pruned.seconds < outcomes[0].seconds


@pytest.mark.parametrize("trainer", [lambda p: CohortTrainer(p, 4), PlainTrainer])
def test_a_judge_that_drops_nobody_changes_nothing(trainer):
    problem, jobs = problem_of(study_of(), torch.float32), jobs_of(8)
    pruned_by = outcomes_of(trainer(problem), jobs, Fixed({}, [1, 3]))
    assert_all_same(pruned_by, outcomes_of(trainer(problem), jobs))


def test_all_may_be_dropped():
    problem, jobs = problem_of(study_of()), jobs_of(7)
    outcomes = outcomes_of(CohortTrainer(problem, 4), jobs, Fixed({1: range(4), 4: range(7)}))
    assert [len(outcome.curve) - 1 for outcome in outcomes] == [1, 1, 1, 1, 4, 4, 4]


# --- what the pruner is shown -----------------------------------------------------------------


def test_a_program_is_judged_by_itself_at_its_own_epoch():
    problem = problem_of(study_of(model=sized))
    jobs = [*jobs_of(4, width=4), *jobs_of(3, width=5), *jobs_of(3, width=6)]
    pruner = Fixed({2: (3, 8), 4: (0,)})
    outcomes = outcomes_of(CohortTrainer(problem, 2), jobs, pruner)
    assert [(epoch, list(values)) for epoch, values in pruner.shown] == [
        *[(2, [0, 1]), (4, [0, 1])],
        *[(2, [2, 3]), (4, [2])],
        *[(2, [4, 5]), (4, [4, 5])],
        *[(2, [7, 8]), (4, [7])],
        *[(2, [6]), (4, [6]), (2, [9]), (4, [9])],  # the odd ones of three, alone and last
    ]
    for epoch, values in pruner.shown:
        for index, row in values.items():
            assert row == outcomes[index].curve[epoch].objectives


@pytest.mark.parametrize("size", [4, 1])
def test_an_outcome_is_given_before_the_next_program_begins_and_a_pruned_one_at_its_rung(size):
    """Whoever searches learns from it at once, and a kill loses none that was given."""
    pruner = Fixed({2: (0, 1)})
    groups = CohortTrainer(problem_of(study_of()), size).train(jobs_of(4), pruner=pruner)
    first = [index for index, outcome in next(groups) if outcome.status is TrialStatus.PRUNED]
    assert first == ([0, 1] if size == 4 else [0])
    assert [epoch for epoch, _ in pruner.shown] == [2]
    rest = [[index for index, _ in group] for group in groups]
    assert rest == ([[2, 3]] if size == 4 else [[1], [2], [3]])


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
    outcomes = outcomes_of(CohortTrainer(problem, size), jobs, pruner)
    shown = {index for _, values in pruner.shown for index in values}
    assert 0 < len(shown) < 8
    for index, outcome in enumerate(outcomes):
        assert (outcome.status is TrialStatus.PRUNED) == (index in shown)


def test_who_diverges_is_not_shown_after_it():
    jobs = jobs_of(6)
    jobs[2] = job_of(0.5, seed=2, lr=1e200, clip=0.0)
    pruner = Fixed({}, [1, 2])
    outcomes = outcomes_of(CohortTrainer(problem_of(study_of()), 3), jobs, pruner)
    assert outcomes[2].status is TrialStatus.DIVERGED
    assert [list(values) for _, values in pruner.shown] == [[0, 1]] * 2 + [[3, 4, 5]] * 2


def test_what_is_done_is_neither_trained_nor_shown():
    pruner = Fixed({2: (0, 1)})
    outcomes = outcomes_of(CohortTrainer(problem_of(study_of()), 4), jobs_of(8), pruner, done={0, 3, 7})
    assert [list(values) for _, values in pruner.shown] == [[1, 2], [4, 5, 6]]
    assert outcomes[0].status is TrialStatus.PRUNED


def test_waiting_at_a_rung_is_nobodys_training(monkeypatch):
    class Pondering(Fixed):
        def pruned(self, epoch, values):
            clock.late += 10_000
            return super().pruned(epoch, values)

    clock = SimpleNamespace(late=0, perf_counter=lambda: time.perf_counter() + clock.late)
    monkeypatch.setattr("jrtune.train.stacked.cohort.time", clock)
    outcomes = outcomes_of(CohortTrainer(problem_of(study_of()), 2), jobs_of(4), Pondering({2: (0,)}, [2, 4]))
    assert all(0 < outcome.seconds < 1_000 for outcome in outcomes)


# --- the same again --------------------------------------------------------------------------


def test_two_runs_are_the_same_to_the_last_digit():
    problem = problem_of(study_of(model=sized, epochs=5), torch.float32)
    jobs = [*jobs_of(6, width=4), *jobs_of(3, width=5)]
    pruner, again = Worse([1, 3]), Worse([1, 3])
    first = outcomes_of(CohortTrainer(problem, 3), jobs, pruner)
    assert_all_same(outcomes_of(CohortTrainer(problem, 3), jobs, again), first)
    assert again.calls == pruner.calls
    assert {len(outcome.curve) for outcome in first} == {2, 4, 6}


# --- what goes wrong -------------------------------------------------------------------------


class Refusing(Cohort):
    """A cohort that cannot go on beyond the first rung."""

    def advance(self, until):
        super().advance(until)
        if self.epoch > 2:
            raise RuntimeError("its loss terms reach other parameters")


def test_what_is_refused_half_way_is_trained_alone_and_judged_again(monkeypatch):
    monkeypatch.setattr(planning, "Cohort", Refusing)
    pruner, logged, jobs = Fixed({2: (1,), 4: (2,)}), [], jobs_of(4)
    outcomes = outcomes_of(CohortTrainer(problem_of(study_of()), 2, logged.append), jobs, pruner)
    assert [len(outcome.curve) - 1 for outcome in outcomes] == [EPOCHS, 2, 4, EPOCHS]
    assert len(logged) == 1
    assert [(epoch, list(values)) for epoch, values in pruner.shown] == [
        (2, [0, 1]),  # 1 ends here; 0 and the other cohort, which is refused with its kind, begin anew
        (2, [2, 3]),
        *[(rung, [index]) for index in (0, 2, 3) for rung in (2, 4)],
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
    monkeypatch.setattr(planning, "Cohort", Crowded)
    pruner = Fixed({2: (1,), 4: (2, 6)})
    for one, other in zip(outcomes_of(CohortTrainer(problem, 4), jobs, pruner), plain, strict=True):
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
    problem, jobs, logged = problem_of(study_of(epochs=5)), jobs_of(8), []
    dropped = {1: (0, 5), 3: (2,)}
    undisturbed = outcomes_of(CohortTrainer(problem, 4), jobs, Fixed(dropped))
    monkeypatch.setattr(planning, "Cohort", Short)
    pruner = Fixed(dropped)
    outcomes = outcomes_of(CohortTrainer(problem, 4, logged.append), jobs, pruner)
    assert logged == ["memory ran out with 3 together: going on with 2"]
    for one, other in zip(outcomes, undisturbed, strict=True):
        assert_close(one, other)
    shown = [(epoch, list(values)) for epoch, values in pruner.shown]
    assert shown == [
        (1, [0, 1, 2, 3]),  # 0 has ended; the others go on in halves
        *[(1, [1, 2]), (3, [1, 2])],
        *[(1, [4, 5, 6, 7]), (3, [4, 6, 7])],
        *[(1, [3]), (3, [3])],
    ]


class Broken(Fixed):
    def pruned(self, epoch, values):
        raise LookupError("the pruner's own")


@pytest.mark.parametrize("size", [STACKED, ALONE])
def test_an_error_of_the_judge_is_raised(size):
    with pytest.raises(LookupError, match="the pruner's own"):
        list(CohortTrainer(problem_of(study_of()), size).train(jobs_of(8), pruner=Broken({}, [1])))


@pytest.mark.parametrize("pruner", [None, Fixed({}, [1])])
def test_one_cohort_is_alive_at_a_time(pruner, monkeypatch):
    alive, most = [], []

    class Counted(Cohort):
        def __init__(self, *args):
            super().__init__(*args)
            alive.append(self)
            most.append(len(alive))

        def finish(self):
            alive.remove(self)
            return super().finish()

    monkeypatch.setattr(planning, "Cohort", Counted)
    outcomes_of(CohortTrainer(problem_of(study_of(epochs=2)), 2), jobs_of(6), pruner)
    assert max(most) == 1
