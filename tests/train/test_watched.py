"""What is watched is measured as objectives are, plain, stacked and conditioned, and decides nothing."""

import dataclasses
import math
from itertools import chain

import pytest
import torch
import zoo
from laws import assert_all_same, assert_close, job_of, problem_of, run, together

import jrtune as jr
from jrtune.conditioned.stacked import condition_together
from jrtune.spec import TrialStatus
from jrtune.train import CohortTrainer, PlainTrainer
from jrtune.train.loop.evaluate import metrics_of, objectives_of, predict

BARE = zoo.zoo_study("mlp")
WATCHED = {
    "first": lambda out, batch: out["a"].softmax(1)[:, 0].mean(),
    "looked_at": lambda out, batch: out["b"].norm().item(),  # vmap cannot
    "weights": jr.parameters,
}
STUDY = dataclasses.replace(BARE, watched=WATCHED)
UNKNOWN = dataclasses.replace(BARE, watched={"unknown": lambda out, batch: out["b"].mean() * math.nan})


def jobs_of(count, **more):
    return [job_of((k + 1) / (count + 1), seed=20 + k, test=True, **more) for k in range(count)]


def without(metrics):
    return {name: metric for name, metric in metrics.items() if name in BARE.objectives}


def stripped(outcome):
    """The outcome as it would be if nothing were watched."""
    curve = [dataclasses.replace(epoch, watched={}) for epoch in outcome.curve]
    return dataclasses.replace(
        outcome, values=without(outcome.values), test=without(outcome.test), curve=curve
    )


class Notes:
    """A pruner that drops the first job, and notes what it was shown."""

    def __init__(self):
        self.rungs, self.shown = [1], []

    def pruned(self, epoch, metrics):
        self.shown += metrics.values()
        return {0} & set(metrics)


def test_objectives_come_first_and_are_what_they_are_when_nothing_is_watched():
    bare, watched = (run(problem_of(study), *jobs_of(2)) for study in (BARE, STUDY))
    assert_all_same([stripped(outcome) for outcome in watched], bare)
    for outcome in watched:
        assert list(outcome.values) == list(outcome.test) == [*BARE.objectives, *WATCHED]
        assert outcome.values["weights"] == outcome.values["size"]
        at_best = outcome.curve[outcome.epoch]
        assert outcome.values == at_best.objectives | at_best.watched
    assert all(row.watched == {} for outcome in bare for row in outcome.curve)


def test_stacked_equals_plain():
    problem, jobs = problem_of(STUDY), jobs_of(3)
    for one, alone in zip(together(problem, jobs), run(problem, *jobs), strict=True):
        assert_close(one, alone)
        for row, expected in zip(one.curve, alone.curve, strict=True):
            assert row.watched == pytest.approx(expected.watched, rel=1e-10)


@pytest.mark.parametrize("train", [run, lambda problem, *jobs: together(problem, jobs)])
def test_what_is_not_finite_is_left_out_and_ends_nothing(train):
    for outcome in train(problem_of(UNKNOWN), *jobs_of(2)):
        assert outcome.status is TrialStatus.COMPLETE
        assert list(outcome.values) == list(outcome.test) == list(BARE.objectives)
        assert math.isnan(outcome.curve[1].watched["unknown"])


@pytest.mark.parametrize("trainer", [PlainTrainer, lambda problem: CohortTrainer(problem, 3)])
def test_a_judge_never_sees_it_and_is_asked_whatever_it_is(trainer):
    pruner = Notes()
    outcomes = dict(chain.from_iterable(trainer(problem_of(UNKNOWN)).train(jobs_of(3), (), pruner)))
    assert pruner.shown
    assert all(list(row) == list(BARE.objectives) for row in pruner.shown)
    assert outcomes[0].status is TrialStatus.PRUNED


def test_conditioned_networks_have_it_and_their_judge_does_not_see_it():
    problem, pruner = problem_of(STUDY), Notes()
    points = torch.tensor([[1.0, 0.0], [0.5, 0.5]], dtype=problem.dtype)
    _, kept = condition_together(problem, jobs_of(2), 2, points, pruner)
    assert [list(metrics) for metrics in (*kept.fronts[2], *kept.tests[2])] == [
        [*BARE.objectives, *WATCHED]
    ] * 4
    names = [f"{place} {name}" for place in (0, 1) for name in BARE.objectives]
    assert [list(row) for row in pruner.shown] == [names] * 2


def test_the_amortised_front_is_the_same_with_it():
    options = {"networks": 1, "epochs": 2, "device": "cpu"}
    bare, unknown = (jr.amortised_front(study, study.data(), **options).table for study in (BARE, UNKNOWN))
    assert unknown["val unknown"].isna().all()
    assert unknown["test unknown"].isna().all()
    assert unknown[bare.columns].equals(bare)


def test_a_network_is_measured_with_it():
    problem = problem_of(STUDY)
    assert list(metrics_of(STUDY.model().double(), problem, "test")) == [*BARE.objectives, *WATCHED]


def test_one_that_is_no_scalar_is_named():
    study = dataclasses.replace(BARE, watched={"wide": lambda out, batch: out["b"]})
    problem = problem_of(study)
    outputs = predict(study.model().double(), problem, "val")
    with pytest.raises(jr.StudyError, match=r"watched metric 'wide' must give a scalar .* \(20, 2\)"):
        objectives_of(outputs, problem, "val", {})
