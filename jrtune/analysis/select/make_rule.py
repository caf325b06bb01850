"""The rule of choice that is asked for by name."""

from __future__ import annotations

import operator
from typing import Final, Literal, SupportsIndex

from jrtune.analysis.select.pairs import Pairs, pairs_of
from jrtune.analysis.select.selection_rules import (
    BeatsSingle,
    EpsilonConstraint,
    Knee,
    Prefer,
    Reference,
    Robust,
    Rule,
    Topsis,
)
from jrtune.errors import InputError

EQUALLY: Final = "equal"
"""The value of ``topsis`` at which all objectives count alike."""


def make_rule(
    *,
    knee: bool = False,
    prefer: Pairs | None = None,
    topsis: Pairs | Literal["equal"] | bool | None = None,
    reference: Pairs | None = None,
    at_least: Pairs | None = None,
    best: str | None = None,
    beats_single: bool = False,
    robust: bool = False,
    trial: SupportsIndex | None = None,
) -> Rule | int:
    """The one rule that is given, or a trial's number; the knee where none is.

    Args:
        knee: the knee of the front.
        prefer: objective -> weight of preference.
        topsis: the same for TOPSIS; "equal" or True counts all objectives alike.
        reference: objective -> value aspired to, of every objective.
        at_least: objective -> the least (maximised) or greatest (minimised) value that will do.
        best: the objective that decides within these limits.
        beats_single: the member most likely to be at least as good as every single-task model.
        robust: the member most likely to stay on the front over seeds.
        trial: a trial's number.

    Raises:
        InputError: for several rules, ``best`` without limits, or what is no finite number by objective or
            no trial's number.

    >>> make_rule(prefer={"accuracy": 1.0})
    Prefer(weights={'accuracy': 1.0})
    >>> make_rule()
    Knee()
    """
    if best is not None and at_least is None:
        raise InputError("--best goes with --at-least, which was not given: add --at-least NAME=VALUE")
    pending: dict[str, Rule | int | None] = {
        "--knee": Knee() if knee else None,
        "--prefer": None if prefer is None else Prefer(pairs_of("--prefer", prefer)),
        "--topsis": _topsis(topsis),
        "--reference": None if reference is None else Reference(pairs_of("--reference", reference)),
        "--at-least": None if at_least is None else EpsilonConstraint(pairs_of("--at-least", at_least), best),
        "--beats-single": BeatsSingle() if beats_single else None,
        "--robust": Robust() if robust else None,
        "--trial": None if trial is None else _number(trial),
    }
    chosen = {option: rule for option, rule in pending.items() if rule is not None}
    if len(chosen) > 1:
        raise InputError(f"expected one rule of choice, got {' and '.join(chosen)}: give one of them")
    return next(iter(chosen.values()), Knee())


def _topsis(weights: object) -> Topsis | None:
    if weights is None or weights is False:
        return None
    if weights is True or (isinstance(weights, str) and weights == EQUALLY):
        return Topsis()
    return Topsis(pairs_of("--topsis", weights, f"{EQUALLY} or "))


def _number(trial: SupportsIndex) -> int:
    """A trial's number, also as numpy and pandas hold it."""
    try:
        if not isinstance(trial, bool):
            return operator.index(trial)
    except TypeError:
        pass
    raise InputError(f"--trial expects an integer, got {trial!r}: give a trial's, as the front lists them")
