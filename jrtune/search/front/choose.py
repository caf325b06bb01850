"""Selection of the complete trials to model: a bounded number, however long the history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jrtune.search.front.axes import Floats
from jrtune.search.front.history import History
from jrtune.search.front.improvement import ray_distances

LIMIT = 112
"""Trials that are modelled at most; the cost of an ask grows with their square."""

LATEST = 24
"""The latest of them: trials just asked for must be known."""

_AT_ONCE = 8192
"""Trials whose distances along the rays are in memory at once."""

_BEHIND = 1.3
"""Origin of the rays, in ranges of the objectives from the best values."""


def choose(history: History, rays: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """Indices of the complete trials to model: the best along each ray, the latest, and some of the others.

    Args:
        history: with at least one complete trial.
        rays: D x m, D well below ``LIMIT``.
        rng: picks the others.
    """
    n = len(history.complete)
    if n <= LIMIT:
        return np.arange(n)
    feasible = np.flatnonzero(history.violations <= 0)
    best = _best(history.costs, feasible if len(feasible) else np.arange(n), rays)
    first = np.union1d(best, np.arange(n - LATEST, n))
    other = np.ones(n, dtype=np.bool_)
    other[first] = False
    others = np.flatnonzero(other)
    return np.sort(np.concatenate([first, rng.choice(others, size=LIMIT - len(first), replace=False)]))


def _best(costs: Floats, among: NDArray[np.intp], rays: Floats) -> NDArray[np.intp]:
    """The trials that reach farthest along the rays: the front, evenly and with its ends."""
    candidates = costs[among]
    low, high = candidates.min(axis=0), np.quantile(candidates, 0.9, axis=0)
    normalised = (candidates - low) / np.maximum(high - low, 1e-12)
    return np.unique(among[_farthest(normalised / _BEHIND, rays)])


def _farthest(costs: Floats, rays: Floats) -> NDArray[np.intp]:
    """Indices of the points that reach farthest along each ray, the first of equals: D of n."""
    best = np.zeros(len(rays), dtype=np.intp)
    reached = np.full(len(rays), -np.inf)
    for start in range(0, len(costs), _AT_ONCE):
        distances = ray_distances(costs[start : start + _AT_ONCE], rays)
        index = np.argmax(distances, axis=0)
        distance = distances[index, np.arange(len(rays))]
        better = distance > reached
        best[better], reached[better] = start + index[better], distance[better]
    return best
