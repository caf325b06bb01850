"""What a weighting means."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jrtune.errors import StudyError
from jrtune.losses import ADAPTIVE, Scalarised, balancing_of
from jrtune.spec import Candidate

figures = st.floats(-1e3, 1e3)


@given(
    st.lists(st.tuples(st.floats(0, 1), figures), min_size=1, max_size=6).filter(
        lambda p: any(w for w, _ in p)
    )
)
def test_the_sum_is_the_one_by_hand(pairs):
    weights, losses = zip(*pairs, strict=True)
    total = Scalarised(weights)([torch.tensor(f, dtype=torch.float64) for f in losses]).item()
    assert total == pytest.approx(math.fsum(w * f for w, f in pairs), rel=1e-12, abs=1e-12 * 6e3)


def test_gradients_are_weighted_too():
    x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    Scalarised([0.25, 0.75])([x.square(), 5 * x]).backward()
    assert x.grad.item() == pytest.approx(0.25 * 6 + 0.75 * 5, rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_weight_of_zero_keeps_what_is_not_finite_out_of_value_and_gradient(bad):
    x = torch.tensor(2.0, requires_grad=True)
    total = Scalarised([1.0, 0.0])([x.square(), x * bad])
    total.backward()
    assert (total.item(), x.grad.item()) == (4.0, 4.0)


def test_a_weight_of_zero_gives_no_gradient_at_all():
    x, y = (torch.tensor(2.0, requires_grad=True) for _ in range(2))
    Scalarised([1.0, 0.0])([x.square(), y.square()]).backward()
    assert y.grad is None


def test_the_number_of_losses_must_be_that_of_the_weights():
    with pytest.raises(ValueError, match="shorter"):
        Scalarised([0.5, 0.5])([torch.tensor(1.0)])


def test_weights_are_matched_by_name():
    balancing = balancing_of(Candidate({"b": 0.75, "a": 0.25}), ["a", "b"])
    assert isinstance(balancing, Scalarised)
    assert balancing.weights == (0.25, 0.75)


@pytest.mark.parametrize("weights", [{"a": 1.0}, {"a": 0.5, "b": 0.3, "c": 0.2}, {}])
def test_weights_of_other_terms_are_refused(weights):
    with pytest.raises(StudyError, match="expected weights of the terms a, b, got "):
        balancing_of(Candidate(weights), ["a", "b"])


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_method_is_had_by_its_name(name):
    balancing = balancing_of(Candidate({"a": 0.5, "b": 0.5}, balancing=name), ["a", "b"])
    assert (type(balancing), balancing.terms) == (ADAPTIVE[name], 2)


def test_an_unknown_method_is_refused():
    known = ", ".join(["fixed", *ADAPTIVE])
    with pytest.raises(StudyError, match=f"balancing must be one of {known}, got 'pcgrad'"):
        balancing_of(Candidate({"a": 1.0}, balancing="pcgrad"), ["a"])
