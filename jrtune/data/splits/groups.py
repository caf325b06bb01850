"""Splits in which whole groups stay together, and splits by time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.data.splits.stratified import SPLITS, check_shares
from jrtune.errors import DataError


def group_split(
    groups: ArrayLike,
    seed: int,
    shares: Sequence[float] = (0.6, 0.2, 0.2),
    labels: ArrayLike | None = None,
) -> dict[str, NDArray[np.int64]]:
    """Indices of the three splits, no group (speaker, user, machine, block of cycles) in two of them.

    Groups are taken in random order, and each goes where most samples are lacking; with ``labels`` within
    each label on its own, so that every label is in every split in about its shares.

    Args:
        groups: n, the group of each sample.
        seed: the same seed and groups give the same split.
        shares: those of train, val and test; positive, summing to one.
        labels: n, a label for each sample, one label in a group.

    Returns:
        {"train", "val", "test"}: ascending indices into ``groups``.

    Raises:
        DataError: fewer than three groups (of a label), a group with two labels, a length that differs, or
            shares that are none.

    Examples:
        >>> speakers = np.repeat(["ann", "bob", "eve", "ian", "kim"], 2)
        >>> split = jr.data.group_split(speakers, seed=0)
        >>> {name: sorted(set(speakers[rows].tolist())) for name, rows in split.items()}
        {'train': ['eve', 'ian', 'kim'], 'val': ['ann'], 'test': ['bob']}
    """
    check_shares(shares)
    marks = np.asarray(groups)
    kinds = np.zeros(len(marks)) if labels is None else np.asarray(labels)
    if marks.ndim != 1 or kinds.shape != marks.shape:
        raise DataError(f"expected a group and a label for each sample, got {marks.shape} and {kinds.shape}")
    names, number, sizes = np.unique(marks, return_inverse=True, return_counts=True)
    kind = kinds[np.unique(number, return_index=True)[1]]
    if (odd := kinds != kind[number]).any():
        raise DataError(
            f"expected one label in a group, got {kind[number][odd][0]} and {kinds[odd][0]} in "
            f"{marks[odd][0]}: leave labels out, or split the group"
        )
    rng = np.random.default_rng(seed)
    split_of = np.empty(len(names), np.int64)
    for value in np.unique(kind):
        members = rng.permutation(np.flatnonzero(kind == value))
        if len(members) < 3:
            whose = "" if labels is None else f" of label {value}"
            raise DataError(
                f"expected three groups or more{whose}, got {len(members)}: one goes in each split"
            )
        split_of[members] = _dealt(sizes[members], shares)
    return {name: np.flatnonzero(split_of[number] == k) for k, name in enumerate(SPLITS)}


def _dealt(sizes: NDArray[np.int64], shares: Sequence[float]) -> NDArray[np.int64]:
    """The split of each group; one that has nothing goes before others where groups run out."""
    quota, has = np.asarray(shares) * sizes.sum(), np.zeros(3)
    dealt = np.empty(len(sizes), np.int64)
    for k, size in enumerate(sizes):
        left = len(sizes) - k
        open_ = has == 0 if left <= np.count_nonzero(has == 0) else np.ones(3, bool)
        dealt[k] = np.where(open_, quota - has, -np.inf).argmax()
        has[dealt[k]] += size
    return dealt


def time_split(
    n: int, shares: Sequence[float] = (0.6, 0.2, 0.2), gap: int = 0
) -> dict[str, NDArray[np.int64]]:
    """The first samples for training, those after for validation, the last for test.

    Args:
        n: the number of samples, in the order of time.
        shares: those of train, val and test; positive, summing to one.
        gap: samples left out between two splits, where neighbours share measurements.

    Returns:
        {"train", "val", "test"}: ascending indices below ``n``.

    Raises:
        DataError: a split would be empty, or shares that are none.

    Examples:
        >>> {name: rows.tolist() for name, rows in jr.data.time_split(10, gap=1).items()}
        {'train': [0, 1, 2, 3, 4, 5], 'val': [7], 'test': [9]}
    """
    check_shares(shares)
    ends = [round(n * share) for share in np.cumsum(shares)]
    starts = [0, *(end + gap for end in ends[:-1])]
    if gap < 0 or any(start >= end for start, end in zip(starts, ends, strict=True)):
        raise DataError(
            f"expected samples in each split, got {n} with gap={gap}: give more, or a smaller gap"
        )
    return {name: np.arange(a, b) for name, a, b in zip(SPLITS, starts, ends, strict=True)}


def runs(*labels: ArrayLike) -> NDArray[np.int64]:
    """n, numbers of the blocks in which no label changes from one sample to the next, as groups.

    Args:
        labels: lists of n labels, in the order of time.

    Raises:
        DataError: no labels, or some of another length.

    Examples:
        >>> jr.data.runs(["a", "a", "b", "b", "a"]).tolist()
        [0, 0, 1, 1, 2]
    """
    columns = [np.asarray(column) for column in labels]
    if not columns or any(column.shape != columns[0].shape or column.ndim != 1 for column in columns):
        raise DataError(f"expected lists of one length, got {[column.shape for column in columns]}")
    changes = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return np.concatenate([[0], np.cumsum(changes)])[: len(columns[0])]
