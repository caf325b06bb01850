"""The confirmations in short: each member on test, and whether joint training helped each task.

Selection is on validation, what is shown is on test. Only seeds at which a member completed count, and two
members are compared over the seeds that both have. Every interval is a 95 % interval of its own comparison,
not corrected for how many are shown. A verdict's joint model is the best of several on the validation of the
trainings whose test is compared: of a hundred verdicts about tasks that joint training leaves alone, 6 say
"helped" where 15 joint and 2 single-task models were confirmed at 5 seeds, 8 where 30 joint ones were, and
hardly one "hurt" (simulated; choosing for each seed by the others does not lean, yet 10 of a hundred are
wrong).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jrtune.analysis.confirmed import Confirmed, gains_over
from jrtune.analysis.front import best_single_point, hypervolume_of_values
from jrtune.analysis.members import ConfirmationSummary, ConfirmedMember, Estimate
from jrtune.analysis.stability import stabilities
from jrtune.analysis.verdicts import single_task, verdict_of
from jrtune.pareto.stability import interval
from jrtune.store.records import Results, StudyRecord


def summarise_confirmations(
    results: Results, groups: Sequence[Confirmed], trainings: int
) -> ConfirmationSummary | None:
    """All that the confirmations of a study say; None where no confirmation completed.

    The *single-task model* of an objective is the confirmed candidate with all weight on the objective's
    ``term`` or its group (without a term: on any one) that is best on validation. A *joint* candidate
    trains two groups or more. Confirmations of what has left the front since are not counted. Gains and
    verdicts of an objective without a confirmed single-task model are left out. An objective that its
    spec marks as a ``resource`` gets no verdict.

    Args:
        results: the study.
        groups: what was confirmed, see :func:`jrtune.analysis.confirmed.confirmed`.
        trainings: how many trainings the confirmations took.
    """
    if not groups:
        return None
    study = results.study
    singles = {name: single_task(groups, name, study) for name in study.objectives}
    shares = stabilities([group for group in groups if group.role == "front"], study, "test")
    members = tuple(_member(group, singles, shares.get(group.label), study) for group in groups)
    verdicts = [verdict_of(groups, name, single, study) for name, single in singles.items()]
    volume, best = _volumes(members, study)
    return ConfirmationSummary(
        members=members,
        verdicts=tuple(verdict for verdict in verdicts if verdict is not None),
        hypervolume=volume,
        best_single=best,
        trainings=(len(results.trials), trainings),
    )


def _member(
    group: Confirmed, singles: Mapping[str, Confirmed | None], share: float | None, study: StudyRecord
) -> ConfirmedMember:
    gains = gains_over(group, singles, study, "test")
    samples = {name: [v[name] for v in group.test.values() if name in v] for name in study.metrics}
    test = {name: _estimate(found) for name, found in samples.items() if found}
    return ConfirmedMember(group.label, group.number, group.role, group.candidate, test, share, gains)


def _estimate(samples: Sequence[float]) -> Estimate:
    return Estimate(*interval(samples), len(samples))


def _volumes(members: Sequence[ConfirmedMember], study: StudyRecord) -> tuple[float, float]:
    """Hypervolume of the front members' test means, and of the best one alone; NaN where none can be had."""
    means = [{name: e.mean for name, e in m.test.items()} for m in members if m.role == "front"]
    if not means:
        return math.nan, math.nan
    return hypervolume_of_values(means, study), best_single_point(means, study)
