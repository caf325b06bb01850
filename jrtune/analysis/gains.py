"""Gains of each front member over the single-task models, in every task at once, on validation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jrtune.analysis.confirmed import Confirmed, gains_over
from jrtune.analysis.front import costs
from jrtune.analysis.members import Estimate
from jrtune.analysis.verdicts import single_task
from jrtune.space.simplex import Simplex
from jrtune.store.records import Results, TrialRecord


@dataclass(frozen=True)
class GainTable:
    """Gains of front members over the single-task models, on validation: points are chosen by them.

    Attributes:
        gains: for each member objective -> gain, positive where it is better; empty where none is known,
            as of a single-task model.
        units: objective -> extent of the front in it, by which gains are made comparable; in the order
            in which all of these stand. Empty where no single-task model is known.
        confirmed: whether they are of the confirmations; else of the search's trials alone.
    """

    gains: tuple[Mapping[str, Estimate], ...]
    units: Mapping[str, float]
    confirmed: bool

    @property
    def in_units(self) -> list[list[tuple[float, float]]]:
        """(gain, lower end) of each objective for each member, in units of the front: for beats_single."""
        return [
            [(gains[name].mean / unit, gains[name].low / unit) for name, unit in self.units.items()]
            if gains
            else []
            for gains in self.gains
        ]

    def weakest(self, index: int) -> tuple[str, Estimate]:
        """The objective in which a member is least certainly ahead, and its gain there."""
        low = [gain if math.isnan(end) else end for gain, end in self.in_units[index]]
        name = list(self.units)[int(np.argmin(low))]
        return name, self.gains[index][name]

    def reason(self, index: int) -> str:
        """The reason to choose a member for its gains, and what it is known from."""
        name, gain = self.weakest(index)
        tasks = ", ".join(self.units)
        if not self.confirmed:
            return (
                f"the farthest ahead of every single-task model ({tasks}) so far; least in {name}, by "
                f"{gain.mean:.3g} on validation, one seed, against single-task models at default choices: "
                "run jrtune confirm"
            )
        interval = "" if math.isnan(gain.low) else f" [{gain.low:.3g}, {gain.high:.3g}]"
        seeds = f"{gain.seeds} seed{'s' * (gain.seeds > 1)}"
        return (
            f"the most certain to be at least as good as every single-task model ({tasks}); least ahead in "
            f"{name}, by {gain.mean:.3g}{interval} on validation, {seeds}"
        )

    def shortfall(self, index: int) -> str:
        """The objective in which a member stays farthest behind, and how far."""
        means = [gain for gain, _ in self.in_units[index]]
        name = list(self.units)[int(np.argmin(means))]
        return f"{-self.gains[index][name].mean:.3g} behind in {name} on validation"


def gain_table(results: Results, members: Sequence[TrialRecord], groups: Sequence[Confirmed]) -> GainTable:
    """Gains of the confirmations where a front member is confirmed beside single-task models, else of trials.

    Tasks are the objectives that learning together could change: resources do not count. Of trials there is
    one seed and no interval; there the single-task model of an objective is the complete trial with all
    weight on its term or group (without a term: on any one) that is best at it.

    Args:
        results: the study.
        members: its front; of an empty one the table is empty.
        groups: what was confirmed.
    """
    if not members:
        return GainTable((), {}, confirmed=False)
    found = _of_confirmations(results, members, groups)
    is_confirmed = any(found)
    if not is_confirmed:
        found = _of_trials(results, members)
    names = [name for name in _tasks(results) if any(name in row for row in found)]
    whole = tuple({name: row[name] for name in names} if row.keys() >= set(names) else {} for row in found)
    extents = np.ptp(costs([t.values for t in members], results.study), axis=0)
    units = dict(zip(results.study.objectives, np.where(extents > 0, extents, 1).tolist(), strict=True))
    return GainTable(whole, {name: units[name] for name in names}, is_confirmed)


def _tasks(results: Results) -> list[str]:
    return [n for n, spec in results.study.spec.objectives.items() if not spec.resource]


def _of_confirmations(
    results: Results, members: Sequence[TrialRecord], groups: Sequence[Confirmed]
) -> list[dict[str, Estimate]]:
    study = results.study
    singles = {name: single_task(groups, name, study) for name in _tasks(results)}
    gains = {g.number: gains_over(g, singles, study, "val") for g in groups if g.role == "front"}
    return [gains.get(trial.number, {}) for trial in members]


def _of_trials(results: Results, members: Sequence[TrialRecord]) -> list[dict[str, Estimate]]:
    study = results.study
    simplex = Simplex(study.terms, study.spec.weights)
    trained = {t.number: simplex.trained(t.candidate.weights) for t in results.trials}
    best = {}
    for name in _tasks(results):
        sign, term = study.signs[name], study.spec.objectives[name].term
        found = [
            sign * t.values[name]
            for t in results.trials
            if math.isfinite(t.values.get(name, math.nan))
            and len(trained[t.number]) == 1
            and term in (None, *trained[t.number][0])
        ]
        if found:
            best[name] = min(found)
    return [
        {name: _one(cost - study.signs[name] * t.values[name]) for name, cost in best.items()}
        if len(trained[t.number]) > 1
        else {}
        for t in members
    ]


def _one(gain: float) -> Estimate:
    return Estimate(gain, math.nan, math.nan, 1)
