"""Quality of a set of points as one number, and the contribution of each point to it."""

from __future__ import annotations

import moocore
import numpy as np
from numpy.typing import ArrayLike

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.points import Floats, points, vector


def hypervolume(costs: ArrayLike, reference: ArrayLike) -> float:
    """Volume of what the points dominate, up to the reference point (Zitzler & Thiele 1999).

    Points that are not strictly better than the reference everywhere add nothing; no points: 0.0.

    Args:
        costs: n x m, to be minimised.
        reference: m.

    Raises:
        ValueError: where an array is not finite or the shapes do not fit.

    The set of moocore's own documentation, and a point beyond the reference:

    >>> hypervolume([[5, 5], [4, 6], [2, 7], [7, 4]], [10, 10])
    38.0
    >>> hypervolume([[5, 5], [11, 0]], [10, 10])
    25.0
    """
    array, corner = _pair(costs, reference)
    inside = array[(array < corner).all(axis=1)]
    if len(inside) == 0:
        return 0.0
    if array.shape[1] == 1:
        return float((corner - inside).max())
    return float(moocore.hypervolume(inside, corner))


def contributions(costs: ArrayLike, reference: ArrayLike) -> Floats:
    """Contribution of each point to the hypervolume of the front: hv(front) - hv(front without it).

    Dominated points, points that have an equal, and points beyond the reference add 0.

    Args:
        costs: n x m, to be minimised.
        reference: m.

    Returns:
        n volumes.

    Raises:
        ValueError: where an array is not finite or the shapes do not fit.

    >>> contributions([[5, 5], [4, 6], [2, 7], [7, 4], [8, 8]], [10, 10]).tolist()
    [2.0, 1.0, 6.0, 3.0, 0.0]
    """
    array, corner = _pair(costs, reference)
    added = np.zeros(len(array))
    inside = (array < corner).all(axis=1)
    if not inside.any():
        return added
    if array.shape[1] == 1:
        return _line_contributions(array[:, 0], float(corner[0]))
    added[inside] = moocore.hv_contributions(array[inside], corner)
    return added


def igd_plus(costs: ArrayLike, reference_set: ArrayLike) -> float:
    """IGD+ (Ishibuchi et al. 2015): mean over z in the reference set of min over a in costs of d+(z, a).

    ``d+(z, a) = sqrt(sum_k max(a_k - z_k, 0)^2)`` counts only where a is worse than z, so that a set
    that dominates another is never judged worse. No points at all are infinitely far: inf.

    Args:
        costs: n x m, to be minimised.
        reference_set: r x m, r >= 1; best the known front.

    Raises:
        ValueError: where an array is not finite, the shapes do not fit, or the reference set is empty.

    The paper's example 4, in which plain IGD prefers B although A dominates it:

    >>> Z = [[10, 0], [6, 1], [2, 2], [1, 6], [0, 10]]
    >>> A, B = [[4, 2], [3, 3], [2, 4]], [[8, 2], [4, 4], [2, 8]]
    >>> round(igd_plus(A, Z), 3), round(igd_plus(B, Z), 3)
    (1.483, 2.26)
    """
    array, targets = points(costs), points(reference_set, "reference_set")
    if len(targets) == 0:
        raise ValueError("reference_set must hold at least one point, got none: give the known front")
    if len(array) == 0:
        return float("inf")
    if array.shape[1] != targets.shape[1]:
        raise ValueError(
            f"reference_set must have the {array.shape[1]} columns of costs, got {targets.shape[1]}"
        )
    if array.shape[1] == 1:  # moocore wants two columns or more
        return float(np.maximum(array.min() - targets, 0).mean())
    return float(moocore.igd_plus(array, targets))


def span(costs: ArrayLike) -> Floats:
    """Extent of the non-dominated points in each objective; zeros say that there is no trade-off.

    Args:
        costs: n x m, to be minimised.

    Returns:
        m extents, in the units of the objectives.

    Raises:
        ValueError: where costs is not n x m or not finite.

    >>> span([[1, 3], [3, 2], [9, 9]]).tolist()
    [2.0, 1.0]
    """
    array = points(costs)
    if len(array) == 0:
        return np.zeros(array.shape[1])
    front = array[non_dominated(array)]
    return np.asarray(front.max(axis=0) - front.min(axis=0), dtype=np.float64)


def _pair(costs: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats]:
    array = points(costs)
    corner = vector(reference, "reference", array.shape[1] or None)
    return array if array.shape[1] else array.reshape(0, len(corner)), corner


def _line_contributions(costs: Floats, corner: float) -> Floats:
    """With one objective the best point adds the way to the second best, if nothing equals it."""
    added = np.zeros(len(costs))
    best = costs.min()
    if (costs == best).sum() == 1:
        # dominated points are left out, so nothing else is on the front: all the way to the corner
        added[costs.argmin()] = corner - best
    return added
