"""Decoders: from a latent vector to a picture, or to the words of a short text."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from jrtune.models.encoders.conv import ConvBlock


class ImageDecoder(nn.Module):
    """B x inputs -> B x maps x side x side, unbounded: logits, or values that are compared as they are.

    A linear layer makes a picture of half the side, which is enlarged and smoothed by convolutions.

    Args:
        inputs: numbers of a latent vector.
        side: of the picture, at least 2.
        channels: of the pictures between.
        maps: channels of the picture that comes out.

    Raises:
        ValueError: the side is below 2.

    Examples:
        >>> jr.models.ImageDecoder(4, side=8)(torch.zeros(2, 4)).shape
        torch.Size([2, 1, 8, 8])
    """

    def __init__(self, inputs: int, side: int, channels: int = 16, maps: int = 1) -> None:
        super().__init__()
        if side < 2:
            raise ValueError(f"expected a side of 2 or more, got {side}: a smaller picture needs no decoder")
        half = (side + 1) // 2
        self.small, self.size = (channels, half, half), (side, side)
        self.linear = nn.Linear(inputs, channels * half * half)
        self.block = ConvBlock(channels, channels)
        self.last = nn.Conv2d(channels, maps, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """B x inputs -> B x maps x side x side."""
        small = self.linear(x).relu().view(-1, *self.small)
        return self.last(self.block(F.interpolate(small, size=self.size)))  # type: ignore[no-any-return]


class TextDecoder(nn.Module):
    """B x inputs -> B x length x words logits: every position at once, none waits for the words before it.

    Args:
        inputs: numbers of a latent vector.
        length: positions of a text.
        words: size of the vocabulary, padding included.
        width: numbers of each position, from which its word is predicted.

    Examples:
        >>> jr.models.TextDecoder(4, length=6, words=50)(torch.zeros(2, 4)).shape
        torch.Size([2, 6, 50])
    """

    def __init__(self, inputs: int, length: int, words: int, width: int = 32) -> None:
        super().__init__()
        self.places = nn.Linear(inputs, length * width)
        self.words = nn.Linear(width, words)
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        """B x inputs -> B x length x words."""
        return self.words(self.places(x).relu().unflatten(1, (self.length, -1)))  # type: ignore[no-any-return]
