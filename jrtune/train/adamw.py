"""AdamW as torch computes it, without what the class of that name brings along."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Defaults of torch.optim.AdamW, which are those of Kingma & Ba 2015, algorithm 1."""


class AdamW:
    """AdamW (Loshchilov & Hutter 2019, algorithm 2), fused, by torch's public function.

    The numbers are those of ``torch.optim.AdamW(fused=True)``. Making an object of that class imports
    torch's compiler, which takes 1.5 to 3 s, longer than a short training.

    Args:
        groups: (parameters, their weight decay). A parameter without a gradient is left as it is.
    """

    def __init__(self, groups: Sequence[tuple[Sequence[nn.Parameter], float]]) -> None:
        self.groups = groups
        self.moments: dict[nn.Parameter, tuple[Tensor, Tensor, Tensor]] = {}

    def zero_grad(self) -> None:
        """Forgets the gradients."""
        for parameters, _ in self.groups:
            for parameter in parameters:
                parameter.grad = None

    @torch.no_grad()
    def step(self, lr: float) -> None:
        """One step at this learning rate; the device is not waited for."""
        for parameters, decay in self.groups:
            moved = [(p, p.grad, *self._moments(p)) for p in parameters if p.grad is not None]
            if moved:
                weights, grads, means, squares, counts = map(list, zip(*moved, strict=True))
                adamw(
                    weights,
                    grads,
                    means,
                    squares,
                    [],
                    counts,
                    fused=True,
                    amsgrad=False,
                    beta1=BETA1,
                    beta2=BETA2,
                    lr=lr,
                    weight_decay=decay,
                    eps=EPSILON,
                    maximize=False,
                )

    def _moments(self, parameter: nn.Parameter) -> tuple[Tensor, Tensor, Tensor]:
        """(mean of gradients, mean of their squares, number of steps), from 0 at the first gradient."""
        if parameter not in self.moments:
            count = torch.zeros((), dtype=torch.float32, device=parameter.device)
            self.moments[parameter] = (torch.zeros_like(parameter), torch.zeros_like(parameter), count)
        return self.moments[parameter]
