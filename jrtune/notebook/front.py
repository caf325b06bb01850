"""For notebooks: the front of a study as it lies in the database."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jrtune.analysis.front import front
from jrtune.analysis.members import Evidence, Verdict
from jrtune.analysis.select.make_rule import make_rule
from jrtune.analysis.select.pick import pick
from jrtune.analysis.summary import summarise_confirmations
from jrtune.errors import InputError
from jrtune.notebook.markup import bullets, paragraph, picture, table
from jrtune.notebook.point import PickedPoint
from jrtune.report.figures.front import draw_front
from jrtune.report.figures.style import spread, to_png
from jrtune.report.figures.weights import draw_weights
from jrtune.report.tables.tables import front_table
from jrtune.report.text import front_cells, front_head, front_text
from jrtune.store.database import DEFAULT_URL
from jrtune.store.records import Results, TrialRecord
from jrtune.store.study_store import reading

if TYPE_CHECKING:
    import pandas as pd

ROWS = 12
"""Members that are shown in a notebook, evenly spread; the table has them all."""


class Verdicts(tuple[Verdict, ...]):
    """Whether joint training helped each task, one verdict an objective; empty before confirmation."""

    def _repr_html_(self) -> str:
        return bullets(verdict.sentence for verdict in self) if self else paragraph("Run jrtune confirm.")


@dataclass(frozen=True, repr=False)
class Front:
    """What a study has found.

    Attributes:
        results: the trials and confirmations as they were read.
        storage: the database.
    """

    results: Results
    storage: str

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each member of the front, in its order.

        Columns: trial, source, weight_TERM, the choices, val_OBJECTIVE; test_OBJECTIVE and gain_OBJECTIVE,
        each with _low and _high, and stability, on test too, NaN where not confirmed; seconds.
        """
        return front_table(self.results, self.evidence)

    @cached_property
    def evidence(self) -> Evidence | None:
        """What the confirmations say; None before."""
        return summarise_confirmations(self.results)

    @property
    def verdicts(self) -> Verdicts:
        """Whether joint training helped."""
        return Verdicts(self.evidence.verdicts if self.evidence else ())

    def pick(self, *unnamed: object, **rule: Any) -> PickedPoint:
        """One point, by the rule that ``jrtune pick`` has under the same name; the knee where none is given.

        ::

            front.pick(prefer={"accuracy": 0.7, "error": 0.3})
            front.pick(at_least={"accuracy": 0.95}, best="error")
            front.pick(robust=True).weights

        Args:
            rule: as :func:`jrtune.analysis.select.make_rule.rule_of` takes it.

        Raises:
            InputError: for several rules, one that is not named, what a rule does not take, an unknown
                objective, or where no point will do.
        """
        if unnamed:
            raise InputError(
                f"pick expects a rule by its name, got {', '.join(map(repr, unnamed))}: write for example "
                'pick(knee=True), pick(prefer={"accuracy": 0.7}) or pick(trial=5)'
            )
        return PickedPoint(pick(self.results, make_rule(**rule)), self.results, self.storage)

    def __len__(self) -> int:
        return len(self._members)

    def __repr__(self) -> str:
        return front_text(self.results, self.evidence)

    def _repr_html_(self) -> str:
        head = "".join(map(paragraph, front_head(self.results, self.evidence).splitlines()))
        return head + self._table() + self._pictures + (self.verdicts._repr_html_() if self._members else "")

    @cached_property
    def _members(self) -> list[TrialRecord]:
        return front(self.results)

    def _table(self) -> str:
        rows = front_cells(self.results, self.evidence)
        shown = spread(rows, ROWS)
        caption = "the front" if len(shown) == len(rows) else f"{len(shown)} of {len(rows)} members"
        return table(caption, shown) if shown else ""

    @cached_property
    def _pictures(self) -> str:
        study, members = self.results.study, self._members
        whole = to_png(draw_front(study, self.results.trials, members, self.evidence))
        words = f"the front of {study.name}: {' against '.join(study.objectives)}"
        if not members:
            return picture(whole, words)
        weights = to_png(draw_weights(study, members))
        return picture(whole, words) + picture(weights, "the weights along the front")


def load_front(storage: str | Path = DEFAULT_URL, name: str | None = None) -> Front:
    """The front of a study, as it is in the database now; the study may be running.

    ::

        front = jrtune.load_front("jrtune.db")
        front  # in a notebook: a table and pictures
        front.table  # the same as a pandas DataFrame
        front.pick(knee=True).weights  # ready for loss = weights({"digit": ..., "edge": ...})

    Args:
        storage: an SQLite file or a SQLAlchemy URL.
        name: the study's; None where there is one.

    Raises:
        StorageError: where the database cannot be read, or holds no such study.
    """
    with reading(str(storage), name) as store:
        return Front(store.results(), str(storage))
