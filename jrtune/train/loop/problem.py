"""A study's data on a device, and minibatches from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from jrtune.spec import Study
from jrtune.spec.seeds import derive

SHARE_OF_FREE_MEMORY = 0.5
"""Data that take more of the device's free memory than this are streamed; the rest is for training."""


class Split:
    """One split: a dict of tensors, n x ..., on the device, or in host memory and copied batch by batch.

    Args:
        tensors: name -> n x ....
        device: of the batches.
        resident: True where the tensors lie there already.
    """

    def __init__(self, tensors: Mapping[str, Tensor], device: torch.device, resident: bool) -> None:
        self.tensors = dict(tensors)
        self.device = device
        self.resident = resident
        self.size = length(self.tensors)

    def batches(self, order: Tensor, batch_size: int, first: int = 0) -> Iterator[dict[str, Tensor]]:
        """Batches of :func:`batch_lengths` samples, B x ..., or K x B x ... where there are K orders.

        Args:
            order: n indices in host memory, or K x n.
            batch_size: samples a step.
            first: number of batches that are left out at the start.
        """
        if self.resident:
            order = order.to(self.device)  # one copy an epoch, none a step
        for index in torch.split(order, batch_lengths(self.size, batch_size), dim=-1)[first:]:
            flat = index.flatten()
            yield self._moved(
                {n: t.index_select(0, flat).view(*index.shape, *t.shape[1:]) for n, t in self.tensors.items()}
            )

    def chunks(self, chunk_size: int) -> Iterator[dict[str, Tensor]]:
        """The split in its own order, in chunks, for evaluation."""
        for start in range(0, self.size, chunk_size):
            yield self._moved({name: t[start : start + chunk_size] for name, t in self.tensors.items()})

    def first(self) -> dict[str, Tensor]:
        """A batch of the first sample alone."""
        return next(self.chunks(1))

    def _moved(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        if self.resident:
            return batch
        if self.device.type == "cuda":  # pinned, so that the copy overlaps with the step before
            batch = {name: t.pin_memory() for name, t in batch.items()}
        return {name: t.to(self.device, non_blocking=True) for name, t in batch.items()}


@dataclass(frozen=True)
class Problem:
    """A study made ready to train.

    Attributes:
        study: losses, objectives, model builder, budget.
        splits: "train", "val" and "test".
        device: of the training.
        dtype: of parameters and of floating-point data.
    """

    study: Study
    splits: Mapping[str, Split]
    device: torch.device
    dtype: torch.dtype = torch.float32


def prepare(
    study: Study,
    data: Mapping[str, Mapping[str, object]],
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> Problem:
    """Takes checked splits of arrays or tensors to the device, or leaves them on the host to be streamed."""
    hosts = {name: {k: _tensor(v, dtype) for k, v in batch.items()} for name, batch in data.items()}
    size = sum(t.numel() * t.element_size() for batch in hosts.values() for t in batch.values())
    resident = device.type != "cuda" or size <= SHARE_OF_FREE_MEMORY * torch.cuda.mem_get_info(device)[0]
    storage = device if resident else torch.device("cpu")
    splits = {
        name: Split({k: t.to(storage) for k, t in batch.items()}, device, resident)
        for name, batch in hosts.items()
    }
    return Problem(study, splits, device, dtype)


def length(batch: Mapping[str, Tensor]) -> int:
    """Number of samples a batch has."""
    return len(next(iter(batch.values())))


def batch_lengths(size: int, batch_size: int) -> list[int]:
    """Number of samples each batch of an epoch has: the last may be smaller.

    A single sample left over joins the batch before it, because batch norm cannot train on one.

    >>> batch_lengths(10, 4), batch_lengths(9, 4)
    ([4, 4, 2], [4, 5])
    """
    whole, rest = divmod(size, batch_size)
    if whole and rest == 1:
        return [batch_size] * (whole - 1) + [batch_size + 1]
    return [batch_size] * whole + [rest] * (rest > 0)


def epoch_order(order_seed: int, epoch: int, size: int) -> Tensor:
    """The order of an epoch's samples, ``size`` indices; the same for all that share the seed."""
    generator = torch.Generator().manual_seed(derive(order_seed, "order", epoch))
    return torch.randperm(size, generator=generator)


def _tensor(values: object, dtype: torch.dtype) -> Tensor:
    tensor = values if isinstance(values, Tensor) else _from_array(np.array(values, order="C"))
    if tensor.is_floating_point():
        return tensor.to(dtype).contiguous()
    return tensor.contiguous() if tensor.dtype is torch.bool else tensor.long().contiguous()


def _from_array(array: NDArray[np.generic]) -> Tensor:
    # torch takes no foreign byte order
    return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), copy=False))
