"""A small part of a front: what another study tries first of it."""

from __future__ import annotations

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import hypervolume_of
from jrtune.store.records import TrialRecord

MOST = 5
"""A small part of the trials that a search has by default."""


def select_subset(analysis: Analysis) -> list[TrialRecord]:
    """At most ``MOST`` of a front; each adds the most hypervolume to the baselines and those before it.

    Every study has its baselines by itself, so the front's ends are often not worth a trial. Taken greedily,
    they add at least 1 - 1/e of what the best choice of as many does (Nemhauser et al. 1978; Guerreiro et al.
    2016).
    """
    known = [t for t in analysis.trials if t.is_baseline and t.number in analysis.feasible]
    left = [trial for trial in analysis.front if not trial.is_baseline]
    found: list[TrialRecord] = []
    while left and len(found) < MOST:
        found.append(max(left, key=lambda trial: hypervolume_of([*known, *found, trial], analysis.study)))
        left.remove(found[-1])
    return found
