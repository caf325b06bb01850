"""Encoders of short texts: B x L words, numbered from 1, with 0 as padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from jrtune.models.sizes import check_sizes


class WordBag(nn.Module):
    """The mean of the words' vectors: B x L int64 -> B x width; 0 for a text without words.

    Args:
        words: size of the vocabulary, padding included.
        width: of each word's vector.

    Examples:
        >>> jr.models.WordBag(words=50, width=8)(torch.tensor([[2, 3, 0], [0, 0, 0]])).shape
        torch.Size([2, 8])
    """

    def __init__(self, words: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, width)

    def forward(self, x: Tensor) -> Tensor:
        """B x L int64 -> B x width."""
        vectors, there = _vectors(self.embedding, x)
        return vectors.sum(1) / there.sum(1).clamp(min=1)


class WordConv(nn.Module):
    """Windows of words, the strongest of each kind: B x L int64 -> B x width; 0 for a text without words.

    Kim 2014, "Convolutional neural networks for sentence classification", section 2: filters of several
    heights over the words' vectors, ReLU, the maximum over places. Windows in which no word stands in the
    middle do not count.

    Args:
        words: size of the vocabulary, padding included.
        width: numbers that come out; the filters are shared out equally among the heights.
        heights: how many words a filter sees, odd.
        embedding: of each word's vector.

    Raises:
        ValueError: a height is even, or the heights do not divide the width.

    Examples:
        >>> jr.models.WordConv(words=50, width=6)(torch.tensor([[2, 3, 4], [0, 0, 0]])).shape
        torch.Size([2, 6])
    """

    def __init__(
        self, words: int, width: int, heights: Sequence[int] = (1, 3, 5), embedding: int = 16
    ) -> None:
        super().__init__()
        check_sizes("heights", heights)
        if any(height % 2 == 0 for height in heights):
            raise ValueError(f"expected odd heights, which keep the length, got {list(heights)}: add one")
        if width % len(heights):
            raise ValueError(
                f"expected a width that {len(heights)} heights divide, got {width}: take a multiple"
            )
        self.embedding = nn.Embedding(words, embedding)
        self.filters = nn.ModuleList(
            nn.Conv1d(embedding, width // len(heights), height, padding=height // 2) for height in heights
        )

    def forward(self, x: Tensor) -> Tensor:
        """B x L int64 -> B x width."""
        vectors, there = _vectors(self.embedding, x)
        across, mask = vectors.transpose(1, 2), there.transpose(1, 2)
        return torch.cat([(f(across).relu() * mask).amax(2) for f in self.filters], dim=1)


def _vectors(embedding: nn.Embedding, x: Tensor) -> tuple[Tensor, Tensor]:
    """The words' vectors, B x L x width, 0 at padding, and 1 where a word is, B x L x 1."""
    vectors = embedding(x)
    there = (x != 0)[..., None].to(vectors)
    return vectors * there, there
