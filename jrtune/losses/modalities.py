"""Alignment between modalities of the same samples: contrast, and a teacher's answers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.losses.masking import masked_mean


def info_nce(
    queries: Tensor, items: Tensor, temperature: float | Tensor = 0.07, mask: Tensor | None = None
) -> Tensor:
    """Cross entropy of each query finding its own item in the batch: one direction of :func:`contrastive`.

    The cross entropy over rows of the cosines divided by the temperature (van den Oord et al. 2018, equation
    4). It grows with the number of samples it is taken over: compare it over equal numbers only. It holds
    n x n numbers, over a whole split too.

    Args:
        queries, items: n x d; rows of one number belong together. They are brought to length 1 here.
        temperature: a number, or a tensor without dimensions where it is learnt; CLIP starts at 0.07.
        mask: n, bool or 0 / 1: samples that have both. The others are neither looked for nor found, and may
            hold anything but infinities.

    Returns:
        A scalar; 0 where no sample has both.

    Examples:
        >>> round(float(jr.losses.info_nce(torch.eye(2), torch.eye(2), temperature=1.0)), 3)
        0.313
    """
    both = torch.ones_like(queries[:, 0], dtype=torch.bool) if mask is None else mask > 0
    a, b = (F.normalize(torch.where(both[:, None], side, 0), dim=-1) for side in (queries, items))
    logits = a @ b.mT / temperature
    least = torch.finfo(logits.dtype).min / 2  # not -inf, which would make NaN where nobody is left
    return masked_mean(-torch.where(both, logits, least).log_softmax(-1).diagonal(), both)


def contrastive(
    one: Tensor, other: Tensor, temperature: float | Tensor = 0.07, mask: Tensor | None = None
) -> Tensor:
    """Cross entropy of each sample finding itself in the other modality of the batch, in both directions.

    Radford et al. 2021 (CLIP), figure 3: the mean of :func:`info_nce` both ways.

    Args:
        one, other: n x d, of two modalities; rows of one number belong together.
        temperature, mask: as of :func:`info_nce`.

    Returns:
        A scalar; 0 where no sample has both.

    Examples:
        >>> pictures, texts = torch.eye(3), torch.eye(3).flip(0)
        >>> [round(float(jr.losses.contrastive(pictures, other, 0.5)), 3) for other in (pictures, texts)]
        [0.24, 1.573]
    """
    return (info_nce(one, other, temperature, mask) + info_nce(other, one, temperature, mask)) / 2


def distillation(
    student: Tensor, teacher: Tensor, temperature: float = 2.0, mask: Tensor | None = None
) -> Tensor:
    """``T^2 KL(softmax(teacher / T) || softmax(student / T))``, the mean over samples.

    Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network", section 2; T^2 keeps the
    gradient's size as T changes. The teacher learns nothing from it.

    Args:
        student, teacher: logits, n x C.
        temperature: T.
        mask: n, bool or 0 / 1: samples that count.

    Examples:
        >>> teacher = torch.tensor([[2.0, 0.0]])
        >>> [round(float(jr.losses.distillation(s, teacher)), 3) for s in (teacher, torch.zeros(1, 2))]
        [0.0, 0.444]
    """
    guesses, answers = ((x / temperature).log_softmax(-1) for x in (student, teacher.detach()))
    losses = temperature**2 * (answers.exp() * (answers - guesses)).sum(-1)  # vmap has no rule for kl_div
    return masked_mean(losses, torch.ones_like(losses) if mask is None else mask)
