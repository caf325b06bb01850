"""Soft sharing by cross-stitch units (Misra et al. 2016, "Cross-stitch Networks for Multi-task Learning")."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

import torch
from torch import Tensor, nn


class CrossStitch(nn.Module):
    """Learnt linear mixture of the tasks' features, channel by channel (Misra et al. 2016, eq. 1).

    Task s gets ``sum_t alpha[s, t, c] * x[t][:, c]`` in channel c. The paper trains alpha at a far
    higher learning rate than the rest; here it has the same one, as a trainer with one rate asks.

    Args:
        tasks: T, how many tasks have features.
        channels: C, of each task's features.
        own: initial share of a task's own features; the others share the rest equally. 0.9
            (with 0.1 for the other of two) is best in the paper's ablation; at 1 the tasks start apart.

    Raises:
        ValueError: there is no task or channel, or ``own`` is no share.

    Examples:
        >>> mixed = jr.models.CrossStitch(tasks=2, channels=1, own=0.9)([torch.ones(1, 1), torch.zeros(1, 1)])
        >>> [round(x.item(), 3) for x in mixed]
        [0.9, 0.1]
    """

    def __init__(self, tasks: int, channels: int, own: float = 0.9) -> None:
        super().__init__()
        if tasks < 1 or channels < 1:
            raise ValueError(
                f"expected a task and a channel or more, got tasks={tasks}, channels={channels}: raise it"
            )
        if not 0 <= own <= 1:
            raise ValueError(f"expected own between 0 and 1, got {own}: it is a share")
        other = (1 - own) / (tasks - 1) if tasks > 1 else 0.0
        mixture = torch.full((tasks, tasks), other).fill_diagonal_(own)
        self.alpha = nn.Parameter(mixture[:, :, None].repeat(1, 1, channels))

    def forward(self, features: Sequence[Tensor]) -> list[Tensor]:
        """T tensors B x C x ..., all of one shape -> T tensors of that shape."""
        ones = [1] * (features[0].dim() - 2)
        shares = self.alpha.view(*self.alpha.shape, *ones)
        # sums of whole maps: einsum would turn the channels last for a product of T x T numbers
        return [reduce(add, (a * x for a, x in zip(row, features, strict=True))) for row in shares]
