"""Choosing one trial, with the reason and what was given up in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jrtune.errors import InputError
from jrtune.evidence.reasons import gave_up
from jrtune.evidence.rules import Field, Knee, Rule
from jrtune.pareto.neighbours import neighbours
from jrtune.store.records import Results, TrialRecord


@dataclass(frozen=True)
class Choice:
    """The chosen trial and why.

    Attributes:
        trial: the chosen.
        reason: why, and what was given up, in words.
        beside: the trials next to it on the front; none where it is not on it.
    """

    trial: TrialRecord
    reason: str
    beside: tuple[TrialRecord, ...] = ()


def pick(results: Results, rule: Rule | int | None = None) -> Choice:
    """The front member that a rule chooses, by default the knee; or any complete trial by its number.

    Raises:
        InputError: if there is no front or no such trial, a name is unknown, or no member will do.
    """
    field = Field(results)
    if isinstance(rule, int):
        return _by_number(field, rule)
    if not field.members:
        raise InputError(f"study {results.study.name!r} has no front yet: no trial is complete and feasible")
    index, reason = (rule or Knee()).choose(field)
    trial = field.members[index]
    head = f"trial {trial.number}, one of {len(field.members)} on the front: {reason}"
    beside = _beside(field, index)
    return Choice(trial, f"{head}. {_against(field, trial, beside)}", beside)


def _by_number(field: Field, number: int) -> Choice:
    found = {t.number: t for t in field.results.trials}.get(number)
    if found is None or not found.values:
        state = "there is none" if found is None else f"it ended {found.ending.value}"
        complete = ", ".join(str(t.number) for t in field.results.trials if t.values)
        raise InputError(
            f"--trial {number} expects a complete trial, but {state}; complete are {complete or 'none yet'}"
        )
    numbers = [t.number for t in field.members]
    if number not in numbers:
        return Choice(found, f"trial {number}, named by the user; it is not on the front")
    beside = _beside(field, numbers.index(number))
    return Choice(found, f"trial {number}, named by the user. {_against(field, found, beside)}", beside)


def _beside(field: Field, index: int) -> tuple[TrialRecord, ...]:
    return tuple(field.members[i] for i in neighbours(field.costs, index))


def _against(field: Field, trial: TrialRecord, beside: Sequence[TrialRecord]) -> str:
    """On test where the chosen and its neighbours are confirmed, else on validation."""
    trials = [trial, *beside]
    on_test = all(t.number in field.confirmed for t in trials)
    mine, *others = (_test(field, t) if on_test else _validation(field, t) for t in trials)
    labels = (f"trial {t.number}" for t in beside)
    return gave_up(mine, dict(zip(labels, others, strict=True)), "test" if on_test else "validation")


def _test(field: Field, trial: TrialRecord) -> Mapping[str, float]:
    return {name: field.confirmed[trial.number].test[name].mean for name in field.study.objectives}


def _validation(field: Field, trial: TrialRecord) -> Mapping[str, float]:
    return {name: trial.values[name] for name in field.study.objectives}
