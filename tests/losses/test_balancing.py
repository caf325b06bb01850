"""Adaptive methods against their formulas."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn

from jrtune.losses import DynamicWeightAverage, RandomWeights, Scalarised, Uncertainty

LOSSES = [torch.tensor(f, dtype=torch.float64) for f in (2.0, 0.5, 8.0)]


def softmax(values):
    powers = [math.exp(v) for v in values]
    return [p / sum(powers) for p in powers]


def weighted(weights):
    return math.fsum(w * f.item() for w, f in zip(weights, LOSSES, strict=True))


def test_uncertainty_starts_as_the_plain_sum():
    assert Uncertainty(3).double()(LOSSES).item() == 10.5


def test_uncertainty_is_that_of_the_paper():
    # Kendall, Gal & Cipolla 2018, with s_i = log sigma_i^2: f_i / sigma_i^2 + log sigma_i
    method, sigmas = Uncertainty(3).double(), [0.5, 1.5, 3.0]
    with torch.no_grad():
        method.log_variance.copy_(torch.tensor([2 * math.log(s) for s in sigmas]))
    expected = math.fsum(f.item() / s**2 + math.log(s) for f, s in zip(LOSSES, sigmas, strict=True))
    assert method(LOSSES).item() == pytest.approx(expected, rel=1e-6)


def test_uncertainty_comes_to_rest_where_the_variance_is_twice_the_loss():
    # d/ds (exp(-s) f + s / 2) = 0 at exp(s) = 2 f
    method = Uncertainty(3).double()
    method(LOSSES).backward()
    assert (method.log_variance.grad.abs() > 0).tolist() == [True, False, True]  # 2 f is 1 for the second
    with torch.no_grad():
        method.log_variance.copy_(2 * torch.stack(LOSSES)).log_()
    method.zero_grad()
    method(LOSSES).backward()
    assert method.log_variance.grad.tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def test_dynamic_weight_average_is_that_of_the_paper():
    # Liu, Johns & Davison 2019, eq. 7: w_k = softmax(r_k / T), r_k = L_k(t-1) / L_k(t-2), T = 2
    method = DynamicWeightAverage(3).double()
    means = [[4.0, 1.0, 3.0], [2.0, 1.0, 6.0], [1.0, 3.0, 3.0]]
    equal = pytest.approx(weighted([1 / 3] * 3), rel=1e-6)
    assert method(LOSSES).item() == equal
    method.after_epoch(torch.tensor(means[0], dtype=torch.float64))
    assert method(LOSSES).item() == equal
    for last, now in pairwise(means):
        method.after_epoch(torch.tensor(now, dtype=torch.float64))
        weights = softmax([n / p / 2 for n, p in zip(now, last, strict=True)])
        assert method(LOSSES).item() == pytest.approx(weighted(weights), rel=1e-12)


def test_dynamic_weight_average_stands_a_loss_that_has_reached_zero():
    method = DynamicWeightAverage(3).double()
    for _ in range(2):
        method.after_epoch(torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64))
    assert method.weights.tolist() == pytest.approx(softmax([0, 0.5, 0.5]), rel=1e-12)


def test_random_weights_are_a_softmax_of_normal_numbers_drawn_anew():
    # Lin et al. 2022, algorithm 1
    method = RandomWeights(3)
    torch.manual_seed(5)
    first, second = method(LOSSES).item(), method(LOSSES).item()
    torch.manual_seed(5)
    for total in (first, second):
        assert total == pytest.approx(weighted(softmax(torch.randn(3).tolist())), rel=1e-6)
    assert first != second


@pytest.mark.parametrize(
    "method", [Uncertainty(3), DynamicWeightAverage(3), RandomWeights(3), Scalarised([0.2, 0.3, 0.5])]
)
def test_every_method_passes_gradients_to_every_term(method):
    x = nn.Parameter(torch.ones(3, dtype=torch.float64))
    method(list(x.square())).backward()
    assert all(x.grad > 0)
