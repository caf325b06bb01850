"""Checkpoints: the state of a program as data, from which another process can go on."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from jrtune.train.vmapped.vmap_or_loop import Tensors


@dataclass(frozen=True)
class Checkpoint:
    """A program's state after an epoch; with the same problem, jobs and group it can be built again.

    Attributes:
        epoch: the last that was trained.
        live: the members that were still being trained.
        tensors: parameters, buffers, the optimizer's state, and those of the kind of program; copies in
            host memory.
        progress: curves, outcomes, and further notes of the kind of program.
    """

    epoch: int
    live: tuple[int, ...]
    tensors: Tensors
    progress: object


def on_host(tensor: Tensor) -> Tensor:
    """A copy in host memory."""
    return tensor.detach().to("cpu", copy=True)
