"""Figures of the most likely class, or of a yes or no."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.losses.masking import class_numbers, masked_mean, present


def accuracy(logits: Tensor, target: Tensor) -> Tensor:
    """Share of samples whose greatest logit is that of their class.

    Args:
        logits: B x C.
        target: B class numbers.

    Returns:
        A float scalar in [0, 1].

    Examples:
        >>> logits = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]])
        >>> round(float(jr.metrics.accuracy(logits, torch.tensor([0, 1, 1]))), 3)
        0.667
    """
    return masked_mean((logits.argmax(-1) == target).float(), present(target))


def binary_f1(logits: Tensor, target: Tensor) -> Tensor:
    """F1 = 2 TP / (2 TP + FP + FN) of the positive class, over all elements together.

    Args:
        logits: of any shape; positive above 0, that is above a probability of 1/2.
        target: of the same shape, 0 or 1.

    Returns:
        A float scalar in [0, 1]; 0 where nothing is positive, neither predicted nor true.

    Examples:
        >>> float(jr.metrics.binary_f1(torch.tensor([2.0, 1.0, -1.0, -3.0]), torch.tensor([1, 0, 1, 0])))
        0.5
    """
    predicted, true = (logits > 0) & present(target), target > 0.5
    return _f1((predicted & true).sum(), predicted.sum(), true.sum())


def macro_f1(logits: Tensor, target: Tensor) -> Tensor:
    """Mean of the F1 of each class against the others, every class counting the same.

    Args:
        logits: B x C.
        target: B class numbers from 0 to C-1.

    Returns:
        A float scalar in [0, 1]. Classes that are neither predicted nor true are left out, as
        scikit-learn does, so that a split that lacks a class is not punished for it.

    Examples:
        >>> logits = torch.tensor([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0], [0.0, 1.0]])
        >>> float(jr.metrics.macro_f1(logits, torch.tensor([0, 1, 1, 0])))
        0.5
    """
    hits, guesses, members = _by_class(logits, target)
    occurring = (guesses + members > 0).sum()
    return _f1(hits, guesses, members).sum() / occurring.clamp(min=1)


def unweighted_average_recall(logits: Tensor, target: Tensor) -> Tensor:
    """Mean over classes of the share of their samples that are found; scikit-learn's balanced accuracy.

    Args:
        logits: B x C.
        target: B class numbers from 0 to C-1.

    Returns:
        A float scalar in [0, 1], over the classes that occur in the target.

    Examples:
        >>> logits = torch.tensor([[2.0, 1.0], [3.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        >>> round(float(jr.metrics.unweighted_average_recall(logits, torch.tensor([0, 0, 0, 0]))), 3)
        0.75
        >>> float(jr.metrics.unweighted_average_recall(logits, torch.tensor([0, 0, 1, 1])))
        0.75
    """
    hits, _, members = _by_class(logits, target)
    return masked_mean(hits / members.clamp(min=1), members > 0)


def _by_class(logits: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Samples rightly predicted, predicted, and true, of each class: each C."""
    classes, there = logits.shape[-1], present(target)[:, None]
    predicted = F.one_hot(logits.argmax(-1), classes) * there
    true = F.one_hot(class_numbers(target), classes) * there
    return (predicted * true).sum(0), predicted.sum(0), true.sum(0)


def _f1(hits: Tensor, predicted: Tensor, true: Tensor) -> Tensor:
    # clamp: 0 / 1 rather than 0 / 0 where nothing is positive
    return 2 * hits / torch.clamp(predicted + true, min=1)
