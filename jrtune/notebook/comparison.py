"""The findings of ``jrtune compare``, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.comparison import MethodRow, read_comparison
from jrtune.errors import InputError
from jrtune.notebook.markup import bullets, table
from jrtune.report.cells import compare_cells, comparison_text
from jrtune.report.tables.tables import comparison_table
from jrtune.store.database import DEFAULT_URL
from jrtune.store.study_store import reading

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Comparison:
    """The tuned weights beside other ways of weighting.

    Attributes:
        study: its name.
        rows: one a method, the tuned weights first.

    Examples:
        >>> comparison = jr.load_comparison("jrtune.db")  # of a study that jrtune compare was run on
        >>> isinstance(comparison, jr.Comparison), comparison.study
        (True, 'my-study')
    """

    study: str
    rows: Sequence[MethodRow]

    @property
    def table(self) -> pd.DataFrame:
        """A row a method: trainings, hypervolume on test, how far it is behind the tuned weights.

        Both have columns with _low and _high, 95 %.
        """
        return comparison_table(self.rows)

    @property
    def verdicts(self) -> list[str]:
        """A sentence for each method."""
        return [row.sentence for row in self.rows]

    def __repr__(self) -> str:
        return comparison_text(self.rows)

    def _repr_html_(self) -> str:
        caption = f"{self.study}: ways of weighting"
        return table(caption, compare_cells(self.rows)) + bullets(self.verdicts)


def load_comparison(storage: str | Path = DEFAULT_URL, name: str | None = None) -> Comparison:
    """Reads the findings of ``jrtune compare`` from the database, as far as it has come.

    Args:
        storage: an SQLite file or a SQLAlchemy URL.
        name: the study's; None where there is one.

    Raises:
        InputError: where no comparison has been run, it has not got far enough, or the study went on since.
        StorageError: where the database cannot be read, or holds no such study.

    Examples:
        >>> comparison = jr.load_comparison("jrtune.db")  # of a study that jrtune compare was run on
        >>> list(comparison.table)[:2], comparison.table.iloc[0, 0]
        (['method', 'trainings'], 'tuned weights')
    """
    with reading(str(storage), name) as store:
        rows = read_comparison(store.database, Analysis(store.results()))
        if len(rows) < 2:
            raise InputError(
                f"expected study {store.name!r} in {store.database.shown!r} beside other methods, all "
                "confirmed as far as they have got, and found none such: run jrtune compare STUDY"
            )
        return Comparison(store.name, rows)
