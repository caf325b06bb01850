"""Choosing one point of a front within limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from jrtune.errors import InputError
from jrtune.pareto.normalised import NormalisedFront, first_least, normalised_front
from jrtune.pareto.points import Floats


class OutOfReachError(InputError):
    """No point is within the limits.

    Attributes:
        nearest: index of the eligible point whose greatest excess over a limit is least.
    """

    def __init__(self, message: str, nearest: int) -> None:
        super().__init__(message)
        self.nearest = nearest


def at_least(costs: ArrayLike, limits: ArrayLike, best: int) -> int:
    """Index of the point that is best in one objective among those of the front within the limits.

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
    front = normalised_front(costs)
    m = front.costs.shape[1]
    bounds = _limits(limits, m)
    if not 0 <= best < m:
        raise ValueError(f"best must be a column from 0 to {m - 1}, got {best}: name an objective")
    feasible = np.flatnonzero((front.costs <= bounds).all(axis=1))
    if len(feasible) == 0:
        raise _out_of_reach(front, bounds)
    return front.index(int(feasible[first_least(front.normalised[feasible, best])]))


def _limits(limits: ArrayLike, m: int) -> Floats:
    """The limits, inf where there is none."""
    bounds = np.array(limits, dtype=np.float64)
    if bounds.shape != (m,):
        raise ValueError(
            f"limits must have {m} entries, got shape {bounds.shape}: NaN where there is no limit"
        )
    bounds[np.isnan(bounds)] = np.inf
    return bounds


def _out_of_reach(front: NormalisedFront, bounds: Floats) -> OutOfReachError:
    # excess in units of the front's extent, that objectives of other units may be compared
    excess = ((front.costs / 2 - bounds / 2) / front.unit).max(axis=1)
    row = first_least(excess)
    nearest = front.index(row)
    shown = ["none" if np.isinf(bound) else f"{bound:g}" for bound in bounds]
    return OutOfReachError(
        f"no point has costs within [{', '.join(shown)}]; the nearest is point {nearest} with "
        f"[{', '.join(f'{cost:g}' for cost in front.costs[row])}]: loosen a limit",
        nearest,
    )
