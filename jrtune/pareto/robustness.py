"""Choosing the point that can be believed most: ahead of the single-task models, or of a stable place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from jrtune.errors import InputError
from jrtune.pareto.epsilon_constraint import OutOfReachError
from jrtune.pareto.normalised import TIE, added, first_least, normalised_front

Gains = Sequence[Sequence[tuple[float, float]]]
"""A row a member; in it (gain, lower end of its interval) for each objective, positive where it is better.

All in units that can be compared. The lower end is NaN where there is no interval; the row of a member of
which nothing is known is empty.
"""


def beats_single(gains: Gains) -> int:
    """Index of the member that is ahead in every objective, with the greatest margin.

    Eligible is a member whose gains are all 0 or more; of these the one is taken whose least lower end is
    greatest.

    Args:
        gains: as :data:`Gains`, n >= 1 members; the same objectives in every row that is not empty.

    Raises:
        OutOfReachError: where none is ahead in all; it names the member whose least gain is greatest.
        InputError: where of no member anything is known.

    The first gains more, the second has the greater margin:

    >>> beats_single([[(0.3, 0.1), (0.2, -0.1)], [(0.1, 0.05), (0.1, 0.0)], [(0.9, 0.8), (-0.1, -0.2)], []])
    1
    """
    known = [i for i, row in enumerate(gains) if len(row)]
    if not known:
        raise InputError("no front member can be compared with single-task models: run jrtune confirm")
    least = {i: min(gain for gain, _ in gains[i]) for i in known}
    ahead = [i for i in known if least[i] >= 0]
    if not ahead:
        nearest = known[first_least([-least[i] for i in known])]
        raise OutOfReachError(
            f"no point is ahead in every objective; the nearest is point {nearest}, whose least gain is "
            f"{least[nearest]:.3g}: search on, or accept it",
            nearest,
        )
    return ahead[first_least([-min(_lower(*gain) for gain in gains[i]) for i in ahead])]


def robust(stability: ArrayLike, costs: ArrayLike) -> int:
    """Index of the point whose place on the front is most stable over seeds; of equals the knee among them.

    Args:
        stability: n shares in [0, 1], as :func:`jrtune.pareto.stability.stability` gives them; NaN where
            a point is not confirmed.
        costs: n x m, to be minimised, n >= 1.

    Raises:
        InputError: where no point of the front is confirmed.
        ValueError: where costs is empty, not n x m or not finite, or stability does not fit it.

    >>> robust([0.9, 0.6, 0.9, float("nan")], [[0, 10], [1, 3], [5, 2], [10, 0]])
    2
    """
    front = normalised_front(costs)
    shares = np.asarray(stability, dtype=np.float64)
    if shares.shape != (n := len(np.asarray(costs)),):
        raise ValueError(f"stability must have {n} entries, got shape {shares.shape}: NaN where unknown")
    mine = shares[front.eligible]
    confirmed = np.flatnonzero(~np.isnan(mine))
    if len(confirmed) == 0:
        raise InputError("no front member is confirmed, so none is known to be sure: run jrtune confirm")
    most_stable = confirmed[mine[confirmed] >= mine[confirmed].max() - TIE]
    return front.index(int(most_stable[first_least(added(front.normalised[most_stable].T))]))


def _lower(gain: float, low: float) -> float:
    return gain if np.isnan(low) else low
