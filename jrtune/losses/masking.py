"""Missing labels, and means over those that are present; without control flow on values."""

from __future__ import annotations

import torch
from torch import Tensor


def present(labels: Tensor) -> Tensor:
    """Mask of the labels that are present: bool, of their shape.

    Missing is NaN in floating-point labels and any negative number in integer ones.
    """
    if labels.is_floating_point():
        return ~labels.isnan()
    return labels >= 0 if labels.dtype is not torch.bool else torch.ones_like(labels)


def class_numbers(labels: Tensor) -> Tensor:
    """Labels as int64, with 0 in place of what is missing, so that they can index."""
    return torch.where(present(labels), labels, 0).long()


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of the values where the mask holds: a scalar, 0 with gradient 0 where it holds nowhere.

    Values outside the mask may be NaN; where they are computed from parameters, give them a finite gradient.

    Args:
        values: of any shape.
        mask: bool or 0 / 1, of a shape that broadcasts to it.

    Examples:
        >>> values = torch.tensor([1.0, float("nan"), 3.0])
        >>> float(jr.losses.masked_mean(values, ~values.isnan()))
        2.0
    """
    mask = (mask > 0).expand_as(values)  # NaN counts as not there
    present_values = torch.where(mask, values, 0)
    return present_values.sum() / mask.sum().clamp(min=1)
