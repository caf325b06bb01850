"""Alignment of domains against the papers' definitions, computed from each domain's own samples."""

import numpy as np
import pytest
import torch
from torch import nn

from jrtune.losses import coral, domain_loss, mmd, reverse_gradient
from jrtune.losses.domains import BANDWIDTHS

DOMAIN = torch.tensor([0, 1, 1, 0, -1, 0, 1, 0, 1, 0, 1, 1])


@pytest.fixture
def features():
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(len(DOMAIN), 4, generator=generator, dtype=torch.float64)
    return (x + 3 * (DOMAIN == 1)[:, None] * x[:, :1]).requires_grad_()


def parts(features):
    x = features.detach().numpy()
    return x[DOMAIN == 0], x[DOMAIN == 1]


def test_coral_is_that_of_the_paper(features):
    source, target = parts(features)
    expected = np.square(np.cov(source.T) - np.cov(target.T)).sum() / (4 * 4**2)
    assert expected > 0.01
    assert coral(features, DOMAIN).item() == pytest.approx(expected, rel=1e-10)


def kernel_mean(one, other, bandwidth, leave_out=False):
    values = [
        sum(np.exp(-((x - y) ** 2).sum() / (u * bandwidth)) for u in BANDWIDTHS)
        for i, x in enumerate(one)
        for j, y in enumerate(other)
        if not (leave_out and i == j)
    ]
    return np.mean(values)


@pytest.mark.parametrize("unbiased", [False, True])
def test_mmd_is_that_of_the_paper(features, unbiased):
    source, target = parts(features)
    both = np.concatenate([source, target])
    distances = np.square(both[:, None] - both).sum(-1)
    bandwidth = distances.sum() / (len(both) * (len(both) - 1))
    within = kernel_mean(source, source, bandwidth, unbiased) + kernel_mean(
        target, target, bandwidth, unbiased
    )
    expected = within - 2 * kernel_mean(source, target, bandwidth)
    assert mmd(features, DOMAIN, unbiased=unbiased).item() == pytest.approx(expected, rel=1e-10)


def test_mmd_has_no_unit_and_no_origin(features):
    moved = mmd(1e3 * features + 1e4, DOMAIN)
    assert moved.item() == pytest.approx(mmd(features, DOMAIN).item(), rel=1e-8)


def test_the_bandwidth_of_mmd_is_not_differentiated(features):
    # with it, scaling all features would change nothing: the gradient along the features would be 0
    [slope] = torch.autograd.grad(mmd(features, DOMAIN), features)
    assert abs((slope * features).sum().item()) > 1e-3


def test_unbiased_mmd_of_one_distribution_is_zero_on_average():
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn(300, 20, 2, generator=generator, dtype=torch.float64)
    domain = torch.arange(20) % 2
    unbiased = torch.stack([mmd(x, domain, unbiased=True) for x in draws])
    assert abs(unbiased.mean()) < 4 * unbiased.std() / 300**0.5
    biased = torch.stack([mmd(x, domain) for x in draws])
    assert biased.min() >= 0
    assert biased.mean() > 10 * biased.std() / 300**0.5


@pytest.mark.parametrize("loss", [coral, mmd, lambda x, d: mmd(x, d, unbiased=True)])
@pytest.mark.parametrize("missing", [float("nan"), 5])
def test_a_sample_of_neither_domain_does_not_count(features, loss, missing):
    domain = torch.where(DOMAIN < 0, missing, DOMAIN)
    of_either = loss(features[DOMAIN >= 0], DOMAIN[DOMAIN >= 0])
    assert loss(features, domain).item() == pytest.approx(of_either.item(), rel=1e-12)


@pytest.mark.parametrize(
    "loss",
    [coral, mmd, lambda x, d: mmd(x, d, unbiased=True), lambda x, d: domain_loss(x[:, 0], d)],
)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_sample_of_neither_domain_may_hold_anything(features, loss, value):
    odd = features.detach().clone()
    odd[DOMAIN < 0, 0] = value
    of_either = loss(features, DOMAIN)
    found = loss(odd.requires_grad_(), DOMAIN)
    assert found.item() == pytest.approx(of_either.item(), rel=1e-12)
    [expected] = torch.autograd.grad(of_either, features)
    [slope] = torch.autograd.grad(found, odd)
    torch.testing.assert_close(slope, expected, rtol=1e-9, atol=1e-15)
    assert not slope[DOMAIN < 0].any()


@pytest.mark.parametrize(
    ("loss", "domain"),
    [
        (coral, torch.zeros(5)),
        (coral, torch.tensor([0, 0, 0, 0, 1])),
        (mmd, torch.ones(5)),
        (lambda x, d: mmd(x, d, unbiased=True), torch.tensor([0, 1, 1, 1, 1])),
        (lambda x, d: domain_loss(x[:, 0], d), torch.full((5,), torch.nan)),
    ],
)
def test_a_batch_without_enough_of_both_gives_nothing(loss, domain):
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    value = loss(x, domain)
    value.backward()
    assert value.item() == 0
    assert torch.equal(x.grad, torch.zeros_like(x))


def test_features_that_are_all_alike_have_finite_gradients():
    x = torch.ones(6, 3, requires_grad=True)
    mmd(x, torch.arange(6) % 2).backward()
    assert x.grad.isfinite().all()


def test_gradients_go_back_reversed():
    x = torch.randn(7, dtype=torch.float64, requires_grad=True)
    assert torch.equal(reverse_gradient(x, 0.3), x)
    [straight] = torch.autograd.grad(x.sin().sum(), x)
    [reversed_] = torch.autograd.grad(reverse_gradient(x, 0.3).sin().sum(), x)
    torch.testing.assert_close(reversed_, -0.3 * straight, rtol=1e-12, atol=0)


def test_one_step_of_adversarial_training_is_that_of_the_paper(features):
    # Ganin & Lempitsky 2015, equations 4 and 6: the features go up the loss that the classifier goes down
    torch.manual_seed(0)
    below, classifier = nn.Linear(4, 3).double(), nn.Linear(3, 1).double()
    hidden = below(features.detach())
    plain = domain_loss(classifier(hidden)[:, 0], DOMAIN)
    expected = torch.autograd.grad(plain, [*below.parameters(), *classifier.parameters()])
    reversed_ = domain_loss(classifier(reverse_gradient(below(features.detach()), 0.5))[:, 0], DOMAIN)
    found = torch.autograd.grad(reversed_, [*below.parameters(), *classifier.parameters()])
    for got, plainly, factor in zip(found, expected, [-0.5, -0.5, 1, 1], strict=True):
        torch.testing.assert_close(got, factor * plainly, rtol=1e-10, atol=1e-14)


def test_the_domain_loss_is_the_cross_entropy():
    logits = torch.linspace(-2, 2, len(DOMAIN), dtype=torch.float64)
    p, target = 1 / (1 + np.exp(-logits.numpy())), DOMAIN.numpy()
    expected = -np.concatenate([np.log(p[target == 1]), np.log(1 - p[target == 0])]).mean()
    assert domain_loss(logits, DOMAIN).item() == pytest.approx(expected, rel=1e-10)
