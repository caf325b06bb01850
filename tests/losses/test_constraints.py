"""Limits on loss terms, against problems whose solution is known."""

import math

import pytest
import torch
from torch import nn

from jrtune.losses import Constrained, Scalarised, balancing_of, penalty
from jrtune.losses.constraints import MARGIN, STRENGTH, force
from jrtune.spec import Candidate


def descend(balancing, rounds=20, steps=25, rate=0.1):
    """Minimises (x-1)^2 + (y-1)^2 and (x-2)^2 + (y-3)^2 as the balancing weighs them; (point, losses)."""
    point = nn.Parameter(torch.zeros(2, dtype=torch.float64))

    def losses():
        x, y = point
        return [(x - 1) ** 2 + (y - 1) ** 2, (x - 2) ** 2 + (y - 3) ** 2]

    for _ in range(rounds):
        for _ in range(steps):
            [slope] = torch.autograd.grad(balancing(losses()), point)
            point.data -= rate * slope
        balancing.after_epoch(torch.stack(losses()).detach())
    return point.tolist(), [f.item() for f in losses()]


@pytest.mark.parametrize("weights", [(0.5, 0.5), (1.0, 0.0)])
@pytest.mark.parametrize("limit", [0.25, 1.0])
def test_the_minimum_lies_where_the_limit_says(weights, limit):
    # along the line from (1, 1) to (2, 3), of squared length 5: the weighted sum is least at a share of w2 of
    # the way, where f2 = 5 w1^2; the limit holds from 1 - sqrt(limit / 5) of the way on
    expected = max(weights[1], 1 - math.sqrt(limit / 5))
    method = Constrained(Scalarised(weights), {1: limit}).double()
    point, losses = descend(method)
    assert point == pytest.approx([1 + expected, 1 + 2 * expected], abs=1e-3)
    # the slopes cancel: w1 f1' + (w2 + l) f2' = 0
    multiplier = max(weights[0] * expected / (1 - expected) - weights[1], 0.0)
    assert method.multipliers.item() == pytest.approx(multiplier, rel=1e-2, abs=1e-3)
    assert losses[1] <= limit * (1 + 1e-3)


def test_a_limit_that_does_not_bind_changes_nothing():
    method = Constrained(Scalarised([0.5, 0.5]), {1: 2.0}).double()
    free, _ = descend(Scalarised([0.5, 0.5]))
    point, _ = descend(method)
    assert point == pytest.approx(free, abs=1e-9)
    assert method.multipliers.item() == 0


def test_the_penalty_is_rockafellars():
    losses, limits, multipliers = torch.tensor([[1.5, 0.5, 0.1], [1.0, 2.0, 1.0], [0.0, 0.1, 3.0]]).double()
    rho = STRENGTH / limits
    expected = [
        (max(0.0, m + r * (f - c)) ** 2 - m**2) / (2 * r)
        for m, r, f, c in zip(*(t.tolist() for t in (multipliers, rho, losses, limits)), strict=True)
    ]
    assert penalty(losses, limits, multipliers).item() == pytest.approx(sum(expected), rel=1e-12)
    both = penalty(torch.stack([losses, 2 * losses]), limits, multipliers)
    assert both[0].item() == pytest.approx(sum(expected), rel=1e-12)


@pytest.mark.parametrize("multiplier", [0.0, 1.5])
@pytest.mark.parametrize("loss", [0.1, 0.4, 0.5, 0.7, 0.999, 1.001, 30.0])
def test_the_slope_of_the_penalty_is_the_next_multiplier(loss, multiplier):
    limit, multiplier = torch.tensor([0.5]).double(), torch.tensor([multiplier]).double()
    f = torch.tensor([loss], dtype=torch.float64, requires_grad=True)
    penalty(f, limit, multiplier).backward()
    expected = max(0.0, multiplier.item() + STRENGTH * min(loss / 0.5 - 1, 1.0))
    assert f.grad.item() == pytest.approx(expected, abs=1e-12)
    assert force(f, limit, multiplier).item() == pytest.approx(expected, abs=1e-12)


def test_multipliers_rise_by_one_limit_at_most_and_do_not_fall_below_0():
    method = Constrained(Scalarised([1.0, 0.0]), {0: 0.5, 1: 0.5}).double()
    seen = []
    for mean in ([50.0, 0.6], [0.25, 0.0], [0.0, 0.0]):
        method.after_epoch(torch.tensor(mean, dtype=torch.float64))
        seen.append(method.multipliers.tolist())
    assert seen == [pytest.approx(m) for m in ([1.0, 0.2], [0.5, 0.0], [0.0, 0.0])]


def test_an_adaptive_method_is_limited_too_and_still_told():
    method = balancing_of(Candidate({"a": 0.5, "b": 0.5}, balancing="dwa"), ["a", "b"], "sum", {"b": 0.1})
    for mean in ([1.0, 1.0], [0.5, 1.0]):
        method.after_epoch(torch.tensor(mean))
    assert method.limits.tolist() == pytest.approx([0.1 * (1 - MARGIN)])
    assert method.inner.weights[0] < 0.5
    assert method.multipliers.item() == pytest.approx(2.0)
