"""Rungs: epochs at which pruned trials are dropped, judged by the whole front.

Multi-objective asynchronous successive halving (Li et al. 2020; Schmucker et al. 2021): a candidate goes
on where its values at a rung are in the best share of all that were ever seen there. The best are those
of least non-dominated rank, and of greatest contribution to the hypervolume within a rank (SMS-EMOA:
Beume et al. 2007).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from jrtune.pareto.dominance import ranks
from jrtune.pareto.indicators import contributions
from jrtune.spec import EpochRecord

COUNT = 3
"""Rungs of a training: at an eighth, a quarter and half of its epochs. Rank correlations with the values at
the end were 0.3, 0.6 and 0.85 there on the digits study; nothing before is worth judging."""

SHARE = 1 / 2
"""Share of the trials seen at a rung that go on."""

SIGMAS = 2.0
"""Standard deviations of a value's noise within which a candidate is not told from the front."""

SEEN = 2000
"""Trainings, the latest, that a rung remembers: memory and time of a judgement are bounded."""

TAIL = 1 / 3
"""Share of a training's epochs, its last, whose changes are taken for noise: learning is over by then."""

MARGIN = 0.1
"""Distance of the reference point for contributions beyond the worst, as a share of the range."""

Costs = NDArray[np.float64]

RungValues = list[int | list[float]]
"""[epoch, [value of each objective]], as an attribute of Optuna's holds it."""


def rungs_of(epochs: int) -> list[int]:
    """The epochs at which a training of so many epochs is judged.

    >>> rungs_of(15), rungs_of(3), rungs_of(1)
    ([1, 3, 7], [1], [])
    """
    return sorted({epochs >> k for k in range(1, COUNT + 1)} - {0})


def at_rungs(curve: Sequence[EpochRecord], objectives: Collection[str], epochs: int) -> list[RungValues]:
    """Values at the rungs that a training came to: [epoch, [value of each objective]] of each.

    Args:
        curve: an epoch after the other, from 0.
        objectives: names, in the order that is wanted.
        epochs: full budget of a training.
    """
    reached = [rung for rung in rungs_of(epochs) if rung < len(curve)]
    return [[rung, [curve[rung].objectives[name] for name in objectives]] for rung in reached]


class RungHistory:
    """Values at rungs of all trainings that a new cohort may know.

    Args:
        signs: objective -> the factor that turns its value into a cost (-1 where it is maximised).
        epochs: full budget of a training.
    """

    def __init__(self, signs: Mapping[str, int], epochs: int) -> None:
        self.signs, self.epochs = dict(signs), epochs
        self.seen: dict[int, deque[Costs]] = {rung: deque(maxlen=SEEN) for rung in rungs_of(epochs)}
        self.changes: deque[Costs] = deque(maxlen=SEEN)

    def learn(self, curve: Sequence[EpochRecord]) -> None:
        """Adds a training that ended, with one record per epoch from 0."""
        costs = [_costs(self.signs, epoch.objectives) for epoch in curve]
        for rung, seen in self.seen.items():
            if rung < len(costs) and np.isfinite(costs[rung]).all():
                seen.append(costs[rung])
        if len(costs) == self.epochs + 1:
            tail = np.diff(np.array(costs[-math.ceil(TAIL * self.epochs) :]), axis=0)
            self.changes.extend(change for change in tail if np.isfinite(change).all())

    def noise(self) -> Costs:
        """Standard deviation of each objective from epoch to epoch at the end of training; 0 while unknown.

        By the median absolute deviation, of differences of two: hence the square root.
        """
        if not self.changes:
            return np.zeros(len(self.signs))
        changes = np.array(self.changes)
        spread = np.median(np.abs(changes - np.median(changes, axis=0)), axis=0)
        return np.asarray(1.4826 * spread / math.sqrt(2))

    def pruner(self, exempt: Collection[int] = ()) -> RungPruner:
        """The pruner of a cohort, which knows what has been learnt so far."""
        before = {rung: np.array(seen).reshape(-1, len(self.signs)) for rung, seen in self.seen.items()}
        return RungPruner(self.signs, before, self.noise(), exempt)


class RungPruner:
    """Judges a cohort by itself and by what was known when it was asked for; can be sent to a worker.

    Pruning depends on the values alone, never on which cohort was faster, so that a run that was
    killed prunes the same when it goes on.

    Args:
        signs: objective -> the factor that turns its value into a cost (-1 where it is maximised).
        before: rung -> costs of earlier trainings there, n x m.
        noise: standard deviation of each objective, m.
        exempt: members of this cohort that are never dropped (the baselines).
    """

    def __init__(
        self,
        signs: Mapping[str, int],
        before: Mapping[int, Costs],
        noise: Costs,
        exempt: Collection[int] = (),
    ) -> None:
        self.signs, self.noise, self.exempt = dict(signs), noise, frozenset(exempt)
        self.before = dict(before)
        self.cohort: dict[int, dict[int, Costs]] = {rung: {} for rung in self.before}

    @property
    def rungs(self) -> list[int]:
        """The epochs at which to ask."""
        return list(self.before)

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> list[int]:
        """Returns the members pruned at a rung; later calls count these values too, the latest of a member.

        Args:
            epoch: the rung.
            values: member -> objective -> value on validation at this epoch.
        """
        before, cohort = self.before[epoch], self.cohort[epoch]
        cohort |= {member: _costs(self.signs, row) for member, row in values.items()}
        members = sorted(cohort)  # where two are alike, the same one goes, whoever is judged again
        stays = self._stays(np.array([*before, *(cohort[member] for member in members)]))[len(before) :]
        pruned = {member for member, stay in zip(members, stays, strict=True) if not stay} - self.exempt
        return [member for member in values if member in pruned]

    def _stays(self, costs: Costs) -> NDArray[np.bool_]:
        stays = np.zeros(len(costs), dtype=np.bool_)
        stays[rank_by_contribution(costs) < math.ceil(SHARE * len(costs))] = True
        stays[costs.argmin(axis=0)] = True  # the ends of the front
        return stays | near_front(costs, SIGMAS * self.noise)


def _costs(signs: Mapping[str, int], values: Mapping[str, float]) -> Costs:
    return np.array([sign * values[name] for name, sign in signs.items()])


def rank_by_contribution(costs: Costs) -> NDArray[np.int64]:
    """0 for the best, by non-dominated rank and then by contribution to the rank's hypervolume; n of n x m.

    >>> rank_by_contribution(np.array([[3.0, 3.0], [0.0, 2.0], [1.0, 1.0], [2.0, 0.9]])).tolist()
    [3, 0, 1, 2]
    """
    rank, added = ranks(costs), np.zeros(len(costs))
    low, high = costs.min(axis=0), costs.max(axis=0)
    for each in np.unique(rank):
        added[rank == each] = contributions(costs[rank == each], high + MARGIN * (high - low) + 1e-12)
    found = np.empty(len(costs), dtype=np.int64)
    found[np.lexsort((-added, rank))] = np.arange(len(costs))
    return found


def near_front(costs: Costs, noise: Costs) -> NDArray[np.bool_]:
    """Mask of the points that nothing would dominate if they were better by the noise; n of n x m."""
    front = costs[ranks(costs) == 0]
    better = (costs - noise)[:, None]
    dominated = (front <= better).all(axis=2) & (front < better).any(axis=2)
    return np.asarray(~dominated.any(axis=1), dtype=np.bool_)
