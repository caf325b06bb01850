"""Rows of a table as vectors: numbers as they are, categories by what is learnt for each."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from jrtune.models.sizes import check_sizes


class Categories(nn.Module):
    """A learnt vector for each category of each column: B x columns int64 -> B x (columns * width).

    Args:
        sizes: how many categories each column has; they are numbered from 0.
        width: of each vector.

    Raises:
        ValueError: there is no column, or one without a category.

    Examples:
        >>> columns = torch.tensor([[0, 2], [1, 0]])  # two samples of two columns
        >>> jr.models.Categories([2, 3], width=4)(columns).shape
        torch.Size([2, 8])
    """

    def __init__(self, sizes: Sequence[int], width: int) -> None:
        super().__init__()
        check_sizes("sizes", sizes)
        self.columns = nn.ModuleList(nn.Embedding(size, width) for size in sizes)

    def forward(self, x: Tensor) -> Tensor:
        """B x columns int64 -> B x (columns * width)."""
        return torch.cat([column(x[:, c]) for c, column in enumerate(self.columns)], dim=1)
