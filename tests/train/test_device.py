"""Choosing a device, and the number of CPU threads."""

import pytest
import torch
import zoo
from laws import CPU, problem_of
from torch import nn

from jrtune.errors import InputError
from jrtune.train.loop.device import WORTH_SHARING, describe_device, pick_device, step_work, threads_for


def test_auto_is_cuda_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device("auto").type == pick_device("cuda").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device("auto") == pick_device("cpu") == CPU


def test_devices_that_cannot_be_had_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="got none: use --device cpu"):
        pick_device("cuda")
    with pytest.raises(InputError, match="expects auto, cpu or cuda, got 'tpu'"):
        pick_device("tpu")


def test_the_cpu_is_described_by_its_kind_and_threads():
    assert describe_device(CPU).startswith("cpu: ")
    assert describe_device(CPU).endswith(f"{torch.get_num_threads()} threads")


class Layer(nn.Module):
    """One layer, fed by the batch's "x"."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, batch):
        return {"out": self.layer(batch["x"])}


@pytest.mark.parametrize(
    ("layer", "shape", "multiplications"),
    [
        (nn.Linear(6, 8), (6,), 48),
        (nn.Linear(6, 8), (10, 6), 480),
        (nn.Conv2d(2, 4, 3, padding=1), (2, 5, 5), 25 * 2 * 4 * 9),
    ],
)
def test_work_is_two_operations_a_multiplication_and_three_passes(layer, shape, multiplications):
    sample = {"x": torch.randn(1, *shape)}
    assert step_work(Layer(layer), sample, 16) == 3 * 2 * 16 * multiplications


def test_counting_leaves_the_network_as_it_was():
    model = zoo.NETWORKS["running mean"]().double()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    step_work(model, problem_of(zoo.zoo_study("running mean")).splits["train"].first(), 8)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.fixture
def four_threads(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    return monkeypatch


def test_only_steps_that_are_worth_it_are_shared(four_threads):
    model, sample = Layer(nn.Linear(100, 100)), {"x": torch.zeros(1, 100)}
    enough = round(WORTH_SHARING / (3 * 2 * 100 * 100)) + 1
    assert threads_for(model, sample, enough, CPU) == 4
    assert threads_for(model, sample, enough - 2, CPU) == 1


def test_whoever_sets_the_number_of_threads_decides(four_threads):
    model, sample = Layer(nn.Linear(2, 2)), {"x": torch.zeros(1, 2)}
    assert threads_for(model, sample, 1, torch.device("cuda")) == 4
    four_threads.setenv("OMP_NUM_THREADS", "4")
    assert threads_for(model, sample, 1, CPU) == 4
