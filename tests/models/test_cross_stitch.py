"""Cross-stitch units against the paper's equation, and against the networks they stitch."""

import pytest
import torch
from torch import nn

from jrtune.models import ConvBlock, CrossStitch


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5)])
@pytest.mark.parametrize("tasks", [1, 2, 3])
def test_equation_1(tasks, shape):
    torch.manual_seed(0)
    unit = CrossStitch(tasks, 3)
    with torch.no_grad():
        unit.alpha.normal_()
    features = [torch.randn(shape) for _ in range(tasks)]
    mixed = unit(features)
    assert len(mixed) == tasks
    for s in range(tasks):
        for c in range(3):
            want = sum(unit.alpha[s, t, c] * features[t][:, c] for t in range(tasks))
            torch.testing.assert_close(mixed[s][:, c], want)


@pytest.mark.parametrize(("tasks", "own", "other"), [(2, 0.9, 0.1), (3, 0.8, 0.1), (1, 0.9, None)])
def test_starts_near_identity(tasks, own, other):
    alpha = CrossStitch(tasks, 4, own).alpha
    assert alpha.shape == (tasks, tasks, 4)
    for s in range(tasks):
        for t in range(tasks):
            torch.testing.assert_close(alpha[s, t], torch.full((4,), own if s == t else other))


def stitched(lanes, units, x):
    features = [x] * len(lanes)
    for depth, unit in enumerate(units):
        features = unit([lane[depth](f) for lane, f in zip(lanes, features, strict=True)])
    return features


@pytest.fixture
def lanes():
    torch.manual_seed(0)
    return nn.ModuleList(nn.Sequential(ConvBlock(1, 4), ConvBlock(4, 4)) for _ in range(2))


def test_at_identity_the_networks_are_separate(lanes):
    x = torch.randn(3, 1, 6, 6)
    for got, lane in zip(stitched(lanes, [CrossStitch(2, 4, own=1.0)] * 2, x), lanes, strict=True):
        assert torch.equal(got, lane(x))


def test_away_from_identity_a_task_reaches_the_other_network(lanes):
    stitched(lanes, [CrossStitch(2, 4)] * 2, torch.randn(3, 1, 6, 6))[0].sum().backward()
    assert lanes[1][0].conv.weight.grad.abs().max() > 0


def test_unusable_arguments():
    with pytest.raises(ValueError, match="expected a task and a channel or more, got tasks=0, channels=4"):
        CrossStitch(0, 4)
    with pytest.raises(ValueError, match=r"expected own between 0 and 1, got 1.5: it is a share"):
        CrossStitch(2, 4, own=1.5)
