"""A search space of Optuna as columns of an array, for models that compute with points."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from jrtune.spec import Value

Floats = NDArray[np.float64]

ABSENT = -1.0
"""A categorical that a trial does not have: a value of its own, unlike any choice."""

MIDDLE = 0.5
"""A number that a trial does not have: where it favours no side."""


class _Missing(enum.Enum):
    """The value of a parameter that a trial does not have; None may be a choice."""

    MISSING = enum.auto()


Cell = Value | _Missing


class _Number:
    """A number, scaled to [0, 1]: on its log scale if it has one, half a step beyond its ends."""

    choices = 0

    def __init__(self, distribution: FloatDistribution | IntDistribution) -> None:
        self.low, self.high, self.step = distribution.low, distribution.high, distribution.step
        self.log, self.is_integer = distribution.log, isinstance(distribution, IntDistribution)
        half = 0.5 * self.step if self.step is not None else 0.0
        start, end = self.low - half, self.high + half
        self.start, self.end = (math.log(start), math.log(end)) if self.log else (start, end)

    def encode(self, values: Sequence[Cell]) -> Floats:
        known = np.array([math.nan if v is _Missing.MISSING else v for v in values], dtype=np.float64)
        known = np.clip(known, self.low, self.high)
        unit = ((np.log(known) if self.log else known) - self.start) / (self.end - self.start)
        return np.where(np.isnan(unit), MIDDLE, unit)

    def decode(self, unit: Floats) -> Floats:
        position = self.start + unit * (self.end - self.start)
        value = np.exp(position) if self.log else position
        if self.step is not None:
            value = self.low + np.round((value - self.low) / self.step) * self.step
        return np.clip(value, self.low, self.high)

    def snap(self, unit: Floats) -> Floats:
        return unit if self.step is None else self.encode(list(self.decode(unit)))

    def value(self, unit: float) -> float | int:
        value = float(self.decode(np.array(unit)))
        return round(value) if self.is_integer else value


class _Choice:
    """A categorical as the index of its choice."""

    def __init__(self, distribution: CategoricalDistribution) -> None:
        self.distribution, self.choices = distribution, len(distribution.choices)

    def encode(self, values: Sequence[Cell]) -> Floats:
        return np.array(
            [ABSENT if v is _Missing.MISSING else self._index(v) for v in values], dtype=np.float64
        )

    def snap(self, index: Floats) -> Floats:
        return np.maximum(index, 0)

    def value(self, index: float) -> Value:
        return self.distribution.choices[int(index)]

    def _index(self, value: Value) -> float:
        try:
            return self.distribution.to_internal_repr(value)
        except ValueError:  # another study's choice, copied into this one
            return ABSENT


class Axes:
    """Parameters as d columns: numbers in [0, 1], categoricals as the index of their choice.

    Args:
        space: distributions by name, d of them; none may be single-valued.
        known: parameters of trials, by which conditions are learnt: which column is absent where.
        fixed: parameters of what is asked for that are given.

    Attributes:
        choices: d counts, 0 for a number.
        categorical: d booleans.
    """

    def __init__(
        self,
        space: Mapping[str, BaseDistribution],
        known: Sequence[Mapping[str, Value]] = (),
        fixed: Mapping[str, Value] | None = None,
    ) -> None:
        self.columns = {name: _column(space[name]) for name in sorted(space)}
        self.names = list(self.columns)
        self.choices = [column.choices for column in self.columns.values()]
        self.categorical = np.array(self.choices, dtype=np.int64) > 0
        self.conditions = list(self._conditions(known))
        self.fixed = {
            j: self.encode_one(j, [fixed]) for j, n in enumerate(self.names) if fixed and n in fixed
        }

    def __len__(self) -> int:
        return len(self.columns)

    def encode(self, params: Sequence[Mapping[str, Value]]) -> Floats:
        """n x d of n trials' parameters; what lies outside of the space is moved to its edge."""
        return np.stack([self.encode_one(j, params) for j in range(len(self))], axis=1)

    def encode_one(self, column: int, params: Sequence[Mapping[str, Value]]) -> Floats:
        """One column of :meth:`encode`."""
        name = self.names[column]
        return self.columns[name].encode([p.get(name, _Missing.MISSING) for p in params])

    def decode(self, row: Floats) -> dict[str, Value]:
        """Parameters of d columns, less absent choices; what else a trial does not need, Optuna ignores."""
        cells = zip(row, self.columns.items(), strict=True)
        return {name: column.value(x) for x, (name, column) in cells if x != ABSENT}

    def snap(self, points: Floats) -> Floats:
        """The same points (n x d), rounded to what can be asked for, with what is fixed."""
        columns = [column.snap(points[:, j]) for j, column in enumerate(self.columns.values())]
        for j, value in self.fixed.items():
            columns[j] = np.repeat(value, len(points))
        # what a point would not have must not make it look unlike others that do not have it either
        for absent, parent, values in self.conditions:
            columns[absent] = np.where(
                np.isin(columns[parent], values), self._absent(absent), columns[absent]
            )
        return np.stack(columns, axis=1)

    def _absent(self, column: int) -> float:
        return ABSENT if self.categorical[column] else MIDDLE

    def _conditions(self, known: Sequence[Mapping[str, Value]]) -> Iterator[tuple[int, int, Floats]]:
        """(column, categorical on which it depends, the values without it), where that explains all known.

        Parents come before their children. A parent is there wherever its child is, and more often: by
        that, of two that depend on a third, neither is taken for the other's parent.
        """
        has = np.array([[name in params for name in self.columns] for params in known], dtype=np.bool_)
        counts = has.reshape(-1, len(self)).sum(axis=0)
        seldom = [j for j in np.argsort(-counts, kind="stable").tolist() if counts[j] < len(known)]
        parents = np.flatnonzero(self.categorical).tolist() if seldom else []
        values = {i: self.encode_one(i, known) for i in parents}
        for j in seldom:
            for i in parents:
                with_it, without = np.unique(values[i][has[:, j]]), np.unique(values[i][~has[:, j]])
                if counts[i] > counts[j] and not np.isin(with_it, [*without, ABSENT]).any():
                    yield j, i, without
                    break

    def squares(self, a: Floats, b: Floats) -> Floats:
        """Squared differences by column of points n x d and k x d: d x n x k; of categories 0 or 1."""
        squares: Floats = a.T[:, :, None] - b.T[:, None, :]
        squares *= squares
        squares[self.categorical] = squares[self.categorical] != 0
        return squares


def _column(distribution: BaseDistribution) -> _Number | _Choice:
    if isinstance(distribution, CategoricalDistribution):
        return _Choice(distribution)
    assert isinstance(distribution, FloatDistribution | IntDistribution)
    return _Number(distribution)
