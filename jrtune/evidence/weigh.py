"""What the confirmations say: each member's figures on test, and whether joint training helped each task.

Selection is on validation, figures are on test. Only seeds at which a member completed count, and
two members are compared over the seeds that both have. Every interval is a 95 % interval of its own
comparison, not corrected for how many are shown: of twenty verdicts about tasks that joint training
leaves alone, about one will say "helped" or "hurt" by chance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from jrtune.evidence.confirmed import Confirmed, common_seeds, confirmed, gain_over
from jrtune.evidence.front import costs, hypervolume_of_values
from jrtune.evidence.members import Estimate, Evidence, Member
from jrtune.evidence.plan import trainings_of
from jrtune.evidence.verdicts import single_task, verdict_of
from jrtune.pareto.agreement import agreement, interval
from jrtune.store.records import Results, StudyRecord


def weigh(results: Results) -> Evidence | None:
    """All that the confirmations of a study say; None where no confirmation completed.

    The *single-task model* of an objective is the confirmed candidate with all weight on the objective's
    ``term`` or its group (without a term: on any one) that is best on validation. A *joint* candidate
    trains two groups or more. Confirmations of what has left the front since are not counted. Gains and
    verdicts of an objective without a confirmed single-task model are left out. An objective that its
    spec marks as a ``resource`` gets no verdict.
    """
    groups = confirmed(results)
    if not groups:
        return None
    study = results.study
    singles = {name: single_task(groups, name, study) for name in study.objectives}
    shares = _agreements([group for group in groups if group.role == "front"], study)
    members = tuple(_member(group, singles, shares.get(group.label), study) for group in groups)
    verdicts = [verdict_of(groups, name, single, study) for name, single in singles.items()]
    volume, best = _volumes(members, study)
    return Evidence(
        members=members,
        verdicts=tuple(verdict for verdict in verdicts if verdict is not None),
        hypervolume=volume,
        best_single=best,
        trainings=(len(results.trials), len(trainings_of(results))),
    )


def _member(
    group: Confirmed, singles: Mapping[str, Confirmed | None], share: float | None, study: StudyRecord
) -> Member:
    gains = {
        name: gain
        for name, single in singles.items()
        if group.joint and single and (gain := gain_over(group, single, name, study.signs[name]))
    }
    samples = {name: [v[name] for v in group.test.values() if name in v] for name in study.figures}
    test = {name: _estimate(found) for name, found in samples.items() if found}
    return Member(group.label, group.number, group.role, group.candidate, test, share, gains)


def _estimate(samples: Sequence[float]) -> Estimate:
    return Estimate(*interval(samples), len(samples))


def _agreements(members: Sequence[Confirmed], study: StudyRecord) -> dict[str, float]:
    """Label -> share, over the seeds that all front members have; empty where there are none."""
    seeds = common_seeds(members) if members else []
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
