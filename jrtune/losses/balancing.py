"""Adaptive methods: weights that are set while training. They are what tuned weights must beat."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import torch
from torch import Tensor, nn

from jrtune.losses.jacobian import Jacobian


class Balancing(nn.Module):
    """Turns T losses into one scalar to minimise.

    Its parameters are trained with the model's, at the model's learning rate and without weight decay.

    Attributes:
        needs_gradients: True where ``forward`` takes the losses' Jacobian over the model's parameters too.

    Args:
        terms: T.

    Examples:
        >>> balancing = jr.losses.ADAPTIVE["uncertainty"](2)
        >>> isinstance(balancing, jr.losses.Balancing)
        True
        >>> balancing([torch.tensor(3.0), torch.tensor(1.0)]).item()
        4.0
    """

    needs_gradients = False

    def __init__(self, terms: int) -> None:
        super().__init__()
        self.terms = terms

    @abstractmethod
    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses, and of their Jacobian where it is needed."""

    def after_epoch(self, means: Tensor) -> None:
        """Takes the mean of each training loss over the epoch, shape T."""


class GradientBalancing(Balancing):
    """A method that weighs by gradients: minimises ``sum_i w_i f_i``, the weights set anew each step.

    Weights are those of one candidate. A stack runs the same function under vmap, and a graph traced from it,
    so it is written without a branch on values; one that has such a branch is trained one by one.

    Examples:
        >>> class InverseNorms(jr.losses.GradientBalancing):
        ...     def weights(self, losses, jacobian):
        ...         inverse = 1 / jacobian.norms().clamp_min(1e-12)
        ...         return inverse / inverse.sum()
        >>> x = torch.tensor(1.0, requires_grad=True)
        >>> losses = [3 * x, x]
        >>> InverseNorms(2)(losses, jr.losses.jacobian_of(losses, [x])).item()
        1.5
    """

    needs_gradients = True

    @abstractmethod
    def weights(self, losses: Tensor, jacobian: Jacobian) -> Tensor:
        """The T weights of a step, of T losses and their Jacobian; neither has a gradient of its own."""

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses and their Jacobian.

        Raises:
            ValueError: without one.
        """
        if jacobian is None:
            raise ValueError(
                "expected the losses' Jacobian, got none: give jacobian_of(losses, list(model.parameters()))"
            )
        stacked = torch.stack(list(losses))
        return (self.weights(stacked.detach(), jacobian).detach().to(stacked.dtype) * stacked).sum()


Method = TypeVar("Method", bound=type[Balancing])

_METHODS: dict[str, type[Balancing]] = {}
ADAPTIVE: Mapping[str, type[Balancing]] = MappingProxyType(_METHODS)
"""Adaptive methods by the name that a candidate's ``balancing`` gives; :func:`adaptive` adds to them."""


def adaptive(name: str) -> Callable[[Method], Method]:
    """Registers an adaptive method, a class that is made of T: ``@adaptive("name")``.

    Args:
        name: a candidate's ``balancing``; part of the name of the study that ``jrtune compare`` makes.

    Raises:
        ValueError: where the name is that of another method. The same class again, of a file that is read
            once more, takes its own place.

    Examples:
        >>> @jr.losses.adaptive("mean-of-losses")
        ... class Mean(jr.losses.Balancing):
        ...     def forward(self, losses, jacobian=None):
        ...         return torch.stack(list(losses)).mean()
        >>> jr.losses.ADAPTIVE["mean-of-losses"] is Mean
        True
    """

    def register(method: Method) -> Method:
        known = _METHODS.get(name)
        same = known is None or known.__qualname__ == method.__qualname__
        if name == "fixed" or not same:
            raise ValueError(f"expected a name of no other method, got {name!r}: choose another")
        _METHODS[name] = method
        return method

    return register


@adaptive("uncertainty")
class Uncertainty(Balancing):
    """Homoscedastic uncertainty: ``sum_i exp(-s_i) f_i + s_i / 2`` with learnt s, from s = 0.

    Kendall, Gal & Cipolla 2018, section 3.2, with s_i = log sigma_i^2 as their section 3.3 advises; the
    form for classification (eq. 10), used for every term, as is usual.
    """

    def __init__(self, terms: int) -> None:
        super().__init__(terms)
        self.log_variance = nn.Parameter(torch.zeros(terms))

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return (torch.exp(-self.log_variance) * torch.stack(list(losses)) + self.log_variance / 2).sum()


@adaptive("dwa")
class DynamicWeightAverage(Balancing):
    """Weights ``softmax(r / 2)`` where r is the ratio of the last two epochs' losses.

    Liu, Johns & Davison 2019, eq. 7, with their temperature 2; the weights sum to one here, to T there.
    """

    def __init__(self, terms: int) -> None:
        super().__init__(terms)
        self.register_buffer("weights", torch.full((terms,), 1 / terms))
        self.last: Tensor | None = None

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return (self.weights * torch.stack(list(losses))).sum()

    def after_epoch(self, means: Tensor) -> None:
        """Sets the weights of the next epoch from the means of this one and of the last."""
        if self.last is not None:
            # a loss that has reached 0 stays there: 0 / 0 must not become the weight of every term
            last = self.last.clamp_min(torch.finfo(means.dtype).tiny)
            self.weights = torch.softmax(means / last / 2, dim=0)
        self.last = means


@adaptive("random-weights")
class RandomWeights(Balancing):
    """Weights drawn anew each step: softmax of normal numbers (Lin et al. 2022, RLW, algorithm 1)."""

    def forward(self, losses: Sequence[Tensor], jacobian: Jacobian | None = None) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        stacked = torch.stack(list(losses))
        weights = torch.softmax(torch.randn(self.terms, dtype=stacked.dtype, device=stacked.device), dim=0)
        return (weights * stacked).sum()
