"""The weighted sum with fixed weights: what a weighting means."""

from collections.abc import Sequence

import torch
from torch import Tensor

from jrtune.losses.balancing import Balancing


class WeightedSum(Balancing):
    """``sum_i w_i f_i`` over the terms whose weight is positive.

    A term of weight zero is left out rather than multiplied: zero times an infinite loss, or its
    gradient, would be NaN, and a single-task model must not die of a head that it does not train.

    Args:
        weights: T numbers, not negative.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        super().__init__(len(weights))
        self.weights = tuple(weights)

    def forward(self, losses: Sequence[Tensor]) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return torch.stack([w * f for w, f in zip(self.weights, losses, strict=True) if w > 0]).sum()
