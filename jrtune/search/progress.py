"""What a run shows while it runs: a table kept in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jrtune.evidence.front import costs, hypervolume_of, is_feasible
from jrtune.pareto.dominance import ranks
from jrtune.spec import Ending
from jrtune.store.records import StudyRecord, TrialRecord

BEST = 5


@dataclass
class Progress:
    """Shows a run on standard error.

    Args:
        total: trainings that there will be.
        quiet: show nothing.
    """

    total: int = 0
    quiet: bool = False
    live: Live | None = None

    def __enter__(self) -> Progress:
        self.console = Console(stderr=True, quiet=self.quiet)
        if self.console.is_terminal and not self.quiet:
            self.live = Live(console=self.console, refresh_per_second=4)
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def say(self, line: str) -> None:
        """A plain line."""
        self.console.print(Text(line), soft_wrap=True)

    def trial(self, trial: TrialRecord, trials: Sequence[TrialRecord], study: StudyRecord) -> None:
        """A trial ended."""
        if self.quiet:
            return
        head = self._head(trials, study)
        if self.live:
            self.live.update(Group(Text(head), _table(placed(trials, study)[:BEST], study)))
        else:
            self.say(f"trial {trial.number}: {_figures(trial)} | {trial.seconds:.1f} s | {head}")

    def confirmation(self, label: str, seed: int, seconds: Sequence[float]) -> None:
        """A confirmation ended; ``seconds`` of each so far."""
        left = _left(self.total - len(seconds), seconds)
        line = f"confirmed {label}, seed {seed} | {len(seconds)} of {self.total} trainings | {left}"
        if self.live:
            self.live.update(Text(line))
        else:
            self.say(line)

    def _head(self, trials: Sequence[TrialRecord], study: StudyRecord) -> str:
        left = _left(self.total - len(trials), [t.seconds for t in trials])
        hypervolume = hypervolume_of([t for t in trials if is_feasible(t, study)], study)
        shown = f"{hypervolume:.4g}" if np.isfinite(hypervolume) else "after the baselines"
        return f"{len(trials)} of {self.total} trials | {left} | hypervolume {shown}"


def placed(trials: Sequence[TrialRecord], study: StudyRecord) -> list[TrialRecord]:
    """Feasible trials by non-dominated rank, and by number within a rank."""
    complete = [t for t in trials if is_feasible(t, study)]
    if not complete:
        return []
    rank = ranks(costs([t.values for t in complete], study))
    return [complete[i] for i in np.argsort(rank, kind="stable")]


def _table(trials: Sequence[TrialRecord], study: StudyRecord) -> Table:
    table = Table("trial", *study.objectives, *(f"w {term}" for term in study.terms), "origin")
    for trial in trials:
        figures = [f"{trial.values[name]:.4g}" for name in study.objectives]
        weights = [f"{trial.candidate.weights[term]:.3f}" for term in study.terms]
        table.add_row(str(trial.number), *figures, *weights, trial.origin)
    return table


def _figures(trial: TrialRecord) -> str:
    if trial.ending is not Ending.COMPLETE:
        return f"{trial.ending.value} ({trial.message}): {trial.ending.advice}"
    return " ".join(f"{name} {value:.4g}" for name, value in trial.values.items())


def _left(count: int, seconds: Sequence[float]) -> str:
    if not seconds or count <= 0:
        return "0 s left"
    return f"{count * statistics.median(seconds):.0f} s left"
