"""Data of several processes: written once to a file in memory, which each of them maps."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torch
from torch import Tensor

ALIGNED = 64
"""Bytes to whose multiples tensors are moved."""


@dataclass(frozen=True)
class Place:
    """A tensor in the file.

    Attributes:
        dtype, shape: of the tensor.
        offset: of its first byte.
    """

    dtype: torch.dtype
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """Number of bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True)
class SharedData:
    """Splits in a file: split -> name -> place.

    Attributes:
        path: of the file.
        positions: of its tensors.
    """

    path: Path
    positions: Mapping[str, Mapping[str, Place]]

    def open(self) -> dict[str, dict[str, Tensor]]:
        """The splits; pages are shared with every process that opens the file until one writes to them."""
        size = self.path.stat().st_size
        if size == 0:
            return {
                split: {n: _empty(place) for n, place in own.items()} for split, own in self.positions.items()
            }
        storage = torch.from_file(str(self.path), shared=False, size=size, dtype=torch.uint8)
        return {
            split: {n: _view(storage, p) for n, p in own.items()} for split, own in self.positions.items()
        }


class SharedFile:
    """A file of tensors that is gone when this process lets go of it, or ends.

    Args:
        splits: split -> name -> tensor in host memory.

    Raises:
        OSError: where there is no room.
    """

    def __init__(self, splits: Mapping[str, Mapping[str, Tensor]]) -> None:
        positions, size = _layout(splits)
        self.file, path = _open()
        for split, tensors in splits.items():
            for name, tensor in tensors.items():
                self.file.seek(positions[split][name].offset)
                self.file.write(tensor.detach().contiguous().view(torch.uint8).numpy().data)
        self.file.truncate(size)
        self.file.flush()
        self.data = SharedData(path, positions)

    def close(self) -> None:
        """Lets go of the file; who has opened it reads on."""
        self.file.close()


def _layout(splits: Mapping[str, Mapping[str, Tensor]]) -> tuple[dict[str, dict[str, Place]], int]:
    """Places of all tensors, and the size of the file."""
    positions: dict[str, dict[str, Place]] = {}
    end = 0
    for split, tensors in splits.items():
        positions[split] = {}
        for name, tensor in tensors.items():
            place = positions[split][name] = Place(tensor.dtype, tuple(tensor.shape), end)
            end = -(-(end + place.size) // ALIGNED) * ALIGNED
    return positions, end


def _open() -> tuple[IO[bytes], Path]:
    """A new file without a name, where the system has such, and the path by which others open it."""
    if hasattr(os, "memfd_create"):  # Linux: in memory, and not bound to the size of /dev/shm
        number = os.memfd_create("jrtune")
        return os.fdopen(number, "wb"), Path(f"/proc/{os.getpid()}/fd/{number}")
    file = tempfile.NamedTemporaryFile(prefix="jrtune-")  # noqa: SIM115 - it stays open
    return file, Path(file.name)


def _view(storage: Tensor, place: Place) -> Tensor:
    part = storage[place.offset : place.offset + place.size]
    return part.view(place.dtype).view(place.shape) if place.size else _empty(place)


def _empty(place: Place) -> Tensor:
    return torch.empty(place.shape, dtype=place.dtype)
