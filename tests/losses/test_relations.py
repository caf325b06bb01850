"""Relations between outputs and between parameters against their definitions."""

import copy

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torch import nn

from jrtune.losses import implies, monotone, task_covariance, task_relation, tie, trace_norm


def heads(tasks, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(tasks, width, generator=generator, dtype=torch.float64).requires_grad_()


# --- between outputs -------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["hinge", "product"])
def test_an_implication_is_that_of_fuzzy_logic(form):
    a, b = heads(2, 50).unbind()
    p, q = (1 / (1 + np.exp(-x.detach().numpy())) for x in (a, b))
    truth = np.minimum(1, 1 - p + q) if form == "hinge" else 1 - p + p * q
    assert implies(a, b, form).item() == pytest.approx((1 - truth).mean(), rel=1e-10)
    mask = torch.arange(50) % 3 == 0
    assert implies(a, b, form, mask).item() == pytest.approx((1 - truth)[::3].mean(), rel=1e-10)


def test_an_implication_that_holds_costs_nothing_in_the_hinge():
    a = torch.linspace(-3, 3, 9, dtype=torch.float64)
    assert implies(a, a + 0.1).item() == 0
    assert implies(a + 0.1, a).item() > 0


def test_an_unknown_form_is_refused():
    with pytest.raises(ValueError, match="'hinge' or 'product', got 'soft': choose one"):
        implies(torch.zeros(2), torch.zeros(2), "soft")


def test_a_monotone_relation_is_over_all_pairs():
    cause, effect = heads(2, 12).detach()
    cause[5] = cause[3]  # a tie asks for nothing
    pairs = [(i, j) for i in range(12) for j in range(12) if cause[i] > cause[j]]
    assert len(pairs) == 12 * 11 / 2 - 1
    expected = np.mean([max(0, 0.2 - float(effect[i] - effect[j])) for i, j in pairs])
    assert monotone(cause, effect, 0.2).item() == pytest.approx(expected, rel=1e-10)
    few = monotone(cause, effect, 0.2, torch.arange(12) < 4)
    assert few.item() == pytest.approx(monotone(cause[:4], effect[:4], 0.2).item(), rel=1e-12)
    assert monotone(cause, 2 * cause).item() == 0
    assert monotone(torch.zeros(4), effect[:4]).item() == 0


# --- between parameters ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(2, 9), (5, 5), (7, 3), (1, 4)])
def test_the_trace_norm_is_the_sum_of_singular_values(shape):
    w = heads(*shape)
    value = trace_norm(w)
    u, s, vt = np.linalg.svd(w.detach().numpy(), full_matrices=False)
    assert value.item() == pytest.approx(s.sum(), rel=1e-10)
    [slope] = torch.autograd.grad(value, w)
    assert slope.numpy() == pytest.approx(u @ vt, abs=1e-10)


def test_the_trace_norm_of_heads_that_share_a_direction_or_are_nothing():
    w = torch.outer(torch.tensor([1.0, -2.0, 0.5]), torch.tensor([3.0, 4.0])).requires_grad_()
    value = trace_norm(w)
    value.backward()
    assert value.item() == pytest.approx(float(w.detach().norm()), rel=1e-6)
    assert w.grad.isfinite().all()
    nothing = torch.zeros(3, 2, requires_grad=True)
    trace_norm(nothing).backward()
    assert torch.equal(nothing.grad, torch.zeros(3, 2))


def test_penalties_keep_their_digits_under_autocast():
    w = heads(3, 8).detach().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert trace_norm(w).item() == pytest.approx(np.linalg.svd(w.numpy())[1].sum(), rel=1e-5)
        given = task_covariance(w, 2 * torch.eye(3))
    assert given.item() == pytest.approx(2 * w.square().sum().item(), rel=1e-5)


def test_a_given_covariance_is_that_of_the_paper():
    w = heads(3, 8)
    omega = np.array([[1.0, 0.5, 0.1], [0.5, 2.0, -0.3], [0.1, -0.3, 0.7]])
    value = task_covariance(w, torch.tensor(np.linalg.inv(omega)))
    columns = w.detach().numpy().T  # the paper's W
    expected = np.trace(columns @ np.linalg.inv(omega) @ columns.T)
    assert value.item() == pytest.approx(expected, rel=1e-10)


def test_the_learnt_covariance_is_at_its_closed_form():
    # value and gradient of the alternation of Zhang & Yeung: Omega = (W' W)^(1/2) / tr, held fixed
    w = heads(3, 8)
    root = sqrtm((w @ w.mT).detach().numpy())
    omega = root / np.trace(root)
    assert task_relation(w).numpy() == pytest.approx(omega, abs=1e-10)
    given = task_covariance(w, torch.tensor(np.linalg.inv(omega)))
    learnt = task_covariance(w)
    assert learnt.item() == pytest.approx(given.item(), rel=1e-10)
    one, other = (torch.autograd.grad(value, w)[0].numpy() for value in (learnt, given))
    assert one == pytest.approx(other, rel=1e-9, abs=1e-10)


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).double()


def test_a_tie_is_the_squared_distance_over_pairs():
    torch.manual_seed(0)
    networks = [network() for _ in range(3)]
    flat = [torch.cat([p.detach().flatten() for p in n.parameters()]).numpy() for n in networks]
    assert tie(*networks[:2]).item() == pytest.approx(np.square(flat[0] - flat[1]).sum(), rel=1e-10)
    expected = sum(np.square(flat[i] - flat[j]).sum() for i, j in [(0, 1), (0, 2), (1, 2)])
    assert tie(*networks).item() == pytest.approx(expected, rel=1e-10)


def test_a_tie_to_a_frozen_copy_is_the_distance_to_the_start():
    torch.manual_seed(0)
    trained = network()
    start = copy.deepcopy(trained).requires_grad_(False)
    assert tie(trained, start).item() == 0
    with torch.no_grad():
        trained[0].bias += 0.5
    value = tie(trained, start)
    value.backward()
    assert value.item() == pytest.approx(4 * 0.25, rel=1e-10)
    assert trained[0].bias.grad.tolist() == pytest.approx([1.0] * 4, rel=1e-10)
    assert start[0].bias.grad is None


def test_networks_of_other_shapes_cannot_be_tied():
    with pytest.raises(ValueError, match="got 2 of 2 kinds: tie equal parts only"):
        tie(nn.Linear(2, 3), nn.Linear(3, 2))
    with pytest.raises(ValueError, match="got 1 of 1 kinds"):
        tie(nn.Linear(2, 3))
