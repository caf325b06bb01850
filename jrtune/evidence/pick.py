"""Choosing one trial of the front, with the reason in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from jrtune.errors import InputError
from jrtune.evidence.front import costs, front
from jrtune.pareto import choose
from jrtune.store.records import Results, StudyRecord, TrialRecord


@dataclass(frozen=True)
class Rule:
    """How to choose; the knee where nothing is given.

    Attributes:
        prefer: objective -> weight of preference.
        limits: objective -> the least (maximised) or greatest (minimised) figure that will do.
        best: the objective that decides within the limits; None takes the first without a limit.
        trial: a trial's number.

    Raises:
        InputError: where more than one rule is given.
    """

    prefer: Mapping[str, float] | None = None
    limits: Mapping[str, float] | None = None
    best: str | None = None
    trial: int | None = None

    def __post_init__(self) -> None:
        given = [
            n
            for n, v in (("--prefer", self.prefer), ("--at-least", self.limits), ("--trial", self.trial))
            if v is not None
        ]
        if len(given) > 1:
            raise InputError(f"expected one rule of choice, got {' and '.join(given)}: give one of them")
        if self.best is not None and self.limits is None:
            raise InputError("--best goes with --at-least, which was not given: add --at-least NAME=VALUE")


@dataclass(frozen=True)
class Choice:
    """The chosen trial and why."""

    trial: TrialRecord
    reason: str


def pick(results: Results, rule: Rule) -> Choice:
    """The front member that the rule chooses, by validation figures; any complete trial by its number.

    Raises:
        InputError: if there is no front, a name is unknown, or nothing is within the limits.
    """
    if rule.trial is not None:
        return _by_number(results, rule.trial)
    members = front(results)
    if not members:
        raise InputError(f"study {results.study.name!r} has no front yet: no trial is complete and feasible")
    table = costs([t.values for t in members], results.study)
    if rule.prefer is not None:
        known(results.study, rule.prefer, "--prefer")
        index = choose.prefer(table, [rule.prefer.get(name, 0.0) for name in results.study.objectives])
        shown = ", ".join(f"{name} {weight:g}" for name, weight in rule.prefer.items())
        reason = f"nearest to the best of each objective under the preference {shown} (augmented Chebyshev)"
    elif rule.limits is not None:
        index, reason = _within_limits(results.study, table, rule)
    else:
        index = choose.knee(table)
        reason = "the knee of the front: gaining in one objective costs most in the others from here on"
    trial = members[index]
    return Choice(trial, f"trial {trial.number} of {len(members)} on the front: {reason}")


def known(study: StudyRecord, names: Mapping[str, float], option: str) -> None:
    """Refuses names that are no objectives.

    Raises:
        InputError: naming the first and those that are known.
    """
    for name in names:
        if name not in study.objectives:
            raise InputError(
                f"{option} does not know the objective {name!r}; it knows {', '.join(study.objectives)}"
            )


def _within_limits(study: StudyRecord, table: object, rule: Rule) -> tuple[int, str]:
    assert rule.limits is not None
    known(study, rule.limits, "--at-least")
    free = [name for name in study.objectives if name not in rule.limits]
    best = rule.best or (free or study.objectives)[0]
    known(study, {best: 0.0}, "--best")
    limits = [study.signs[n] * rule.limits[n] if n in rule.limits else math.nan for n in study.objectives]
    try:
        index = choose.at_least(table, limits, study.objectives.index(best))  # type: ignore[arg-type]
    except choose.OutOfReachError:
        wanted = ", ".join(f"{n} {v:g}" for n, v in rule.limits.items())
        reached = ", ".join(f"{n} {_best(study, table, n):g}" for n in rule.limits)
        raise InputError(
            f"no front member is within {wanted}; the best figures are {reached}: relax the limit"
        ) from None
    shown = ", ".join(
        f"{'at least' if study.signs[n] < 0 else 'at most'} {v:g} {n}" for n, v in rule.limits.items()
    )
    return index, f"the best {best} with {shown}"


def _best(study: StudyRecord, table: object, name: str) -> float:
    column = [row[study.objectives.index(name)] for row in table]  # type: ignore[attr-defined]
    return study.signs[name] * float(min(column))


def _by_number(results: Results, number: int) -> Choice:
    found = {t.number: t for t in results.trials}.get(number)
    if found is None or not found.values:
        state = "there is none" if found is None else f"it ended {found.ending.value}"
        complete = ", ".join(str(t.number) for t in results.trials if t.values)
        raise InputError(
            f"--trial {number} expects a complete trial, but {state}; complete are {complete or 'none yet'}"
        )
    return Choice(found, f"trial {number}, named by the user")
