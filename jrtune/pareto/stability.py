"""Confidence in values from a few seeds: intervals, paired gains, stability of fronts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.pareto.points import Floats, vector

LEVEL = 0.95


def interval(samples: ArrayLike) -> tuple[float, float, float]:
    """Mean and 95 % confidence interval of the mean by Student's t: ``mean -+ t s / sqrt(n)``.

    One sample has a mean and no interval: its bounds are NaN. Student's t supposes roughly normal
    samples; over a handful of seeds nothing weaker gives an interval that is of use.

    Args:
        samples: n >= 1 values, one a seed.

    Returns:
        (mean, low, high), in the unit of the samples.

    Raises:
        ValueError: where there are no samples, or one is not finite.

    With 4 degrees of freedom t is 2.776:

    >>> [round(x, 3) for x in interval([1, 2, 3, 4, 5])]
    [3.0, 1.037, 4.963]
    """
    values = vector(samples, "samples")
    if len(values) == 0:
        raise ValueError("samples must hold at least one value, got none: nothing was measured")
    mean = float(values.mean())
    if len(values) == 1:
        return mean, float("nan"), float("nan")
    if (values == values[0]).all():  # else the mean's rounding would open an interval
        return float(values[0]), float(values[0]), float(values[0])
    from scipy.special import stdtrit  # here, not above: 0.3 s that dominance need not pay

    half = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2) * values.std(ddof=1) / np.sqrt(len(values)))
    return mean, mean - half, mean + half


def paired_gain(a: ArrayLike, b: ArrayLike, sign: int) -> tuple[float, float, float]:
    """By how much ``a`` is better than ``b``, seed by seed: the interval of ``sign (b - a)``.

    What a seed does to both alike cancels, so pairs tell differences that the two intervals do not.

    Args:
        a, b: n values each, at the same seeds in the same order.
        sign: -1 where the value is maximised, 1 where it is minimised.

    Returns:
        (mean, low, high) of the gain; positive where a is better.

    Raises:
        ValueError: where the lengths differ, there are none, one is not finite, or sign is not -1 or 1.

    >>> [round(x, 3) for x in paired_gain([0.9, 0.8, 0.7], [0.8, 0.7, 0.5], sign=-1)]
    [0.133, -0.01, 0.277]
    """
    if sign not in (-1, 1):
        raise ValueError(f"sign must be -1 (maximised) or 1 (minimised), got {sign!r}: take the objective's")
    first, second = vector(a, "a"), vector(b, "b")
    if len(first) != len(second):
        raise ValueError(
            f"a and b must be paired, got {len(first)} and {len(second)} values: use common seeds"
        )
    return interval(second - first if sign > 0 else first - second)  # so that no difference is 0, not -0


def pseudo_values(statistic: Callable[[Sequence[int]], float], seeds: Sequence[int]) -> list[float]:
    """Jackknife pseudo-values of a statistic of several seeds: n t(all) - (n - 1) t(all but one).

    Their mean is the statistic less its bias to first order (Quenouille 1956), their :func:`interval` that of
    Tukey (1958). For statistics that are no mean over seeds, such as the hypervolume of mean values.

    Args:
        statistic: takes some of the seeds.
        seeds: n >= 1.

    Returns:
        n values, one a seed; with one seed the statistic itself.

    Of a mean they are the samples:

    >>> samples = [1.0, 2.0, 6.0]
    >>> [round(v, 9) for v in pseudo_values(lambda s: sum(samples[i] for i in s) / len(s), [0, 1, 2])]
    [1.0, 2.0, 6.0]
    """
    whole = statistic(seeds)
    if len(seeds) == 1:
        return [whole]
    less = (statistic([s for s in seeds if s != left]) for left in seeds)
    return [whole + (len(seeds) - 1) * (whole - part) for part in less]


def stability(costs: ArrayLike, resamplings: int = 2000, seed: int = 0) -> Floats:
    """In what share of bootstrap resamplings of the seeds each member's mean is non-dominated.

    All members are resampled at the same seeds, as their trainings were paired. A share near 1 says that
    other seeds would most likely put the member on the front too; with one seed it is 0 or 1 and says
    nothing about seeds. The bootstrap is Efron's (1979).

    Args:
        costs: K x S x m of K members, S seeds and m objectives, to be minimised.
        resamplings: how many, R.
        seed: of the resampling.

    Returns:
        K shares in [0, 1].

    Raises:
        ValueError: where costs is not K x S x m with S, m >= 1, not finite, or resamplings is below 1.

    The second member is worse at every seed; the third is best only where its good seed is drawn twice,
    one time in four:

    >>> [round(4 * share) for share in stability([[[1], [1]], [[2], [2]], [[0], [9]]])]
    [3, 0, 1]
    """
    members = _members(costs)
    if resamplings < 1:
        raise ValueError(f"resamplings must be an integer from 1, got {resamplings}: 2000 is the default")
    means = _resampled(members, resamplings, seed)
    shares = np.empty(len(members))
    for k in range(len(members)):  # one member at a time: R x K x m in memory, not R x K x K x m
        mine = means[:, k : k + 1]
        dominated: NDArray[np.bool_] = np.logical_and(
            np.all(means <= mine, axis=2), np.any(means < mine, axis=2)
        )
        shares[k] = 1 - dominated.any(axis=1).mean()
    return shares


def _members(costs: ArrayLike) -> Floats:
    array = np.asarray(costs, dtype=np.float64)
    if array.ndim != 3 or min(array.shape[1:]) == 0:
        raise ValueError(
            f"costs must be members x seeds x objectives, got shape {array.shape}: stack them so"
        )
    if not np.isfinite(array).all():
        raise ValueError(
            "costs must be finite, got NaN or infinite entries: use seeds at which all completed"
        )
    return array


def _resampled(costs: Floats, resamplings: int, seed: int) -> Floats:
    """Sums over the resampled seeds, R x K x m; as good as means, which are only compared.

    Added seed by seed rather than as one matrix product: BLAS may round equal members differently,
    and then one would dominate the other.
    """
    K, S, m = costs.shape
    drawn = np.random.default_rng(seed).multinomial(S, np.full(S, 1 / S), size=resamplings)
    sums = np.zeros((resamplings, K, m))
    for s in range(S):
        sums += drawn[:, s, None, None] * costs[:, s]
    return sums
