"""Figures of merit of a whole split, as torch functions that run under vmap.

Nothing here depends on values for its control flow or its shapes, so that the figures of many
stacked models come from one call. They agree with scikit-learn's functions of the same names.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def accuracy(logits: Tensor, target: Tensor) -> Tensor:
    """Share of samples whose greatest logit is that of their class.

    Args:
        logits: B x C.
        target: B class numbers.

    Returns:
        A float scalar in [0, 1].
    """
    return (logits.argmax(-1) == target).float().mean()


def binary_f1(logits: Tensor, target: Tensor) -> Tensor:
    """F1 = 2 TP / (2 TP + FP + FN) of the positive class, over all elements together.

    Args:
        logits: of any shape; positive above 0, that is above a probability of 1/2.
        target: of the same shape, 0 or 1.

    Returns:
        A float scalar in [0, 1]; 0 where nothing is positive, neither predicted nor true.
    """
    predicted, true = logits > 0, target > 0.5
    return _f1((predicted & true).sum(), predicted.sum(), true.sum())


def macro_f1(logits: Tensor, target: Tensor) -> Tensor:
    """Mean of the F1 of each class against the others, every class counting the same.

    Args:
        logits: B x C.
        target: B class numbers from 0 to C-1.

    Returns:
        A float scalar in [0, 1]. Classes that are neither predicted nor true are left out, as
        scikit-learn does, so that a split that lacks a class is not punished for it.
    """
    classes = logits.shape[-1]
    predicted, true = F.one_hot(logits.argmax(-1), classes), F.one_hot(target, classes)
    hits, guesses, members = (predicted * true).sum(0), predicted.sum(0), true.sum(0)
    present = (guesses + members > 0).sum()
    return _f1(hits, guesses, members).sum() / present


def _f1(hits: Tensor, predicted: Tensor, true: Tensor) -> Tensor:
    # clamp: 0 / 1 rather than 0 / 0 where nothing is positive
    return 2 * hits / torch.clamp(predicted + true, min=1)
