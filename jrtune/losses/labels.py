"""Losses of labels that may be missing (NaN, or a negative class number) or of rare classes.

Each is the mean over the labels that are there; where there is none, it is 0 with gradient 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.losses.masking import class_numbers, masked_mean, present


def cross_entropy(logits: Tensor, target: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross entropy of classes; as in torch a mean weighed by the weights of the samples' classes.

    Args:
        logits: n x C, or n x C x ....
        target: n or n x ..., class numbers, integer or floating-point.
        weights: C, e.g. :func:`class_balanced_weights`.

    Examples:
        >>> logits = torch.zeros(2, 4)
        >>> round(float(jr.losses.cross_entropy(logits, torch.tensor([0, 3]))), 3)  # log 4
        1.386
    """
    classes, there = class_numbers(target), present(target)
    losses = F.cross_entropy(logits, classes, reduction="none")
    if weights is None:
        return masked_mean(losses, there)
    shares = weights.to(logits)[classes] * there
    total = shares.sum()
    return (losses * shares).sum() / torch.where(total > 0, total, 1)


def binary_cross_entropy(logits: Tensor, target: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Binary cross entropy with logits, over all elements together.

    Args:
        logits: of any shape.
        target: of the same shape, 0 or 1 or between.
        positive_weight: factor of the positive part, e.g. above 1 where positives are rare.

    Examples:
        >>> loss = jr.losses.binary_cross_entropy(torch.tensor([0.0, 0.0]), torch.tensor([0.0, 1.0]))
        >>> round(float(loss), 3)  # log 2
        0.693
    """
    there = present(target)
    known = torch.where(there, target, 0).to(logits.dtype)
    # -log sigmoid(x) = softplus(-x)
    losses = positive_weight * known * F.softplus(-logits) + (1 - known) * F.softplus(logits)
    return masked_mean(losses, there)


def absolute_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean absolute error, over all elements together.

    Args:
        prediction: of any shape.
        target: of the same shape, floating-point.

    Examples:
        >>> float(jr.losses.absolute_error(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0])))
        1.5
    """
    there = ~target.isnan()
    return masked_mean((prediction - torch.where(there, target, 0)).abs(), there)


def squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    """Mean squared error, over all elements together.

    Args:
        prediction: of any shape.
        target: of the same shape, floating-point.

    Examples:
        >>> float(jr.losses.squared_error(torch.tensor([1.0, 2.0]), torch.tensor([0.0, 4.0])))
        2.5
    """
    there = ~target.isnan()
    return masked_mean((prediction - torch.where(there, target, 0)).square(), there)


def class_balanced_weights(counts: Sequence[int], beta: float = 0.999) -> Tensor:
    """Weights of C classes by their effective numbers of samples, ``(1 - beta) / (1 - beta^n_c)``.

    Cui et al. 2019, "Class-balanced loss based on effective number of samples", with a mean of 1
    over the classes that occur, as theirs. beta 0 weighs all alike, beta towards 1 by 1 / n_c.

    Args:
        counts: how many training samples each class has; a class without one gets 0.
        beta: in [0, 1).

    Returns:
        C weights, float64.

    Raises:
        ValueError: beta is outside, a count negative, or all are 0.

    Examples:
        >>> [round(float(w), 3) for w in jr.losses.class_balanced_weights([900, 100], beta=0.99)]
        [0.776, 1.224]
    """
    if not 0 <= beta < 1:
        raise ValueError(f"expected beta from 0 to below 1, got {beta}: 0.9 to 0.9999 are usual")
    if not any(counts) or min(counts) < 0:
        raise ValueError(f"expected counts of samples, one at least above 0, got {list(counts)}: count again")
    decay = math.log(beta) if beta else -math.inf
    raw = [(beta - 1) / math.expm1(n * decay) if n else 0.0 for n in counts]
    occurring = sum(n > 0 for n in counts)
    return torch.tensor([occurring * w / math.fsum(raw) for w in raw], dtype=torch.float64)
