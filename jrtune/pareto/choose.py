"""Choosing one point of a front by its values: its knee, by preference, TOPSIS, or a reference point.

Any set of points may be given; only the non-dominated are eligible. Objectives are scaled so that the
front spans [0, 1] in each (0 where it has no extent), so units do not matter. Scores that differ by
less than rounding count as ties, and ties go to the lowest index. jrtune/report/page/choose.js says the same
once more for the report's page; a test holds the two together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from jrtune.errors import InputError
from jrtune.pareto.normalised import added, first_least, normalised_front, normalised_weights
from jrtune.pareto.points import Floats, vector

AUGMENTATION = 1e-6  # Steuer & Choo's rho; a finite set takes any small one, and small hides no corner
FAR = 1e300  # a reference point farther off than this is not told from one at this distance


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
    front = normalised_front(costs)
    return front.index(first_least(added(front.normalised.T)))


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
    front = normalised_front(costs)
    normalised = front.normalised
    weights = normalised_weights(preference, normalised.shape[1])
    scores = (weights * normalised).max(axis=1) + AUGMENTATION * added(normalised.T)
    return front.index(first_least(scores))


def topsis(costs: ArrayLike, weights: ArrayLike) -> int:
    """Index of the point that is near the best and far from the worst values of the front: TOPSIS.

    Hwang & Yoon (1981, "Multiple Attribute Decision Making", chapter III): of the weighted values v, d+
    is the Euclidean distance to the best of each objective, d- that to the worst, and the point of
    greatest closeness ``d- / (d+ + d-)`` is taken. They divide each objective by its Euclidean norm; here
    the front's extent scales it (min-max), since with the norm the choice would change with an
    objective's zero (degrees Celsius or Kelvin, accuracy or error), and here units do not matter.

    Args:
        costs: n x m, to be minimised, n >= 1.
        weights: m weights, not negative, not all 0.

    Raises:
        InputError: where the weights are not such.
        ValueError: where costs is empty, not n x m or not finite.

    >>> topsis([[0, 10], [1, 3], [5, 2], [10, 0]], [1, 1])
    1
    """
    front = normalised_front(costs)
    normalised = front.normalised
    shares = normalised_weights(weights, normalised.shape[1], "weights")
    worst = np.where(front.extent > 0, shares, 0)
    weighted = shares * normalised
    best = _length(weighted)
    both = best + _length(worst - weighted)
    # a front of points that are all alike has neither best nor worst
    return front.index(first_least(np.divide(best, both, out=np.zeros_like(both), where=both > 0)))


def reference(costs: ArrayLike, point: ArrayLike) -> int:
    """Index of the point that comes nearest to a reference point, or exceeds it most evenly.

    Minimises Wierzbicki's (1980, "The use of reference objectives in multiobjective optimization")
    augmented achievement function ``max_k (x_k - q_k) + rho sum_k (x_k - q_k)``, x and the reference q
    scaled by the front's extent. The reference may be out of reach or be beaten: the answer is a point of
    the front either way. An objective without extent has no say. What is the same for all points is left
    out of the score, so that a reference far away costs no digits.

    Args:
        costs: n x m, to be minimised, n >= 1.
        point: m, the costs aspired to.

    Raises:
        InputError: where the reference is not m finite numbers.
        ValueError: where costs is empty, not n x m or not finite.

    >>> reference([[0, 10], [1, 3], [5, 2], [10, 0]], point=[6, 1])
    2
    """
    front = normalised_front(costs)
    try:
        desired = vector(point, "reference", front.costs.shape[1])
    except ValueError as error:
        raise InputError(str(error)) from None
    with np.errstate(over="ignore"):
        aspired = np.clip(front.scale(desired), -FAR, FAR)
    open_ = np.flatnonzero(front.extent > 0)
    if len(open_) == 0:
        return front.index(0)
    normalised, lead = front.normalised, aspired[open_] - aspired[open_].min()
    scores = (normalised[:, open_] - lead).max(axis=1) + AUGMENTATION * added(normalised.T)
    return front.index(first_least(scores))


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt(added((vectors * vectors).T)), dtype=np.float64)
