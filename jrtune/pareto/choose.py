"""Choosing one point of a front: its knee, by preference, or within limits.

Any set of points may be given; only the non-dominated are eligible. Objectives are scaled so that the
front spans [0, 1] in each (0 where it has no extent), so units do not matter. Scores that differ by
less than rounding count as ties, and ties go to the lowest index.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import InputError
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.points import Floats, points, vector

TIE = 1e-12  # of scores of about 1: rounding of the scaling, not a difference
AUGMENTATION = 1e-6  # Steuer & Choo's rho; a finite set takes any small one, and small hides no corner


class OutOfReachError(InputError):
    """No point is within the limits.

    Attributes:
        nearest: index of the eligible point whose greatest excess over a limit is least.
    """

    def __init__(self, message: str, nearest: int) -> None:
        super().__init__(message)
        self.nearest = nearest


def knee(costs: ArrayLike) -> int:
    """Index of the point farthest below the plane through the corners of the scaled front.

    Das (1999, "On characterizing the knee of the Pareto curve") measures the distance to the hyperplane
    through the points that are best in one objective each. Here the plane is ``sum_k x_k = 1``, through
    the unit corners of the scaled objectives: the same for two objectives, and defined where Das's is
    not, as where one point is best in two objectives. So the knee is the point of least sum of scaled
    costs. One point is its own knee; of two points and two objectives, both lie on the plane: the first.
    On a front that bulges the other way there is no knee, and an end of it is the answer.

    Args:
        costs: n x m, to be minimised, n >= 1.

    Raises:
        ValueError: where costs is empty, not n x m or not finite.

    >>> knee([[0, 10], [1, 3], [5, 2], [10, 0]])
    1
    """
    eligible, scaled = _scaled_front(points(costs))
    return int(eligible[_first_least(scaled.sum(axis=1))])


def prefer(costs: ArrayLike, preference: ArrayLike) -> int:
    """Index of the best point under weights of the objectives: a greater weight, a point nearer its best.

    Minimises the augmented Chebyshev distance to the ideal point, ``max_k w_k x_k + rho sum_k x_k`` with
    x scaled and w normalised to sum one (Steuer & Choo 1983). A weighted sum cannot choose a point in a
    concave part of a front; this can choose any.

    Args:
        costs: n x m, to be minimised, n >= 1.
        preference: m weights, not negative, not all 0.

    Raises:
        InputError: where the weights are not such.
        ValueError: where costs is empty, not n x m or not finite.

    The middle of a concave front, which no weighted sum chooses:

    >>> prefer([[0, 10], [6, 6], [10, 0]], [1, 1])
    1
    """
    array = points(costs)
    eligible, scaled = _scaled_front(array)
    weights = _weights(preference, array.shape[1])
    scores = (weights * scaled).max(axis=1) + AUGMENTATION * scaled.sum(axis=1)
    return int(eligible[_first_least(scores)])


def at_least(costs: ArrayLike, limits: ArrayLike, best: int) -> int:
    """Index of the point that is best in one objective among those within the limits.

    Args:
        costs: n x m, to be minimised, n >= 1.
        limits: m, the greatest cost allowed in each objective; NaN where there is none.
        best: column to be minimised.

    Raises:
        OutOfReachError: where no point is within the limits; it says the nearest.
        ValueError: where costs is empty, not n x m or not finite, or limits or best do not fit it.

    >>> at_least([[0, 10], [1, 3], [5, 2], [10, 0]], limits=[6, float("nan")], best=1)
    2
    """
    array = points(costs)
    eligible, scaled = _scaled_front(array)
    bounds = _limits(limits, array.shape[1])
    if not 0 <= best < array.shape[1]:
        raise ValueError(
            f"best must be a column from 0 to {array.shape[1] - 1}, got {best}: name an objective"
        )
    front = array[eligible]
    within = (front <= bounds).all(axis=1)
    if not within.any():
        raise _out_of_reach(front, eligible, bounds)
    return int(eligible[within][_first_least(scaled[within, best])])


def _scaled_front(array: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Indices of the non-dominated points, and their costs scaled to [0, 1]."""
    if len(array) == 0:
        raise ValueError("costs must hold at least one point, got none: nothing to choose from")
    eligible = np.flatnonzero(non_dominated(array))
    front = array[eligible]
    # halves: the extent of a front from -1e308 to 1e308 would overflow
    low, extent = front.min(axis=0) / 2, front.max(axis=0) / 2 - front.min(axis=0) / 2
    return eligible, (front / 2 - low) / np.where(extent > 0, extent, 1)


def _first_least(scores: Floats) -> int:
    return int(np.flatnonzero(scores <= scores.min() + TIE)[0])


def _weights(preference: ArrayLike, m: int) -> Floats:
    try:
        weights = vector(preference, "preference", m)
    except ValueError as error:
        raise InputError(str(error)) from None
    if (weights < 0).any() or not (weights > 0).any():
        raise InputError(
            f"preference must be weights >= 0, not all 0, got {weights.tolist()}: more is more important"
        )
    weights = weights / weights.max()  # first, so that huge weights do not overflow the sum
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _limits(limits: ArrayLike, m: int) -> Floats:
    """The limits, inf where there is none."""
    bounds = np.array(limits, dtype=np.float64)
    if bounds.shape != (m,):
        raise ValueError(
            f"limits must have {m} entries, got shape {bounds.shape}: NaN where there is no limit"
        )
    bounds[np.isnan(bounds)] = np.inf
    return bounds


def _out_of_reach(front: Floats, eligible: NDArray[np.intp], bounds: Floats) -> OutOfReachError:
    extent = np.ptp(front, axis=0)
    # excess in units of the front's extent, that objectives of other units may be compared
    excess = ((front - bounds) / np.where(extent > 0, extent, 1)).max(axis=1)
    row = int(np.flatnonzero(excess <= excess.min() + TIE)[0])
    nearest = int(eligible[row])
    shown = ["none" if np.isinf(bound) else f"{bound:g}" for bound in bounds]
    return OutOfReachError(
        f"no point has costs within [{', '.join(shown)}]; the nearest is point {nearest} with "
        f"[{', '.join(f'{cost:g}' for cost in front[row])}]: loosen a limit",
        nearest,
    )
