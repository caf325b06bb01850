"""Tables in text files: columns of declared kinds, or a plain matrix of numbers."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.cells import read_cells
from jrtune.data.readers.files import existing_file
from jrtune.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?"))
"""Cells that stand for no value, in lower case; in text only the empty one does."""

Kind = str | Sequence[str]


def read_table(
    path: str | Path,
    columns: Mapping[str, Kind],
    missing: Collection[str] = (),
    *,
    separator: str = ",",
    encoding: str = "utf-8",
    names: Sequence[str] = (),
) -> dict[str, NDArray[Any]]:
    """The named columns of a text file with separators.

    Args:
        path: the file.
        columns: name -> kind, one of

            - ``"number"``: float64;
            - ``"category"``: float64, the values numbered from 0 in the order of their names;
            - names of classes: float64, numbered as they stand there; anything else is an error;
            - ``"text"``: str objects;
            - ``"time"``: datetime64[s], in the format of the first row, or ``"time:%d/%m/%Y"`` in that;
              with an offset from UTC they are brought to it.
        missing: columns in which a cell may be empty (or NA, NaN, null, None, ?): such a cell is NaN, in
            times NaT, in texts "".
        separator: between cells, " " for any white space; cells in double quotes may hold it.
        encoding: of the file.
        names: names of all columns, where the file has no header.

    Returns:
        name -> n values, in the order of the rows.

    Raises:
        DataError: the file is absent, empty or no text; a column is absent; a row has more or fewer cells
            than others; a cell is not of its kind, or empty. It names file, line and column.

    Examples:
        >>> np.savetxt("patients.csv", ["age,sex,note", "61,f,stable", ",m,"], fmt="%s")
        >>> table = jr.data.read_table("patients.csv", {"age": "number", "sex": ["m", "f"]}, missing=["age"])
        >>> {name: values.tolist() for name, values in table.items()}
        {'age': [61.0, nan], 'sex': [1.0, 0.0]}
    """
    if unknown := [c for c in missing if c not in columns]:
        raise DataError(f"expected missing to name columns that are read, got {unknown[0]!r}: {path}")
    frame = read_cells(path, separator, encoding, names)
    if absent := [name for name in columns if name not in frame]:
        raise DataError(
            f"expected a column {absent[0]!r}, got {', '.join(map(repr, frame))} in {path}: "
            "rename it, or check the separator and the header"
        )
    return {
        name: column_values(f"column {name!r} of {path}", frame[name], kind, name in missing)
        for name, kind in columns.items()
    }


def column_names(path: str | Path, *, separator: str = ",", encoding: str = "utf-8") -> list[str]:
    """The names in the first row of a text file with separators, for tables of unknown columns.

    Args:
        path, separator, encoding: as of :func:`read_table`.

    Raises:
        DataError: as of :func:`read_table`.

    Examples:
        >>> np.savetxt("table.csv", [[1, 2]], delimiter=",", header="age,dose", comments="")
        >>> jr.data.column_names("table.csv")
        ['age', 'dose']
    """
    return [str(name) for name in read_cells(path, separator, encoding)]


def read_matrix(
    path: str | Path, *, separator: str = " ", header: bool = False, encoding: str = "utf-8"
) -> NDArray[np.float64]:
    """A text file of numbers, each row as long as any other.

    Args:
        path: the file.
        separator: between numbers, as of :func:`read_table`.
        header: True where the first row names the columns.
        encoding: of the file.

    Returns:
        rows x columns.

    Raises:
        DataError: as of :func:`read_table`.

    Examples:
        >>> np.savetxt("sensor.txt", [[1, 2, 3], [4, 5, 6]])
        >>> jr.data.read_matrix("sensor.txt").shape
        (2, 3)
    """
    file = existing_file(path, "a matrix of numbers")
    try:  # many times as fast as cell by cell, and says less of what is wrong
        delimiter = None if separator == " " else separator
        with warnings.catch_warnings(action="ignore"):  # of an empty file
            matrix = np.loadtxt(
                file, comments=None, delimiter=delimiter, skiprows=int(header), ndmin=2, encoding=encoding
            )
        if matrix.size and np.isfinite(matrix).all():
            return matrix
    except (ValueError, TypeError, LookupError):
        pass
    return numbers(file, read_cells(file, separator, encoding, () if header else None))


def numbers(path: Path, frame: pd.DataFrame) -> NDArray[np.float64]:
    """All columns of cells as numbers, rows x columns; DataError where one is none."""
    columns = [column_values(f"column {name!r} of {path}", frame[name], "number") for name in frame]
    return np.stack(columns, axis=1)


def column_values(
    where: str,
    cells: pd.Series[str],
    kind: Kind,
    may_miss: bool = False,
    marks: Collection[str] = MISSING,
) -> NDArray[np.generic]:
    """A column's cells as values of a kind; ``where`` names it and its file in errors, ``marks`` no value."""
    cells = cells.str.strip()
    gone = (cells == "" if kind == "text" else cells.str.lower().isin(marks)).to_numpy(bool)
    if gone.any() and not may_miss:
        row = int(gone.argmax())
        raise DataError(
            f"expected a value in every row, got {cells.iloc[row]!r} in line {cells.index[row]} (and "
            f"{int(gone.sum()) - 1} more), {where}: fill it in, or name it in missing"
        )
    if kind == "text":
        return cells.to_numpy(object)
    if kind == "category":
        kind = sorted(set(cells[~gone]))
    values, expected = _values(cells, kind)
    bad = ~gone & np.isnat(values) if values.dtype.kind == "M" else ~gone & ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        raise DataError(
            f"expected {expected}, got {cells.iloc[row]!r} in line {cells.index[row]}, {where}: fix it"
        )
    values[gone] = "NaT" if values.dtype.kind == "M" else np.nan
    return values


def _values(cells: pd.Series[str], kind: Kind) -> tuple[NDArray[np.generic], str]:
    """The cells as values, NaN or NaT where they are none, and what was expected of them."""
    import pandas as pd

    if not isinstance(kind, str):
        number = {name: float(k) for k, name in enumerate(kind)}
        return cells.map(number).to_numpy(np.float64, copy=True), f"one of {', '.join(kind)}"
    if kind == "number":
        return pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, copy=True), "a finite number"
    head, _, form = kind.partition(":")
    if head != "time":
        raise DataError(f"expected number, category, classes, text or time as kind, got {kind!r}: fix it")
    present = cells[~cells.str.lower().isin(MISSING)]
    try:
        with warnings.catch_warnings(action="ignore"):  # a format that cannot be guessed: cells are reported
            times = pd.to_datetime(present, format=form or None, errors="coerce", utc=True)
    except ValueError as error:
        raise DataError(f"expected a format of times, got {form!r}: {error}") from error
    values = times.reindex(cells.index).dt.tz_convert(None).to_numpy("datetime64[s]", copy=True)
    return values, f"a time{' in ' + form if form else ''}"
