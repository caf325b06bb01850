"""Text files with separators, as cells of text."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from jrtune.data.readers.files import existing_file
from jrtune.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read_cells(
    path: str | Path, separator: str = ",", encoding: str = "utf-8", names: Sequence[str] | None = ()
) -> pd.DataFrame:
    """All cells as text, indexed by the line of the file in which their row begins; blank lines are skipped.

    Args:
        path: the file.
        separator: one letter, or " " for any white space.
        encoding: of the file.
        names: names of the columns: where empty those in the first row, where None the numbers from 1.

    Raises:
        DataError: the file is absent, empty, of another encoding, or has rows of different lengths.
    """
    import pandas as pd  # at first use: whoever reads no table does not wait for it

    if len(separator) != 1:
        raise DataError(
            f"expected one letter as separator, got {separator!r}: white space of any kind is ' '"
        )
    rows = _rows(existing_file(path, "a text file with a table"), separator, encoding)
    if not rows:
        raise DataError(f"expected a table, got an empty file: {path}: fetch it again")
    header = names if names else [cell.strip() for cell in next(iter(rows.values()))]
    for line, row in rows.items():
        if len(row) != len(header):
            raise DataError(
                f"expected {len(header)} cells in each row, got {len(row)} in line {line} of {path}: fix "
                "the row, or check the separator"
            )
    if names is None:
        header = [str(k + 1) for k in range(len(header))]
    elif not names:
        del rows[next(iter(rows))]
    if not rows:
        raise DataError(f"expected rows, got a header only in {path}: fetch the file again")
    if twice := [a for a, b in pairwise(sorted(header)) if a == b]:
        raise DataError(f"expected each column once, got {twice[0]!r} twice in {path}: rename one")
    return pd.DataFrame(list(rows.values()), index=list(rows), columns=list(header), dtype=str)


def _rows(path: Path, separator: str, encoding: str) -> dict[int, list[str]]:
    """Line in which a row begins -> its cells."""
    rows, before = {}, 0
    try:
        # a spreadsheet's utf-8 begins with a mark that is no part of the first name
        with path.open(newline="", encoding="utf-8-sig" if encoding == "utf-8" else encoding) as file:
            if separator == " ":
                return {k: cells for k, line in enumerate(file, 1) if (cells := line.split())}
            reader = csv.reader(file, delimiter=separator, skipinitialspace=True)
            for row in reader:
                if row:
                    rows[before + 1] = row
                before = reader.line_num
    except UnicodeDecodeError as error:
        raise DataError(
            f"expected {encoding} text, got byte {error.object[error.start]:#04x} in {path}: "
            "give its encoding, such as latin-1"
        ) from error
    except (OSError, LookupError, csv.Error) as error:
        raise DataError(
            f"expected a table, got {str(error)!r} after line {before} of {path}: fix the file"
        ) from error
    return rows
