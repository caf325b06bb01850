"""Choosing one trial, with the reason and what was given up in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import ConfirmedMember
from jrtune.analysis.select.reasons import gave_up
from jrtune.analysis.select.selection_rules import Knee, Rule
from jrtune.errors import InputError
from jrtune.pareto.neighbours import neighbours
from jrtune.store.records import TrialRecord


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
    tested: Mapping[int, ConfirmedMember]


def pick(analysis: Analysis, rule: Rule | int | None = None) -> Choice:
    """The front member that a rule chooses, by default the knee; or any complete trial by its number.

    Raises:
        InputError: if there is no front or no such trial, a name is unknown, or no member will do.
    """
    if isinstance(rule, int):
        return _by_number(analysis, rule)
    if not analysis.front:
        raise InputError(f"study {analysis.study.name!r} has no front yet: no trial is complete and feasible")
    index, reason = (rule or Knee()).choose(analysis)
    number = analysis.front[index].number
    return _member(analysis, index, f"trial {number}, one of {len(analysis.front)} on the front: {reason}")


def _by_number(analysis: Analysis, number: int) -> Choice:
    found = {t.number: t for t in analysis.trials}.get(number)
    if found is None or not found.values:
        state = "there is none" if found is None else f"its status is {found.status.value}"
        complete = ", ".join(str(t.number) for t in analysis.trials if t.values)
        remedy = f"complete are {complete}: give one of them" if complete else "run more trials"
        raise InputError(f"--trial {number} expects a complete trial, but {state}; {remedy}")
    head = f"trial {number}, named by the user"
    numbers = [t.number for t in analysis.front]
    if number in numbers:
        return _member(analysis, numbers.index(number), head)
    return Choice(found, f"{head}; it is not on the front", (), _tested(analysis, [found]))


def _member(analysis: Analysis, index: int, head: str) -> Choice:
    """A member of the front, against those beside it."""
    trial = analysis.front[index]
    beside = tuple(analysis.front[i] for i in neighbours(analysis.costs, index))
    return Choice(
        trial, f"{head}. {_against(analysis, trial, beside)}", beside, _tested(analysis, [trial, *beside])
    )


def _tested(analysis: Analysis, trials: Sequence[TrialRecord]) -> dict[int, ConfirmedMember]:
    return {t.number: analysis.tested[t.number] for t in trials if t.number in analysis.tested}


def _against(analysis: Analysis, trial: TrialRecord, beside: Sequence[TrialRecord]) -> str:
    """On test where the chosen and its neighbours are confirmed, else on validation."""
    trials = [trial, *beside]
    on_test = all(t.number in analysis.confirmed_front for t in trials)
    mine, *others = (_test(analysis, t) if on_test else _validation(analysis, t) for t in trials)
    labels = (f"trial {t.number}" for t in beside)
    split = "test" if on_test else "validation"
    return gave_up(mine, dict(zip(labels, others, strict=True)), analysis.study.signs, split)


def _test(analysis: Analysis, trial: TrialRecord) -> Mapping[str, float]:
    return {
        name: analysis.confirmed_front[trial.number].test[name].mean for name in analysis.study.objectives
    }


def _validation(analysis: Analysis, trial: TrialRecord) -> Mapping[str, float]:
    return {name: trial.values[name] for name in analysis.study.objectives}
