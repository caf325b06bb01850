"""Tuned weights beside other ways of weighting, each given the same number of trainings.

Every method is a study of its own in the database, named STUDY--METHOD, and its front is confirmed from the
same seeds. Compared are the hypervolumes of the members' means on test, against the tuned study's reference
point. Of noisy values the larger front always has more, so they are freed of that by the jackknife, whose
values are paired by seed. In simulations of 5 and 10 seeds its intervals are right where fronts have an
extent beyond the noise; where all members of both are alike, a front of 15 is called ahead of a smaller one
in 9 to 18 % of comparisons, rather than in 2.5 % (seed by seed it would be 59 to 100 %).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import hypervolume_of_values
from jrtune.analysis.members import TUNED, Estimate
from jrtune.pareto.stability import interval, paired_gain, pseudo_values
from jrtune.space.simplex import Simplex
from jrtune.spec import EQUAL, SINGLE, TrialStatus
from jrtune.store.database import Database
from jrtune.store.records import ConfirmationRecord, StudyRecord
from jrtune.store.studies import PART, study_names
from jrtune.store.study_store import StudyStore

SINGLE_TASK = "single-task models"

Points = dict[int, dict[str, Mapping[str, float]]]
"""Seed number -> front member -> its values on test."""


@dataclass(frozen=True)
class MethodRow:
    """One method in the comparison.

    Attributes:
        method: its name.
        trainings: spent on its search.
        hypervolume: of its front on test, freed of what noise adds.
        behind: the tuned weights' hypervolume less this one, seeds paired; positive where tuning is ahead.
        sentence: the same in plain words.
    """

    method: str
    trainings: int
    hypervolume: Estimate
    behind: Estimate
    sentence: str


def part_name(study: str, method: str) -> str:
    """Name of the study in which a method of the comparison is searched.

    >>> part_name("toy", "single a+b")
    'toy--single-a-b'
    """
    return f"{study}{PART}{method.replace(' ', '-').replace('+', '-')}"


def single_name(group: Sequence[str]) -> str:
    """Name of the single-task model of these loss terms as a method."""
    return f"{SINGLE}{'+'.join(group)}"


def read_comparison(database: Database, tuned: Analysis) -> list[MethodRow]:
    """The comparison that ``jrtune compare`` has left in the database, as far as it has come.

    Nothing is trained. Empty where there was none, or the tuned weights' front is not confirmed, as after
    further trials.

    Args:
        database: where the methods' studies lie.
        tuned: the study that searched the weights.
    """
    name = tuned.study.name
    parts = [part for part in study_names(database) if part.startswith(name + PART)]
    methods = {part_name(name, method): method for method in _named(tuned.study)}
    found = {
        # an adaptive method's name has nothing in it that a study's may not have
        methods.get(part, part.removeprefix(name + PART)): Analysis(StudyStore(database, part).results())
        for part in parts
    }
    return compare_methods(tuned, found) if found else []


def compare_methods(tuned: Analysis, found: Mapping[str, Analysis]) -> list[MethodRow]:
    """A record for the tuned weights, for each other method, and one for the single-task models together.

    A method whose front was not confirmed, for want of a feasible trial, or at no seed of the tuned weights,
    has no record.

    Args:
        tuned: the study that searched the weights, confirmed; there are no records where it is not.
        found: method -> a study of the same problem with that method's weights, confirmed; each
            single-task model is one.
    """
    study = tuned.study
    if study.reference is None:
        return []
    joint = {method: analysis for method, analysis in found.items() if not method.startswith(SINGLE)}
    singles = _singles(study, found)
    points = {TUNED: _members(tuned)} | {method: _members(analysis) for method, analysis in joint.items()}
    spent = {TUNED: len(tuned.trials)} | {method: len(analysis.trials) for method, analysis in joint.items()}
    if singles and all(analysis.front for analysis in singles.values()):
        points[SINGLE_TASK] = _together(singles)
        spent[SINGLE_TASK] = sum(len(a.trials) for a in {id(a): a for a in singles.values()}.values())
    return [
        _method_row(method, spent[method], values, points[TUNED], study)
        for method, values in points.items()
        if values.keys() & points[TUNED].keys()
    ]


def _named(study: StudyRecord) -> Iterator[str]:
    """The methods whose names a study's name cannot hold as they are."""
    yield EQUAL
    yield from map(single_name, _groups(study))


def _groups(study: StudyRecord) -> tuple[tuple[str, ...], ...]:
    return Simplex(study.terms, study.spec.weights).groups


def _singles(study: StudyRecord, found: Mapping[str, Analysis]) -> dict[str, Analysis]:
    """Objective -> the study of its single-task model; none unless every objective has a term."""
    singles = {}
    for name, objective in study.spec.objectives.items():
        group = next((g for g in _groups(study) if objective.term in g), None)
        if group is None or single_name(group) not in found:
            return {}
        singles[name] = found[single_name(group)]
    return singles


def _members(analysis: Analysis) -> Points:
    """At the seeds at which all of the front was trained: a part of it would count for less than it is.

    A member that diverged at one of them is left out: it cannot be relied on.
    """
    labels = [f"trial {t.number}" for t in analysis.front]
    at: dict[int, dict[str, ConfirmationRecord]] = {}
    for c in analysis.results.confirmations:
        if c.label in labels and c.role == "front":
            at.setdefault(c.seed, {})[c.label] = c
    whole = {seed: records for seed, records in at.items() if len(records) == len(labels)}
    sound = [
        n for n in labels if all(records[n].status is TrialStatus.COMPLETE for records in whole.values())
    ]
    return {seed: {n: records[n].test for n in sound} for seed, records in whole.items()} if sound else {}


def _together(singles: Mapping[str, Analysis]) -> Points:
    """One point a seed: for each objective the value of its own model, chosen on validation."""
    best: dict[int, dict[str, float]] = {}
    for objective, analysis in singles.items():
        sign = analysis.study.signs[objective]
        chosen = min(analysis.front, key=lambda t: sign * t.values[objective])
        for c in analysis.results.confirmations:
            if c.number == chosen.number and c.status is TrialStatus.COMPLETE:
                best.setdefault(c.seed, {})[objective] = c.test[objective]
    return {seed: {SINGLE_TASK: values} for seed, values in best.items() if len(values) == len(singles)}


def _volumes(points: Points, seeds: Sequence[int], study: StudyRecord) -> list[float]:
    """One a seed, comparable with those of another method at the same seeds."""

    def of_means(some: Sequence[int]) -> float:
        means = [
            {name: fmean(points[seed][label][name] for seed in some) for name in study.objectives}
            for label in points[some[0]]
        ]
        return hypervolume_of_values(means, study)

    return pseudo_values(of_means, seeds)


def _method_row(method: str, trainings: int, mine: Points, tuned: Points, study: StudyRecord) -> MethodRow:
    own = Estimate(*interval(_volumes(mine, sorted(mine), study)), seeds=len(mine))
    both = sorted(mine.keys() & tuned.keys())
    gain = paired_gain(_volumes(tuned, both, study), _volumes(mine, both, study), -1)
    behind = Estimate(*gain, seeds=len(both))
    return MethodRow(method, trainings, own, behind, _sentence(method, behind))


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
