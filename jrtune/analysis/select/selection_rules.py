"""The rules by which one point of the front is chosen: each gives the point and the reason."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from jrtune.analysis.front import costs, front
from jrtune.analysis.gains import gain_table
from jrtune.analysis.members import Evidence, Member
from jrtune.analysis.select import reasons
from jrtune.analysis.select.pairs import Pairs, known, weighing
from jrtune.analysis.stability import places
from jrtune.analysis.summary import summarise_confirmations
from jrtune.errors import InputError
from jrtune.pareto import choose
from jrtune.pareto.epsilon_constraint import OutOfReachError, at_least
from jrtune.pareto.robustness import beats_single, robust
from jrtune.store.records import Results, StudyRecord, TrialRecord


class SelectionContext:
    """What is chosen from: a study's front, as trials, as costs and as confirmed."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self.study: StudyRecord = results.study
        self.members: list[TrialRecord] = front(results)

    @cached_property
    def costs(self) -> NDArray[np.float64]:
        """n x m, of the members on validation."""
        return costs([t.values for t in self.members], self.study)

    @cached_property
    def evidence(self) -> Evidence | None:
        """What confirmation says of figures on test: what is said of a choice, never what chooses."""
        return summarise_confirmations(self.results)

    @cached_property
    def confirmed(self) -> dict[int, Member]:
        """Trial -> front member as it was confirmed."""
        return self.evidence.front if self.evidence else {}

    @cached_property
    def tested(self) -> dict[int, Member]:
        """The same of baselines too; of one on the front, as it was confirmed there."""
        members = self.evidence.members if self.evidence else ()
        return {m.number: m for m in members if m.number is not None} | self.confirmed

    def row(self, pairs: Pairs, otherwise: float) -> list[float]:
        """Figures of objectives in their order, those not given ``otherwise``."""
        return [pairs.get(name, otherwise) for name in self.study.objectives]

    def costs_of(self, pairs: Pairs) -> list[float]:
        """Figures of objectives as costs, NaN where none is given."""
        signs = self.study.signs.values()
        return [sign * value for sign, value in zip(signs, self.row(pairs, math.nan), strict=True)]


class Rule(ABC):
    """A way to choose."""

    @abstractmethod
    def choose(self, field: SelectionContext) -> tuple[int, str]:
        """Index of the chosen member of a front of one or more, and why.

        Raises:
            InputError: if a name is unknown, or no member will do.
        """


@dataclass(frozen=True)
class Knee(Rule):
    """The knee of the front."""

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        return choose.knee(field.costs), reasons.KNEE


@dataclass(frozen=True)
class Prefer(Rule):
    """The best under weights of the objectives; those not named have none."""

    weights: Pairs

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        weighing(field.study, self.weights, "--prefer")
        return choose.prefer(field.costs, field.row(self.weights, 0.0)), reasons.prefer(self.weights)


@dataclass(frozen=True)
class Topsis(Rule):
    """TOPSIS under weights of the objectives, those not named have none; None counts all alike."""

    weights: Pairs | None = None

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        if self.weights is not None:
            weighing(field.study, self.weights, "--topsis")
        weights = field.row(self.weights or {}, 1.0 if self.weights is None else 0.0)
        return choose.topsis(field.costs, weights), reasons.topsis(self.weights)


@dataclass(frozen=True)
class Reference(Rule):
    """The nearest to aspired figures, one for every objective."""

    point: Pairs

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        known(field.study, self.point, "--reference")
        missing = [name for name in field.study.objectives if name not in self.point]
        if missing:
            raise InputError(
                f"--reference expects a figure of every objective, got none of {', '.join(missing)}: add "
                f"{missing[0]}=VALUE, or give what is a must as --at-least"
            )
        return choose.reference(field.costs, field.costs_of(self.point)), reasons.reference(self.point)


@dataclass(frozen=True)
class EpsilonConstraint(Rule):
    """The best in one objective within limits.

    Attributes:
        limits: objective -> the least (maximised) or greatest (minimised) figure that will do.
        best: the objective that decides; None takes the first without a limit.
    """

    limits: Pairs
    best: str | None = None

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        study = field.study
        if not self.limits:
            raise InputError("--at-least expects a limit or more, got none: add --at-least NAME=VALUE")
        known(study, self.limits, "--at-least")
        free = [name for name in study.objectives if name not in self.limits]
        best = (free or study.objectives)[0] if self.best is None else self.best
        known(study, [best], "--best")
        try:
            index = at_least(field.costs, field.costs_of(self.limits), study.objectives.index(best))
        except OutOfReachError as error:
            nearest = field.members[error.nearest]
            has = reasons.listed({name: nearest.values[name] for name in self.limits})
            raise InputError(
                f"no front member is within {reasons.listed(self.limits)}; the nearest, trial "
                f"{nearest.number}, has {has}: relax the limit"
            ) from None
        return index, reasons.within(best, self.limits, study.signs)


@dataclass(frozen=True)
class BeatsSingle(Rule):
    """The surest, on validation, to be at least as good as the single-task model in every task."""

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        table = gain_table(field.results, field.members)
        if not any(table.gains):
            raise InputError(
                "--beats-single expects joint models on the front and single-task models to compare them "
                "with, and one of them is missing: run more trials"
            )
        try:
            index = beats_single(table.rows)
        except OutOfReachError as error:
            number = field.members[error.nearest].number
            raise InputError(
                f"no front member is at least as good as every single-task model ({', '.join(table.units)}); "
                f"the nearest, trial {number}, is {table.shortfall(error.nearest)}: run more trials, or "
                f"take it by --trial {number}"
            ) from None
        return index, table.reason(index)


@dataclass(frozen=True)
class Robust(Rule):
    """The member whose place on the front is surest over seeds, on validation."""

    def choose(self, field: SelectionContext) -> tuple[int, str]:
        found = places(field.results, field.members)
        if found.remedy:
            raise InputError(
                "--robust expects two seeds or more that all confirmed front members completed, got "
                f"{found.seeds}: {found.remedy}"
            )
        index = robust(found.shares, field.costs)
        return index, found.reason(index)
