"""Heads that turn the features of a picture of any size into what a task asks for."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class PooledHead(nn.Module):
    """Means over a coarse grid, then one linear layer: B x C x h x w -> B x outputs.

    Args:
        channels: C.
        outputs: how many numbers a sample gets.
        grid: cells along each side; 1 pools globally, more keeps some of the place.

    Examples:
        >>> jr.models.PooledHead(6, outputs=10, grid=2)(torch.zeros(5, 6, 8, 8)).shape
        torch.Size([5, 10])
    """

    def __init__(self, channels: int, outputs: int, grid: int = 1) -> None:
        super().__init__()
        self.grid = grid
        self.linear = nn.Linear(channels * grid * grid, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w -> B x outputs."""
        return self.linear(F.adaptive_avg_pool2d(x, self.grid).flatten(1))  # type: ignore[no-any-return]


class MapHead(nn.Module):
    """A linear layer at each pixel: B x C x h x w -> B x maps x h x w.

    Args:
        channels: C.
        maps: how many maps.

    Examples:
        >>> jr.models.MapHead(6, maps=2)(torch.zeros(5, 6, 8, 8)).shape
        torch.Size([5, 2, 8, 8])
    """

    def __init__(self, channels: int, maps: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, maps, 1)

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w -> B x maps x h x w."""
        return self.conv(x)  # type: ignore[no-any-return]
