"""Errors of numbers."""

from __future__ import annotations

from torch import Tensor

from jrtune.losses.masking import masked_mean, present


def relative_absolute_error(prediction: Tensor, target: Tensor, baseline: Tensor) -> Tensor:
    """Mean absolute error divided by that of a baseline: below 1 it is beaten.

    Hyndman & Koehler 2006, "Another look at measures of forecast accuracy", section 2.4 (RelMAE); with the
    value a season ago as baseline, that of a seasonal forecast.

    Args:
        prediction, target, baseline: floating-point, of one shape; all elements together. Elements that are
            missing (NaN) in target or baseline are left out of both errors.

    Returns:
        A float scalar, not negative; infinite where the baseline makes no error and the prediction does.

    Examples:
        >>> target, last_week = torch.tensor([10.0, 12.0]), torch.tensor([8.0, 14.0])
        >>> float(jr.metrics.relative_absolute_error(torch.tensor([9.0, 12.0]), target, last_week))
        0.25
    """
    there = present(target) & present(baseline)
    error, its = (masked_mean((guess - target).abs(), there) for guess in (prediction, baseline))
    return error / its
