"""A folder of tables with times, read as one table by the hour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jrtune.data.features.hours import Hours, join_hourly
from jrtune.data.readers.cells import read_cells
from jrtune.data.readers.files import files_under
from jrtune.data.readers.tables import column_values
from jrtune.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

TIMES = frozenset(("time", "timestamp", "datetime", "date", "dteday"))
HOURS = frozenset(("hour", "hr"))


def read_hourly(folder: str | Path, columns: Sequence[str]) -> Hours:
    """Columns of numbers out of the ``.csv`` files of a folder, joined as :func:`join_hourly` does.

    Each file that has one of the columns needs its times: in a column ``time``, ``timestamp``, ``datetime``,
    ``date`` or ``dteday`` (small or large letters), where these are dates beside it maybe the hour of the
    day, ``hour`` or ``hr``. Cells may be empty.

    Args:
        folder: the folder of the files, at any depth.
        columns: names, each in one file.

    Returns:
        ``columns``, in their order, over the hours that all files have in common.

    Raises:
        DataError: no files, a column in none of them or in two, no times in its file or several, a cell that
            is no number, or no hour in common.

    Examples:
        >>> np.savetxt("power.csv", ["time,load", "2024-01-01 00:00,3", "2024-01-01 01:00,4"], fmt="%s")
        >>> jr.data.read_hourly(".", ["load"]).columns["load"].tolist()
        [3.0, 4.0]
    """
    frames = {path: read_cells(path) for path in files_under(folder, {".csv"}, "csv files")}
    known = [str(name) for frame in frames.values() for name in frame]
    for name in columns:
        if (found := known.count(name)) != 1:
            has = ", ".join(sorted(set(known)))
            raise DataError(
                f"expected a column {name!r} once, got it {found} times in {folder}, among: {has}"
            )
    tables = [_table(path, f, columns) for path, f in frames.items() if not set(f).isdisjoint(columns)]
    hours = join_hourly(tables)
    return hours._replace(columns={name: hours.columns[name] for name in columns})


def _table(path: Path, frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    head = [str(name) for name in frame]
    times = [name for name in head if name.lower() in TIMES]
    hours = [name for name in head if name.lower() in HOURS]
    if len(times) != 1 or len(hours) > 1:
        raise DataError(
            f"expected one column of times ({', '.join(sorted(TIMES))}), and at most one of hours, got "
            f"{', '.join(head)} in {path}: rename columns"
        )

    def values(name: str, kind: str = "number", may_miss: bool = False) -> NDArray[np.generic]:
        return column_values(f"column {name!r} of {path}", frame[name], kind, may_miss)

    time = values(times[0], "time")
    for name in hours:
        time = time + values(name).astype("m8[h]")
    return {"time": time, **{name: values(name, may_miss=True) for name in head if name in columns}}
