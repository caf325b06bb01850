"""Objectives and violations at unit scale, so that one model fits them all and outliers do not rule it."""

from __future__ import annotations

import numpy as np

from jrtune.search.front.axes import Floats


class Standardisation:
    """Zero mean and unit deviation; what lies far above the middle half is brought nearer, none below it.

    Args:
        costs: n x m, to be minimised; by these the scale is set.
    """

    def __init__(self, costs: Floats) -> None:
        low, high = np.quantile(costs, [0.25, 0.75], axis=0)
        self.spread = np.maximum(high - low, 1e-12)
        self.limit = high + 3 * self.spread
        near = self._bring_near(costs)
        deviation = near.std(axis=0)
        self.centre, self.deviation = near.mean(axis=0), np.where(deviation > 1e-12, deviation, 1)

    def __call__(self, costs: Floats) -> Floats:
        """Costs k x m at this scale."""
        return np.asarray((self._bring_near(costs) - self.centre) / self.deviation)

    def variance(self, variance: Floats) -> Floats:
        """Variances k x m at this scale, one for all objectives of a row: k."""
        return np.asarray((variance / self.deviation**2).mean(axis=1))

    def _bring_near(self, costs: Floats) -> Floats:
        excess = np.maximum(costs - self.limit, 0) / self.spread
        return np.asarray(np.minimum(costs, self.limit) + self.spread * np.log1p(excess))


def scale_violations(violations: Floats) -> Floats:
    """Violations (n) at about unit scale; 0 stays the border, and far is far enough at 2."""
    size = np.abs(violations)
    scale = max(float(np.median(size[size > 0])), 1e-30) if (size > 0).any() else 1.0
    return np.asarray(np.clip(violations / scale, -2, 2))
