"""Scalarisations against their formulas, and what they have in common."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jrtune.losses import SCALARISATIONS, Scalarised
from jrtune.losses.scalarisations import SHARE_OF_SUM, TEMPERATURE
from jrtune.spec import SCALARISATIONS as NAMES

PEAKS = ["chebyshev", "smooth-chebyshev", "augmented-chebyshev"]
pairs = st.lists(st.tuples(st.floats(0.01, 1), st.floats(0.01, 100)), min_size=1, max_size=6)


def figure(name, weights, losses):
    return Scalarised(weights, name)([torch.tensor(f, dtype=torch.float64) for f in losses]).item()


def by_hand(name, parts):
    mu = TEMPERATURE * max(parts)
    return {
        "sum": math.fsum(parts),
        "chebyshev": max(parts),
        "smooth-chebyshev": mu * math.log(math.fsum(math.exp(a / mu) for a in parts)),
        "augmented-chebyshev": max(parts) + SHARE_OF_SUM * math.fsum(parts),
    }[name]


def test_the_names_are_those_that_a_training_may_have():
    assert tuple(SCALARISATIONS) == NAMES


@pytest.mark.parametrize("name", NAMES)
@given(pairs)
def test_the_figure_is_the_one_by_hand(name, drawn):
    weights, losses = zip(*drawn, strict=True)
    expected = by_hand(name, [w * f for w, f in drawn])
    assert figure(name, weights, losses) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(pairs, st.floats(1e-3, 1e3))
def test_the_unit_of_the_losses_does_not_matter(name, drawn, unit):
    weights, losses = zip(*drawn, strict=True)
    in_units = figure(name, weights, [unit * f for f in losses])
    assert in_units == pytest.approx(unit * figure(name, weights, losses), rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("losses", [[3.0, 1.0], [-1.0, -3.0], [0.0, 0.0], [1e-30, 1e30]])
def test_figure_and_gradient_are_finite(name, losses):
    x = torch.tensor(losses, dtype=torch.float64, requires_grad=True)
    total = Scalarised([0.5, 0.5], name)(list(x))
    total.backward()
    assert math.isfinite(total.item())
    assert (x.grad >= 0).all()
    assert 0.45 < x.grad.sum().item() < 1.06


@pytest.mark.parametrize("name", PEAKS)
def test_the_greatest_weighted_loss_learns_most(name):
    x = torch.tensor([2.0, 3.0, 2.0], dtype=torch.float64, requires_grad=True)
    Scalarised([0.6, 0.2, 0.2], name)(list(x)).backward()
    assert x.grad.argmax() == 0
    assert (x.grad[1:] > 0).all() == (name != "chebyshev")


def test_the_smooth_form_has_the_gradient_of_the_paper_at_its_temperature():
    # Lin et al. 2024: the slope of a term is its weight times softmax(a / mu)
    weights, losses = torch.tensor([0.3, 0.7]).double(), torch.tensor([1.0, 0.4]).double()
    x = losses.clone().requires_grad_()
    Scalarised(weights.tolist(), "smooth-chebyshev")(list(x)).backward()
    parts = weights * losses
    expected = weights * torch.softmax(parts / (TEMPERATURE * parts.max()), 0)
    assert x.grad.tolist() == pytest.approx(expected.tolist(), rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_not_weighed_counts_for_nothing_in_a_stack_too(name, bad):
    weights = torch.tensor([[0.5, 0.0, 0.5], [1.0, 0.0, 0.0]], dtype=torch.float64)
    losses = torch.tensor([[2.0, bad, -1.0], [-3.0, bad, 1.0]], dtype=torch.float64, requires_grad=True)
    totals = SCALARISATIONS[name](weights * losses, weights > 0)
    totals.sum().backward()
    for k in range(2):
        mine = losses[k].detach().clone().requires_grad_()
        alone = Scalarised(weights[k].tolist(), name)(list(mine))
        alone.backward()
        assert totals[k].item() == pytest.approx(alone.item(), rel=1e-12)
        assert losses.grad[k].tolist() == pytest.approx(mine.grad.tolist(), rel=1e-12)
