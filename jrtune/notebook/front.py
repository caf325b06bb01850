"""The front of a study as it lies in the database, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import ConfirmationSummary, Verdict
from jrtune.analysis.select.make_rule import make_rule
from jrtune.analysis.select.pick import pick
from jrtune.errors import InputError
from jrtune.notebook.markup import bullets, paragraph, picture, table
from jrtune.notebook.point import PickedPoint
from jrtune.report.cells import front_cells, front_head, titled_text
from jrtune.report.figures.front import draw_front
from jrtune.report.figures.style import spread, to_png
from jrtune.report.figures.weights import draw_weights
from jrtune.report.tables.tables import front_table
from jrtune.store.database import DEFAULT_URL
from jrtune.store.records import Results
from jrtune.store.study_store import reading

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12
"""Members that are shown in a notebook, evenly spread; the table has them all."""


class Verdicts(tuple[Verdict, ...]):
    """Answers to whether joint training helped each task, one an objective; empty before confirmation."""

    def _repr_html_(self) -> str:
        return bullets(verdict.sentence for verdict in self) if self else paragraph("Run jrtune confirm.")


@dataclass(frozen=True, repr=False)
class Front:
    """The findings of a study.

    Attributes:
        analysis: that of the trials and confirmations as they were read.
        storage: the database.

    Examples:
        >>> front = jr.load_front("jrtune.db")  # of a finished study
        >>> isinstance(front, jr.Front), list(front.table)[:3]
        (True, ['trial', 'source', 'weight_kind'])
    """

    analysis: Analysis
    storage: str

    @property
    def results(self) -> Results:
        """The trials and confirmations as they were read."""
        return self.analysis.results

    @cached_property
    def table(self) -> pd.DataFrame:
        """A record for each member of the front, in its order.

        Columns: trial, source, weight_TERM, the choices, val_OBJECTIVE; test_OBJECTIVE and gain_OBJECTIVE,
        each with _low and _high, and stability, on test too, NaN where not confirmed; seconds.
        """
        return front_table(self.analysis)

    @property
    def summary(self) -> ConfirmationSummary | None:
        """The confirmations in short; None before."""
        return self.analysis.summary

    @property
    def verdicts(self) -> Verdicts:
        """Answers to whether joint training helped."""
        return Verdicts(self.summary.verdicts if self.summary else ())

    def pick(self, *unnamed: object, **rule: Any) -> PickedPoint:
        """One point, by the rule that ``jrtune pick`` has under the same name; the knee where none is given.

        Args:
            rule: as :func:`jrtune.analysis.select.make_rule.make_rule` takes it.

        Raises:
            InputError: for several rules, one that is not named, what a rule does not take, an unknown
                objective, or where no point will do.
        """
        if unnamed:
            raise InputError(
                f"pick expects a rule by its name, got {', '.join(map(repr, unnamed))}: write for example "
                'pick(knee=True), pick(prefer={"accuracy": 0.7}) or pick(trial=5)'
            )
        return PickedPoint(pick(self.analysis, make_rule(**rule)), self.analysis, self.storage)

    def __len__(self) -> int:
        return len(self.analysis.front)

    def __repr__(self) -> str:
        return titled_text(front_head(self.analysis), front_cells(self.analysis))

    def _repr_html_(self) -> str:
        head = "".join(map(paragraph, front_head(self.analysis).splitlines()))
        return (
            head
            + self._table()
            + self._pictures
            + (self.verdicts._repr_html_() if self.analysis.front else "")
        )

    def _table(self) -> str:
        records = front_cells(self.analysis)
        shown = spread(records, ROWS)
        caption = "the front" if len(shown) == len(records) else f"{len(shown)} of {len(records)} members"
        return table(caption, shown) if shown else ""

    @cached_property
    def _pictures(self) -> str:
        study, members = self.analysis.study, self.analysis.front
        whole = to_png(draw_front(self.analysis))
        words = f"the front of {study.name}: {' against '.join(study.objectives)}"
        if not members:
            return picture(whole, words)
        weights = to_png(draw_weights(study, members))
        return picture(whole, words) + picture(weights, "the weights along the front")


def load_front(storage: str | Path = DEFAULT_URL, name: str | None = None) -> Front:
    """The front of a study, as it is in the database now; the study may be running.

    Args:
        storage: an SQLite file or a SQLAlchemy URL.
        name: the study's; None where there is one.

    Raises:
        StorageError: where the database cannot be read, or holds no such study.

    Examples:
        >>> front = jr.load_front("jrtune.db")  # of a finished study
        >>> point = front.pick(prefer={"accuracy": 0.7, "error": 0.3})
        >>> sorted(point.weights)
        ['amount', 'kind']
    """
    with reading(str(storage), name) as store:
        return Front(Analysis(store.results()), str(storage))
