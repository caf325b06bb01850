"""AdamW and SGD as torch computes them, without the imports of torch's classes.

Making an object of torch's classes imports its compiler, which takes 1.5 to 3 s, longer than a short
training. Their numbers come from torch's public functions, fused, which are called here directly.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""Defaults of torch.optim.AdamW, which are those of Kingma & Ba 2015, algorithm 1."""


class ParameterGroup(NamedTuple):
    """Parameters with choices of their own."""

    parameters: Sequence[nn.Parameter]
    decay: float
    """Their weight decay."""
    frozen: bool = False
    """True where they belong to the frozen part (:mod:`jrtune.train.loop.phases`)."""


class Optimizer(ABC):
    """Moves parameters against their gradients. A parameter without a gradient is left as it is."""

    def __init__(self, groups: Sequence[ParameterGroup]) -> None:
        self.groups = groups

    def zero_grad(self) -> None:
        """Forgets the gradients."""
        for group in self.groups:
            for parameter in group.parameters:
                parameter.grad = None

    @torch.no_grad()
    def step(self, lr: float, slowing: float = 1.0) -> None:
        """One step at this learning rate, ``slowing`` times it for frozen groups; waits for no device."""
        for parameters, decay, frozen in self.groups:
            moved = [p for p in parameters if p.grad is not None]
            if moved:
                own = lr * slowing if frozen else lr
                self._move(moved, [p.grad for p in moved if p.grad is not None], own, decay)

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Name -> tensor that steps change beside the parameters, of parameters that had a gradient."""

    @abstractmethod
    def make_tensors(self, names: Collection[str]) -> None:
        """Makes the tensors of these names of :meth:`tensors`, to be filled."""

    def _parameters(self) -> dict[str, nn.Parameter]:
        """Number, as text -> parameter."""
        return {str(k): p for k, p in enumerate(p for group in self.groups for p in group.parameters)}

    @abstractmethod
    def _move(self, parameters: list[nn.Parameter], grads: list[Tensor], lr: float, decay: float) -> None:
        """One step of these parameters, each of which has a gradient."""


class AdamW(Optimizer):
    """AdamW (Loshchilov & Hutter 2019, algorithm 2): the numbers of ``torch.optim.AdamW(fused=True)``."""

    def __init__(self, groups: Sequence[ParameterGroup]) -> None:
        super().__init__(groups)
        self.moments: dict[nn.Parameter, tuple[Tensor, Tensor, Tensor]] = {}

    def _move(self, parameters: list[nn.Parameter], grads: list[Tensor], lr: float, decay: float) -> None:
        means, squares, counts = map(list, zip(*map(self._moments, parameters), strict=True))
        adamw(
            list(parameters),
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

    def tensors(self) -> dict[str, Tensor]:
        """See :meth:`Optimizer.tensors`."""
        parameters = self._parameters()
        own = {number: self.moments[p] for number, p in parameters.items() if p in self.moments}
        return {f"{number} {k}": tensor for number, parts in own.items() for k, tensor in enumerate(parts)}

    def make_tensors(self, names: Collection[str]) -> None:
        """See :meth:`Optimizer.make_tensors`."""
        for number, parameter in self._parameters().items():
            if f"{number} 0" in names:
                self._moments(parameter)

    def _moments(self, parameter: nn.Parameter) -> tuple[Tensor, Tensor, Tensor]:
        """(mean of gradients, mean of their squares, number of steps), from 0 at the first gradient."""
        if parameter not in self.moments:
            count = torch.zeros((), dtype=torch.float32, device=parameter.device)
            self.moments[parameter] = (torch.zeros_like(parameter), torch.zeros_like(parameter), count)
        return self.moments[parameter]


class SGD(Optimizer):
    """SGD with momentum: the numbers of ``torch.optim.SGD(fused=True)``.

    Momentum as in Sutskever et al. 2013, eq. 1, with the learning rate outside of the buffer, as torch has
    it; no dampening, not Nesterov's. Weight decay is L2: it is added to the gradient, so that momentum
    acts on it too, unlike AdamW's.

    Args:
        groups: parameters that are moved.
        momentum: in [0, 1).
    """

    def __init__(self, groups: Sequence[ParameterGroup], momentum: float) -> None:
        super().__init__(groups)
        self.momentum = momentum
        self.buffers: dict[nn.Parameter, Tensor] = {}

    def _move(self, parameters: list[nn.Parameter], grads: list[Tensor], lr: float, decay: float) -> None:
        sgd(
            list(parameters),
            grads,
            [self._buffer(p) for p in parameters],
            fused=True,
            weight_decay=decay,
            momentum=self.momentum,
            lr=lr,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )

    def tensors(self) -> dict[str, Tensor]:
        """See :meth:`Optimizer.tensors`."""
        parameters = self._parameters()
        return {number: self.buffers[p] for number, p in parameters.items() if p in self.buffers}

    def make_tensors(self, names: Collection[str]) -> None:
        """See :meth:`Optimizer.make_tensors`."""
        for number, parameter in self._parameters().items():
            if number in names:
                self._buffer(parameter)

    def _buffer(self, parameter: nn.Parameter) -> Tensor | None:
        """The decaying sum of gradients; torch begins with the first one, as zeros without dampening do."""
        if parameter not in self.buffers:
            self.buffers[parameter] = torch.zeros_like(parameter)
        return self.buffers[parameter]
