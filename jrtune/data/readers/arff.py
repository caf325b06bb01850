"""Tables in ARFF files, as WEKA, MULAN and OpenML keep them."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.files import existing_file
from jrtune.data.readers.tables import column_values
from jrtune.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MISSING = frozenset("?")
"""The only cell that stands for no value: NaN or none may be what a nominal attribute is called."""


def read_arff(path: str | Path) -> dict[str, NDArray[np.float64]]:
    """The numeric and nominal attributes of an ARFF file with a value of each in every row.

    A nominal attribute becomes a column of 0 and 1 for each of its values, ``attribute=value``, as WEKA's
    filter NominalToBinary names them. Attributes of text and of dates, and sparse rows, are not read.

    Args:
        path: the file, in UTF-8.

    Returns:
        column -> n numbers, in the order of the file; NaN where the file has ``?``.

    Raises:
        DataError: the file is absent, empty or no UTF-8; it has no ``@data`` and rows after it; an attribute
            is declared twice, or is neither numeric nor nominal; a row has more or fewer cells than there
            are attributes; a cell is not of its attribute's kind. It names file, line and attribute.

    Examples:
        >>> head = ["@relation mix", "@attribute water numeric", "@attribute kind {a,b}", "@data"]
        >>> np.savetxt("mix.arff", [*head, "1.5,b", "?,a"], fmt="%s")
        >>> {name: values.tolist() for name, values in jr.data.read_arff("mix.arff").items()}
        {'water': [1.5, nan], 'kind=a': [0.0, 1.0], 'kind=b': [1.0, 0.0]}
    """
    path = existing_file(path, "an ARFF file")
    lines = _lines(path)
    marks = [number for number, line in lines.items() if line.lower().startswith("@data")]
    if not marks:
        raise DataError(f"expected a line @data before the rows, got none in {path}: fetch the file again")
    columns: dict[str, NDArray[np.float64]] = {}
    attributes = _attributes(path, {k: line for k, line in lines.items() if k < marks[0]})
    rows = _rows(path, {k: line for k, line in lines.items() if k > marks[0]}, len(attributes))
    for index, (name, values) in enumerate(attributes.items()):
        columns |= _columns(path, name, values, rows[index])
    return columns


def _lines(path: Path) -> dict[int, str]:
    """Number -> line, of all that are neither blank nor a comment."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"expected UTF-8 text, got byte {error.object[error.start]:#04x} in line {line} of {path}: save "
            "it as UTF-8"
        ) from error
    stripped = ((k, line.strip()) for k, line in enumerate(text.split("\n"), 1))
    return {k: line for k, line in stripped if line and not line.startswith("%")}


def _attributes(path: Path, lines: dict[int, str]) -> dict[str, tuple[str, ...]]:
    """Name of each attribute -> the values that it may have; none for a number."""
    from scipy.io.arff import loadarff  # at first use: it takes a while to import

    found: dict[str, tuple[str, ...]] = {}
    for number, line in lines.items():
        if not line.lower().startswith("@attribute"):
            continue
        try:  # one by one: scipy does not say where a header is wrong
            meta = loadarff(StringIO(f"{line}\n@data\n"))[1]
            [(name, (kind, values))] = ((name.strip('"'), meta[name]) for name in meta.names())
        except Exception as error:  # of a broken line scipy raises whatever it leads to
            raise DataError(
                f"expected a numeric or nominal attribute, got {line!r} in line {number} of {path}: fix it, "
                "or leave the attribute out"
            ) from error
        if kind not in ("numeric", "nominal") or name in found:
            got = f"{name!r} twice" if name in found else f"one of kind {kind}"
            raise DataError(
                f"expected attributes that are numeric or nominal, each once, got {got} in line {number} of "
                f"{path}: rename it, or leave it out"
            )
        found[name] = values or ()
    return found


def _rows(path: Path, lines: dict[int, str], width: int) -> pd.DataFrame:
    """The cells of all rows, indexed by the number of their line."""
    import pandas as pd  # at first use, as in jrtune.data.readers.cells

    rows: dict[int, list[str]] = {}
    for number, line in lines.items():
        quote = "'" if "'" in line else '"'  # ARFF has both
        try:
            [rows[number]] = csv.reader([line], quotechar=quote, skipinitialspace=True)
        except csv.Error:  # a cell of more letters than it takes
            rows[number] = [line]
        if len(rows[number]) != width:
            raise DataError(
                f"expected {width} cells in each row, got {len(rows[number])} in line {number} of {path}: "
                "fix the row; a sparse one ({...}) is not read"
            )
    if not rows:
        raise DataError(f"expected rows after @data, got none in {path}: fetch the file again")
    return pd.DataFrame(list(rows.values()), index=list(rows), dtype=str)


def _columns(
    path: Path, name: str, values: tuple[str, ...], cells: pd.Series[str]
) -> dict[str, NDArray[np.float64]]:
    """One attribute as columns of numbers."""
    where = f"attribute {name!r} of {path}"
    found = np.asarray(column_values(where, cells, values or "number", True, MISSING), np.float64)
    if not values:
        return {name: found}
    gone = np.isnan(found)
    return {f"{name}={value}": np.where(gone, np.nan, found == k) for k, value in enumerate(values)}
