"""Points that no other beats: one dominates another if it is no worse anywhere and better somewhere."""

from __future__ import annotations

import moocore
import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.pareto.points import points


def non_dominated(costs: ArrayLike) -> NDArray[np.bool_]:
    """Mask of the points that no other point dominates; points equal to one another are all kept.

    Args:
        costs: n x m, to be minimised.

    Returns:
        n booleans.

    Raises:
        ValueError: where costs is not n x m or not finite.

    >>> non_dominated([[1, 3], [3, 1], [3, 3], [1, 3]]).tolist()
    [True, True, False, True]
    """
    array = points(costs)
    if len(array) == 0:
        return np.zeros(0, dtype=np.bool_)
    if array.shape[1] == 1:  # moocore wants two columns or more
        return np.asarray(array[:, 0] == array.min(), dtype=np.bool_)
    return np.asarray(moocore.is_nondominated(array, keep_weakly=True), dtype=np.bool_)


def ranks(costs: ArrayLike) -> NDArray[np.int64]:
    """Number of fronts to peel off before a point is non-dominated: 0 for the front itself.

    Non-dominated sorting as in NSGA-II (Deb et al. 2002, section III-A); equal points have equal ranks.

    Args:
        costs: n x m, to be minimised.

    Returns:
        n integers from 0.

    Raises:
        ValueError: where costs is not n x m or not finite.

    >>> ranks([[1, 3], [3, 1], [3, 3], [4, 4]]).tolist()
    [0, 0, 1, 2]
    """
    array = points(costs)
    if len(array) == 0:
        return np.zeros(0, dtype=np.int64)
    if array.shape[1] == 1:
        return np.unique(array[:, 0], return_inverse=True)[1].reshape(-1).astype(np.int64)
    return np.asarray(moocore.pareto_rank(array), dtype=np.int64)
