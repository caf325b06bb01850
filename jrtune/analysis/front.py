"""The front of a study: which trials no other beats on validation, and what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.indicators import hypervolume, igd_plus, span
from jrtune.spec import TrialStatus
from jrtune.store.records import Results, StudyRecord, TrialRecord


class TracePoint(NamedTuple):
    """The front just after one trial.

    Attributes:
        number: the trial's.
        finished: the time, UTC, ISO 8601.
        seconds: training time of all trials that had ended by then, however they ended.
        hypervolume: of the front by then; NaN without a reference point.
    """

    number: int
    finished: str
    seconds: float
    hypervolume: float


def front(results: Results) -> list[TrialRecord]:
    """The complete, feasible trials that no other such trial dominates on validation.

    Baselines are trials like others. Trials with equal values all stay.

    Returns:
        Trials from best to worst in the first objective, then by number; empty where none is feasible.
    """
    feasible = [trial for trial in results.trials if is_feasible(trial, results.study)]
    stays = non_dominated(costs([trial.values for trial in feasible], results.study))
    members = [trial for trial, stay in zip(feasible, stays, strict=True) if stay]
    first = results.study.objectives[0]
    sign = results.study.signs[first]
    return sorted(members, key=lambda trial: (sign * trial.values[first], trial.number))


def is_feasible(trial: TrialRecord, study: StudyRecord) -> bool:
    """Returns True for a complete trial with finite objectives within bounds and losses within limits."""
    if trial.status is not TrialStatus.COMPLETE:
        return False
    signs = study.signs
    for name, objective in study.spec.objectives.items():
        value = trial.values.get(name, math.nan)
        bound = objective.bound
        if not math.isfinite(value) or (bound is not None and signs[name] * (value - bound) > 0):
            return False
    limits = study.spec.constraints
    return all(trial.losses[term] <= limit for term, limit in limits.items())


def costs(values: Sequence[Mapping[str, float]], study: StudyRecord) -> NDArray[np.float64]:
    """Values as costs: n x m, m in the study's order of objectives, what is maximised negated.

    Raises:
        KeyError: where a mapping lacks an objective.
    """
    signs = study.signs
    table = [[sign * mapping[name] for name, sign in signs.items()] for mapping in values]
    return np.array(table, dtype=np.float64).reshape(len(table), len(signs))


def hypervolume_of(records: Iterable[TrialRecord], study: StudyRecord) -> float:
    """Hypervolume of the trials' validation values against the study's reference point.

    In the product of the objectives' units; NaN while the study has no reference point.
    """
    return hypervolume_of_values([record.values for record in records], study)


def hypervolume_of_values(values: Sequence[Mapping[str, float]], study: StudyRecord) -> float:
    """As :func:`hypervolume_of`, of values by objective."""
    if study.reference is None:
        return math.nan
    return hypervolume(costs(values, study), costs([study.reference], study)[0])


def best_single_point(values: Iterable[Mapping[str, float]], study: StudyRecord) -> float:
    """Hypervolume of the best of the values alone; NaN where there are none, or no reference point."""
    return max((hypervolume_of_values([point], study) for point in values), default=math.nan)


def span_of(members: Sequence[TrialRecord], study: StudyRecord) -> dict[str, float]:
    """Objective -> how far apart the front's ends lie in it, in the objective's unit."""
    extents = span(costs([m.values for m in members], study))
    return dict(zip(study.objectives, extents.tolist(), strict=True))


def baselines_igd_plus(results: Results, members: Sequence[TrialRecord]) -> float:
    """IGD+ of the baselines to the front: how far, on average, the front is ahead of them.

    Every objective is scaled to 1 from the front's best to the reference point, so units do not matter.
    0 where the search found nothing that the baselines do not have; NaN without reference or
    feasible baselines.

    Args:
        results: the study.
        members: its front.
    """
    study = results.study
    baselines = [t for t in results.trials if t.is_baseline and is_feasible(t, study)]
    if study.reference is None or not members or not baselines:
        return math.nan
    target = costs([m.values for m in members], study)
    ideal, scale = target.min(axis=0), costs([study.reference], study)[0] - target.min(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    found = costs([b.values for b in baselines], study)
    return igd_plus((found - ideal) / scale, (target - ideal) / scale)


def hypervolume_trace(results: Results) -> list[TracePoint]:
    """Growth of the front: one point after each complete, feasible trial, in the order they finished."""
    seconds, trace = 0.0, []
    best: list[Mapping[str, float]] = []
    for trial in sorted(results.trials, key=lambda trial: (trial.finished, trial.number)):
        seconds += trial.seconds
        if not is_feasible(trial, results.study):
            continue
        best.append(trial.values)
        stays = non_dominated(costs(best, results.study))
        best = [values for values, stay in zip(best, stays, strict=True) if stay]
        volume = hypervolume_of_values(best, results.study)
        trace.append(TracePoint(trial.number, trial.finished, seconds, volume))
    return trace
