"""A few of a front: what another study tries first of it."""

from __future__ import annotations

from jrtune.analysis.front import front, hypervolume_of, is_feasible
from jrtune.store.records import Results, TrialRecord

MOST = 5
"""A small part of the trials that a search has by default."""


def select_subset(results: Results) -> list[TrialRecord]:
    """At most ``MOST`` of a front; each adds the most hypervolume to the baselines and those before it.

    Every study has its baselines by itself, so the front's ends are often not worth a trial. Taken greedily,
    they add at least 1 - 1/e of what the best choice of as many does (Nemhauser et al. 1978; Guerreiro et al.
    2016).
    """
    known = [trial for trial in results.trials if trial.is_baseline and is_feasible(trial, results.study)]
    left = [trial for trial in front(results) if not trial.is_baseline]
    found: list[TrialRecord] = []
    while left and len(found) < MOST:
        found.append(max(left, key=lambda trial: hypervolume_of([*known, *found, trial], results.study)))
        left.remove(found[-1])
    return found
