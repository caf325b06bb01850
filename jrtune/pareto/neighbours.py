"""Neighbours of a point on the front: the trade-offs that were passed over when it was chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.pareto.normalised import NormalisedFront, added, first_least, normalised_front
from jrtune.pareto.points import Floats

MOST = 2


def neighbours(costs: ArrayLike, index: int) -> list[int]:
    """Indices of at most two points of the front beside a point; never of points equal to it.

    With two objectives those before and after it along the front, better in the first objective first;
    with more the two that are nearest in the normalised front, nearest first. Of equal points the first.

    Args:
        costs: n x m, to be minimised, n >= 1.
        index: of the point.

    Raises:
        ValueError: where costs is empty, not n x m or not finite.
        IndexError: where there is no such point.

    >>> neighbours([[0, 10], [1, 3], [5, 2], [10, 0]], 1)
    [0, 2]
    """
    front = normalised_front(costs)
    mine = front.scale(np.asarray(costs, dtype=np.float64)[index])
    others = np.flatnonzero((front.normalised != mine).any(axis=1))
    if len(mine) == 2:
        gaps = front.normalised[:, 0] - mine[0]
        sides = others[gaps[others] < 0], others[gaps[others] > 0]
        return [front.index(int(side[np.abs(gaps[side]).argmin()])) for side in sides if len(side)]
    return [front.index(row) for row in _nearest(front, others, mine)]


def _nearest(front: NormalisedFront, others: NDArray[np.intp], mine: Floats) -> list[int]:
    normalised = front.normalised
    found: list[int] = []
    while len(others) and len(found) < MOST:
        with np.errstate(over="ignore"):  # of a point far off the front: as far as can be
            gaps = added(((normalised[others] - mine) * (normalised[others] - mine)).T)
        found.append(int(others[first_least(gaps)]))
        others = others[(normalised[others] != normalised[found[-1]]).any(axis=1)]
    return found
