"""Losses that leave out what is missing, and weights of classes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from jrtune.losses import (
    absolute_error,
    binary_cross_entropy,
    class_balanced_weights,
    cross_entropy,
    masked_mean,
    squared_error,
)

NAN = float("nan")


def logits(*shape, seed=0):
    return torch.randn(
        *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64
    ).requires_grad_()


@pytest.mark.parametrize("target", [[0, 2, -1, 1, -1, 2], [0, 2, NAN, 1, NAN, 2]], ids=["integer", "float"])
@pytest.mark.parametrize("weights", [None, torch.tensor([1.0, 0.0, 3.0])])
def test_cross_entropy_is_over_labels_that_are_there(target, weights):
    x, target = logits(6, 3), torch.tensor(target)
    there = torch.tensor([0, 1, 3, 5])
    value = cross_entropy(x, target, weights)
    double = None if weights is None else weights.double()
    assert value.item() == pytest.approx(
        F.cross_entropy(x[there], target[there].long(), double).item(), rel=1e-10
    )
    value.backward()
    assert x.grad[[2, 4]].abs().max() == 0
    assert x.grad[0].abs().max() > 0


def test_cross_entropy_of_words_at_places():
    x, target = logits(4, 5, 3), torch.tensor([[0, 4, -1], [1, -1, -1], [2, 2, 3], [-1, -1, -1]])
    expected = F.cross_entropy(x, target, ignore_index=-1)
    assert cross_entropy(x, target).item() == pytest.approx(expected.item(), rel=1e-10)


@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_binary_cross_entropy_is_over_labels_that_are_there(factor):
    x, target = logits(3, 2), torch.tensor([[0, 1], [NAN, 0.25], [1, NAN]])
    there = ~target.isnan()
    value = binary_cross_entropy(x, target, factor)
    expected = F.binary_cross_entropy_with_logits(
        x[there], target[there].double(), pos_weight=torch.tensor(factor, dtype=torch.float64)
    )
    assert value.item() == pytest.approx(expected.item(), rel=1e-10)
    value.backward()
    assert torch.equal(x.grad != 0, there)


def test_absolute_error_is_over_labels_that_are_there():
    x, target = logits(3, 2), torch.tensor([[0, 1], [NAN, -0.25], [1, NAN]], dtype=torch.float64)
    there = ~target.isnan()
    value = absolute_error(x, target)
    assert value.item() == pytest.approx(F.l1_loss(x[there], target[there]).item(), rel=1e-10)
    value.backward()
    assert torch.equal(x.grad != 0, there)


def test_squared_error_is_over_labels_that_are_there():
    x, target = logits(3, 2), torch.tensor([[0, 1], [NAN, -0.25], [1, NAN]], dtype=torch.float64)
    there = ~target.isnan()
    value = squared_error(x, target)
    assert value.item() == pytest.approx(F.mse_loss(x[there], target[there]).item(), rel=1e-10)
    value.backward()
    assert torch.equal(x.grad != 0, there)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: cross_entropy(x, torch.full((4,), -1)),
        lambda x: cross_entropy(x, torch.full((4,), -1), torch.ones(3)),
        lambda x: cross_entropy(x, torch.zeros(4).long(), torch.tensor([0.0, 1.0, 1.0])),
        lambda x: binary_cross_entropy(x, torch.full((4, 3), NAN)),
        lambda x: absolute_error(x, torch.full((4, 3), NAN)),
        lambda x: squared_error(x, torch.full((4, 3), NAN)),
        lambda x: masked_mean(x.square(), torch.zeros(4, 1)),
    ],
)
def test_where_no_label_is_there_the_loss_and_its_gradient_are_zero(loss):
    x = logits(4, 3)
    value = loss(x)
    value.backward()
    assert value.item() == 0
    assert torch.equal(x.grad, torch.zeros_like(x))


def test_a_masked_mean_broadcasts_its_mask_and_stands_what_is_no_number():
    values = torch.tensor([[1.0, 2.0], [NAN, NAN], [3.0, 6.0]])
    assert masked_mean(values, torch.tensor([[1.0], [NAN], [1.0]])).item() == 3.0


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=6).filter(any), st.floats(0, 0.99999))
def test_class_balanced_weights_are_those_of_the_paper(counts, beta):
    weights = class_balanced_weights(counts, beta).numpy()
    effective = np.array(
        [sum(beta**k for k in range(n)) if n < 2000 else (1 - beta**n) / (1 - beta) for n in counts]
    )
    occurring = np.array(counts) > 0
    assert weights[~occurring].tolist() == [0.0] * int((~occurring).sum())
    assert weights.sum() == pytest.approx(occurring.sum(), rel=1e-10)
    products = (weights * effective)[occurring]
    assert products == pytest.approx(products[0], rel=1e-6)


@pytest.mark.parametrize(
    ("counts", "beta", "message"),
    [([1, 2], 1.0, "beta from 0 to below 1"), ([0, 0], 0.9, "counts"), ([2, -1], 0.9, "counts")],
)
def test_weights_of_nothing_are_refused(counts, beta, message):
    with pytest.raises(ValueError, match=message):
        class_balanced_weights(counts, beta)
