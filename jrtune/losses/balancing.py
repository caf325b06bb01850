"""Adaptive methods: weights that are set while training. They are what tuned weights must beat."""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Balancing(nn.Module):
    """Turns T losses into one figure to minimise.

    Its parameters are trained with the model's, at the model's learning rate and without weight decay.

    Args:
        terms: T.
    """

    def __init__(self, terms: int) -> None:
        super().__init__()
        self.terms = terms

    @abstractmethod
    def forward(self, losses: Sequence[Tensor]) -> Tensor:
        """The scalar to minimise, of T scalar losses."""

    def after_epoch(self, means: Tensor) -> None:
        """Told the mean of each training loss over the epoch, shape T."""


class Uncertainty(Balancing):
    """Homoscedastic uncertainty: ``sum_i exp(-s_i) f_i + s_i / 2`` with learnt s, from s = 0.

    Kendall, Gal & Cipolla 2018, section 3.2, with s_i = log sigma_i^2 as their section 3.3 advises; the
    form for classification (eq. 10), used for every term, as is usual.
    """

    def __init__(self, terms: int) -> None:
        super().__init__(terms)
        self.log_variance = nn.Parameter(torch.zeros(terms))

    def forward(self, losses: Sequence[Tensor]) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return (torch.exp(-self.log_variance) * torch.stack(list(losses)) + self.log_variance / 2).sum()


class DynamicWeightAverage(Balancing):
    """Weights ``softmax(r / 2)`` where r is the ratio of the last two epochs' losses.

    Liu, Johns & Davison 2019, eq. 7, with their temperature 2; the weights sum to one here, to T there.
    """

    def __init__(self, terms: int) -> None:
        super().__init__(terms)
        self.register_buffer("weights", torch.full((terms,), 1 / terms))
        self.last: Tensor | None = None

    def forward(self, losses: Sequence[Tensor]) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        return (self.weights * torch.stack(list(losses))).sum()

    def after_epoch(self, means: Tensor) -> None:
        """Sets the weights of the next epoch from the means of this one and of the last."""
        if self.last is not None:
            # a loss that has reached 0 stays there: 0 / 0 must not become the weight of every term
            last = self.last.clamp_min(torch.finfo(means.dtype).tiny)
            self.weights = torch.softmax(means / last / 2, dim=0)
        self.last = means


class RandomWeights(Balancing):
    """Weights drawn anew each step: softmax of normal numbers (Lin et al. 2022, RLW, algorithm 1)."""

    def forward(self, losses: Sequence[Tensor]) -> Tensor:
        """The scalar to minimise, of T scalar losses."""
        stacked = torch.stack(list(losses))
        weights = torch.softmax(torch.randn(self.terms, dtype=stacked.dtype, device=stacked.device), dim=0)
        return (weights * stacked).sum()
