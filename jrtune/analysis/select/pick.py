"""Choosing one trial, with the reason and what was given up in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jrtune.analysis.members import Member
from jrtune.analysis.select.reasons import gave_up
from jrtune.analysis.select.selection_rules import Knee, Rule, SelectionContext
from jrtune.errors import InputError
from jrtune.pareto.neighbours import neighbours
from jrtune.store.records import Results, TrialRecord


@dataclass(frozen=True)
class Choice:
    """The chosen trial and why.

    Attributes:
        trial: the chosen.
        reason: why, and what was given up, in words.
        beside: the trials next to it on the front; none where it is not on it.
        tested: trial -> what its confirmations say, of these trials where they are confirmed.
    """

    trial: TrialRecord
    reason: str
    beside: tuple[TrialRecord, ...]
    tested: Mapping[int, Member]


def pick(results: Results, rule: Rule | int | None = None) -> Choice:
    """The front member that a rule chooses, by default the knee; or any complete trial by its number.

    Raises:
        InputError: if there is no front or no such trial, a name is unknown, or no member will do.
    """
    field = SelectionContext(results)
    if isinstance(rule, int):
        return _by_number(field, rule)
    if not field.members:
        raise InputError(f"study {results.study.name!r} has no front yet: no trial is complete and feasible")
    index, reason = (rule or Knee()).choose(field)
    number = field.members[index].number
    return _member(field, index, f"trial {number}, one of {len(field.members)} on the front: {reason}")


def _by_number(field: SelectionContext, number: int) -> Choice:
    found = {t.number: t for t in field.results.trials}.get(number)
    if found is None or not found.values:
        state = "there is none" if found is None else f"it ended {found.status.value}"
        complete = ", ".join(str(t.number) for t in field.results.trials if t.values)
        remedy = f"complete are {complete}: give one of them" if complete else "run more trials"
        raise InputError(f"--trial {number} expects a complete trial, but {state}; {remedy}")
    head = f"trial {number}, named by the user"
    numbers = [t.number for t in field.members]
    if number in numbers:
        return _member(field, numbers.index(number), head)
    return Choice(found, f"{head}; it is not on the front", (), _tested(field, [found]))


def _member(field: SelectionContext, index: int, head: str) -> Choice:
    """A member of the front, against those beside it."""
    trial = field.members[index]
    beside = tuple(field.members[i] for i in neighbours(field.costs, index))
    return Choice(
        trial, f"{head}. {_against(field, trial, beside)}", beside, _tested(field, [trial, *beside])
    )


def _tested(field: SelectionContext, trials: Sequence[TrialRecord]) -> dict[int, Member]:
    return {t.number: field.tested[t.number] for t in trials if t.number in field.tested}


def _against(field: SelectionContext, trial: TrialRecord, beside: Sequence[TrialRecord]) -> str:
    """On test where the chosen and its neighbours are confirmed, else on validation."""
    trials = [trial, *beside]
    on_test = all(t.number in field.confirmed for t in trials)
    mine, *others = (_test(field, t) if on_test else _validation(field, t) for t in trials)
    labels = (f"trial {t.number}" for t in beside)
    split = "test" if on_test else "validation"
    return gave_up(mine, dict(zip(labels, others, strict=True)), field.study.signs, split)


def _test(field: SelectionContext, trial: TrialRecord) -> Mapping[str, float]:
    return {name: field.confirmed[trial.number].test[name].mean for name in field.study.objectives}


def _validation(field: SelectionContext, trial: TrialRecord) -> Mapping[str, float]:
    return {name: trial.values[name] for name in field.study.objectives}
