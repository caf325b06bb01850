"""Choosing and pairing samples by their labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import DataError


def thin(labels: ArrayLike, limit: int, seed: int) -> NDArray[np.int64]:
    """Ascending indices of at most ``limit`` samples, each class in its share.

    Args:
        labels: n.
        limit: the most samples; 0 for all.
        seed: the seed of the selection.

    Raises:
        DataError: a limit below 0.

    Examples:
        >>> labels = np.array([0] * 8 + [1] * 4)
        >>> np.bincount(labels[jr.data.thin(labels, limit=6, seed=0)]).tolist()
        [4, 2]
    """
    array = np.asarray(labels)
    if limit < 0:
        raise DataError(f"expected a limit of 0 (none) or more, got {limit}")
    rank = np.empty(len(array))
    rng = np.random.default_rng(seed)
    for value in np.unique(array):
        members = rng.permutation(np.flatnonzero(array == value))
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.sort(np.argsort(rank, kind="stable")[: limit or None])


def pair_by_label(
    first: ArrayLike, second: ArrayLike, seed: int, rounds: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Samples of two sets put together by their common label, as AV-MNIST does with digits and sounds.

    Such pairs were never recorded together: a study that uses them says so. Split both sets before, and pair
    within a split, or a sample will stand in two of them.

    Args:
        first: n labels.
        second: m labels of the same kind.
        seed: the seed of the pairs.
        rounds: the times that each of ``first`` is taken.

    Returns:
        Indices into ``first`` and into ``second``, of equal length, ``first`` ascending in each round.
        Samples of a label that only one set has are left out; each of ``second`` is taken as often as any
        other of its label, give or take one.

    Raises:
        DataError: no common label, or no rounds.

    Examples:
        >>> pictures, sounds = jr.data.pair_by_label([0, 1, 2], [1, 0, 0], seed=0)  # no sound of a 2
        >>> pictures.tolist(), [[1, 0, 0][i] for i in sounds]
        ([0, 1], [0, 1])
    """
    one, two = np.asarray(first), np.asarray(second)
    common = np.intersect1d(one, two)
    if not len(common) or rounds < 1:
        raise DataError(
            f"expected a label in both sets and a round or more, got {_some(one)} and {_some(two)}, "
            f"{rounds}: give labels the same names"
        )
    rng = np.random.default_rng(seed)
    left = np.tile(np.flatnonzero(np.isin(one, common)), rounds)
    right = np.empty(len(left), np.int64)
    for value in common:
        wanted, pool = one[left] == value, np.flatnonzero(two == value)
        count = int(wanted.sum())
        turns = [rng.permutation(pool) for _ in range(-(-count // len(pool)))]
        right[wanted] = np.concatenate(turns)[:count]
    return left, right


def _some(labels: NDArray[np.generic]) -> str:
    return ", ".join(map(str, np.unique(labels)[:3])) or "none"
