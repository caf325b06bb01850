"""Conditions that a study's data must satisfy before anything is trained on it, and its fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from jrtune.data.splits.stratified import SPLITS
from jrtune.errors import DataError

Splits = Mapping[str, Mapping[str, object]]


def check_splits(splits: Splits, missing: tuple[str, ...] = ()) -> None:
    """Raise unless ``splits`` can be trained on.

    Args:
        splits: {"train", "val", "test"} -> entry -> array or CPU tensor, n x ...; n differs by split only.
        missing: entries in which NaN stands for a missing value.

    Raises:
        DataError: a split is missing or empty; entries differ between splits in name, trailing shape or
            kind of dtype, or within one in length; a value is infinite, or NaN where none is allowed.

    Examples:
        >>> splits = {split: {"x": np.zeros((4, 2))} for split in ("train", "val", "test")}
        >>> jr.data.check_splits(splits)  # nothing to complain of
        >>> splits["val"]["x"] = np.zeros((4, 3))
        >>> jr.data.check_splits(splits)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        jrtune.errors.DataError: expected val['x'] to be n x (2,) as in train, got n x (3,): ...
    """
    if not isinstance(splits, Mapping) or not set(SPLITS) <= set(splits):
        got = ", ".join(map(str, splits)) or "none" if isinstance(splits, Mapping) else type(splits).__name__
        raise DataError(f"expected the splits train, val and test, got {got}: return all three from data()")
    arrays = {split: _arrays(split, splits[split]) for split in SPLITS}
    train = arrays["train"]
    for split in SPLITS:
        _check_lengths(split, arrays[split])
        _check_like(split, arrays[split], train)
    for split in SPLITS:
        for name, array in arrays[split].items():
            _check_finite(split, name, array, name in missing)


def fingerprint(splits: Splits) -> str:
    """``"sha256:..."`` over names, dtypes, shapes and values of all entries, whatever their order.

    Arrays and tensors of equal content have the same one, as have both byte orders.

    Args:
        splits: as of :func:`check_splits`.

    Examples:
        >>> one, same = {"train": {"x": np.ones(2)}}, {"train": {"x": torch.ones(2, dtype=torch.float64)}}
        >>> jr.data.fingerprint(one) == jr.data.fingerprint(same)
        True
    """
    digest = hashlib.sha256()
    for split in sorted(splits):
        for name, array in sorted(_arrays(split, splits[split]).items()):
            little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            # repr: quoted, so that no two lists of names run together into the same text
            digest.update(f"{split!r} {name!r} {little.dtype.str} {array.shape!r}\n".encode())
            digest.update(little.tobytes())
    return f"sha256:{digest.hexdigest()}"


def _arrays(split: str, batch: object) -> dict[str, NDArray[np.generic]]:
    if not isinstance(batch, Mapping) or not batch:
        got = "no entries" if isinstance(batch, Mapping) else type(batch).__name__
        raise DataError(f"expected split {split!r} to be a dict of arrays, got {got}: name each entry")
    arrays = {name: _array(f"{split}[{name!r}]", value) for name, value in batch.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "biuf":
            raise DataError(f"expected numbers in {split}[{name!r}], got dtype {array.dtype}: encode it")
        if array.ndim == 0:
            raise DataError(
                f"expected {split}[{name!r}] to be n x ..., got a single number: give one row a sample"
            )
    return arrays


def _array(where: str, value: object) -> NDArray[np.generic]:
    try:
        return np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        # torch: on another device, of a type that numpy lacks, or part of a graph
        reason = str(error).splitlines()[0]
        raise DataError(f"expected an array or CPU tensor in {where}, got {reason}") from error


def _check_lengths(split: str, batch: Mapping[str, NDArray[np.generic]]) -> None:
    first, length = next((name, len(array)) for name, array in batch.items())
    for name, array in batch.items():
        if len(array) != length:
            raise DataError(
                f"expected one length in split {split!r}, got {length} of {first!r} and {len(array)} "
                f"of {name!r}: give one row a sample in each"
            )
    if not length:
        raise DataError(f"expected samples in split {split!r}, got none: give it more data")


def _check_like(
    split: str, batch: Mapping[str, NDArray[np.generic]], train: Mapping[str, NDArray[np.generic]]
) -> None:
    """The split's entries have the names, trailing shapes and kinds that those of train have."""
    if odd := sorted(set(batch) ^ set(train)):
        has, lacks = (split, "train") if odd[0] in batch else ("train", split)
        raise DataError(
            f"expected the same entries in all splits, got {odd[0]!r} in {has} and not in {lacks}"
        )
    for name, array in batch.items():
        if array.shape[1:] != train[name].shape[1:]:
            raise DataError(
                f"expected {split}[{name!r}] to be n x {train[name].shape[1:]} as in train, "
                f"got n x {array.shape[1:]}: bring samples to one shape"
            )
        if array.dtype.kind != train[name].dtype.kind:
            raise DataError(
                f"expected {split}[{name!r}] to be {train[name].dtype} as in train, "
                f"got {array.dtype}: convert it"
            )


def _check_finite(split: str, name: str, array: NDArray[np.generic], may_miss: bool) -> None:
    if array.dtype.kind != "f":
        return
    nan, infinite = int(np.count_nonzero(np.isnan(array))), int(np.count_nonzero(np.isinf(array)))
    if infinite:
        raise DataError(
            f"expected finite values in {split}[{name!r}], got {infinite} infinite: clip or drop them"
        )
    if nan and not may_miss:
        raise DataError(
            f"expected finite values in {split}[{name!r}], got {nan} NaN: drop them or name it in missing"
        )
