"""Verdicts on whether joint training helped a task: its best joint model against its single-task model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Literal

from jrtune.analysis.confirmed import Confirmed, common_seeds, gain_over
from jrtune.analysis.members import Estimate, Verdict
from jrtune.spec import Candidate
from jrtune.store.records import StudyRecord


def single_task(groups: Sequence[Confirmed], objective: str, study: StudyRecord) -> Confirmed | None:
    """The single-task model of an objective, best on validation; None where none was confirmed."""
    term = study.spec.objectives[objective].term
    singles = [group for group in groups if len(group.tasks) == 1 and term in (None, *group.tasks[0])]
    return _best_on_validation(singles, objective, study)


def _best_on_validation(groups: Sequence[Confirmed], objective: str, study: StudyRecord) -> Confirmed | None:
    """Compared over the seeds that all have, where there are any: few lucky seeds must not win."""
    sign = study.signs[objective]
    seeds = common_seeds(groups) if groups else []

    def cost(group: Confirmed) -> float:
        return sign * fmean(group.val[seed][objective] for seed in seeds or group.val)

    return min(groups, key=cost, default=None)


def verdict_of(
    groups: Sequence[Confirmed], objective: str, single: Confirmed | None, study: StudyRecord
) -> Verdict | None:
    """The effect of joint training on an objective; None where nothing can be compared, or of a resource.

    Args:
        groups: all that was confirmed.
        objective: its name.
        single: its single-task model.
        study: what says which direction is better.
    """
    joint = _best_on_validation([g for g in groups if g.joint and g.role != "control"], objective, study)
    if single is None or joint is None or study.spec.objectives[objective].resource:
        return None
    gain = gain_over(joint, single, objective, study.signs[objective])
    if gain is None:
        unknown = Estimate(math.nan, math.nan, math.nan, 0)
        sentence = (
            f"{objective}: cannot be told: {joint.label} and {single.label} completed at no common seed."
        )
        return Verdict(objective, "cannot be told", unknown, sentence)
    # NaN, the bound of one seed, is neither above nor below
    outcome: Literal["helped", "hurt", "cannot be told"] = (
        "helped" if gain.low > 0 else "hurt" if gain.high < 0 else "cannot be told"
    )
    return Verdict(objective, outcome, gain, _sentence(outcome, joint, single, objective, gain))


def _sentence(outcome: str, joint: Confirmed, single: Confirmed, objective: str, gain: Estimate) -> str:
    seeds = common_seeds((joint, single))
    mine, its = (_number(fmean(g.test[seed][objective] for seed in seeds)) for g in (joint, single))
    winner = f"{joint.label} ({describe(joint.candidate)}) reaches {mine} on test"
    rival = f"the single-task model ({single.label}) at {its}"
    count = f"{len(seeds)} seed{'s' * (len(seeds) > 1)}"
    if gain.low == gain.high == 0:
        return f"{objective}: cannot be told: {winner}, the same as {rival}, {count}."
    difference = f"{_difference(gain)} than {rival}"
    if outcome == "cannot be told":
        return f"{objective}: {outcome}: {winner}, {difference}, which may be chance, {count}."
    return f"{objective}: joint training {outcome}: {winner}, {difference}, {count}."


def _difference(gain: Estimate) -> str:
    """The difference as better or worse, so that no reader need know which direction an objective has."""
    worse = gain.mean < 0
    mean, low, high = (-gain.mean, -gain.high, -gain.low) if worse else (gain.mean, gain.low, gain.high)
    bounds = "" if math.isnan(low) else f" {_bounds(low, high)}"
    return f"{_number(mean)}{bounds} {'worse' if worse else 'better'}"


def _bounds(low: float, high: float) -> str:
    return f"[{_number(low)}, {_number(high)}]"


def _number(value: float) -> str:
    """Three decimals; fewer where it is large, two digits where three decimals would show none."""
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1g}"


def describe(candidate: Candidate) -> str:
    """The candidate's positive weights in short, or who sets them.

    >>> describe(Candidate({"digit": 0.714, "edge": 0.286}))
    'digit 0.71, edge 0.29'
    >>> describe(Candidate({"digit": 0.998, "edge": 0.002}))
    'digit 1.00, edge 0.002'
    >>> describe(Candidate({"digit": 0.5, "edge": 0.5}, balancing="famo"))
    'weights set by famo'
    """
    if candidate.balancing != "fixed":
        return f"weights set by {candidate.balancing}"
    # two decimals, but never 0.00: the term was trained
    shown = {t: f"{w:.2f}" if w >= 0.005 else f"{w:.1g}" for t, w in candidate.weights.items() if w > 0}
    return ", ".join(f"{term} {weight}" for term, weight in shown.items())
