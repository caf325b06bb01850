"""x itself as a model: numbers within bounds that are optimised directly, with no network around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf

import torch
from torch import Tensor, nn


class Point(nn.Module):
    """``x = low + (high - low) sin^2 t``, t of shape D what is trained; it starts uniform in x.

    James & Roos 1975, "Minuit", with sin^2 t for their (1 + sin t) / 2, which is the same map: this way a
    float comes as near to the lower bound as it comes to 0. Every t lies within the bounds, and a minimum at
    a bound is an ordinary one of t, at which the slope is 0; where x is cut off at its bounds instead, there
    is no slope to come back by once an optimiser went too far.

    Args:
        low, high: finite bounds of D numbers, each low below its high.

    Raises:
        ValueError: for other bounds, or none.

    Examples:
        >>> point = jr.models.Point(low=[0.0, -1.0], high=[1.0, 1.0])
        >>> x = point({"nothing": torch.zeros(1)})["x"]
        >>> x.shape, bool((x >= torch.tensor([0.0, -1.0])).all())
        (torch.Size([1, 2]), True)
    """

    low: Tensor
    high: Tensor

    def __init__(self, low: Sequence[float], high: Sequence[float]) -> None:
        super().__init__()
        lows, highs = [*map(float, low)], [*map(float, high)]
        pairs = list(zip(lows, highs, strict=False))
        if not len(lows) == len(highs) > 0 or not all(-inf < a < b < inf for a, b in pairs):
            raise ValueError(
                f"expected finite bounds of each number, the low below the high, got {lows} and {highs}: "
                "leave out what is fixed, bound what is free"
            )
        self.register_buffer("low", torch.tensor(lows))
        self.register_buffer("high", torch.tensor(highs))
        self.angle = nn.Parameter(torch.rand(len(lows)).sqrt().asin())

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """n samples of anything -> {"x": n x D}: the same x for each, as outputs have a value a sample."""
        x = self.low + (self.high - self.low) * self.angle.sin().square()
        return {"x": x.expand(next(iter(batch.values())).shape[0], -1)}
