"""How strongly each loss term pulls at the parameters that terms share.

GradNorm (Chen et al. 2018, section 3.1) balances by ``G_i = ||grad_W w_i L_i||_2`` over shared parameters W;
the same norms without the weights, at the start of training, are the scale that weights act on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

Gradients = list[Tensor | None]
"""Of one loss term, for each parameter; None where the term does not depend on it."""


def each_gradient(terms: Sequence[Tensor], learnt: Sequence[Tensor]) -> Iterator[Gradients]:
    """The gradients of each of T loss terms; their graph is kept for whoever needs it next."""
    for term in terms:
        if term.requires_grad:
            yield list(torch.autograd.grad(term, learnt, retain_graph=True, allow_unused=True))
        else:
            yield [None] * len(learnt)


def shared(reached: Tensor) -> Tensor:
    """Which of P parameters at least two of T terms reach, P; all of them where there is no such one.

    Args:
        reached: T x P, whether a term depends on a parameter.
    """
    several = reached.sum(0) > 1
    return several if bool(several.any()) else torch.ones_like(several)


def gradient_norms(terms: Sequence[Tensor], learnt: Sequence[Tensor]) -> Tensor:
    """Norms of the gradients of T loss terms over the parameters that are :func:`shared`: T, float64."""
    squares, reached = [], []
    for found in each_gradient(terms, learnt):
        reached.append([grad is not None for grad in found])
        squares.append(
            torch.stack(
                [p.new_zeros(()) if g is None else _norm(g) for g, p in zip(found, learnt, strict=True)]
            )
        )
    counted = shared(torch.tensor(reached)).to(squares[0].device)
    return (torch.stack(squares).double().square() * counted).sum(1).sqrt()


def norms_at_start(terms: Sequence[Tensor], model: nn.Module) -> list[float]:
    """The same of a minibatch's T loss terms before the first step; empty where they have none alone.

    A reentrant checkpoint, for one, gives gradients to ``backward`` only: it trains, and has no such norms.
    """
    try:
        norms = gradient_norms(terms, [p for p in model.parameters() if p.requires_grad])
    except RuntimeError:
        return []
    return norms.tolist()


def _norm(gradient: Tensor) -> Tensor:
    norm: Tensor = torch.linalg.vector_norm(gradient)
    return norm
