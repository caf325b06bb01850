"""A point of the front that was chosen, and its weights, for notebooks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.select.pick import Choice
from jrtune.export.weights import Weights, weights_of
from jrtune.export.weights_file import weights_file
from jrtune.notebook.markup import paragraph, table
from jrtune.report.cells import titled_text, trial_cells
from jrtune.store.records import TrialRecord
from jrtune.store.study_store import reading


@dataclass(frozen=True, repr=False)
class PickedPoint:
    """A chosen trial.

    Attributes:
        choice: the trial, why it was chosen, and the trials beside it.
        analysis: the study's.
        storage: the database.

    Examples:
        >>> point = jr.load_front("jrtune.db").pick(knee=True)  # of a finished study
        >>> isinstance(point, jr.PickedPoint), sorted(point.weights)
        (True, ['amount', 'kind'])
    """

    choice: Choice
    analysis: Analysis
    storage: str

    @property
    def trial(self) -> int:
        """Its number."""
        return self.choice.trial.number

    @property
    def reason(self) -> str:
        """The reason for the choice, and what was given up against its neighbours."""
        return self.choice.reason

    @cached_property
    def weights(self) -> Weights:
        """The weights that ``jrtune export`` would write, as :func:`jrtune.load_weights` gives it.

        Raises:
            StorageError: where the database is gone.
        """
        with reading(self.storage, self.analysis.study.name) as store:
            gradients = store.gradient_scale(self.trial)
            return weights_of(
                weights_file(self.choice.trial, self.analysis, gradients), Path(store.database.shown)
            )

    def __repr__(self) -> str:
        return titled_text(self.reason, [self._cells(self.choice.trial)])

    def _repr_html_(self) -> str:
        trials = (self.choice.trial, *self.choice.beside)
        records = [self._cells(trial) for trial in trials]
        caption = f"{self.analysis.study.name}, trial {self.trial}"
        if self.choice.beside:
            caption += f" and its neighbours on the front; in brackets how much more trial {self.trial} has"
        return paragraph(self.reason) + table(caption, records)

    def _cells(self, trial: TrialRecord) -> dict[str, str]:
        mine, cells = self.choice.trial, trial_cells(trial, self.choice.tested.get(trial.number))
        for name in self.analysis.study.objectives if trial is not mine else ():
            cells[f"{name} val"] += f" ({mine.values[name] - trial.values[name]:+.3g})"
        return cells
