"""Stability of each front member's place on the front over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jrtune.analysis.confirmed import Confirmed, Split, common_seeds
from jrtune.analysis.front import costs
from jrtune.analysis.select import reasons
from jrtune.pareto.stability import stability
from jrtune.store.records import Results, StudyRecord, TrialRecord

FEWEST = 2  # of one seed every resampling is that seed
SEEDS = 5


@dataclass(frozen=True)
class Stability:
    """Stability of front members' places, by the confirmations on validation.

    Attributes:
        shares: for each member the share of resamplings of the seeds in which it stays non-dominated; NaN
            where it is not confirmed, and for all of them where ``seeds`` is below two.
        seeds: how many seeds all confirmed members completed: those that are resampled.
        confirmed: how many seeds were confirmed.
    """

    shares: tuple[float, ...]
    seeds: int
    confirmed: int

    @property
    def remedy(self) -> str | None:
        """The command that helps where nothing is known; None where something is."""
        known = not all(map(math.isnan, self.shares))
        return None if known else f"run jrtune confirm --seeds {max(SEEDS, 2 * self.confirmed)}"

    def reason(self, index: int) -> str:
        """The reason to choose a member for its place."""
        return reasons.robust(self.shares[index], self.seeds)


def stability_of(results: Results, members: Sequence[TrialRecord], groups: Sequence[Confirmed]) -> Stability:
    """Stability of a study's front members on validation.

    Args:
        results: the study.
        members: its front.
        groups: what was confirmed.
    """
    on_front = [group for group in groups if group.role == "front"]
    found = stabilities(on_front, results.study, "val")
    by_number = {group.number: found[group.label] for group in on_front if group.label in found}
    shares = tuple(by_number.get(trial.number, math.nan) for trial in members)
    most = max((c.seed + 1 for c in results.confirmations), default=0)
    return Stability(shares, len(common_seeds(on_front)), most)


def stabilities(members: Sequence[Confirmed], study: StudyRecord, split: Split) -> dict[str, float]:
    """Label -> share, over the seeds that all front members have; empty where these are fewer than two."""
    seeds = common_seeds(members)
    if len(seeds) < FEWEST:
        return {}
    stacked = np.stack([costs([group.on(split)[seed] for seed in seeds], study) for group in members])
    return dict(zip((group.label for group in members), stability(stacked).tolist(), strict=True))
