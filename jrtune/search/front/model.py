"""The front as the history shows it, and what a further point is expected to add."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from optuna.trial import FrozenTrial
from scipy.special import ndtr

from jrtune.pareto.dominance import non_dominated
from jrtune.search.front.axes import Axes, Floats
from jrtune.search.front.choose import choose
from jrtune.search.front.history import History, guesses
from jrtune.search.front.improvement import directions, expected_improvement, normals
from jrtune.search.front.standardisation import Standardisation, scale_violations
from jrtune.search.front.surrogate import Surrogate

PENDING, STOPPED, BAD = 128, 32, 64
"""Trials of each kind that are modelled at most, the latest."""

RAYS, DRAWS = 64, 16
MARGIN = 0.3
"""Distance of the reference point behind the worst of the front, in its range. With 0.1 the ends of the
front were found late: 0.956 of the hypervolume after 80 noisy trials of two terms, against 0.977."""

_NEAR = 0.1


class FrontModel:
    """Surrogate and front of one history.

    Args:
        history: with at least two complete trials.
        axes: the search space, d columns.
        signs: m, +1 to minimise and -1 to maximise.
        rng: of this ask.

    Attributes:
        points: n x d, the complete trials that are modelled.
        front_points: F x d, those whose posterior means no other's dominate, by the first objective.
    """

    def __init__(self, history: History, axes: Axes, signs: Floats, rng: np.random.Generator) -> None:
        self.axes, self.objectives = axes, len(signs)
        self.rays = directions(RAYS, self.objectives, rng)
        self.draws = normals(DRAWS, self.objectives, rng)
        chosen = choose(history, self.rays[: RAYS // 2], rng)
        self.points = _encode([history.complete[i] for i in chosen], axes)
        self.bad = _encode(history.bad[-BAD:], axes)
        self.constrained = bool((history.violations > 0).any())
        costs, violations = history.costs[chosen], history.violations[chosen]
        scale = Standardisation(costs)
        self._fit(history, scale, costs, violations, signs, rng)
        self._find_front(
            self.points[violations <= 0], _encode(history.pending[-PENDING:], axes), scale(costs)
        )

    def _fit(
        self,
        history: History,
        scale: Standardisation,
        costs: Floats,
        violations: Floats,
        signs: Floats,
        rng: np.random.Generator,
    ) -> None:
        """The surrogate of complete trials and, where their end can be guessed, of stopped ones."""
        stopped = history.stopped[-STOPPED:]
        guess, variance = guesses(history, stopped, signs)
        known = np.isfinite(guess).all(axis=1)
        pruned = _encode(stopped, self.axes)
        self.bad = np.concatenate([self.bad, pruned[~known]])
        outputs = np.concatenate([scale(costs), scale(guess[known])])
        if self.constrained:
            # nobody knows whether a stopped trial would have been feasible: at the border
            border = np.append(scale_violations(violations), np.zeros(int(known.sum())))
            outputs = np.column_stack([outputs, border])
        noise = np.append(np.zeros(len(costs)), scale.variance(variance[known]))
        self.surrogate = Surrogate(
            np.concatenate([self.points, pruned[known]]), outputs, self.axes, noise, rng
        )

    def _find_front(self, feasible: Floats, pending: Floats, outputs: Floats) -> None:
        """The front of posterior means, in units of the box between its best and the reference point."""
        shown = np.concatenate([feasible, pending])
        means = self.surrogate.mean(shown)[:, : self.objectives]
        if len(pending):
            self.surrogate.expect(pending)
        is_front = non_dominated(means)
        order = np.argsort(means[is_front][:, 0], kind="stable")
        self.front_points, front = shown[is_front][order], means[is_front][order]
        box = front if len(front) else outputs
        self.ideal = box.min(axis=0)
        # a front of one point has no range; then a part of what all trials span
        span = np.maximum(box.max(axis=0) - self.ideal, 0.1 * np.ptp(outputs, axis=0) + 1e-9)
        self.span = (1 + MARGIN) * span
        self.front = (front - self.ideal) / self.span

    def gain(self, points: Floats) -> Floats:
        """Expected improvement of the hypervolume by points k x d, times the chance of success: k numbers."""
        mean, deviation = self.surrogate.predict(points)
        m = self.objectives
        normalised = (mean[:, :m] - self.ideal) / self.span
        gain = expected_improvement(
            normalised, deviation[:, :m] / self.span, self.front, self.rays, self.draws
        )
        if self.constrained:
            gain *= ndtr(-mean[:, m] / deviation[:, m])
        return gain * self._success(points)

    def _success(self, points: Floats) -> Floats:
        """Chance that a trial ends with values: the share of those near that did."""
        if len(self.bad) == 0:
            return np.ones(len(points))
        good = self._closeness(points, self.points)
        return np.asarray((good + 1) / (good + 1 + self._closeness(points, self.bad)))

    def _closeness(self, points: Floats, others: Floats) -> Floats:
        """Number of the others that are near each point, those at some distance by a part."""
        squares = self.axes.squares(points, others).sum(axis=0)
        return np.asarray(np.exp(-0.5 * squares / _NEAR**2).sum(axis=1))


def _encode(trials: Iterable[FrozenTrial], axes: Axes) -> Floats:
    return axes.encode([t.params for t in trials])
