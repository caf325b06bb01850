"""Norms of each loss term's gradient over shared parameters, at the start of training."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from jrtune.losses import gradient_norms
from jrtune.train.loop.minimised import learnt


def norms_at_start(terms: Sequence[Tensor], model: nn.Module) -> Tensor | None:
    """Gradient norms of a minibatch's T loss terms, T, not waited for; None where they have none alone.

    A reentrant checkpoint, for one, gives gradients to ``backward`` only: it trains, and has no such norms.
    """
    try:
        return gradient_norms(terms, learnt(model))
    except RuntimeError:
        return None
