"""A latent vector that is drawn around what was learnt (Kingma & Welling 2014)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class GaussianLatent(nn.Module):
    """Mean and spread of a latent vector, and a draw from it: B x inputs -> (B x latent, B).

    "Auto-encoding variational Bayes": while training ``z = mean + spread * noise`` (equation 10, first
    part), else the mean; and how far each sample's normal lies from N(0, 1), the Kullback-Leibler
    divergence of appendix B, summed over the latent numbers.

    Args:
        inputs: numbers that a sample has.
        latent: numbers of the latent vector.

    Examples:
        >>> latent, divergence = jr.models.GaussianLatent(8, latent=2)(torch.zeros(5, 8))
        >>> latent.shape, divergence.shape
        (torch.Size([5, 2]), torch.Size([5]))
    """

    def __init__(self, inputs: int, latent: int) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, latent)
        self.log_variance = nn.Linear(inputs, latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """B x inputs -> (latent vectors B x latent, divergences B)."""
        mean, log_variance = self.mean(x), self.log_variance(x)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        if self.training:
            mean = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        return mean, divergence
