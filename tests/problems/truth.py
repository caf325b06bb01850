"""The true fronts of the problems beside this file, and what they are worth."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Floats = NDArray[np.float64]
SAMPLES = 2**17


# --- concave ---------------------------------------------------------------------------------


def concave_front(n: int) -> Floats:
    """n points of the front of the concave problem, n x 2, from the least f1 to the least f2.

    At x = (2 u - 1) c the losses are ``1 - exp(-4 (1 - u)^2)`` and ``1 - exp(-4 u^2)``, in any dimension.
    """
    u = np.linspace(1, 0, n)
    return -np.expm1(-4 * np.stack([(1 - u) ** 2, u**2], axis=1))


def concave_hypervolume(worst: float) -> float:
    """Area that the concave front dominates below (worst, worst), worst from 1 - exp(-4).

    ``exp(-4 u^2)`` integrated over f1 along the front gives ``e^-2 sqrt(2 pi) erf(sqrt 2)``; the rest are
    rectangles.

    >>> round(concave_hypervolume(1.0), 4)
    0.3421
    """
    end = -math.expm1(-4)
    if worst < end:
        raise ValueError(f"the reference point must not lie before the front's ends at {end}, got {worst}")
    between = math.exp(-2) * math.sqrt(2 * math.pi) * math.erf(math.sqrt(2))
    return between + (worst - 1) * end + (worst - end) * worst


# --- convex ----------------------------------------------------------------------------------


def convex_values(weights: Floats) -> Floats:
    """The losses of the minimisers of weighted sums, n x T for weights n x T: ``|w - e_i|^2 / 2``."""
    return (np.square(weights).sum(axis=1, keepdims=True) - 2 * weights + 1) / 2


def convex_dominates(points: Floats) -> NDArray[np.bool_]:
    """Whether a point of the convex front is nowhere worse, for points n x T.

    By duality it is, if no weighting l puts the point below the front: ``l . z >= (1 - |l|^2) / 2`` for
    every l of the simplex. The l at which this is tightest is the projection of -z onto the simplex.
    """
    least = simplex_projection(-points)
    tight = (least * points).sum(axis=1) + np.square(least).sum(axis=1) / 2
    return tight >= 0.5


def simplex_projection(points: Floats) -> Floats:
    """The nearest weighting to each of n points, n x T (Duchi et al. 2008, figure 1)."""
    descending = -np.sort(-points, axis=1)
    counts = np.arange(1, points.shape[1] + 1)
    shifts = (np.cumsum(descending, axis=1) - 1) / counts
    last = (descending > shifts).sum(axis=1) - 1
    return np.maximum(points - shifts[np.arange(len(points)), last, None], 0.0)


def convex_hypervolume(terms: int, worst: float) -> float:
    """Volume that the convex front of T terms dominates below (worst, ..., worst), worst from 1.

    Exact for two terms: the front is ``sqrt f1 + sqrt f2 = 1``. For more by Sobol points, to about 1e-4.
    """
    if terms == 2:
        return worst**2 - 1 / 6
    points = qmc.Sobol(terms, seed=0).random(SAMPLES) * worst
    return float(convex_dominates(points).mean()) * worst**terms
