"""All that is known of a study beyond what is stored, each part worked out once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jrtune.analysis.confirmed import Confirmed, confirmed
from jrtune.analysis.front import (
    TracePoint,
    baselines_igd_plus,
    best_single_point,
    costs,
    front,
    hypervolume_of,
    hypervolume_trace,
    is_feasible,
    span_of,
)
from jrtune.analysis.gains import GainTable, gain_table
from jrtune.analysis.members import ConfirmationSummary, ConfirmedMember
from jrtune.analysis.plan import trainings_of
from jrtune.analysis.stability import Stability, stability_of
from jrtune.analysis.summary import summarise_confirmations
from jrtune.store.records import Results, StudyRecord, TrialRecord

if TYPE_CHECKING:
    from jrtune.analysis.comparison import MethodRow


class Analysis:
    """A study's results and all that follows from them; a part is worked out when it is first read, and once.

    Args:
        results: what the study has found; they do not change.
        comparison: how its methods compare, or the function that finds it for this analysis.
    """

    def __init__(
        self,
        results: Results,
        comparison: Sequence[MethodRow] | Callable[[Analysis], Sequence[MethodRow]] = (),
    ) -> None:
        self.results = results
        self._comparison = comparison

    @property
    def study(self) -> StudyRecord:
        """The study as it was started."""
        return self.results.study

    @property
    def trials(self) -> tuple[TrialRecord, ...]:
        """All trials that ended."""
        return self.results.trials

    # --- on validation ---------------------------------------------------------------------------

    @cached_property
    def feasible(self) -> frozenset[int]:
        """Numbers of the trials that are complete and within bounds and limits."""
        return frozenset(trial.number for trial in self.trials if is_feasible(trial, self.study))

    @cached_property
    def front(self) -> list[TrialRecord]:
        """See :func:`jrtune.analysis.front.front`."""
        return front(self.results)

    @cached_property
    def costs(self) -> NDArray[np.float64]:
        """n x m, of the front's members."""
        return costs([trial.values for trial in self.front], self.study)

    @cached_property
    def hypervolume(self) -> float:
        """Hypervolume of the front; NaN while there is no reference point."""
        return hypervolume_of(self.front, self.study)

    @cached_property
    def best_single_point(self) -> float:
        """Hypervolume of the front's best member alone; NaN where there is none."""
        return best_single_point((trial.values for trial in self.front), self.study)

    @cached_property
    def span(self) -> dict[str, float] | None:
        """Objective -> distance of the front's ends; None without a front."""
        return span_of(self.front, self.study) if self.front else None

    @cached_property
    def igd_plus(self) -> float:
        """IGD+ of the baselines to the front."""
        return baselines_igd_plus(self.results, self.front)

    @cached_property
    def trace(self) -> list[TracePoint]:
        """The front's growth, trial by trial."""
        return hypervolume_trace(self.results)

    @cached_property
    def gains(self) -> GainTable:
        """Gains of the front's members over the single-task models; points are chosen by them."""
        return gain_table(self.results, self.front, self.confirmed)

    @cached_property
    def stability(self) -> Stability:
        """Stability of the front members' places; points are chosen by it."""
        return stability_of(self.results, self.front, self.confirmed)

    # --- what was confirmed ----------------------------------------------------------------------

    @cached_property
    def trainings(self) -> dict[tuple[str, int], float]:
        """(candidate as JSON, seed) -> seconds of each training behind the confirmations."""
        return trainings_of(self.results)

    @cached_property
    def confirmed(self) -> list[Confirmed]:
        """Confirmed front members in the front's order, baselines, controls, with their values by seed."""
        return confirmed(self.results, self.front)

    @cached_property
    def summary(self) -> ConfirmationSummary | None:
        """The confirmations on test, which are shown and choose nothing; None where none completed."""
        return summarise_confirmations(self.results, self.confirmed, len(self.trainings))

    @cached_property
    def confirmed_front(self) -> dict[int, ConfirmedMember]:
        """Trial -> front member as it was confirmed, in the front's order."""
        return self.summary.front if self.summary else {}

    @cached_property
    def tested(self) -> dict[int, ConfirmedMember]:
        """The same of baselines too; one that is on the front as it was confirmed there."""
        members = self.summary.members if self.summary else ()
        return {m.number: m for m in members if m.number is not None} | self.confirmed_front

    # --- beside other methods --------------------------------------------------------------------

    @cached_property
    def comparison(self) -> Sequence[MethodRow]:
        """A record for each method, the tuned weights first; empty where there was no comparison."""
        return self._comparison(self) if callable(self._comparison) else self._comparison
