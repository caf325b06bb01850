"""A few points of a front that stand for all of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from jrtune.pareto.choose import knee
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.points import points


def spread(costs: ArrayLike, most: int) -> list[int]:
    """Indices of at most ``most`` points of the front: its knee, then always the one farthest from those.

    Farthest-first traversal (Gonzalez 1985): no choice of as many points leaves another one of the front
    less than half as far away. The front is scaled to [0, 1] in each objective. Of equal points one is taken.

    Args:
        costs: n x m, to be minimised.
        most: 1 or more.

    Raises:
        ValueError: where costs is not n x m or not finite, or ``most`` is less than 1.

    >>> spread([[0, 10], [1, 3], [1.5, 2.5], [5, 2], [10, 0], [9, 9]], most=3)
    [1, 4, 0]
    """
    array = points(costs)
    if most < 1:
        raise ValueError(f"most must be 1 or more, got {most}: how many points are wanted")
    if len(array) == 0:
        return []
    front = np.flatnonzero(non_dominated(array))
    low, extent = array[front].min(axis=0), np.ptp(array[front], axis=0)
    scaled = (array - low) / np.where(extent > 0, extent, 1)
    found = [knee(array)]
    while len(found) < most:
        gaps = np.linalg.norm(scaled[front, None] - scaled[found], axis=2).min(axis=1)
        if not gaps.max() > 0:
            break
        found.append(int(front[gaps.argmax()]))
    return found
