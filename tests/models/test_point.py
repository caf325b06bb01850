"""A point within bounds: where it starts, what it can reach, and what bounds it refuses."""

import math

import pytest
import torch

from jrtune.models import Point

BATCH = {"nothing": torch.zeros(3)}


def at(point):
    return point(BATCH)["x"][0]


def descend(point, loss, steps=200, lr=0.2):
    for _ in range(steps):
        [slope] = torch.autograd.grad(loss(at(point)), [point.angle])
        with torch.no_grad():
            point.angle -= lr * slope
    return at(point)


def test_one_x_for_every_sample():
    x = Point([0, 0], [1, 2])(BATCH)["x"]
    assert x.shape == (3, 2)
    assert (x == x[0]).all()


def test_it_starts_uniform_within_the_bounds():
    torch.manual_seed(0)
    x = at(Point([-2.0] * 4000, [6.0] * 4000)).detach()
    assert (x >= -2).all()
    assert (x <= 6).all()
    quartiles = torch.quantile(x, torch.tensor([0.25, 0.5, 0.75]))
    torch.testing.assert_close(quartiles, torch.tensor([0.0, 2.0, 4.0]), atol=0.3, rtol=0)


@pytest.mark.parametrize(("sign", "bound"), [(1, -1.0), (-1, 3.0)])
def test_a_minimum_at_a_bound_is_reached(sign, bound):
    torch.manual_seed(0)
    found = descend(Point([-1], [3]), lambda x: sign * x.sum(), lr=0.05)
    assert found.item() == pytest.approx(bound, abs=1e-6)


def test_a_minimum_within_is_reached_and_a_bound_can_be_left():
    point = Point([0.0], [1.0])
    with torch.no_grad():
        point.angle.fill_(math.pi + 0.01)  # past the bound, where what cuts off would have no slope
    found = descend(point, lambda x: (x - 0.3).square().sum())
    assert found.item() == pytest.approx(0.3, abs=1e-5)


@pytest.mark.parametrize(
    ("low", "high"),
    [([], []), ([0.0], [1.0, 2.0]), ([1.0], [1.0]), ([0.0], [math.inf]), ([math.nan], [1.0])],
)
def test_bounds_it_refuses(low, high):
    with pytest.raises(
        ValueError, match="expected finite bounds of each number, the low below the high, got"
    ):
        Point(low, high)
