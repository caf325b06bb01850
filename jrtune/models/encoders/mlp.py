"""Linear layers in a row, for tables and for features."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from jrtune.models.sizes import check_sizes


class MLP(nn.Sequential):
    """Linear layers with ReLU, and dropout, between them: B x ... x sizes[0] -> B x ... x sizes[-1].

    Args:
        sizes: numbers a sample has at the entry, then after each layer; two or more.
        dropout: probability; 0 for none.

    Raises:
        ValueError: fewer than two sizes.

    Examples:
        >>> jr.models.MLP([8, 16, 3])(torch.zeros(5, 8)).shape
        torch.Size([5, 3])
    """

    def __init__(self, sizes: Sequence[int], dropout: float = 0.0) -> None:
        check_sizes("sizes", sizes, least=2)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(dropout)]
        super().__init__(*layers[:-2])
