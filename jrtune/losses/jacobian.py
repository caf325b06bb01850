"""Gradients of loss terms, each alone, over the parameters of a network: the one place that forms them.

T terms, P numbers of shared parameters; of a stack K candidates, whose tensors lead with K.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

TermGradient = tuple[Tensor | None, ...]
"""The gradient of one loss term in each parameter; None where the term does not depend on it."""
Sparsity = tuple[tuple[bool, ...], ...]
"""Sparsity pattern of a Jacobian, T x parameters: True where the term depends on the parameter."""


@dataclass(frozen=True)
class Jacobian:
    """The gradients of T loss terms, of one candidate or of K stacked ones.

    Shapes are those of one candidate; of K stacked ones they lead with K.

    Attributes:
        gradients: of each of T terms, in each parameter, of its shape; 0 where there is no dependence.
        sparsity: its pattern, the same for all candidates.
        stacked: True where tensors lead with K.
    """

    gradients: tuple[tuple[Tensor, ...], ...]
    sparsity: Sparsity
    stacked: bool = False

    @property
    def shared(self) -> tuple[bool, ...]:
        """Mask of the parameters that count: see :func:`shared`."""
        return shared(self.sparsity)

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
    terms: Sequence[Tensor],
    parameters: Sequence[Tensor],
    sparsity: Sparsity | None = None,
    stacked: bool = False,
) -> Jacobian:
    """The Jacobian of T loss terms; the graph is retained.

    Args:
        terms: T scalars; of a stack each is the sum over candidates, whose parameters meet no others' losses.
        parameters: tensors that require gradients, with K first where they are stacked.
        sparsity: None finds it; of a stack it must be passed, for there one operation makes all terms.
        stacked: True where parameters lead with K.

    Examples:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> jacobian = jr.losses.jacobian_of([x.sum(), x.square().sum()], [x])
        >>> jacobian.flat().tolist(), jacobian.gram().tolist()
        ([[1.0, 1.0], [2.0, 4.0]], [[2.0, 6.0], [6.0, 20.0]])
    """
    gradients = list(_gradients_of(terms, parameters))
    dense = tuple(
        tuple(p.new_zeros(()).expand_as(p) if g is None else g for g, p in zip(row, parameters, strict=True))
        for row in gradients
    )
    return Jacobian(dense, sparsity or _sparsity(gradients), stacked)


def gradient_norms(
    terms: Sequence[Tensor],
    parameters: Sequence[Tensor],
    sparsity: Sparsity | None = None,
    stacked: bool = False,
) -> Tensor:
    """``jacobian_of(...).norms()`` in the memory of one row: T, float64; K x T stacked.

    GradNorm (Chen et al. 2018, section 3.1) balances by ``G_i = ||grad_W w_i L_i||_2`` over shared parameters
    W; the same norms without the weights, at the start of training, are the scale that weights act on.
    """
    norms, found = [], []
    for row in _gradients_of(terms, parameters):
        found.append(tuple(g is not None for g in row))
        norms.append(
            [
                p.new_zeros(p.shape[: int(stacked)]) if g is None else _norm(g, stacked)
                for g, p in zip(row, parameters, strict=True)
            ]
        )
    return _combined(norms, shared(sparsity or tuple(found)))


def sparsity_of(terms: Sequence[Tensor], parameters: Sequence[Tensor]) -> Sparsity:
    """The sparsity pattern of T loss terms: the parameters on which each depends."""
    return _sparsity(_gradients_of(terms, parameters))


def shared(sparsity: Sparsity) -> tuple[bool, ...]:
    """Mask of the parameters on which at least two terms depend; all of them where there is none.

    >>> shared(((True, True, False), (True, False, True)))
    (True, False, False)
    >>> shared(((True, False), (False, True)))
    (True, True)
    """
    several = tuple(sum(column) > 1 for column in zip(*sparsity, strict=True))
    return several if any(several) else (True,) * len(several)


def _gradients_of(terms: Sequence[Tensor], parameters: Sequence[Tensor]) -> Iterator[TermGradient]:
    for term in terms:
        if term.requires_grad:
            yield torch.autograd.grad(term, parameters, retain_graph=True, allow_unused=True)
        else:
            yield (None,) * len(parameters)


def _sparsity(gradients: Iterator[TermGradient] | Sequence[TermGradient]) -> Sparsity:
    return tuple(tuple(g is not None for g in row) for row in gradients)


def _norm(gradient: Tensor, stacked: bool) -> Tensor:
    """Norm of the gradient in one parameter: a number, or K."""
    norm: Tensor = (
        torch.linalg.vector_norm(gradient.reshape(len(gradient), -1), dim=1)
        if stacked
        else torch.linalg.vector_norm(gradient)
    )
    return norm


def _combined(norms: Sequence[Sequence[Tensor]], counted: Sequence[bool]) -> Tensor:
    """Norms over all parameters that count, from those in single ones: T, float64; K x T stacked."""
    per_term = [
        torch.stack([n if c else torch.zeros_like(n) for n, c in zip(row, counted, strict=True)], dim=-1)
        for row in norms
    ]
    return torch.stack(per_term, dim=-2).double().square().sum(-1).sqrt()
