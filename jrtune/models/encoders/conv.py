"""Convolutional encoders that keep the size of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class ConvBlock(nn.Module):
    """Convolution, optional group norm, ReLU: B x inputs x h x w -> B x outputs x h x w.

    There is no batch norm: its running statistics are state that training changes behind the
    optimiser's back, and they mix the samples of a batch.

    Args:
        inputs, outputs: channels.
        kernel: side of the filter, odd, so that zero padding keeps h and w.
        groups: groups of the norm (Wu & He 2018); 0 for no norm. Must divide ``outputs``.

    Raises:
        ValueError: the kernel is even, or the groups do not divide the outputs.

    Examples:
        >>> jr.models.ConvBlock(3, 8, groups=4)(torch.zeros(2, 3, 16, 16)).shape
        torch.Size([2, 8, 16, 16])
    """

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, groups: int = 0) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"expected an odd kernel, which keeps the size, got {kernel}: add or take one")
        if groups and outputs % groups:
            raise ValueError(
                f"expected groups that divide {outputs} channels, got {groups}: choose a divisor or 0"
            )
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm = nn.GroupNorm(groups, outputs) if groups else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """B x inputs x h x w -> B x outputs x h x w."""
        return self.norm(self.conv(x)).relu()  # type: ignore[no-any-return]


class ConvEncoder(nn.Sequential):
    """Blocks in a row: B x channels[0] x h x w -> B x channels[-1] x h x w.

    Args:
        channels: of the input, then of each block's output; two numbers or more.
        kernel, groups: as in :class:`ConvBlock`.

    Raises:
        ValueError: fewer than two numbers of channels.

    Examples:
        >>> jr.models.ConvEncoder([1, 8, 16])(torch.zeros(2, 1, 8, 8)).shape
        torch.Size([2, 16, 8, 8])
    """

    def __init__(self, channels: Sequence[int], kernel: int = 3, groups: int = 0) -> None:
        if len(channels) < 2:
            raise ValueError(
                f"expected channels of the input and of one block or more, got {list(channels)}: add some"
            )
        super().__init__(*(ConvBlock(a, b, kernel, groups) for a, b in pairwise(channels)))
