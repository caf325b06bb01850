"""Objectives: metrics with a direction, of a network's outputs or of the network itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jrtune.errors import StudyError

if TYPE_CHECKING:
    from torch import nn

    from jrtune.spec.types import Batch, Metric


@dataclass(frozen=True)
class Objective:
    """A metric with a direction. Make it by :func:`maximize` or :func:`minimize`.

    Attributes:
        direction: "maximize" or "minimize".
        measure: (outputs, batch) -> number over a whole split, or a :class:`Resource`.
        bound: the least (maximize) or greatest (minimize) value that is feasible, or None.
        worst: the reference point's coordinate; None takes it from the baselines.
        term: the loss term that trains for it; None takes the single-task model that is best at it.
    """

    direction: Literal["maximize", "minimize"]
    measure: Metric | Resource
    bound: float | None = None
    worst: float | None = None
    term: str | None = None

    @property
    def sign(self) -> int:
        """The factor that turns the value into a cost: -1 where it is maximised, else 1."""
        return -1 if self.direction == "maximize" else 1

    def violation(self, value: float) -> float | None:
        """Distance of the value beyond the bound (<= 0: feasible); None without a bound."""
        return None if self.bound is None else self.sign * (value - self.bound)


@dataclass(frozen=True)
class Resource:
    """A metric of the model itself, not of its outputs, e.g. ``jr.parameters`` or ``jr.latency``.

    Attributes:
        name: for messages.
        measure: (model, one-sample batch) -> number.
    """

    name: str
    measure: Callable[[nn.Module, Batch], float]


def maximize(
    measure: Metric | Resource,
    *,
    at_least: float | None = None,
    worst: float | None = None,
    term: str | None = None,
) -> Objective:
    """An objective to be maximised; below ``at_least`` a trial is infeasible.

    Examples:
        >>> objective = jr.maximize(lambda o, b: jr.metrics.accuracy(o["kind"], b["kind"]), at_least=0.8)
        >>> objective.direction, objective.bound
        ('maximize', 0.8)
    """
    return _objective("maximize", measure, at_least, worst, term)


def minimize(
    measure: Metric | Resource,
    *,
    at_most: float | None = None,
    worst: float | None = None,
    term: str | None = None,
) -> Objective:
    """An objective to be minimised; above ``at_most`` a trial is infeasible.

    Examples:
        >>> objective = jr.minimize(jr.parameters, at_most=10_000)
        >>> objective.direction, objective.bound
        ('minimize', 10000)
        >>> jr.minimize(jr.latency).measure.name  # milliseconds of one sample
        'latency'
    """
    return _objective("minimize", measure, at_most, worst, term)


def _objective(
    direction: Literal["maximize", "minimize"],
    measure: Metric | Resource,
    bound: float | None,
    worst: float | None,
    term: str | None,
) -> Objective:
    if not callable(measure) and not isinstance(measure, Resource):
        raise StudyError(f"{direction}() needs a function (outputs, batch) -> number, got {measure!r}")
    for value in (bound, worst):
        if value is not None and not (isinstance(value, int | float) and math.isfinite(value)):
            raise StudyError(f"{direction}() needs finite bounds, got {value!r}")
    return Objective(direction, measure, bound, worst, term)
