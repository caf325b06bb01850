"""A Gaussian process over several outputs that share one kernel, so that one factorisation serves all.

Matern 5/2 with a length per column (Rasmussen & Williams 2006, equation 4.17), categorical columns by Hamming
distance. Each output has its own scale, found in closed form; lengths and noise are the maximum of the
marginal likelihood (equation 5.8, with the scales profiled out) and a weak prior.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg, optimize

from jrtune.search.front.axes import Axes, Floats

FIT = 40
"""Points that lengths and noise are fitted on at most; the cost of a fit grows with their cube."""

STEPS = 15
"""Iterations of a fit at most."""

EXACT = 1e-4
"""Variance of noise of what is taken for known."""

_LENGTH, _LENGTH_SPREAD = math.log(0.7), 1.0
_NOISE, _NOISE_SPREAD = math.log(1e-3), 2.0
_NOISE_BOUNDS = (math.log(1e-6), math.log(0.5))


class Surrogate:
    """Posterior of m outputs.

    Args:
        points: n x d columns; numbers in [0, 1] or indices of categories.
        outputs: n x m, about zero mean and unit scale.
        axes: of the d columns.
        extra: n further variances of noise, known beforehand, in squared units of the outputs.
        rng: picks the points that lengths and noise are fitted on.
    """

    def __init__(
        self,
        points: Floats,
        outputs: Floats,
        axes: Axes,
        extra: Floats,
        rng: np.random.Generator,
    ) -> None:
        self.axes, self.points = axes, points
        some = np.sort(rng.permutation(len(points))[:FIT])
        theta = _fit(axes.squares(points[some], points[some]), outputs[some], extra[some])
        self.inverse_squares, self.noise = np.exp(-2 * theta[:-1]), float(np.exp(theta[-1]))
        self.extra = extra
        self.factor = self._factorise()
        solved = linalg.solve_triangular(self.factor, outputs, lower=True, check_finite=False)
        # the scale's own prior is worth one observation of 1: few points must not claim certainty
        self.scale = np.sqrt(((solved**2).sum(axis=0) + 1) / (len(points) + 1))
        self.alpha = linalg.solve_triangular(self.factor.T, solved, lower=False, check_finite=False)
        self.observed = points

    def mean(self, points: Floats) -> Floats:
        """Posterior mean of the noise-free outputs, k x m, at points k x d."""
        return np.asarray(self._kernel(points, self.observed) @ self.alpha)

    def predict(self, points: Floats) -> tuple[Floats, Floats]:
        """Posterior mean and standard deviation of the noise-free outputs, each k x m."""
        cross = self._kernel(points, self.points)
        mean = cross[:, : len(self.observed)] @ self.alpha
        solved = linalg.solve_triangular(self.factor, cross.T, lower=True, check_finite=False)
        left = np.sqrt(np.maximum(1 - (solved**2).sum(axis=0), 1e-10))
        return mean, left[:, None] * self.scale

    def expect(self, points: Floats) -> None:
        """Counts points (k x d) as known to be at their mean: the mean stays, the deviation vanishes.

        As if without noise: with it, a batch would gather where the deviation stays large.
        """
        self.points = np.concatenate([self.points, points])
        self.extra = np.concatenate([self.extra, np.full(len(points), EXACT - self.noise)])
        self.factor = self._factorise()

    def _factorise(self) -> Floats:
        kernel = self._kernel(self.points, self.points)
        kernel[np.diag_indices_from(kernel)] += self.noise + self.extra + 1e-8
        return np.asarray(linalg.cholesky(kernel, lower=True, check_finite=False))

    def _kernel(self, a: Floats, b: Floats) -> Floats:
        squares = np.tensordot(self.inverse_squares, self.axes.squares(a, b), axes=1)
        return _matern(np.asarray(squares))[0]


def _matern(squares: Floats) -> tuple[Floats, Floats]:
    """Matern 5/2 of squared distances, and minus twice its derivative by them."""
    distance = np.sqrt(5 * squares)
    decay = np.exp(-distance)
    return (1 + distance + 5 / 3 * squares) * decay, 5 / 3 * (1 + distance) * decay


def _fit(differences: Floats, outputs: Floats, extra: Floats) -> Floats:
    """Log lengths (d) and log noise at the maximum of posterior density."""
    columns = len(differences)
    centre = np.full(columns + 1, _LENGTH + 0.5 * math.log(max(1.0, columns / 2)))
    spread = np.full(columns + 1, _LENGTH_SPREAD)
    centre[-1], spread[-1] = _NOISE, _NOISE_SPREAD
    bounds = [(c - 3, c + 3) for c in centre[:-1]] + [_NOISE_BOUNDS]
    flat = differences.reshape(columns, -1)

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = _negative_log_likelihood(theta, flat, outputs, extra)
        standard = (theta - centre) / spread
        return value + 0.5 * float(standard @ standard), slope + standard / spread

    found = optimize.minimize(
        loss, centre, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    return np.asarray(found.x)


def _negative_log_likelihood(
    theta: Floats, flat: Floats, outputs: Floats, extra: Floats
) -> tuple[float, Floats]:
    """The value for all outputs together, up to a constant, and its gradient; scales profiled out."""
    n, m = outputs.shape
    inverse_squares, noise = np.exp(-2 * theta[:-1]), math.exp(theta[-1])
    kernel, slope = _matern((inverse_squares @ flat).reshape(n, n))
    kernel[np.diag_indices(n)] += noise + extra + 1e-8
    factor = linalg.cholesky(kernel, lower=True, check_finite=False)
    inverse = linalg.cho_solve((factor, True), np.eye(n), check_finite=False)
    alpha = inverse @ outputs
    variances = ((outputs * alpha).sum(axis=0) + 1) / (n + 1)
    value = 0.5 * (n + 1) * float(np.log(variances).sum()) + m * float(np.log(np.diag(factor)).sum())
    by_kernel = 0.5 * (m * inverse - (alpha / variances) @ alpha.T)
    # d kernel / d log length = slope * difference / length^2
    by_lengths = inverse_squares * (flat @ (by_kernel * slope).ravel())
    return value, np.append(by_lengths, noise * np.trace(by_kernel))
