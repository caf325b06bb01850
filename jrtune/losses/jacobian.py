"""Gradients of loss terms, each alone, over the parameters of a network: the one place that forms them.

T terms, P numbers of shared parameters; of a stack K candidates, whose tensors lead with K.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Row = tuple[Tensor | None, ...]
"""The gradient of one loss term in each parameter; None where the term does not depend on it."""
Reach = tuple[tuple[bool, ...], ...]
"""Of each of T terms, for each parameter, whether the term depends on it."""


@dataclass(frozen=True)
class Jacobian:
    """The gradients of T loss terms, of one candidate or of K stacked ones.

    Shapes are those of one candidate; of K stacked ones they lead with K.

    Attributes:
        gradients: of each of T terms, in each parameter, of its shape; 0 where the term does not reach it.
        reach: which terms reach which parameters, the same for all candidates.
        stacked: whether tensors lead with K.
    """

    gradients: tuple[tuple[Tensor, ...], ...]
    reach: Reach
    stacked: bool = False

    @property
    def shared(self) -> tuple[bool, ...]:
        """Which parameters count: see :func:`shared`."""
        return shared(self.reach)

    def flat(self) -> Tensor:
        """The matrix, T x P, over the parameters that are :attr:`shared`."""
        chosen = self.shared
        return torch.stack(
            [
                torch.cat([self._line(g) for g, counts in zip(row, chosen, strict=True) if counts], dim=-1)
                for row in self.gradients
            ],
            dim=-2,
        )

    def gram(self) -> Tensor:
        """Inner products of the terms' gradients, T x T."""
        flat = self.flat()
        return flat @ flat.mT

    def norms(self) -> Tensor:
        """Norms of the terms' gradients, T, float64."""
        return _combined([[_norm(g, self.stacked) for g in row] for row in self.gradients], self.shared)

    def _line(self, gradient: Tensor) -> Tensor:
        return gradient.reshape(*gradient.shape[: int(self.stacked)], -1)


def jacobian_of(
    terms: Sequence[Tensor], parameters: Sequence[Tensor], reach: Reach | None = None, stacked: bool = False
) -> Jacobian:
    """The Jacobian of T loss terms; the graph stays for whoever needs it next.

    Args:
        terms: T scalars; of a stack each is the sum over candidates, whose parameters meet no others' losses.
        parameters: tensors that require gradients, with K first where they are stacked.
        reach: where it is known; of a stack it must be, for there one operation makes all terms.
        stacked: whether parameters lead with K.
    """
    rows = list(_rows(terms, parameters))
    dense = tuple(
        tuple(p.new_zeros(()).expand_as(p) if g is None else g for g, p in zip(row, parameters, strict=True))
        for row in rows
    )
    return Jacobian(dense, reach or _reach(rows), stacked)


def gradient_norms(
    terms: Sequence[Tensor], parameters: Sequence[Tensor], reach: Reach | None = None, stacked: bool = False
) -> Tensor:
    """``jacobian_of(...).norms()`` in the memory of one row: T, float64; K x T stacked.

    GradNorm (Chen et al. 2018, section 3.1) balances by ``G_i = ||grad_W w_i L_i||_2`` over shared parameters
    W; the same norms without the weights, at the start of training, are the scale that weights act on.
    """
    norms, found = [], []
    for row in _rows(terms, parameters):
        found.append(tuple(g is not None for g in row))
        norms.append(
            [
                p.new_zeros(p.shape[: int(stacked)]) if g is None else _norm(g, stacked)
                for g, p in zip(row, parameters, strict=True)
            ]
        )
    return _combined(norms, shared(reach or tuple(found)))


def reach_of(terms: Sequence[Tensor], parameters: Sequence[Tensor]) -> Reach:
    """Which of T loss terms depend on which parameters."""
    return _reach(_rows(terms, parameters))


def shared(reach: Reach) -> tuple[bool, ...]:
    """Which parameters at least two terms reach; all of them where there is no such one.

    >>> shared(((True, True, False), (True, False, True)))
    (True, False, False)
    >>> shared(((True, False), (False, True)))
    (True, True)
    """
    several = tuple(sum(column) > 1 for column in zip(*reach, strict=True))
    return several if any(several) else (True,) * len(several)


def _rows(terms: Sequence[Tensor], parameters: Sequence[Tensor]) -> Iterator[Row]:
    for term in terms:
        if term.requires_grad:
            yield torch.autograd.grad(term, parameters, retain_graph=True, allow_unused=True)
        else:
            yield (None,) * len(parameters)


def _reach(rows: Iterator[Row] | Sequence[Row]) -> Reach:
    return tuple(tuple(g is not None for g in row) for row in rows)


def _norm(gradient: Tensor, stacked: bool) -> Tensor:
    """Of the gradient in one parameter: a number, or K."""
    norm: Tensor = (
        torch.linalg.vector_norm(gradient.reshape(len(gradient), -1), dim=1)
        if stacked
        else torch.linalg.vector_norm(gradient)
    )
    return norm


def _combined(norms: Sequence[Sequence[Tensor]], counted: Sequence[bool]) -> Tensor:
    """Of norms in single parameters, those over all that count: T, float64; K x T stacked."""
    rows = [
        torch.stack([n if c else torch.zeros_like(n) for n, c in zip(row, counted, strict=True)], dim=-1)
        for row in norms
    ]
    return torch.stack(rows, dim=-2).double().square().sum(-1).sqrt()
