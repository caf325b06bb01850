"""What a model costs."""

import dataclasses

import pytest
import torch
import zoo
from laws import job_of, problem_of, run
from torch import nn

import jrtune as jr
from jrtune.metrics.resources import REPEATS, WARM_UP, count_parameters
from jrtune.train.loop.evaluate import measure_resources


def test_tied_parameters_count_once_and_frozen_ones_not():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 2))
    assert count_parameters(model) == 12 + 12 + 8
    model[1].weight = model[0].weight
    assert count_parameters(model) == 12 + 3 + 8
    model[2].requires_grad_(False)
    assert count_parameters(model) == 12 + 3


class Counting(zoo.TwoHeads):
    """Notes how it is called."""

    def __init__(self):
        super().__init__("x", nn.Linear(6, 8), 8)
        self.calls = []

    def forward(self, batch):
        self.calls.append((len(batch["x"]), self.training, torch.is_grad_enabled()))
        return super().forward(batch)


def test_latency_is_of_one_sample_in_evaluation_without_gradients():
    study = dataclasses.replace(zoo.zoo_study("mlp"), objectives={"latency": jr.minimize(jr.latency)})
    model = Counting().double()
    figures = measure_resources(model, problem_of(study))
    assert figures.keys() == {"latency"}
    assert 0 < figures["latency"] < 10_000
    assert model.calls == [(1, False, False)] * (WARM_UP + REPEATS)


def test_a_resource_is_the_same_in_every_epoch_and_on_test():
    study = zoo.zoo_study("tied")
    [outcome] = run(problem_of(study), job_of(test=True))
    size = 6 * 6 + 6 + 6 + (6 * zoo.CLASSES + zoo.CLASSES) + (6 * 2 + 2)
    assert {row.objectives["size"] for row in outcome.curve} == {size}
    assert outcome.values["size"] == outcome.test["size"] == size


def test_measuring_does_not_change_the_training():
    study = zoo.zoo_study("dropout")
    noisy = jr.spec.Resource("noisy", lambda model, batch: torch.rand(9).sum().item())
    more = dataclasses.replace(study, objectives={**study.objectives, "noisy": jr.minimize(noisy)})
    [one], [other] = run(problem_of(study), job_of()), run(problem_of(more), job_of())
    assert [row.val for row in one.curve] == [row.val for row in other.curve]


@pytest.mark.parametrize("resource", [jr.parameters, jr.latency])
def test_every_network_of_the_zoo_has_its_cost(resource):
    for name in zoo.NETWORKS:
        study = dataclasses.replace(zoo.zoo_study(name), objectives={"cost": jr.minimize(resource)})
        assert measure_resources(study.model().double(), problem_of(study))["cost"] > 0
