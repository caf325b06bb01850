"""What a run gave, when, and what that is worth: hypervolume on test of the front chosen on validation."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.indicators import hypervolume
from jrtune.spec import Candidate, Outcome, Study, TrialStatus

Point = tuple[float, float]
"""Seconds since the run began, hypervolume on test from then on."""


@dataclass(frozen=True)
class Yardstick:
    """What figures are measured by: m objectives, and the reference point.

    Attributes:
        names: of the objectives.
        signs: what turns a figure into a cost.
        corner: the reference point as costs.
    """

    names: list[str]
    signs: list[int]
    corner: list[float]

    @classmethod
    def of(cls, study: Study) -> Yardstick:
        """A study's; the reference point is what it declares to be worst.

        Raises:
            ValueError: where an objective declares none; a point from the search's own baselines would
                differ from run to run.
        """
        for name, objective in study.objectives.items():
            if objective.worst is None:
                raise ValueError(f"expected worst= of every objective, got none of {name!r}: declare it")
        signs = [objective.sign for objective in study.objectives.values()]
        worst = [objective.worst or 0.0 for objective in study.objectives.values()]
        return cls(list(study.objectives), signs, [s * w for s, w in zip(signs, worst, strict=True)])

    def costs(self, figures: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """n figures of m objectives as costs, n x m: what is maximised negated."""
        return np.array(figures, dtype=np.float64).reshape(-1, len(self.signs)) * self.signs


@dataclass
class Seen:
    """A candidate that was trained to the end: when that was known, and its m figures."""

    seconds: float
    candidate: dict[str, Any]
    val: list[float]
    test: list[float]


@dataclass
class Run:
    """One run of an arm: its clock, which begins when the run is made, and what it has seen.

    Attributes:
        yardstick: what is measured, by what.
        budget: seconds.
        goal: hypervolume on test that is to be reached; NaN for none.
        beyond: the run ends at so many times the seconds at which it first reached the goal.
        seen: in order of time.
        trained: trainings to the end. One of a weight-conditioned network is seen at many weightings.
        failed: trainings that did not end well.
        pruned: trainings that were stopped early.
    """

    yardstick: Yardstick
    budget: float
    goal: float = math.nan
    beyond: float = math.inf
    seen: list[Seen] = field(default_factory=list)
    trained: int = 0
    failed: int = 0
    pruned: int = 0
    start: float = field(default_factory=time.perf_counter)
    end: float = math.inf

    def seconds(self) -> float:
        """Since the run began."""
        return time.perf_counter() - self.start

    def left(self) -> float:
        """Seconds until the run ends; 0 when it is over."""
        return max(0.0, min(self.budget, self.end) - self.seconds())

    def see(
        self,
        ended: Sequence[tuple[Candidate, Outcome]],
        trainings: int | None = None,
        now: float | None = None,
    ) -> None:
        """Notes what ended together; what ends after the budget does not count.

        Args:
            ended: candidates, each with its outcome.
            trainings: how many they took; None for one each.
            now: seconds at which they ended; None for now.
        """
        now = self.seconds() if now is None else now
        if now > self.budget:
            return
        complete = sum(outcome.status is TrialStatus.COMPLETE for _, outcome in ended)
        self.trained += complete if trainings is None else min(trainings, complete)
        for candidate, outcome in ended:
            if outcome.status is TrialStatus.COMPLETE:
                self.seen.append(self._seen(now, candidate, outcome))
            else:
                self.pruned += outcome.status is TrialStatus.PRUNED
                self.failed += outcome.status is not TrialStatus.PRUNED
        if self.end == math.inf and worth(self.seen, self.yardstick) >= self.goal:
            self.end = now * self.beyond

    def _seen(self, now: float, candidate: Candidate, outcome: Outcome) -> Seen:
        val, test = ([float(m[n]) for n in self.yardstick.names] for m in (outcome.values, outcome.test))
        return Seen(now, {"weights": dict(candidate.weights), "choices": dict(candidate.choices)}, val, test)


def worth(seen: Sequence[Seen], yardstick: Yardstick) -> float:
    """Hypervolume of the test figures of those that no other dominates on validation; 0.0 of nothing."""
    if not seen:
        return 0.0
    kept = non_dominated(yardstick.costs([s.val for s in seen]))
    chosen = [s.test for s, keep in zip(seen, kept, strict=True) if keep]
    return hypervolume(yardstick.costs(chosen), yardstick.corner)


def curve(seen: Sequence[Seen], yardstick: Yardstick, budget: float = math.inf) -> list[Point]:
    """How the hypervolume on test went, a point whenever something was seen within the budget.

    It may fall: the front is chosen on validation.
    """
    times = sorted({s.seconds for s in seen if s.seconds <= budget})
    return [(t, worth([s for s in seen if s.seconds <= t], yardstick)) for t in times]


def first(points: Sequence[Point], level: float) -> float:
    """Seconds at which the level was first reached; inf where it was not.

    This is the time that counts. It depends on nothing that comes later, so an arm that goes on searching
    is not punished for it, and where it flatters, by luck, it flatters the arms with the most steps.

    >>> first([(1, 0.2), (2, 0.9), (3, 0.8), (4, 0.95)], 0.9), first([(1, 0.2)], 0.9)
    (2, inf)
    """
    return next((seconds for seconds, value in points if value >= level), math.inf)


def lasting(points: Sequence[Point], level: float) -> float:
    """Seconds from which the level was kept to the end of the run; inf where the run ends below it.

    >>> lasting([(1, 0.2), (2, 0.9), (3, 0.8), (4, 0.95)], 0.9), lasting([(1, 0.9), (2, 0.8)], 0.9)
    (4, inf)
    """
    since = math.inf
    for seconds, value in points:
        since = min(since, seconds) if value >= level else math.inf
    return since


def median_curve(curves: Sequence[Sequence[Point]], grid: Sequence[float]) -> list[float]:
    """Median over the runs of the hypervolume at each time of the grid; 0 before a run's first point."""
    rows = [[max((p for p in points if p[0] <= t), default=(0.0, 0.0))[1] for t in grid] for points in curves]
    return [float(value) for value in np.median(rows, axis=0)]
