"""Parcels: a study as it is sent to a node that may not have its file, and its data beside it."""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from jrtune.errors import StudyError
from jrtune.train.executors.source import StudySource
from jrtune.train.loop.problem import Problem, Split

Arrays = Mapping[str, Mapping[str, tuple[NDArray[np.uint8], torch.dtype]]]
"""Split -> name -> bytes of a tensor and their type: Ray maps arrays of numpy, and copies tensors."""


@dataclass(frozen=True)
class Parcel:
    """A study without its data.

    Attributes:
        source: of the study.
        text: of its file. What the file imports from its own folder is not sent: a node needs a copy of such
            a folder, under the same path.
        version: of jrtune.
    """

    source: StudySource
    text: bytes
    version: str

    @staticmethod
    def of(source: StudySource) -> Parcel:
        """The parcel of a study of this machine.

        Raises:
            OSError: where its file cannot be read.
        """
        return Parcel(
            replace(source, path=source.path.resolve()), source.path.read_bytes(), installed_version()
        )

    def load(self, device: str, arrays: Arrays) -> Problem:
        """The problem, its data not copied where it is trained on the CPU.

        Args:
            device: where to train, as torch names it.
            arrays: its data.

        Raises:
            StudyError: where the file cannot be used, or this jrtune is another.
        """
        if installed_version() != self.version:
            raise StudyError(
                f"expected jrtune {self.version} on every node, got {installed_version()}: install the same"
            )
        return replace(self.source, path=self._local_path()).load(device, opened(arrays))

    def _local_path(self) -> Path:
        """The file's path where this machine has the same, else the path of a copy."""
        path = self.source.path
        if path.is_file() and path.read_bytes() == self.text:
            return path
        copy = Path(tempfile.mkdtemp(prefix="jrtune-")) / path.name
        copy.write_bytes(self.text)
        return copy


def packed(splits: Mapping[str, Split]) -> dict[str, dict[str, tuple[NDArray[np.uint8], torch.dtype]]]:
    """The data of splits in host memory, as they are sent."""
    return {
        split: {
            name: (t.detach().contiguous().view(torch.uint8).numpy(), t.dtype)
            for name, t in own.tensors.items()
        }
        for split, own in splits.items()
    }


def opened(arrays: Arrays) -> dict[str, dict[str, Tensor]]:
    """The data as tensors that share the arrays' memory; nobody may write to them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        return {
            split: {name: _tensor_of(array, dtype) for name, (array, dtype) in own.items()}
            for split, own in arrays.items()
        }


def _tensor_of(array: NDArray[np.uint8], dtype: torch.dtype) -> Tensor:
    if array.size == 0:  # arrays of nothing have strides of 0, of which torch makes no view
        return torch.empty(*array.shape[:-1], array.shape[-1] // dtype.itemsize, dtype=dtype)
    return torch.from_numpy(array).view(dtype)


def installed_version() -> str:
    """The version of jrtune in this process."""
    return str(vars(sys.modules["jrtune"])["__version__"])
