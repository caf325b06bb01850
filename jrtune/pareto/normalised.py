"""Shared by the choosing rules: the front in units of its own extent, ties, weights of objectives.

The report's page chooses once more, in JavaScript (jrtune/report/page/choose.js): sums go one after another
here, never as numpy groups them, so that both round alike.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.errors import InputError
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.points import Floats, points, vector

TIE = 1e-12  # of scores of about 1: rounding of the scaling, not a difference


@dataclass(frozen=True)
class NormalisedFront:
    """The non-dominated points of a set, scaled so that they span [0, 1] in each objective.

    Attributes:
        eligible: k indices of the points into the set.
        costs: k x m, as given.
        low: m, half the least cost; halves, as the extent of a front from -1e308 to 1e308 would overflow.
        extent: m, half the extent; 0 where the points are all alike.
    """

    eligible: NDArray[np.intp]
    costs: Floats
    low: Floats
    extent: Floats

    @property
    def normalised(self) -> Floats:
        """k x m, 0 in an objective without extent."""
        return self.scale(self.costs)

    def scale(self, costs: Floats) -> Floats:
        """Costs, ... x m, in units of the front; in their own where it has no extent."""
        return (costs / 2 - self.low) / self.unit

    @property
    def unit(self) -> Floats:
        """m, what a half cost is divided by."""
        return np.where(self.extent > 0, self.extent, 1)

    def index(self, row: int) -> int:
        """A row of the front as an index into the set."""
        return int(self.eligible[row])


def normalised_front(costs: ArrayLike) -> NormalisedFront:
    """The front of a set of points.

    Args:
        costs: n x m, to be minimised, n >= 1.

    Raises:
        ValueError: where costs is empty, not n x m or not finite.
    """
    array = points(costs)
    if len(array) == 0:
        raise ValueError("costs must hold at least one point, got none: nothing to choose from")
    eligible = np.flatnonzero(non_dominated(array))
    front = array[eligible]
    low = front.min(axis=0) / 2
    return NormalisedFront(eligible, front, low, front.max(axis=0) / 2 - low)


def first_least(scores: ArrayLike) -> int:
    """Index of the least score, of those within rounding the first."""
    array = np.asarray(scores)
    return int(np.flatnonzero(array <= array.min() + TIE)[0])


def added(parts: Iterable[Floats]) -> Floats:
    """Their sum, one after another."""
    return functools.reduce(operator.add, parts)


def normalised_weights(weights: ArrayLike, m: int, what: str = "preference") -> Floats:
    """Weights of m objectives, made to sum to one.

    Raises:
        InputError: where they are not m finite numbers >= 0, not all 0.
    """
    try:
        values = vector(weights, what, m)
    except ValueError as error:
        raise InputError(str(error)) from None
    if (values < 0).any() or not (values > 0).any():
        raise InputError(
            f"{what} must be numbers >= 0, not all 0, got {values.tolist()}: more is more important"
        )
    shares = values / values.max()  # first, so that huge weights do not overflow the sum
    return np.asarray(shares / added(shares), dtype=np.float64)
