"""Experts that tasks share by gates: MMoE (Ma et al. 2018) and PLE (Tang et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import cast

import torch
from torch import Tensor, nn

from jrtune.models.sizes import check_sizes

Expert = Callable[[int, int], nn.Module]
"""(inputs, outputs) -> a module from B x inputs to B x outputs."""


def dense(inputs: int, outputs: int) -> nn.Module:
    """One linear layer and ReLU."""
    return nn.Sequential(nn.Linear(inputs, outputs), nn.ReLU())


class Gate(nn.Module):
    """A task's mixture of experts, with shares that depend on the sample (Ma et al. 2018, section 4.2).

    Args:
        inputs: numbers that the gate sees of a sample.
        experts: E.
    """

    def __init__(self, inputs: int, experts: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, experts)

    def forward(self, x: Tensor, features: Sequence[Tensor]) -> Tensor:
        """B x inputs, and E tensors B x D -> B x D."""
        shares = self.linear(x).softmax(1)
        return (torch.stack(list(features), dim=1) * shares[..., None]).sum(1)  # type: ignore[no-any-return]


class MMoE(nn.Module):
    """Multi-gate mixture of experts: B x inputs -> T tensors B x outputs.

    Ma et al. 2018, "Modeling task relationships in multi-task learning with multi-gate
    mixture-of-experts", section 4.2: all experts are everybody's, and each task has a gate.

    Args:
        inputs, outputs: numbers of a sample before and after.
        tasks: T.
        experts: how many.
        expert: what one is; a linear layer and ReLU as in the paper's experiments.

    Raises:
        ValueError: a size is below 1.

    Examples:
        >>> left, right = jr.models.MMoE(8, 4, tasks=2, experts=3)(torch.zeros(5, 8))
        >>> left.shape, right.shape
        (torch.Size([5, 4]), torch.Size([5, 4]))
    """

    def __init__(
        self, inputs: int, outputs: int, tasks: int, experts: int = 4, expert: Expert = dense
    ) -> None:
        super().__init__()
        check_sizes("inputs, outputs, tasks, experts", (inputs, outputs, tasks, experts))
        self.experts = nn.ModuleList(expert(inputs, outputs) for _ in range(experts))
        self.gates = nn.ModuleList(Gate(inputs, experts) for _ in range(tasks))

    def forward(self, x: Tensor) -> list[Tensor]:
        """B x inputs -> T tensors B x outputs."""
        features = [expert(x) for expert in self.experts]
        return [gate(x, features) for gate in self.gates]


class PLE(nn.Module):
    """Progressive layered extraction: B x inputs -> T tensors B x sizes[-1].

    Tang et al. 2020, "Progressive layered extraction (PLE): a novel multi-task learning model for
    personalized recommendations", section 4: layers of experts that belong to one task and of experts that
    are shared. A task's gate sees its own and the shared experts (CGC, section 4.1), the shared lane's gate
    sees all; the last layer has no shared lane (section 4.2).

    Args:
        sizes: numbers of a sample, then after each layer; two make CGC.
        tasks: T.
        own: experts of each task in a layer.
        shared: experts of all tasks in a layer.
        expert: what one is.

    Raises:
        ValueError: a size is below 1, or there are fewer than two ``sizes``.

    Examples:
        >>> left, right = jr.models.PLE([8, 16, 4], tasks=2)(torch.zeros(5, 8))
        >>> left.shape, right.shape
        (torch.Size([5, 4]), torch.Size([5, 4]))
    """

    def __init__(
        self, sizes: Sequence[int], tasks: int, own: int = 1, shared: int = 1, expert: Expert = dense
    ) -> None:
        super().__init__()
        check_sizes("sizes", sizes, least=2)
        check_sizes("tasks, own, shared", (tasks, own, shared))
        self.tasks = tasks
        depth = len(sizes) - 1
        self.layers = nn.ModuleList(
            _Extraction(a, b, tasks, own, shared, expert, last=k == depth)
            for k, (a, b) in enumerate(pairwise(sizes), 1)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """B x inputs -> T tensors B x sizes[-1]."""
        lanes = [x] * (self.tasks + 1)
        for layer in self.layers:
            lanes = layer(lanes)
        return lanes


class _Extraction(nn.Module):
    """One layer of PLE: T + 1 lanes, the last one shared -> T + 1 lanes, or T in the last layer."""

    def __init__(
        self, inputs: int, outputs: int, tasks: int, own: int, shared: int, expert: Expert, last: bool
    ) -> None:
        super().__init__()
        self.experts = nn.ModuleList(
            nn.ModuleList(expert(inputs, outputs) for _ in range(shared if lane == tasks else own))
            for lane in range(tasks + 1)
        )
        self.gates = nn.ModuleList(Gate(inputs, own + shared) for _ in range(tasks))
        if not last:
            self.gates.append(Gate(inputs, tasks * own + shared))

    def forward(self, lanes: Sequence[Tensor]) -> list[Tensor]:
        groups = cast("list[nn.ModuleList]", list(self.experts))
        features = [[e(x) for e in group] for group, x in zip(groups, lanes, strict=True)]
        seen = [task + features[-1] for task in features[:-1]] + [list(chain(*features))]
        # without a gate for the shared lane, in the last layer, that lane ends here
        return [gate(x, s) for gate, x, s in zip(self.gates, lanes, seen, strict=False)]
