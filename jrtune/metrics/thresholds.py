"""Metrics of scores for a yes or no over all thresholds; scores that tie share a threshold.

Scores are n, or n x L for L labels of a sample, targets of the same shape 0 or 1; of several labels the
value is the mean over those that have positives and negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor

from jrtune.losses.masking import masked_mean


def auroc(scores: Tensor, target: Tensor) -> Tensor:
    """Area under the ROC curve: share of pairs with the positive above the negative, ties counting half.

    Args:
        scores: n or n x L.
        target: of the same shape, 0 or 1.

    Returns:
        A float scalar in [0, 1]; 1/2 where no label has both positives and negatives.

    Examples:
        >>> float(jr.metrics.auroc(torch.tensor([0.9, 0.4, 0.6, 0.1]), torch.tensor([1, 1, 0, 0])))
        0.75
    """
    ahead, alarms, hits = _at_thresholds(scores, target)
    positives, negatives = hits[..., -1], alarms[..., -1]
    # of each negative, the positives above it, and half of those at its own score
    own = alarms.diff(prepend=torch.zeros_like(alarms[..., :1]), dim=-1)
    area = (own * ahead).sum(-1) / (positives * negatives).clamp(min=1)
    return _mean_label(area, positives, negatives, 0.5)


def sensitivity_at_specificity(scores: Tensor, target: Tensor, specificity: float = 0.9) -> Tensor:
    """Greatest share of positives found by a threshold that leaves this share of negatives alone.

    A point of the ROC curve: the threshold is chosen on the very samples that are measured.

    Args:
        scores: n or n x L; a sample is called positive at or above a threshold.
        target: of the same shape, 0 or 1.
        specificity: the least, in [0, 1].

    Returns:
        A float scalar in [0, 1]; 0 where no label has both positives and negatives.

    Raises:
        ValueError: the specificity is no share.

    Examples:
        >>> scores, target = torch.tensor([0.9, 0.4, 0.6, 0.1]), torch.tensor([1, 1, 0, 0])
        >>> float(jr.metrics.sensitivity_at_specificity(scores, target, specificity=1.0))
        0.5
    """
    if not 0 <= specificity <= 1:
        raise ValueError(f"expected a specificity from 0 to 1, got {specificity}: it is a share")
    _, alarms, hits = _at_thresholds(scores, target)
    positives, negatives = hits[..., -1], alarms[..., -1]
    spared = negatives[..., None] - alarms
    # a share such as 0.7 of 10 may come out a rounding above 7
    allowed = spared >= (specificity - 1e-6) * negatives[..., None]
    best = torch.where(allowed, hits, 0).amax(-1)
    return _mean_label(best / positives.clamp(min=1), positives, negatives, 0.0)


def _at_thresholds(scores: Tensor, target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Counts at each score of a label, from the greatest down, each L x n or n, float64.

    Returns:
        positives above it and half of those at it, negatives at it or above, positives at it or above.
    """
    # sorted ascending by what is negated, so that equal scores can be looked up
    descending, order = (-scores.detach()).movedim(0, -1).sort(-1)
    truth = target.movedim(0, -1).expand_as(order).gather(-1, order)
    descending = descending.contiguous()
    after = torch.searchsorted(descending, descending, right=True)
    before = torch.searchsorted(descending, descending)

    def up_to(what: Tensor, position: Tensor) -> Tensor:
        counts = torch.cat([torch.zeros_like(what[..., :1]), what], -1).cumsum(-1, dtype=torch.float64)
        return counts.gather(-1, position)

    positive, negative = (truth == 1).long(), (truth == 0).long()
    hits = up_to(positive, after)
    return (up_to(positive, before) + hits) / 2, up_to(negative, after), hits


def _mean_label(values: Tensor, positives: Tensor, negatives: Tensor, otherwise: float) -> Tensor:
    both = (positives > 0) & (negatives > 0)
    return torch.where(both.any(), masked_mean(values, both), otherwise)
