"""Contrast and distillation against the papers' definitions."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax, softmax

from jrtune.losses import contrastive, distillation, info_nce


def pair(n=7, d=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(n, d, generator=generator, dtype=torch.float64).requires_grad_() for _ in range(2)]


def clip(one, other, temperature):
    """As the pseudocode of Radford et al. 2021, figure 3."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (one, other))
    logits = a @ b.T / temperature
    return -(np.diag(log_softmax(logits, 0)).mean() + np.diag(log_softmax(logits, 1)).mean()) / 2


def test_contrast_is_that_of_clip():
    one, other = pair()
    expected = clip(one.detach().numpy(), other.detach().numpy(), 0.2)
    assert contrastive(one, other, 0.2).item() == pytest.approx(expected, rel=1e-10)


def test_contrast_is_over_samples_with_both_modalities():
    one, other = pair()
    mask = torch.tensor([1, 0, 1, 1, 0, 1, 1])
    value = contrastive(torch.where(mask[:, None] > 0, one, torch.nan), other, 0.2, mask)
    expected = clip(one.detach().numpy()[mask > 0], other.detach().numpy()[mask > 0], 0.2)
    assert value.item() == pytest.approx(expected, rel=1e-10)
    for grad in torch.autograd.grad(value, [one, other]):
        assert grad.isfinite().all()
        assert torch.equal((grad == 0).all(1), mask == 0)


def test_contrast_is_the_mean_of_its_directions():
    one, other = pair()
    a, b = (x.detach().numpy() / np.linalg.norm(x.detach().numpy(), axis=1, keepdims=True) for x in pair())
    forth, back = info_nce(one, other, 0.2), info_nce(other, one, 0.2)
    assert forth.item() == pytest.approx(-np.diag(log_softmax(a @ b.T / 0.2, 1)).mean(), rel=1e-10)
    assert back.item() == pytest.approx(-np.diag(log_softmax(b @ a.T / 0.2, 1)).mean(), rel=1e-10)
    assert contrastive(one, other, 0.2).item() == pytest.approx((forth + back).item() / 2, rel=1e-10)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_contrast_where_nobody_has_both_is_nothing(dtype):
    one, other = (x.detach().to(dtype).requires_grad_() for x in pair())
    value = contrastive(one, other, mask=torch.zeros(7))
    value.backward()
    assert value.item() == 0
    assert torch.equal(one.grad, torch.zeros_like(one))


def test_a_learnt_temperature_has_a_gradient():
    one, other = (x.detach() for x in pair())
    log = torch.tensor(-1.0, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: contrastive(one, other, t.exp()), log)


def test_distillation_is_that_of_the_paper():
    student, teacher = pair()
    t = 3.0
    p = softmax(teacher.detach().numpy() / t, axis=1)
    kl = (p * (np.log(p) - log_softmax(student.detach().numpy() / t, axis=1))).sum(1)
    value = distillation(student, teacher, t)
    assert value.item() == pytest.approx(t**2 * kl.mean(), rel=1e-10)
    mask = torch.arange(7) < 3
    assert distillation(student, teacher, t, mask).item() == pytest.approx(t**2 * kl[:3].mean(), rel=1e-10)
    value.backward()
    assert teacher.grad is None
    # T (softmax(student / T) - p) / n: equation 2 of the paper times T^2
    expected = t * (softmax(student.detach().numpy() / t, axis=1) - p) / 7
    assert student.grad.numpy() == pytest.approx(expected, rel=1e-8, abs=1e-12)


def test_a_student_who_answers_as_the_teacher_has_nothing_to_learn():
    student, _ = pair()
    assert distillation(student, student + 5.0).item() == pytest.approx(0, abs=1e-15)
