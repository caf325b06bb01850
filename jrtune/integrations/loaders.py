"""DataLoaders, or a Lightning data module's, as splits of tensors."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from torch import Tensor

from jrtune.errors import DataError, StudyError
from jrtune.integrations.parts import take_apart

SPLITS = ("train", "val", "test")


def collect(source: object) -> dict[str, dict[str, Tensor]]:
    """Every batch of the loaders, once: split -> name -> n x ..., on the CPU.

    Meanwhile torch's, NumPy's and Python's generators are seeded, so that a loader that shuffles gives the
    same each time; what it draws besides (augmentation) is drawn once and for all. Generators of a data
    set's own are its own affair: one without a seed makes other data of every collection.

    Args:
        source: {"train", "val", "test"} -> loader, or a Lightning data module.

    Raises:
        StudyError: where there are not these three loaders, or a batch holds something but tensors.
        DataError: where batches do not fit together.
    """
    with _seeded():
        return {split: _collected(split, find()) for split, find in loaders_of(source).items()}


@contextmanager
def _seeded() -> Iterator[None]:
    """The generators that programs share, seeded; afterwards as they were."""
    mine, arrays = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            random.seed(0)
            np.random.seed(0)
            yield
    finally:
        random.setstate(mine)
        np.random.set_state(arrays)


def loaders_of(source: object) -> dict[str, Callable[[], Iterable[object]]]:
    """Split -> function that makes its loader; a data module's hooks run when it is called.

    Raises:
        StudyError: where there are not three.
    """
    if isinstance(source, Mapping):
        if set(source) != set(SPLITS):
            got = ", ".join(map(str, source)) or "none"
            raise StudyError(
                f"expected loaders of {', '.join(SPLITS)}, got {got}: what is selected on val is measured on "
                "test; torch.utils.data.random_split makes a third"
            )
        return {split: partial(source.__getitem__, split) for split in SPLITS}
    hooks = [f"{split}_dataloader" for split in SPLITS]
    missing = [hook for hook in hooks if not callable(getattr(source, hook, None))]
    if missing:
        raise StudyError(
            f"expected a mapping of loaders or a data module, got {type(source).__name__} without "
            f"{', '.join(missing)}: give {{'train': ..., 'val': ..., 'test': ...}}"
        )
    return {split: partial(_of_module, source, split) for split in SPLITS}


def batch_size_of(source: object) -> int | None:
    """The training loader's batch size, where it is known without making it."""
    size = getattr(source["train"], "batch_size", None) if isinstance(source, Mapping) else None
    return size if isinstance(size, int) else None


def _of_module(module: object, split: str) -> Iterable[object]:
    """A data module's loader, after the hooks that come before it."""
    if split == "train" and callable(prepare := getattr(module, "prepare_data", None)):
        prepare()
    if split != "val" and callable(setup := getattr(module, "setup", None)):
        setup("fit" if split == "train" else "test")
    found = getattr(module, f"{split}_dataloader")()
    if isinstance(found, list | tuple) and len(found) == 1:
        [found] = found
    if isinstance(found, list | tuple | Mapping):
        raise StudyError(f"expected one loader from {split}_dataloader(), got {len(found)}: give one")
    loader: Iterable[object] = found
    return loader


def _collected(split: str, loader: Iterable[object]) -> dict[str, Tensor]:
    batches = [take_apart(batch, f"a batch of {split!r}") for batch in loader]
    if not batches:
        raise DataError(f"expected batches in {split!r}, got none: give it more data")
    return {name: _joined(split, name, batches) for name in batches[0]}


def _joined(split: str, name: str, batches: list[dict[str, Tensor]]) -> Tensor:
    try:
        return torch.cat([batch[name].detach().cpu() for batch in batches])
    except (KeyError, RuntimeError, TypeError) as error:
        shapes = ", ".join(dict.fromkeys(str(tuple(b[name].shape)) if name in b else "none" for b in batches))
        raise DataError(
            f"expected {name!r} of {split!r} to be n x ... of one shape in every batch, got {shapes}: "
            "pad it to one length, or leave it out"
        ) from error
