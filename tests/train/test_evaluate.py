"""Outputs and figures of a whole split."""

import dataclasses

import pytest
import torch
import zoo
from laws import problem_of
from torch import nn

import jrtune as jr
from jrtune.train.loop import evaluate
from jrtune.train.loop.evaluate import losses_of, objectives_of, predict


class Gives(nn.Module):
    """A model that gives what a function makes of the batch."""

    def __init__(self, give):
        super().__init__()
        self.give = give

    def forward(self, batch):
        return self.give(batch)


@pytest.mark.parametrize("name", sorted(set(zoo.NETWORKS) - {"batch norm"}))
def test_outputs_do_not_depend_on_the_size_of_chunks(name, monkeypatch):
    problem = problem_of(zoo.zoo_study(name))
    model = problem.study.model().double()
    whole = predict(model, problem, "val")
    monkeypatch.setattr(evaluate, "CHUNK", 7)
    for key, output in predict(model, problem, "val").items():
        torch.testing.assert_close(output, whole[key], rtol=1e-12, atol=1e-12)


def test_outputs_come_in_the_problems_dtype():
    problem = problem_of(zoo.zoo_study("mlp"))
    outputs = predict(
        Gives(lambda batch: {"a": batch["x"].bfloat16(), "b": batch["a"], "c": batch["x"] > 0}),
        problem,
        "val",
    )
    assert [output.dtype for output in outputs.values()] == [torch.float64, torch.int64, torch.bool]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda batch: batch["x"], "must return a dict of tensors, got Tensor"),
        (lambda batch: {}, "must return a dict of tensors, got none"),
        (lambda batch: {"kl": batch["x"].mean()}, r"output 'kl' must be n x .* n = 20 .* got shape \(\)"),
        (lambda batch: {"a": batch["x"][:3]}, r"output 'a' must be n x .* got shape \(3, 6\)"),
    ],
)
def test_outputs_that_are_no_value_for_each_sample_are_refused(give, message):
    with pytest.raises(jr.StudyError, match=message):
        predict(Gives(give), problem_of(zoo.zoo_study("mlp")), "val")


@pytest.mark.parametrize(
    ("loss", "got"),
    [(lambda out, batch: out["b"].square().mean(1), r"shape \(20,\)"), (lambda out, batch: 1.0, "float")],
)
def test_a_loss_that_is_no_scalar_is_refused(loss, got):
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), losses={**zoo.LOSSES, "a": loss}))
    outputs = predict(problem.study.model().double(), problem, "val")
    with pytest.raises(jr.StudyError, match=f"loss 'a' must give a scalar tensor, got {got}: take the mean"):
        losses_of(outputs, problem, "val")


def test_an_objective_may_be_a_tensor_a_number_or_an_array_of_one():
    measures = {
        "tensor": lambda out, batch: torch.tensor(0.25),
        "number": lambda out, batch: 0.5,
        "whole": lambda out, batch: torch.tensor(3),
        "numpy": lambda out, batch: out["b"].numpy().max() * 0,
    }
    objectives = {name: jr.minimize(measure) for name, measure in measures.items()}
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), objectives=objectives))
    outputs = predict(problem.study.model().double(), problem, "val")
    metrics = objectives_of(outputs, problem, "val", {})
    assert metrics == {"tensor": 0.25, "number": 0.5, "whole": 3.0, "numpy": 0.0}
    assert list(metrics) == list(objectives)
    assert {type(metric) for metric in metrics.values()} == {float}


def test_an_objective_that_is_no_scalar_is_refused():
    study = dataclasses.replace(
        zoo.zoo_study("mlp"), objectives={"wide": jr.minimize(lambda out, batch: out["b"])}
    )
    problem = problem_of(study)
    outputs = predict(study.model().double(), problem, "val")
    with pytest.raises(
        jr.StudyError, match=r"objective 'wide' must give a scalar tensor, got shape \(20, 2\)"
    ):
        objectives_of(outputs, problem, "val", {})
