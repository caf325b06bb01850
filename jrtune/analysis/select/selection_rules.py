"""The rules by which one point of the front is chosen: each gives the point and the reason."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.select import reasons
from jrtune.analysis.select.pairs import Pairs, as_costs, check_names, check_weights, in_order
from jrtune.errors import InputError
from jrtune.pareto import choose
from jrtune.pareto.epsilon_constraint import OutOfReachError, at_least
from jrtune.pareto.robustness import beats_single, robust


class Rule(ABC):
    """A way to choose."""

    @abstractmethod
    def choose(self, analysis: Analysis) -> tuple[int, str]:
        """Index of the chosen member of a front of one or more, and why.

        Raises:
            InputError: if a name is unknown, or no member will do.
        """


@dataclass(frozen=True)
class Knee(Rule):
    """The knee of the front."""

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        return choose.knee(analysis.costs), reasons.KNEE


@dataclass(frozen=True)
class Prefer(Rule):
    """The best under weights of the objectives; those not named have none."""

    weights: Pairs

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        check_weights(analysis.study, self.weights, "--prefer")
        return choose.prefer(analysis.costs, in_order(analysis.study, self.weights, 0.0)), reasons.prefer(
            self.weights
        )


@dataclass(frozen=True)
class Topsis(Rule):
    """TOPSIS under weights of the objectives, those not named have none; None counts all alike."""

    weights: Pairs | None = None

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        if self.weights is not None:
            check_weights(analysis.study, self.weights, "--topsis")
        weights = in_order(analysis.study, self.weights or {}, 1.0 if self.weights is None else 0.0)
        return choose.topsis(analysis.costs, weights), reasons.topsis(self.weights)


@dataclass(frozen=True)
class Reference(Rule):
    """The nearest to aspired values, one for every objective."""

    point: Pairs

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        check_names(analysis.study, self.point, "--reference")
        missing = [name for name in analysis.study.objectives if name not in self.point]
        if missing:
            raise InputError(
                f"--reference expects a value of every objective, got none of {', '.join(missing)}: add "
                f"{missing[0]}=VALUE, or give what is a must as --at-least"
            )
        return choose.reference(analysis.costs, as_costs(analysis.study, self.point)), reasons.reference(
            self.point
        )


@dataclass(frozen=True)
class EpsilonConstraint(Rule):
    """The best in one objective within limits.

    Attributes:
        limits: objective -> the least (maximised) or greatest (minimised) value that will do.
        best: the objective that decides; None takes the first without a limit.
    """

    limits: Pairs
    best: str | None = None

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        study = analysis.study
        if not self.limits:
            raise InputError("--at-least expects a limit or more, got none: add --at-least NAME=VALUE")
        check_names(study, self.limits, "--at-least")
        free = [name for name in study.objectives if name not in self.limits]
        best = (free or study.objectives)[0] if self.best is None else self.best
        check_names(study, [best], "--best")
        try:
            index = at_least(analysis.costs, as_costs(study, self.limits), study.objectives.index(best))
        except OutOfReachError as error:
            nearest = analysis.front[error.nearest]
            has = reasons.listed({name: nearest.values[name] for name in self.limits})
            raise InputError(
                f"no front member is within {reasons.listed(self.limits)}; the nearest, trial "
                f"{nearest.number}, has {has}: relax the limit"
            ) from None
        return index, reasons.at_least(best, self.limits, study.signs)


@dataclass(frozen=True)
class BeatsSingle(Rule):
    """The member likeliest, on validation, to be at least as good as the single-task model in every task."""

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        table = analysis.gains
        if not any(table.gains):
            raise InputError(
                "--beats-single expects joint models on the front and single-task models to compare them "
                "with, and one of them is missing: run more trials"
            )
        try:
            index = beats_single(table.in_units)
        except OutOfReachError as error:
            number = analysis.front[error.nearest].number
            raise InputError(
                f"no front member is at least as good as every single-task model ({', '.join(table.units)}); "
                f"the nearest, trial {number}, is {table.shortfall(error.nearest)}: run more trials, or "
                f"take it by --trial {number}"
            ) from None
        return index, table.reason(index)


@dataclass(frozen=True)
class Robust(Rule):
    """The member whose place on the front is most stable over seeds, on validation."""

    def choose(self, analysis: Analysis) -> tuple[int, str]:
        found = analysis.stability
        if found.remedy:
            raise InputError(
                "--robust expects two seeds or more that all confirmed front members completed, got "
                f"{found.seeds}: {found.remedy}"
            )
        index = robust(found.shares, analysis.costs)
        return index, found.reason(index)
