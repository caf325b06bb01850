"""A study's trials as the arrays that a model of the front needs (:mod:`jrtune.search.front.reader`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from optuna.trial import FrozenTrial

from jrtune.search.front.axes import Floats

RUNGS = "rungs"
"""User attribute of a trial, what it was judged by: [[epoch, [value of each objective]], ...]."""

HUGE = 1e30
"""Values are cut there, so that their squares and sums are finite; Optuna lets an infinite constraint in."""

COMPARED = 100
"""Finished trials, the latest, by which a stopped one's end is guessed."""


@dataclass
class History:
    """Trials by what is known of them.

    Attributes:
        complete: with finite values; costs: those, n x m, to be minimised; violations: n, above 0 infeasible.
        pending: asked, not told.
        stopped: pruned, with rungs.
        bad: failed, pruned without rungs, or with values that are not finite.
    """

    complete: list[FrozenTrial] = field(default_factory=list)
    costs: Floats = field(default_factory=lambda: np.zeros((0, 1)))
    violations: Floats = field(default_factory=lambda: np.zeros(0))
    pending: list[FrozenTrial] = field(default_factory=list)
    stopped: list[FrozenTrial] = field(default_factory=list)
    bad: list[FrozenTrial] = field(default_factory=list)

    def tried(self) -> list[FrozenTrial]:
        """All that have been asked for."""
        return self.complete + self.pending + self.stopped + self.bad


def violation(trial: FrozenTrial) -> float:
    """The greatest of its constraints, above 0 where it is infeasible; 0 where it has none."""
    # reading constraints goes through all attributes, and most trials have none
    worst = max(trial.constraints.values(), default=0.0) if trial.system_attrs else 0.0
    return cut(worst)


def cut(value: float) -> float:
    """The value, or the nearest that is not beyond ``HUGE``."""
    return min(max(value, -HUGE), HUGE)


def rungs(trial: FrozenTrial, objectives: int) -> dict[int, Sequence[float]]:
    """Values of each objective by epoch, as far as they are finite; empty where the trial has none."""
    found: Iterable[tuple[int, Sequence[float | None]]] = trial.user_attrs.get(RUNGS) or []
    values_at: dict[int, Sequence[float]] = {}
    for epoch, values in found:
        finite = [cut(v) for v in values if v is not None and math.isfinite(v)]
        if len(finite) == len(values) == objectives:
            values_at[int(epoch)] = finite
    return values_at


def guesses(history: History, stopped: Sequence[FrozenTrial], signs: Floats) -> tuple[Floats, Floats]:
    """Guesses of the costs that stopped trials would have had in the end, k x m, and their variances, k x m.

    The last rung, plus what complete trials went on to change from that epoch (median; spread by the median
    absolute deviation). NaN where fewer than three complete trials were measured at that epoch.
    """
    guess, variance = np.full((2, len(stopped), len(signs)), np.nan)
    if not stopped:
        return guess, variance
    curves = [rungs(t, len(signs)) for t in history.complete[-COMPARED:]]
    changes: dict[int, tuple[Floats, Floats] | None] = {}
    for row, trial in enumerate(stopped):
        epoch, values = max(rungs(trial, len(signs)).items(), default=(-1, ()))
        if epoch not in changes:
            ends = zip(curves, history.costs[-COMPARED:], strict=True)
            seen = [end - signs * np.asarray(curve[epoch]) for curve, end in ends if epoch in curve]
            changes[epoch] = _median_and_variance(np.asarray(seen)) if len(seen) >= 3 else None
        change = changes[epoch]
        if change is not None:
            guess[row], variance[row] = signs * np.asarray(values) + change[0], change[1]
    return guess, variance


def _median_and_variance(changes: Floats) -> tuple[Floats, Floats]:
    median = np.median(changes, axis=0)
    return median, (1.4826 * np.median(np.abs(changes - median), axis=0)) ** 2
