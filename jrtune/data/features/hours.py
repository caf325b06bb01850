"""Several tables with times, joined by the hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jrtune.errors import DataError


class Hours(NamedTuple):
    """Columns over every hour from the first to the last that all tables have in common.

    Examples:
        >>> time = np.array(["2024-01-01T00", "2024-01-01T01"], "datetime64[h]")
        >>> hours = jr.data.Hours(time, {"load": np.array([3.0, 4.0])}, doubled=0, gaps=0)
        >>> hours.columns["load"].tolist()
        [3.0, 4.0]
    """

    time: NDArray[np.datetime64]
    """n hours, none left out."""
    columns: dict[str, NDArray[np.float64]]
    """name -> n; NaN where its table has nothing for that hour."""
    doubled: int
    """Rows that were averaged into an hour with others, of all tables."""
    gaps: int
    """Hours that one table or more lacks."""


def join_hourly(tables: Sequence[Mapping[str, NDArray[np.generic]]], time: str = "time") -> Hours:
    """Tables as one, a row an hour; rows of the same hour are averaged (clocks set back, finer series).

    Args:
        tables: each name -> n values, of which ``time`` is datetime64 and the others are numbers, in any
            order of rows; no two tables share another name.
        time: the name of the times.

    Returns:
        The hours in which all tables overlap.

    Raises:
        DataError: no table, one without times, with a time or columns missing or of another length, a name
            in two tables, or no hour in common.

    Examples:
        >>> day = np.arange("2024-01-01T00", "2024-01-01T04", dtype="datetime64[h]")
        >>> load, wind = {"time": day, "load": np.arange(4.0)}, {"time": day[1:], "wind": np.ones(3)}
        >>> hours = jr.data.join_hourly([load, wind])
        >>> len(hours.time), hours.columns["load"].tolist()
        (3, [1.0, 2.0, 3.0])
    """
    names = [name for table in tables for name in table if name != time]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(f"expected other names in each table, got {twice[0]!r} in two: rename one")
    hours = [_hours(k, table, time) for k, table in enumerate(tables)]
    if not hours:
        raise DataError("expected tables to join, got none: give one or more")
    first, last = max(h.min() for h in hours), min(h.max() for h in hours)
    if first > last:
        spans = " and ".join(f"{h.min()} to {h.max()}" for h in hours)
        raise DataError(f"expected tables with hours in common, got {spans}: check the times' format")
    grid = np.arange(first, last + 1)
    columns: dict[str, NDArray[np.float64]] = {}
    doubled, whole = 0, np.ones(len(grid), bool)
    for own, table in zip(hours, tables, strict=True):
        inside = (own >= first) & (own <= last)
        index = (own[inside] - first).astype(np.int64)
        counts = np.bincount(index, minlength=len(grid))
        doubled += int(counts[counts > 1].sum())
        whole &= counts > 0
        for name in table:
            if name != time:
                total = np.bincount(index, np.asarray(table[name], np.float64)[inside], len(grid))
                columns[name] = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    return Hours(grid, columns, doubled, int((~whole).sum()))


def _hours(k: int, table: Mapping[str, NDArray[np.generic]], time: str) -> NDArray[np.datetime64]:
    times = table.get(time)
    if times is None or times.dtype.kind != "M" or not len(times):
        got = "none" if times is None else f"{len(times)} of {times.dtype}"
        raise DataError(
            f"expected times as {time!r} in table {k + 1}, got {got}: read that column as kind 'time'"
        )
    if (gone := int(np.isnat(times).sum())) or any(len(column) != len(times) for column in table.values()):
        raise DataError(
            f"expected a time and a value in each of {len(times)} rows of table {k + 1}, got {gone} rows "
            "without a time or columns of other lengths: drop those rows"
        )
    return times.astype("datetime64[h]")
