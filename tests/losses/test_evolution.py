"""The estimated gradient: right on average, exact values, and a function that it trains."""

import numpy as np
import pytest
import torch

from jrtune.losses import without_gradient


def estimates(function, x, spread, samples, times, seed=0):
    torch.manual_seed(seed)
    leaf = x.clone().requires_grad_()
    loss = without_gradient(function, spread, samples)
    return torch.stack([torch.autograd.grad(loss(leaf).sum(), leaf)[0] for _ in range(times)])


def test_it_is_the_antithetic_estimate():
    torch.manual_seed(4)
    x = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    function = lambda p: p.exp().sum(-1)  # noqa: E731
    torch.manual_seed(5)
    value = without_gradient(function, 0.2, 6)(x)
    [slope] = torch.autograd.grad(value.sum(), x)
    torch.manual_seed(5)
    steps = torch.randn(6, 2, 3, dtype=torch.float64).numpy()
    for i, point in enumerate(x.detach().numpy()):
        pairs = [np.exp(point + 0.2 * e[i]).sum() - np.exp(point - 0.2 * e[i]).sum() for e in steps]
        expected = sum(d * e[i] for d, e in zip(pairs, steps, strict=True)) / (2 * 0.2 * 6)
        assert slope[i].numpy() == pytest.approx(expected, rel=1e-10)
    assert torch.equal(value, function(x))


def test_its_mean_is_the_slope_of_the_smoothed_function():
    # E cos(x + s e) = exp(-s^2 / 2) cos x
    x, spread = torch.tensor([[0.3, -1.0]], dtype=torch.float64), 0.8
    found = estimates(lambda p: p.cos().sum(-1), x, spread, 200, 100)
    expected = -np.exp(-(spread**2) / 2) * np.sin(x.numpy())
    error = (found.mean(0).numpy() - expected) / (found.std(0).numpy() / 10)
    assert np.abs(error).max() < 4
    assert np.abs(expected).min() > 4 * found.std(0).numpy().max() / 10  # else 0 would pass


def test_steps_of_one_point_do_not_reach_another():
    x = torch.zeros(2, 3, dtype=torch.float64)
    found = estimates(lambda p: p[:, 0], x, 0.1, 400, 1)[0]
    torch.testing.assert_close(found.mean(0)[0].item(), 1.0, rtol=0.2, atol=0)
    assert found[:, 1:].abs().max() < 0.3


def test_a_function_without_any_gradient_is_minimised():
    torch.manual_seed(0)
    goal = np.array([1.0, -2.0, 0.5])
    staircase = lambda p: torch.as_tensor(np.abs(np.round(4 * (p.numpy() - goal))).sum(-1))  # noqa: E731
    x = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([x], lr=0.05)
    loss = without_gradient(staircase, spread=0.2, samples=16)
    for _ in range(150):
        optimizer.zero_grad()
        loss(x).sum().backward()
        optimizer.step()
    assert np.abs(x.detach().numpy() - goal).max() < 0.125 + 0.05


def test_an_evaluation_asks_for_the_points_alone():
    asked = []

    def function(points):
        asked.append(len(points))
        return points.sum(-1)

    x = torch.ones(5, 2, requires_grad=True)
    loss = without_gradient(function, samples=4)
    loss(x)
    with torch.no_grad():
        loss(x)
    assert asked == [5 * 9, 5]


@pytest.mark.parametrize(("spread", "samples"), [(0.0, 4), (-1.0, 4), (float("nan"), 4), (0.1, 0)])
def test_no_spread_or_no_sample_is_refused(spread, samples):
    with pytest.raises(ValueError, match="spread above 0 and one sample or more"):
        without_gradient(lambda x: x.sum(-1), spread, samples)


def test_a_function_of_the_whole_batch_is_refused():
    with pytest.raises(ValueError, match=r"a value for each of 2 points, got shape \(\)"), torch.no_grad():
        without_gradient(lambda x: x.sum())(torch.zeros(2, 3))
