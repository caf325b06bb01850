"""Tuned weights beside other ways of weighting, each given the same number of trainings.

Every method's front is confirmed from the same seeds. Its hypervolume is taken for each seed on test,
against the tuned study's reference point, so that two methods are compared seed by seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jrtune.evidence.front import front, hypervolume_of_values
from jrtune.evidence.members import Estimate
from jrtune.pareto.agreement import interval, paired_gain
from jrtune.spec import Ending
from jrtune.store.records import Results, StudyRecord

TUNED = "tuned weights"
SINGLE_TASK = "single-task models"

Points = dict[int, list[Mapping[str, float]]]
"""Seed number -> figures on test of each front member."""


@dataclass(frozen=True)
class MethodRow:
    """One method in the comparison.

    Attributes:
        method: its name.
        trainings: spent on its search.
        hypervolume: of its front on test, over the seeds.
        behind: the tuned weights' hypervolume less this one, seeds paired; positive where tuning is ahead.
        sentence: the same in plain words.
    """

    method: str
    trainings: int
    hypervolume: Estimate
    behind: Estimate
    sentence: str


def compare_methods(
    tuned: Results, others: Mapping[str, Results], singles: Mapping[str, Results]
) -> list[MethodRow]:
    """A row for the tuned weights, for each other method, and one for the single-task models together.

    A method of which nothing is confirmed, for want of a feasible trial, has no row.

    Args:
        tuned: the study that searched the weights, confirmed.
        others: method -> a study of the same problem with that method's weights, confirmed.
        singles: objective -> the study of the single-task model for it, confirmed; one network each.
    """
    study = tuned.study
    points = {TUNED: _members(tuned)} | {method: _members(results) for method, results in others.items()}
    spent = {TUNED: len(tuned.trials)} | {method: len(results.trials) for method, results in others.items()}
    if singles and all(front(results) for results in singles.values()):
        points[SINGLE_TASK] = _together(singles)
        spent[SINGLE_TASK] = sum(len(r.trials) for r in {id(r): r for r in singles.values()}.values())
    volumes = {method: _volumes(found, study) for method, found in points.items()}
    return [
        _row(method, spent[method], volumes[method], volumes[TUNED]) for method in points if points[method]
    ]


def _members(results: Results) -> Points:
    labels = {f"trial {t.number}" for t in front(results)}
    found: Points = {}
    for c in results.confirmations:
        if c.label in labels and c.role == "front" and c.ending is Ending.COMPLETE:
            found.setdefault(c.seed, []).append(c.test)
    return found


def _together(singles: Mapping[str, Results]) -> Points:
    """One point a seed: for each objective the figure of its own model, chosen on validation."""
    best: dict[int, dict[str, float]] = {}
    for objective, results in singles.items():
        sign = results.study.signs[objective]
        chosen = min(front(results), key=lambda t: sign * t.values[objective])
        for c in results.confirmations:
            if c.number == chosen.number and c.ending is Ending.COMPLETE:
                best.setdefault(c.seed, {})[objective] = c.test[objective]
    return {seed: [figures] for seed, figures in best.items() if len(figures) == len(singles)}


def _volumes(points: Points, study: StudyRecord) -> dict[int, float]:
    return {seed: hypervolume_of_values(figures, study) for seed, figures in points.items()}


def _row(method: str, trainings: int, mine: Mapping[int, float], tuned: Mapping[int, float]) -> MethodRow:
    both = sorted(set(mine) & set(tuned))
    own = Estimate(*interval(list(mine.values())), seeds=len(mine))
    gain = Estimate(*paired_gain([tuned[s] for s in both], [mine[s] for s in both], -1), seeds=len(both))
    return MethodRow(method, trainings, own, gain, _sentence(method, gain))


def _sentence(method: str, behind: Estimate) -> str:
    if method == TUNED:
        return f"{TUNED}: what the others are compared with"
    if behind.low > 0:
        word = "behind the tuned weights"
    elif behind.high < 0:
        word = "ahead of the tuned weights"
    else:
        return f"{method}: no difference to the tuned weights can be told, {behind.seeds} seeds"
    return f"{method}: {word} by {abs(behind.mean):.4g} hypervolume on test, {behind.seeds} seeds"
