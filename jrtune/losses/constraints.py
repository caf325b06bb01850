"""Limits ``f_j <= c_j`` on loss terms, by an augmented Lagrangian.

Minimises ``F + sum_j (max(0, l_j + rho_j (f_j - c_j))^2 - l_j^2) / (2 rho_j)`` (Hestenes 1969, Powell 1969;
for inequalities Rockafellar 1973), F the scalar of the weighting, and moves the multipliers l_j after every
epoch by ``rho_j (mean f_j - c_j)``, not below 0.

A departure: beyond twice the limit the penalty goes on as a straight line, and a multiplier rises by no more
than it can fall. What a network loses that has learnt little says how far it has to go, not what the limit
costs: squared, it would throw the first steps about, and multipliers would take many epochs to come down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from jrtune.losses.balancing import Balancing
from jrtune.losses.jacobian import Jacobian

STRENGTH = 1.0
"""``rho_j c_j``: the force against a loss at twice its limit, beside weights that sum to one. In units of the
limit, so that a loss's own unit does not matter."""
MARGIN = 0.002
"""Distance below its limit at which a loss is trained to lie: multipliers approach a limit from above, so
no epoch of a training that aimed at the limit itself would hold it."""


class Constrained(Balancing):
    """Another balancing's scalar, plus penalties that hold loss terms within their limits.

    A term that the balancing leaves out, because its weight is 0, is held to its limit all the same.

    Args:
        inner: what is minimised within the limits.
        limits: number of a term -> the greatest mean loss, above 0; C of them.

    Examples:
        >>> constrained = jr.losses.Constrained(jr.losses.Scalarised([1.0, 0.0]), {1: 0.5})
        >>> losses = [torch.tensor(2.0), torch.tensor(0.5)]
        >>> constrained(losses).item()  # at its limit a loss costs nothing yet
        2.0
    """

    limits: Tensor
    multipliers: Tensor

    def __init__(self, inner: Balancing, limits: Mapping[int, float]) -> None:
        super().__init__(inner.terms)
        self.inner, self.needs_gradients = inner, inner.needs_gradients
        self.constrained = tuple(limits)
        self.register_buffer("limits", torch.tensor(list(limits.values()), dtype=torch.float64))
        self.register_buffer("multipliers", torch.zeros_like(self.limits))

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        value: Tensor = self.inner(losses, jacobian)
        return value + penalty(self.of(losses), self.limits, self.multipliers)

    def of(self, losses: Sequence[Tensor]) -> Tensor:
        """The losses that have a limit, from T losses, each of shape ``...``: ... x C."""
        return torch.stack([losses[term] for term in self.constrained], dim=-1)

    def after_epoch(self, means: Tensor) -> None:
        """Moves the multipliers by the excess of the epoch's means, shape T, over the limits."""
        self.inner.after_epoch(means)
        self.multipliers = force(self.of(means.unbind()), self.limits, self.multipliers)


def penalty(losses: Tensor, limits: Tensor, multipliers: Tensor) -> Tensor:
    """Penalty of an augmented Lagrangian, of shape ``...``; all arguments are ... x C."""
    raised = force(losses, limits, multipliers)
    straight = (losses / limits - 2).clamp_min(0.0)
    return (limits * ((raised.square() - multipliers.square()) / (2 * STRENGTH) + raised * straight)).sum(-1)


def force(losses: Tensor, limits: Tensor, multipliers: Tensor) -> Tensor:
    """The penalty's slope in each loss, ... x C: the multiplier of the next epoch."""
    beyond = (losses / limits - 1).clamp_max(1.0)
    return (multipliers + STRENGTH * beyond).clamp_min(0.0)
