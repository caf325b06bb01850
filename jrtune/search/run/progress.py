"""Display of a running study: a table updated in place on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from jrtune.analysis.front import hypervolume_of
from jrtune.report.cells import source_label
from jrtune.spec import TrialStatus
from jrtune.store.records import StudyRecord, TrialRecord

BEST = 5


@dataclass
class Progress:
    """Shows a run on standard error.

    Args:
        quiet: show nothing.
    """

    quiet: bool = False
    live: Live | None = None
    total: int = 0
    before: int = 0
    start: float = 0.0

    def __enter__(self) -> Progress:
        self.console = Console(stderr=True, quiet=self.quiet)
        if self.console.is_terminal and not self.quiet:
            self.live = Live(console=self.console, refresh_per_second=4)
            self.live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.live:
            self.live.stop()

    def log(self, line: str) -> None:
        """A plain line."""
        self.console.print(Text(line), soft_wrap=True)

    def begin(self, total: int, done: int = 0) -> None:
        """A run of ``total`` trainings begins or goes on; the clock starts. ``done`` of them are there."""
        self.total, self.before, self.start = total, done, time.monotonic()

    def trials(
        self, finished: Sequence[TrialRecord], count: int, members: Sequence[TrialRecord], study: StudyRecord
    ) -> None:
        """Trials ended together; ``count`` of them there are now, and ``members`` are the front."""
        if self.quiet:
            return
        hypervolume = hypervolume_of(members, study)
        shown = f"{hypervolume:.4g}" if np.isfinite(hypervolume) else "after the baselines"
        head = f"{count} of {self.total} trials | {self._left(count)} | hypervolume {shown}"
        if self.live:
            self.live.update(Group(Text(head), _table(members[:BEST], study)))
            return
        seconds = sum(t.seconds for t in finished)
        if len(finished) == 1:
            self.log(
                f"trial {finished[0].number}: {_status_or_values(finished[0])} | {seconds:.1f} s | {head}"
            )
            return
        for alike in _incomplete(finished).values():
            self.log(f"trials {_ranges(alike)}: {_status_or_values(alike[0])}")
        numbers, complete = _ranges(finished), sum(t.status is TrialStatus.COMPLETE for t in finished)
        self.log(f"trials {numbers}: {complete} of {len(finished)} complete | {seconds:.1f} s | {head}")

    def confirmations(self, what: Sequence[str], done: int) -> None:
        """Confirmations ended together: what each was, and how many of all there are now."""
        shown = what[0] if len(what) == 1 else f"{len(what)} trainings, {what[0]} to {what[-1]}"
        line = f"confirmed {shown} | {done} of {self.total} trainings | {self._left(done)}"
        if self.live:
            self.live.update(Text(line))
        else:
            self.log(line)

    def _left(self, done: int) -> str:
        # by the wall clock: trainings run side by side, and each one's seconds are its share
        finished, left = done - self.before, max(0, self.total - done)
        elapsed = time.monotonic() - self.start
        return f"{left * elapsed / finished if finished else 0:.0f} s left"


def _table(trials: Sequence[TrialRecord], study: StudyRecord) -> Table:
    table = Table("trial", *study.objectives, *(f"w {term}" for term in study.terms), "source")
    for trial in trials:
        values = [f"{trial.values[name]:.4g}" for name in study.objectives]
        weights = [f"{trial.candidate.weights[term]:.3f}" for term in study.terms]
        table.add_row(str(trial.number), *values, *weights, source_label(trial.source))
    return table


def _status_or_values(trial: TrialRecord) -> str:
    if trial.status is TrialStatus.PRUNED:
        return trial.message
    if trial.status is not TrialStatus.COMPLETE:
        return f"{trial.status.value} ({trial.message}): {trial.status.advice}"
    return " ".join(f"{name} {value:.4g}" for name, value in trial.values.items())


def _incomplete(finished: Sequence[TrialRecord]) -> dict[TrialStatus, list[TrialRecord]]:
    groups: dict[TrialStatus, list[TrialRecord]] = {}
    for trial in finished:
        if trial.status is not TrialStatus.COMPLETE:
            groups.setdefault(trial.status, []).append(trial)
    return groups


def _ranges(trials: Sequence[TrialRecord]) -> str:
    """Numbers of trials in short: 1-3, 7."""
    runs: list[list[int]] = []
    for number in sorted(trial.number for trial in trials):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
