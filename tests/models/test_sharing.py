"""Sharing between tasks against the papers' formulas, and who reaches whose parameters."""

import pytest
import torch

from jrtune.losses import tie
from jrtune.models import PLE, SHARINGS, MMoE, sharing_of

X = torch.randn(6, 3, generator=torch.Generator().manual_seed(5))


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def mixed(gate, features):
    """The gate's mixture, sample by sample."""
    shares = (X @ gate.linear.weight.T + gate.linear.bias).exp()
    shares = shares / shares.sum(1, keepdim=True)
    return torch.stack(
        [sum(s * f[n] for s, f in zip(shares[n], features, strict=True)) for n in range(len(X))]
    )


def test_mmoe_mixes_all_experts_by_the_gate_of_each_task():
    module = MMoE(3, 4, 2, experts=3)
    features = [expert(X) for expert in module.experts]
    for got, gate in zip(module(X), module.gates, strict=True):
        torch.testing.assert_close(got, mixed(gate, features))


def test_one_layer_of_ple_mixes_own_and_shared_experts():
    module = PLE([3, 4], 2, own=2, shared=1)
    [layer] = module.layers
    shared = [expert(X) for expert in layer.experts[2]]
    for task, got in enumerate(module(X)):
        own = [expert(X) for expert in layer.experts[task]]
        torch.testing.assert_close(got, mixed(layer.gates[task], own + shared))
    assert len(layer.gates) == 2  # no gate of a shared lane that nobody reads


def test_the_shared_lane_of_ple_mixes_all_experts():
    layer = PLE([3, 4, 5], 2, own=1, shared=2).layers[0]
    features = [expert(X) for group in layer.experts for expert in group]
    torch.testing.assert_close(layer([X] * 3)[2], mixed(layer.gates[2], features))


def reached(module, task):
    """Names of the parameters on which a task's features depend."""
    module.zero_grad()
    module(X)[task].square().sum().backward()
    return {n for n, p in module.named_parameters() if p.grad is not None and p.grad.any()}


@pytest.mark.parametrize(
    ("name", "common"),
    [("hard", ["layer"]), ("cross-stitch", ["layers", "unit"]), ("soft", []), ("mmoe", ["experts"])],
)
def test_what_two_tasks_have_in_common(name, common):
    module = sharing_of(name, 3, 4, 2)
    both = reached(module, 0) & reached(module, 1)
    expected = {n for n, _ in module.named_parameters() if n.startswith(tuple(common))}
    assert both == expected


def test_a_task_of_ple_does_not_reach_the_experts_of_another():
    module = sharing_of("ple", 3, 4, 2)
    both = reached(module, 0) & reached(module, 1)
    assert both
    assert all(name.startswith("layers.0.experts.2") for name in both)
    deep = PLE([3, 4, 4], 2)  # through the first layer's shared lane it does
    assert any(name.startswith("layers.0.experts.1") for name in reached(deep, 0))


def test_soft_sharing_begins_with_equal_networks():
    module = sharing_of("soft", 3, 4, 3)
    assert tie(*module.layers) == 0
    module.layers[1][0].weight.data += 1
    assert tie(*module.layers) > 0  # they are apart, not one


@pytest.mark.parametrize("name", SHARINGS)
@pytest.mark.parametrize("tasks", [1, 3])
def test_each_task_gets_features_of_the_wanted_size(name, tasks):
    assert [tuple(f.shape) for f in sharing_of(name, 3, 4, tasks)(X)] == [(6, 4)] * tasks


def test_unusable_arguments():
    with pytest.raises(ValueError, match=r"expected sharing by one of hard, cross-stitch, .* got 'none'"):
        sharing_of("none", 3, 4, 2)
    with pytest.raises(ValueError, match=r"expected inputs, outputs, tasks of 1 .* got \[3, 4, 0\]"):
        sharing_of("soft", 3, 4, 0)
    with pytest.raises(ValueError, match=r"expected sizes of 2 numbers or more, .* got \[3\]"):
        PLE([3], 2)
    with pytest.raises(ValueError, match=r"expected tasks, own, shared of 1 .* got \[2, 0, 1\]"):
        PLE([3, 4], 2, own=0)
    with pytest.raises(ValueError, match=r"expected inputs, outputs, tasks, experts .* got \[3, 4, 2, 0\]"):
        MMoE(3, 4, 2, experts=0)
