"""Ways in which tasks share layers, in one form: B x inputs -> T tensors B x outputs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from torch import Tensor, nn

from jrtune.models.sharing.cross_stitch import CrossStitch
from jrtune.models.sharing.experts import PLE, Expert, MMoE, dense
from jrtune.models.sizes import check_sizes


class HardSharing(nn.Module):
    """One layer for all tasks (Caruana 1997): B x inputs -> T times the same B x outputs.

    Args:
        inputs, outputs: numbers of a sample before and after.
        tasks: T.
        expert: what the layer is.
    """

    def __init__(self, inputs: int, outputs: int, tasks: int, expert: Expert = dense) -> None:
        super().__init__()
        self.layer = expert(inputs, outputs)
        self.tasks = tasks

    def forward(self, x: Tensor) -> list[Tensor]:
        """B x inputs -> T tensors B x outputs."""
        return [self.layer(x)] * self.tasks


class CrossStitched(nn.Module):
    """A layer for each task, and a cross-stitch unit behind them: B x inputs -> T tensors B x outputs.

    Args:
        inputs, outputs: numbers of a sample before and after.
        tasks: T.
        expert: what a layer is.
    """

    def __init__(self, inputs: int, outputs: int, tasks: int, expert: Expert = dense) -> None:
        super().__init__()
        self.layers = nn.ModuleList(expert(inputs, outputs) for _ in range(tasks))
        self.unit = CrossStitch(tasks, outputs)

    def forward(self, x: Tensor) -> list[Tensor]:
        """B x inputs -> T tensors B x outputs."""
        return self.unit([layer(x) for layer in self.layers])  # type: ignore[no-any-return]


class SoftSharing(nn.Module):
    """A network for each task, to be tied by a penalty: B x inputs -> T tensors B x outputs.

    Duong et al. 2015, "Low resource dependency parsing". The penalty is ``jr.losses.tie(*sharing.layers)``,
    which a model gives as an output and a loss term weighs; without it the networks are separate. All begin
    alike, so that it begins at zero.

    Args:
        inputs, outputs: numbers of a sample before and after.
        tasks: T.
        expert: what a network is.
    """

    def __init__(self, inputs: int, outputs: int, tasks: int, expert: Expert = dense) -> None:
        super().__init__()
        first = expert(inputs, outputs)
        self.layers = nn.ModuleList(copy.deepcopy(first) for _ in range(tasks))

    def forward(self, x: Tensor) -> list[Tensor]:
        """B x inputs -> T tensors B x outputs."""
        return [layer(x) for layer in self.layers]


SHARINGS: Mapping[str, Callable[[int, int, int, Expert], nn.Module]] = {
    "hard": HardSharing,
    "cross-stitch": CrossStitched,
    "soft": SoftSharing,
    "mmoe": lambda inputs, outputs, tasks, expert: MMoE(inputs, outputs, tasks, expert=expert),
    "ple": lambda inputs, outputs, tasks, expert: PLE([inputs, outputs], tasks, expert=expert),
}
"""Names that a space may choose among, and what each makes of (inputs, outputs, tasks, expert)."""


def sharing_of(name: str, inputs: int, outputs: int, tasks: int, expert: Expert = dense) -> nn.Module:
    """A module from B x inputs to T tensors B x outputs that shares by the way of that name.

    "hard": one layer for all; "cross-stitch": a layer for each, their features mixed; "soft": a layer for
    each, ``layers``, for :func:`jr.losses.tie`; "mmoe": :class:`MMoE`; "ple": :class:`PLE` of one layer.

    Args:
        name: one of ``SHARINGS``.
        inputs, outputs: numbers of a sample before and after.
        tasks: T.
        expert: (inputs, outputs) -> what one layer is.

    Raises:
        ValueError: the name is unknown, or a size is below 1.

    Examples:
        >>> list(jr.models.SHARINGS)
        ['hard', 'cross-stitch', 'soft', 'mmoe', 'ple']
        >>> left, right = jr.models.sharing_of("cross-stitch", 8, 4, tasks=2)(torch.zeros(5, 8))
        >>> left.shape, right.shape
        (torch.Size([5, 4]), torch.Size([5, 4]))
    """
    if name not in SHARINGS:
        raise ValueError(f"expected sharing by one of {', '.join(SHARINGS)}, got {name!r}: choose one")
    check_sizes("inputs, outputs, tasks", (inputs, outputs, tasks))
    return SHARINGS[name](inputs, outputs, tasks, expert)
