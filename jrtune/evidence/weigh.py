"""What the confirmations say: each member's figures on test, and whether joint training helped each task.

Selection is on validation, figures are on test. Only seeds at which a member completed count, and
two members are compared over the seeds that both have. Every interval is a 95 % interval of its own
comparison, not corrected for how many are shown: of twenty verdicts about tasks that joint training
leaves alone, about one will say "helped" or "hurt" by chance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

import numpy as np

from jrtune.evidence.front import costs, front, hypervolume_of_values
from jrtune.evidence.members import Estimate, Evidence, Member, Verdict
from jrtune.evidence.plan import stale_labels, trainings_of
from jrtune.pareto.agreement import agreement, interval, paired_gain
from jrtune.space.simplex import Simplex
from jrtune.spec import Candidate, Ending, Weighting
from jrtune.store.records import ConfirmationRecord, Results, StudyRecord

Figures = Mapping[int, Mapping[str, float]]
"""Seed number -> objective -> figure, of what is watched too, where it was finite."""

ROLES = ("front", "baseline", "twin")


def weigh(results: Results) -> Evidence | None:
    """All that the confirmations of a study say; None where no confirmation completed.

    The *single-task model* of an objective is the confirmed candidate with all weight on the objective's
    ``term`` or its group (without a term: on any one) that is best on validation. A *joint* candidate
    trains two groups or more. Confirmations of what has left the front since are not counted. Gains and
    verdicts of an objective without a confirmed single-task model are left out. An objective that its
    spec marks as a ``resource`` gets no verdict.
    """
    groups = _groups(results)
    if not groups:
        return None
    study = results.study
    singles = {name: _single_task(groups, name, study) for name in study.objectives}
    shares = _agreements([group for group in groups if group.role == "front"], study)
    members = tuple(_member(group, singles, shares.get(group.label), study) for group in groups)
    verdicts = [_verdict(groups, name, single, study) for name, single in singles.items()]
    volume, best = _volumes(members, study)
    return Evidence(
        members=members,
        verdicts=tuple(verdict for verdict in verdicts if verdict is not None),
        hypervolume=volume,
        best_single=best,
        trainings=(len(results.trials), len(trainings_of(results))),
    )


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


# --- members -------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Group:
    """The completed confirmations of one label."""

    label: str
    number: int | None
    role: Literal["front", "baseline", "twin"]
    candidate: Candidate
    tasks: list[tuple[str, ...]]
    val: Figures
    test: Figures

    @property
    def joint(self) -> bool:
        return len(self.tasks) > 1


def _groups(results: Results) -> list[_Group]:
    """Front members in the front's order, baselines, twins."""
    study = results.study
    simplex = Simplex(study.terms, Weighting(**study.spec["weighting"]))
    stale = stale_labels(results)
    by_label: dict[str, list[ConfirmationRecord]] = {}
    for record in results.confirmations:
        if record.label not in stale and _completed(record, study):
            by_label.setdefault(record.label, []).append(record)
    groups = [_group(records, simplex) for records in by_label.values()]
    place = {trial.number: i for i, trial in enumerate(front(results))}

    def order(group: _Group) -> tuple[int, int, int]:
        if group.number is None or group.role != "front":
            return ROLES.index(group.role), 0, 0  # sorting is stable: as they were stored
        return 0, place.get(group.number, len(place)), group.number

    return sorted(groups, key=order)


def _completed(record: ConfirmationRecord, study: StudyRecord) -> bool:
    figures = [split.get(name, math.nan) for split in (record.val, record.test) for name in study.objectives]
    return record.ending is Ending.COMPLETE and all(map(math.isfinite, figures))


def _group(records: Sequence[ConfirmationRecord], simplex: Simplex) -> _Group:
    first = records[0]
    return _Group(
        label=first.label,
        number=first.number,
        role=first.role,
        candidate=first.candidate,
        tasks=simplex.trained(first.candidate.weights),
        val={record.seed: record.val for record in records},
        test={record.seed: record.test for record in records},
    )


def _member(
    group: _Group, singles: Mapping[str, _Group | None], share: float | None, study: StudyRecord
) -> Member:
    gains = {
        name: gain
        for name, single in singles.items()
        if group.joint and single and (gain := _gain(group, single, name, study.signs[name]))
    }
    samples = {name: [v[name] for v in group.test.values() if name in v] for name in study.figures}
    test = {name: _estimate(found) for name, found in samples.items() if found}
    return Member(group.label, group.number, group.role, group.candidate, test, share, gains)


def _estimate(samples: Sequence[float]) -> Estimate:
    return Estimate(*interval(samples), len(samples))


def _gain(group: _Group, single: _Group, objective: str, sign: int) -> Estimate | None:
    """Paired over the seeds that both have; None where there are none."""
    seeds = _common((group, single))
    if not seeds:
        return None
    mine, its = ([g.test[seed][objective] for seed in seeds] for g in (group, single))
    return Estimate(*paired_gain(mine, its, sign), len(seeds))


def _common(groups: Iterable[_Group]) -> list[int]:
    return sorted(set.intersection(*(set(group.test) for group in groups)))


def _agreements(members: Sequence[_Group], study: StudyRecord) -> dict[str, float]:
    """Label -> share, over the seeds that all front members have; empty where there are none."""
    seeds = _common(members) if members else []
    if not seeds:
        return {}
    stacked = np.stack([costs([group.test[seed] for seed in seeds], study) for group in members])
    return dict(zip((group.label for group in members), agreement(stacked).tolist(), strict=True))


def _volumes(members: Sequence[Member], study: StudyRecord) -> tuple[float, float]:
    """Hypervolume of the front members' test means, and of the best one alone; NaN where none can be had."""
    means = [{name: e.mean for name, e in m.test.items()} for m in members if m.role == "front"]
    if not means:
        return math.nan, math.nan
    return hypervolume_of_values(means, study), max(hypervolume_of_values([mean], study) for mean in means)


# --- verdicts ------------------------------------------------------------------------------


def _single_task(groups: Sequence[_Group], objective: str, study: StudyRecord) -> _Group | None:
    """The single-task model of an objective, best on validation; None where none was confirmed."""
    term = study.spec["objectives"][objective].get("term")
    singles = [group for group in groups if len(group.tasks) == 1 and term in (None, *group.tasks[0])]
    return _best_on_validation(singles, objective, study)


def _best_on_validation(groups: Sequence[_Group], objective: str, study: StudyRecord) -> _Group | None:
    """Compared over the seeds that all have, where there are any: few lucky seeds must not win."""
    sign = study.signs[objective]
    seeds = _common(groups) if groups else []

    def cost(group: _Group) -> float:
        return sign * fmean(group.val[seed][objective] for seed in seeds or group.val)

    return min(groups, key=cost, default=None)


def _verdict(
    groups: Sequence[_Group], objective: str, single: _Group | None, study: StudyRecord
) -> Verdict | None:
    joint = _best_on_validation([g for g in groups if g.joint and g.role != "twin"], objective, study)
    if single is None or joint is None or study.spec["objectives"][objective].get("resource", False):
        return None
    gain = _gain(joint, single, objective, study.signs[objective])
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


def _sentence(outcome: str, joint: _Group, single: _Group, objective: str, gain: Estimate) -> str:
    seeds = _common((joint, single))
    mine, its = (_figure(fmean(g.test[seed][objective] for seed in seeds)) for g in (joint, single))
    winner = f"{joint.label} ({describe(joint.candidate)}) reaches {mine} on test"
    rival = f"the single-task model ({single.label}) at {its}"
    count = f"{len(seeds)} seed{'s' * (len(seeds) > 1)}"
    if outcome == "helped":
        size = f"{_figure(gain.mean)} {_bounds(gain.low, gain.high)}"
        return f"{objective}: joint training helped: {winner}, {size} better than {rival}, {count}."
    if outcome == "hurt":
        size = f"{_figure(-gain.mean)} {_bounds(-gain.high, -gain.low)}"
        return f"{objective}: joint training hurt: {winner}, {size} worse than {rival}, {count}."
    if gain.low == gain.high == 0:
        return f"{objective}: cannot be told: {winner}, the same as {rival}, {count}."
    bounds = "" if math.isnan(gain.low) else f" {_bounds(gain.low, gain.high)}"
    difference = f"the difference of {_figure(gain.mean)}{bounds} to {rival} may be chance"
    return f"{objective}: cannot be told: {winner}, {difference}, {count}."


def _bounds(low: float, high: float) -> str:
    return f"[{_figure(low)}, {_figure(high)}]"


def _figure(value: float) -> str:
    """Three decimals; fewer where it is large, two digits where three decimals would show none."""
    if abs(value) >= 1000:
        return f"{value:.0f}"
    return f"{value:.3f}" if value == 0 or abs(value) >= 0.001 else f"{value:.1g}"
