"""A network of T ends: what it is at a weighting, and what it shares."""

import pytest
import torch
from torch import nn

from jrtune.conditioned.network import Conditioned


class Net(nn.Module):
    """Tied, frozen and ordinary parameters, and a buffer."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(3, 3, bias=False)
        self.again = nn.Linear(3, 3)
        self.again.weight = self.first.weight
        self.frozen = nn.Linear(3, 2).requires_grad_(False)
        self.register_buffer("shift", torch.tensor([1.0, 2.0]))

    def forward(self, batch):
        return {"out": self.frozen(self.again(self.first(batch["x"]).relu())) + self.shift}


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Conditioned(Net(), ["a", "b", "c"])


@pytest.fixture
def moved(net):
    """As training leaves it: the ends differ."""
    torch.manual_seed(1)
    with torch.no_grad():
        net.endpoints.add_(torch.randn_like(net.endpoints))
    return net


BATCH = {"x": torch.randn(5, 3, generator=torch.Generator().manual_seed(2))}
WEIGHTS = {"a": 0.2, "b": 0.5, "c": 0.3}


def test_it_begins_as_the_given_network_at_every_weighting(net):
    for weights in (WEIGHTS, {"a": 1, "b": 0, "c": 0}):
        torch.testing.assert_close(net.at(weights)(BATCH), net.model(BATCH))


def test_parameters_are_the_weighted_sums_of_the_ends(moved):
    state = moved.at(WEIGHTS).state_dict()
    row = torch.tensor([0.2, 0.5, 0.3]) @ moved.endpoints
    learnt = torch.cat([state[name].flatten() for name in moved.shapes])
    torch.testing.assert_close(learnt, row)
    assert set(moved.shapes) == {name for name, p in Net().named_parameters() if p.requires_grad}
    assert torch.equal(state["again.weight"], state["first.weight"])
    assert torch.equal(state["frozen.weight"], moved.model.frozen.weight)


def test_the_network_at_a_weighting_gives_what_training_saw(moved):
    seen = moved(BATCH, torch.tensor([0.2, 0.5, 0.3]))
    torch.testing.assert_close(moved.at(WEIGHTS)(BATCH), seen)
    other = moved.at({"a": 0.2, "b": 0.3, "c": 0.5})(BATCH)["out"]
    assert (other - seen["out"]).abs().max() > 0.1


def test_autocast_does_not_round_the_parameters(moved):
    weights = torch.tensor([0.2, 0.5, 0.3])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = moved.mixed(weights)
    for name, parameter in moved.mixed(weights).items():
        assert torch.equal(inside[name], parameter)


def test_the_network_at_a_weighting_is_its_own(moved):
    before = moved.at(WEIGHTS)(BATCH)["out"]
    network = moved.at(WEIGHTS)
    assert type(network) is Net
    assert [p.requires_grad for p in network.parameters()] == [p.requires_grad for p in Net().parameters()]
    with torch.no_grad():
        network.first.weight.zero_()
    assert torch.equal(moved.at(WEIGHTS)(BATCH)["out"], before)


def test_gradients_reach_the_ends_by_their_weights(moved):
    moved(BATCH, torch.tensor([0.75, 0.25, 0.0]))["out"].sum().backward()
    first, second, third = moved.endpoints.grad
    assert first.any()
    torch.testing.assert_close(first, 3 * second)
    assert not third.any()
    assert [name for name, p in moved.named_parameters() if p.requires_grad] == ["endpoints"]


def test_it_is_stored_and_loaded_by_its_state(moved):
    fresh = Conditioned(Net(), moved.terms)
    fresh.load_state_dict(moved.state_dict())
    assert torch.equal(fresh.at(WEIGHTS)(BATCH)["out"], moved.at(WEIGHTS)(BATCH)["out"])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a": 1}, "expected weights >= 0 for a, b, c"),
        ({"a": 1.5, "b": -0.5, "c": 0}, "expected weights >= 0 for a, b, c"),
        ({"a": float("nan"), "b": 0.5, "c": 0.5}, "expected weights >= 0"),
        ({"a": 0.2, "b": 0.2, "c": 0.2}, "weights must sum to 1"),
    ],
)
def test_what_is_no_weighting_is_refused(net, weights, message):
    with pytest.raises(ValueError, match=message):
        net.at(weights)
