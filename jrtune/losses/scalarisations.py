"""Scalarisations: from the weighted losses ``a_i = w_i f_i`` to the scalar that a weighting minimises.

The weighted sum reaches the convex parts of a front alone. The Chebyshev forms reach every part: their
minimiser lies where the ray ``w_1 f_1 = ... = w_T f_T`` meets the front, so a greater weight gives a lesser
loss in them as in the sum. The ideal point is 0, the least that a loss which is not negative can be, and no
unit is taken out of the losses: terms of different units are brought together by their weights, which is
what the search is for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from jrtune.losses.balancing import Balancing
from jrtune.losses.jacobian import Jacobian

TEMPERATURE = 0.1
"""Temperature of the smooth form, in units of the greatest weighted loss; Lin et al. take 0.1 of losses of
size one."""
SHARE_OF_SUM = 0.05
"""Steuer & Choo's rho, which keeps all terms learning; 0.05 as in ParEGO (Knowles 2006)."""


class Scalarisation(Protocol):
    """Turns weighted losses into one scalar, over the last dimension.

    Written without a branch on values, so that it stacks and can be captured.
    """

    def __call__(self, parts: Tensor, weighed: Tensor | None = None) -> Tensor:
        """The scalar, of shape ``...``.

        Args:
            parts: ``w_i f_i``, ... x T.
            weighed: which parts count, ... x T; all where it is None. The others have no gradient.
        """
        ...


def weighted_sum(parts: Tensor, weighed: Tensor | None = None) -> Tensor:
    """``sum_i a_i``."""
    return _or(parts, weighed, 0.0).sum(-1)


def chebyshev(parts: Tensor, weighed: Tensor | None = None) -> Tensor:
    """``max_i a_i`` (Bowman 1976), from the ideal point 0."""
    return _or(parts, weighed, -math.inf).amax(-1)


def augmented_chebyshev(parts: Tensor, weighed: Tensor | None = None) -> Tensor:
    """``max_i a_i + rho sum_i a_i`` (Steuer & Choo 1983, with the weights in the sum too)."""
    return chebyshev(parts, weighed) + SHARE_OF_SUM * weighted_sum(parts, weighed)


def smooth_chebyshev(parts: Tensor, weighed: Tensor | None = None) -> Tensor:
    """``mu log sum_i exp(a_i / mu)`` (Lin et al. 2024, smooth Tchebycheff).

    mu is a share of the greatest ``a_i``, taken anew each step and not differentiated. A fixed mu, as in the
    paper, would have the losses' unit: what is small beside it would be no more than summed.
    """
    counted = _or(parts, weighed, -math.inf)
    greatest = counted.detach().amax(-1, keepdim=True).abs()
    mu = (TEMPERATURE * greatest).clamp_min(torch.finfo(parts.dtype).tiny)
    return mu.squeeze(-1) * torch.logsumexp(counted / mu, -1)


def _or(parts: Tensor, weighed: Tensor | None, otherwise: float) -> Tensor:
    # chosen, not multiplied: zero times an infinite loss is no number
    return parts if weighed is None else torch.where(weighed, parts, otherwise)


SCALARISATIONS: Mapping[str, Scalarisation] = {
    "sum": weighted_sum,
    "chebyshev": chebyshev,
    "smooth-chebyshev": smooth_chebyshev,
    "augmented-chebyshev": augmented_chebyshev,
}
"""Scalarisations by the name that a training's ``scalarisation`` gives."""


class Scalarised(Balancing):
    """A scalarisation with fixed weights, over the terms whose weight is positive.

    A term of weight zero is left out rather than multiplied: zero times an infinite loss, or its
    gradient, would be NaN, and a single-task model must not die of a head that it does not train.

    Args:
        weights: T numbers, not negative, one at least positive.
        scalarisation: a name among :data:`SCALARISATIONS`.

    Examples:
        >>> losses = [torch.tensor(3.0), torch.tensor(1.0)]
        >>> jr.losses.Scalarised([0.5, 0.5])(losses).item()
        2.0
        >>> jr.losses.Scalarised([0.5, 0.5], "chebyshev")(losses).item()
        1.5
    """

    def __init__(self, weights: Sequence[float], scalarisation: str = "sum") -> None:
        super().__init__(len(weights))
        self.weights = tuple(weights)
        self.scalarise = SCALARISATIONS[scalarisation]

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return self.scalarise(
            torch.stack([w * f for w, f in zip(self.weights, losses, strict=True) if w > 0])
        )
