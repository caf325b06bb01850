"""The scalar that a step minimises, formed from a network's loss terms."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from jrtune.losses import Balancing, jacobian_of


def minimised(balancing: Balancing, terms: Sequence[Tensor], model: nn.Module) -> Tensor:
    """The scalar to minimise, of T loss terms of a network, and of their Jacobian where it is needed."""
    jacobian = jacobian_of(terms, learnt(model)) if balancing.needs_gradients else None
    value: Tensor = balancing(terms, jacobian)
    return value


def learnt(module: nn.Module) -> list[Tensor]:
    """The parameters that require gradients."""
    return [p for p in module.parameters() if p.requires_grad]
