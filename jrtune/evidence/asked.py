"""The rule of choice that is asked for by name."""

from __future__ import annotations

from jrtune.errors import InputError
from jrtune.evidence.rules import BeatsSingle, Knee, Pairs, Prefer, Reference, Robust, Rule, Topsis, Within


def rule_of(
    *,
    knee: bool = False,
    prefer: Pairs | None = None,
    topsis: Pairs | bool = False,
    reference: Pairs | None = None,
    at_least: Pairs | None = None,
    best: str | None = None,
    beats_single: bool = False,
    robust: bool = False,
    trial: int | None = None,
) -> Rule | int:
    """The one rule that is given, or a trial's number; the knee where none is.

    Args:
        knee: the knee of the front.
        prefer: objective -> weight of preference.
        topsis: the same for TOPSIS; True counts all objectives alike.
        reference: objective -> figure aspired to, of every objective.
        at_least: objective -> the least (maximised) or greatest (minimised) figure that will do.
        best: the objective that decides within these limits.
        beats_single: the surest to be at least as good as every single-task model.
        robust: the surest to stay on the front over seeds.
        trial: a trial's number.

    Raises:
        InputError: for several rules, or ``best`` without limits.

    >>> rule_of(prefer={"accuracy": 1.0})
    Prefer(weights={'accuracy': 1.0})
    >>> rule_of()
    Knee()
    """
    if best is not None and at_least is None:
        raise InputError("--best goes with --at-least, which was not given: add --at-least NAME=VALUE")
    asked: dict[str, Rule | int | None] = {
        "--knee": Knee() if knee else None,
        "--prefer": None if prefer is None else Prefer(prefer),
        "--topsis": None if topsis is False else Topsis(None if topsis is True else topsis),
        "--reference": None if reference is None else Reference(reference),
        "--at-least": None if at_least is None else Within(at_least, best),
        "--beats-single": BeatsSingle() if beats_single else None,
        "--robust": Robust() if robust else None,
        "--trial": trial,
    }
    given = {option: rule for option, rule in asked.items() if rule is not None}
    if len(given) > 1:
        raise InputError(f"expected one rule of choice, got {' and '.join(given)}: give one of them")
    return next(iter(given.values()), Knee())
