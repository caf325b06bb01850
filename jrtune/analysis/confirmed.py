"""Candidates that were confirmed, and how two of them compare over the seeds that both completed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jrtune.analysis.members import Estimate
from jrtune.analysis.plan import stale_labels
from jrtune.pareto.stability import paired_gain
from jrtune.space.simplex import Simplex
from jrtune.spec import Candidate, TrialStatus
from jrtune.store.records import ConfirmationRecord, Results, StudyRecord, TrialRecord

Split = Literal["val", "test"]

Metrics = Mapping[int, Mapping[str, float]]
"""Seed number -> objective -> value, of what is watched too, where it was finite."""

ROLES = ("front", "baseline", "control")


@dataclass(frozen=True)
class Confirmed:
    """The completed confirmations of one label.

    Attributes:
        label, number, role, candidate: as in :class:`jrtune.store.records.ConfirmationRecord`.
        tasks: groups of loss terms that have weight.
        val, test: metrics on either split.
    """

    label: str
    number: int | None
    role: Literal["front", "baseline", "control"]
    candidate: Candidate
    tasks: list[tuple[str, ...]]
    val: Metrics
    test: Metrics

    @property
    def joint(self) -> bool:
        return len(self.tasks) > 1

    def on(self, split: Split) -> Metrics:
        """Metrics on a split."""
        return self.val if split == "val" else self.test


def confirmed(results: Results, members: Sequence[TrialRecord]) -> list[Confirmed]:
    """Front members in the front's order, baselines, controls.

    Args:
        results: the study.
        members: its front.
    """
    study = results.study
    simplex = Simplex(study.terms, study.spec.weights)
    stale = stale_labels(results, members)
    by_label: dict[str, list[ConfirmationRecord]] = {}
    for training in results.confirmations:
        if training.label not in stale and _completed(training, study):
            by_label.setdefault(training.label, []).append(training)
    groups = [_group(records, simplex) for records in by_label.values()]
    place = {trial.number: i for i, trial in enumerate(members)}

    def order(group: Confirmed) -> tuple[int, int, int]:
        if group.number is None or group.role != "front":
            return ROLES.index(group.role), 0, 0  # sorting is stable: as they were stored
        return 0, place.get(group.number, len(place)), group.number

    return sorted(groups, key=order)


def _completed(training: ConfirmationRecord, study: StudyRecord) -> bool:
    splits = (training.val, training.test)
    values = [split.get(name, math.nan) for split in splits for name in study.objectives]
    return training.status is TrialStatus.COMPLETE and all(map(math.isfinite, values))


def _group(records: Sequence[ConfirmationRecord], simplex: Simplex) -> Confirmed:
    first = records[0]
    return Confirmed(
        label=first.label,
        number=first.number,
        role=first.role,
        candidate=first.candidate,
        tasks=simplex.trained(first.candidate.weights),
        val={training.seed: training.val for training in records},
        test={training.seed: training.test for training in records},
    )


def gains_over(
    group: Confirmed, singles: Mapping[str, Confirmed | None], study: StudyRecord, split: Split
) -> dict[str, Estimate]:
    """Objective -> gain over its single-task model, where there is one; empty for single-task models."""
    return {
        name: gain
        for name, single in singles.items()
        if group.joint and single and (gain := gain_over(group, single, name, study.signs[name], split))
    }


def gain_over(
    group: Confirmed, single: Confirmed, objective: str, sign: int, split: Split = "test"
) -> Estimate | None:
    """Paired over the seeds that both have; None where there are none."""
    seeds = common_seeds((group, single))
    if not seeds:
        return None
    mine, its = ([g.on(split)[seed][objective] for seed in seeds] for g in (group, single))
    return Estimate(*paired_gain(mine, its, sign), len(seeds))


def common_seeds(groups: Iterable[Confirmed]) -> list[int]:
    """Numbers of the seeds at which all of ``groups`` completed; empty where there are none."""
    found = [set(group.test) for group in groups]
    return sorted(set.intersection(*found)) if found else []
