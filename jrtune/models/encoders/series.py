"""Convolutional encoder of waves, vibration and other series."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from jrtune.models.sizes import check_sizes


class SeriesEncoder(nn.Module):
    """Convolutions with stride and ReLU: B x channels[0] x L -> B x channels[-1] x L'.

    Each layer divides the length by the stride, rounded up. ``.mean(2)`` gives one vector a sample,
    ``.transpose(1, 2)`` tokens, ``[:, :, -1]`` what is known at the end. There is no batch norm, for the
    reason given at :class:`~jrtune.models.ConvBlock`.

    Args:
        channels: of the input, then of each layer's output; two numbers or more.
        kernel: length of a filter, odd.
        stride: steps between its places.
        groups: groups of the norm after each convolution (Wu & He 2018); 0 for no norm.

    Raises:
        ValueError: too few channels, an even kernel, or groups that do not divide the channels.

    Examples:
        >>> jr.models.SeriesEncoder([2, 8, 16])(torch.zeros(3, 2, 128)).shape
        torch.Size([3, 16, 8])
    """

    def __init__(self, channels: Sequence[int], kernel: int = 9, stride: int = 4, groups: int = 0) -> None:
        super().__init__()
        check_sizes("channels", channels, least=2)
        if kernel % 2 == 0:
            raise ValueError(f"expected an odd kernel, which has a middle, got {kernel}: add or take one")
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers.append(nn.Conv1d(inputs, outputs, kernel, stride, padding=kernel // 2))
            layers += [nn.GroupNorm(groups, outputs), nn.ReLU()] if groups else [nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """B x channels[0] x L -> B x channels[-1] x L'."""
        return self.layers(x)  # type: ignore[no-any-return]
