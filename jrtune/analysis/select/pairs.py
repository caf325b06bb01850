"""Numbers by objective, as rules of choice are given them, and what is refused of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from numbers import Real

from jrtune.errors import InputError
from jrtune.store.records import StudyRecord

Pairs = Mapping[str, float]
"""Objective -> number."""


def pairs_of(option: str, pairs: object, otherwise: str = "") -> Pairs:
    """Numbers by objective, as checked floats.

    Args:
        option: the rule's name on the command line.
        pairs: what came.
        otherwise: what else the rule takes, for the message.

    Raises:
        InputError: where it is no mapping, or a value is no finite number.

    >>> pairs_of("--prefer", {"accuracy": 1})
    {'accuracy': 1.0}
    """
    if not isinstance(pairs, Mapping):
        raise InputError(
            f"{option} expects {otherwise}a number by objective, got {pairs!r}: give for example "
            'accuracy=0.7 on the command line, {"accuracy": 0.7} in Python'
        )
    for name, value in pairs.items():
        # NaN would be no limit at all
        if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
            raise InputError(
                f"{option} expects finite numbers, got {name}={value!r}: give another or leave it out"
            )
    return {name: float(value) for name, value in pairs.items()}


def check_names(study: StudyRecord, names: Iterable[str], option: str) -> None:
    """Refuses names that are no objectives.

    Raises:
        InputError: naming the first and those that are known.
    """
    for name in names:
        if name not in study.objectives:
            raise InputError(
                f"{option} does not know the objective {name!r}; it knows {', '.join(study.objectives)}"
            )


def check_weights(study: StudyRecord, weights: Pairs, option: str) -> None:
    """Refuses what cannot weigh objectives against each other.

    Raises:
        InputError: for an unknown name, a negative weight, or no weight above 0.
    """
    check_names(study, weights, option)
    if min(weights.values(), default=0) < 0 or not any(weights.values()):
        came = ", ".join(f"{name}={weight:g}" for name, weight in weights.items())
        raise InputError(
            f"{option} expects weights >= 0, not all 0, got {came or 'none'}: give what matters more the "
            f"greater weight, for example {study.objectives[0]}=0.7"
        )


def in_order(study: StudyRecord, pairs: Pairs, otherwise: float) -> list[float]:
    """Numbers of all objectives in their order, ``otherwise`` of those that are left out."""
    return [pairs.get(name, otherwise) for name in study.objectives]


def as_costs(study: StudyRecord, pairs: Pairs) -> list[float]:
    """Values of objectives as costs, NaN where there is none."""
    return [sign * pairs.get(name, math.nan) for name, sign in study.signs.items()]
