"""Scalarisations and constraints in training: stacked as one by one, and which epoch is selected."""

import dataclasses

import pytest
import torch
import zoo
from laws import assert_close, job_of, problem_of, run, together

import jrtune as jr
from jrtune.spec import SCALARISATIONS, Candidate, TrialStatus
from jrtune.train.executors.grouping import Grouping
from jrtune.train.loop.curve import Curve, Diverged
from jrtune.train.stacked import step

WEIGHTS = (0.25, 0.5, 0.9, 1.0, 0.0)


def study_of(constraints=None, epochs=5):
    study = zoo.zoo_study("unused head", epochs=epochs)
    return dataclasses.replace(study, constraints=constraints or {})


def jobs_of(**choices):
    return [job_of(a, seed=11 + k, keep=True, test=True, **choices) for k, a in enumerate(WEIGHTS)]


def assert_stacks(problem, jobs):
    """Law: a cohort gives what training one by one gives, by a graph too."""
    graphs = {}
    for stacked, alone in zip(together(problem, jobs, graphs), run(problem, *jobs), strict=True):
        assert stacked.status is TrialStatus.COMPLETE
        assert_close(stacked, alone)
    assert {graph is None for graph in graphs.values()} == {False}


@pytest.mark.parametrize("constraints", [{}, {"b": 0.5}, {"a": 0.3, "b": 0.2}], ids=["free", "one", "both"])
@pytest.mark.parametrize("name", SCALARISATIONS)
def test_stacked_equals_one_by_one(name, constraints, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    assert_stacks(problem_of(study_of(constraints)), jobs_of(scalarisation=name))


@pytest.mark.parametrize("balancing", ["uncertainty", "dwa", "random-weights"])
def test_adaptive_methods_are_constrained_and_not_scalarised(balancing, monkeypatch):
    monkeypatch.setitem(step.WORTH_TRACING, "cpu", 0)
    problem = problem_of(study_of({"b": 0.2}))
    jobs = jobs_of(balancing=balancing, scalarisation="chebyshev")
    assert_stacks(problem, jobs)
    [plain] = run(problem, job_of(0.25, seed=11, keep=True, test=True, balancing=balancing))
    [alone] = run(problem, jobs[0])
    assert_close(plain, alone)


def test_scalarisations_and_constraints_change_what_is_learnt():
    ends = [run(problem_of(study_of()), job_of(0.3, scalarisation=name))[0].losses for name in SCALARISATIONS]
    ends.append(run(problem_of(study_of({"b": 0.2})), job_of(0.3))[0].losses)
    assert len({losses["b"] for losses in ends}) == len(ends)


def test_each_scalarisation_is_a_group():
    jobs = [job_of(0.5, scalarisation=name) for name in SCALARISATIONS for _ in range(2)]
    jobs += [job_of(0.5, balancing="dwa", scalarisation=name) for name in SCALARISATIONS]
    groups = Grouping(problem_of(study_of())).groups_of(jobs)
    assert [(g.balancing, g.scalarisation) for g in groups] == [("fixed", n) for n in SCALARISATIONS] + [
        ("dwa", "sum")
    ]
    assert list(groups.values()) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9, 10, 11]]


# --- a known solution ------------------------------------------------------------------------


class Point(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.x = torch.nn.Parameter(torch.zeros(2))

    def forward(self, batch):
        return {"x": self.x.expand(len(batch["one"]), -1)}


def squared(outputs, place):
    return (outputs["x"] - torch.tensor(place)).square().sum(1).mean()


def points(limit):
    """(x-1)^2 + (y-1)^2 and (x-2)^2 + (y-3)^2, the second at most ``limit``."""
    losses = {"a": lambda o, b: squared(o, (1.0, 1.0)), "b": lambda o, b: squared(o, (2.0, 3.0))}
    return jr.Study(
        name="points",
        data=lambda: {split: {"one": torch.ones(10, 1)} for split in ("train", "val", "test")},
        model=Point,
        losses=losses,
        objectives={name: jr.minimize(loss) for name, loss in losses.items()},
        constraints={"b": limit},
        epochs=40,
        training=jr.Training(optimizer="sgd", lr=0.1, momentum=0.0, batch_size=1, clip=0.0, weight_decay=0.0),
    )


@pytest.mark.parametrize("limit", [0.2, 1.0, 4.0])
def test_training_ends_where_the_limit_says(limit):
    problem, weights = problem_of(points(limit)), (0.5, 0.9, 1.0)
    outcomes = together(problem, [job_of(a) for a in weights])
    for a, outcome in zip(weights, outcomes, strict=True):
        share = max(1 - a, 1 - (limit / 5) ** 0.5)  # of the way from a's place to b's, of squared length 5
        assert outcome.losses["b"] <= limit
        assert outcome.losses == pytest.approx({"a": 5 * share**2, "b": 5 * (1 - share) ** 2}, rel=5e-3)


# --- the selected epoch ----------------------------------------------------------------------


def selected(vals, scalarisation="sum", constraints=None, balancing="fixed"):
    """The epoch selected from validation losses (a, b) of epochs 1, 2, ... at weights 0.5 and 0.5."""
    study = study_of(constraints)
    curve = Curve(study, Candidate({"a": 0.5, "b": 0.5}, {"scalarisation": scalarisation}, balancing))
    for a, b in [(9.0, 9.0), *vals]:
        curve.check({}, {"a": a, "b": b})
        curve.add({}, {"a": a, "b": b}, {"value": 0.0})
    return curve.best_epoch


def test_the_epoch_is_selected_as_the_losses_are_scalarised():
    vals = [(1.0, 4.0), (3.0, 2.6), (2.95, 2.94)]
    chosen = {name: selected(vals, name) for name in SCALARISATIONS}
    assert chosen == {"sum": 1, "chebyshev": 3, "smooth-chebyshev": 2, "augmented-chebyshev": 3}
    assert selected(vals, "chebyshev", balancing="dwa") == 1


def test_an_epoch_within_the_limits_comes_before_a_better_one_beyond_them():
    vals = [(1.0, 0.6), (3.0, 0.5), (2.0, 0.4), (0.1, 0.51)]
    assert selected(vals) == 4
    assert selected(vals, constraints={"b": 0.5}) == 3
    assert selected(vals[:1] + vals[3:], constraints={"b": 0.5}) == 2  # none is within them: the nearest
    assert selected(vals, constraints={"b": 0.3, "a": 0.2}) == 4


def test_a_limited_term_of_no_weight_must_be_finite():
    candidate, figures = Candidate({"a": 1.0, "b": 0.0}), ({}, {"a": 1.0, "b": float("nan")})
    Curve(study_of(), candidate).check(*figures)
    with pytest.raises(Diverged, match="term 'b' is nan"):
        Curve(study_of({"b": 1.0}), candidate).check(*figures)
