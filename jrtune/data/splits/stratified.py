"""Stratified splits: every class in every split, fixed by a seed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import DataError

SPLITS = ("train", "val", "test")


def stratified_split(
    labels: ArrayLike, seed: int, shares: Sequence[float] = (0.6, 0.2, 0.2)
) -> dict[str, NDArray[np.int64]]:
    """Indices of the three splits: disjoint, covering, every class in each in the same shares.

    Each class is cut at its own rounded quotas, so a split's count of a class is within one of
    share x size of the class, except that no split goes without a class.

    Args:
        labels: n labels, of any type that can be sorted.
        seed: the same seed and labels give the same split.
        shares: those of train, val and test; positive, summing to one.

    Returns:
        {"train", "val", "test"}: ascending indices into ``labels``.

    Raises:
        DataError: no labels, NaN among them, one class only, a class with fewer than three samples,
            or shares that are none.

    Examples:
        >>> labels = np.array([0] * 10 + [1] * 5)
        >>> split = jr.data.stratified_split(labels, seed=0)
        >>> {name: np.bincount(labels[rows]).tolist() for name, rows in split.items()}
        {'train': [6, 3], 'val': [2, 1], 'test': [2, 1]}
    """
    array = np.asarray(labels)
    _check_labels(array)
    check_shares(shares)
    rng = np.random.default_rng(seed)
    parts: list[list[NDArray[np.int64]]] = [[], [], []]
    for value in np.unique(array):
        members = rng.permutation(np.flatnonzero(array == value))
        cuts = np.cumsum(_counts(len(members), shares))[:-1]
        for part, chosen in zip(parts, np.split(members, cuts), strict=True):
            part.append(chosen)
    return {name: np.sort(np.concatenate(part)) for name, part in zip(SPLITS, parts, strict=True)}


def check_shares(shares: Sequence[float]) -> None:
    """Raise DataError unless these are three positive shares that sum to one."""
    one = len(shares) == 3 and math.isclose(math.fsum(shares), 1, abs_tol=1e-9)
    if not one or not all(s > 0 for s in shares):
        raise DataError(f"expected three positive shares that sum to 1, got {tuple(shares)}")


def _counts(n: int, shares: Sequence[float]) -> list[int]:
    """Integers that sum to n, nearest to n x shares by greatest remainder, none of them 0."""
    quotas = [n * share for share in shares]
    counts = [math.floor(q) for q in quotas]
    by_remainder = sorted(range(3), key=lambda k: counts[k] - quotas[k])
    for k in by_remainder[: n - sum(counts)]:
        counts[k] += 1
    while 0 in counts:
        counts[counts.index(max(counts))] -= 1
        counts[counts.index(0)] += 1
    return counts


def _check_labels(labels: NDArray[np.generic]) -> None:
    if labels.ndim != 1 or not len(labels):
        raise DataError(
            f"expected a list of labels, got shape {labels.shape}: give one label for each sample"
        )
    # a NaN alone is unequal to itself, whatever the type of the array
    if missing := int(np.count_nonzero(labels != labels)):
        raise DataError(
            f"expected a label for each sample, got {missing} NaN among {len(labels)}: drop those samples"
        )
    values, counts = np.unique(labels, return_counts=True)
    if len(values) < 2:
        raise DataError(
            f"expected two classes or more, got only {values[0]!s}: there is nothing to tell apart"
        )
    if counts.min() < 3:
        rare = values[counts.argmin()]
        raise DataError(
            f"expected 3 samples or more of each class, got {counts.min()} of class {rare!s}: "
            "drop the class or add samples, one is needed in each split"
        )
