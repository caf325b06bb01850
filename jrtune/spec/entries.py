"""Entries of a space, and the weights: all that may vary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from jrtune.errors import StudyError
from jrtune.spec.types import Value

T = TypeVar("T")


@dataclass(frozen=True)
class Entry:
    """One dimension of the space. Make it by :func:`choice`, :func:`integer` or :func:`number`.

    Attributes:
        kind: "choice", "integer" or "number".
        default: the value of the baselines.
        options: what a choice may be.
        low, high: inclusive bounds of an integer or number.
        log: whether it is searched on a log scale.
        when: names of earlier entries and the values at which this entry exists.
    """

    kind: Literal["choice", "integer", "number"]
    default: Value
    options: tuple[Value, ...] = ()
    low: float = 0
    high: float = 0
    log: bool = False
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def active(self, choices: Mapping[str, Value]) -> bool:
        """Returns True if the entry exists under the choices made so far."""
        return all(name in choices and choices[name] in allowed for name, allowed in self.when.items())

    def contains(self, value: Value) -> bool:
        """Returns True if this entry can take ``value``."""
        if self.kind == "choice":
            return any(value == option and type(value) is type(option) for option in self.options)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "integer" else (int, float)):
            return False
        return self.low <= value <= self.high


When = Mapping[str, Value | Sequence[Value]]


def _conditions(when: When | None) -> dict[str, tuple[Value, ...]]:
    return {
        name: _values(allowed) if isinstance(allowed, list | tuple | set) else (allowed,)  # type: ignore[misc]
        for name, allowed in (when or {}).items()
    }


def _values(values: Iterable[T]) -> tuple[T, ...]:
    # a set has another order in every process, and the space must read the same when a study goes on
    return tuple(sorted(values, key=repr) if isinstance(values, set) else values)


def choice(*options: Value, default: Value | None = None, when: When | None = None) -> Entry:
    """One of several values; the first is the default.

    Examples:
        >>> jr.choice("hard", "cross-stitch").default
        'hard'
    """
    if not options:
        raise StudyError("choice() needs at least one option, got none: write choice('a', 'b')")
    if wrong := [o for o in options if not isinstance(o, str | int | float | bool | None)]:
        raise StudyError(
            f"choice() takes str, int, float, bool or None, got {wrong[0]!r}: name it by a string"
        )
    for i, option in enumerate(options):
        if isinstance(option, float) and not math.isfinite(option):
            raise StudyError(f"choice() needs finite numbers, got {option!r}: name it by a string")
        if option in options[:i]:  # 1, 1.0 and True are one option to Optuna
            raise StudyError(f"choice() needs options that differ, got {option!r} again: leave it out")
    entry = Entry(
        "choice", options[0] if default is None else default, options=options, when=_conditions(when)
    )
    return _checked(entry)


def integer(
    low: int, high: int, *, log: bool = False, default: int | None = None, when: When | None = None
) -> Entry:
    """An integer from ``low`` to ``high``, both included; the default is the middle of the scale.

    Examples:
        >>> jr.integer(16, 64, log=True).default
        32
    """
    middle = _middle(low, high, log, "integer")
    entry = Entry(
        "integer",
        round(middle) if default is None else default,
        low=low,
        high=high,
        log=log,
        when=_conditions(when),
    )
    return _checked(entry)


def number(
    low: float, high: float, *, log: bool = False, default: float | None = None, when: When | None = None
) -> Entry:
    """A real number from ``low`` to ``high``; the default is the middle of the scale.

    Examples:
        >>> round(jr.number(1e-3, 1e-1, log=True).default, 6)
        0.01
    """
    middle = _middle(low, high, log, "number")
    value = middle if default is None else default
    value = float(value) if isinstance(value, int) else value
    return _checked(Entry("number", value, low=low, high=high, log=log, when=_conditions(when)))


def _middle(low: float, high: float, log: bool, kind: str) -> float:
    finite = all(isinstance(v, int | float) and math.isfinite(v) for v in (low, high))
    if kind == "integer" and finite and not all(isinstance(v, int) for v in (low, high)):
        raise StudyError(f"integer() needs whole bounds, got low={low!r}, high={high!r}: use number()")
    if not finite or not low < high or (log and low <= 0):
        needs = "0 < low < high on a log scale" if log else "low < high"
        raise StudyError(f"{kind}() needs finite bounds with {needs}, got low={low!r}, high={high!r}")
    # a mean of bounds may round or overflow out of the interval
    return min(max(math.sqrt(low * high) if log else (low + high) / 2, low), high)


def _checked(entry: Entry) -> Entry:
    if not entry.contains(entry.default):
        allowed = entry.options if entry.kind == "choice" else f"{entry.low} to {entry.high}"
        raise StudyError(f"the default {entry.default!r} is not among {allowed}: give one that is")
    return entry


@dataclass(frozen=True)
class SimplexEntry:
    """The weights of the loss terms as they are searched. Make it by :func:`simplex`.

    Attributes:
        log: whether they are searched on a log-ratio scale.
        floor: least weight of each term, in [0, 1/T).
        groups: names of groups and their terms; the terms of a group have equal weights.
    """

    log: bool = False
    floor: float = 0.0
    groups: Mapping[str, Sequence[str]] = field(default_factory=dict)


def simplex(
    *, log: bool = False, floor: float = 0.0, groups: Mapping[str, Sequence[str]] | None = None
) -> SimplexEntry:
    """The weights of the loss terms: at least 0, one in sum (the simplex itself: jrtune.space.simplex).

    Args:
        log: search on a log-ratio scale, for terms whose good weights span decades.
        floor: least weight of each term, in [0, 1/T); the baselines are not bound by it.
        groups: names of groups and their terms; the terms of a group have equal weights.

    Examples:
        >>> jr.simplex(floor=0.1).floor
        0.1
    """
    return SimplexEntry(log, floor, {name: _values(terms) for name, terms in (groups or {}).items()})
