"""The parts of the page in words and small tables: facts in short, statuses of trials, cost, provenance."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pandas as pd

from jrtune.analysis.analysis import Analysis
from jrtune.report.cells import source_label
from jrtune.report.tables.tables import Cell
from jrtune.spec import TrialStatus
from jrtune.store.records import StudyRecord


def facts(analysis: Analysis) -> dict[str, str]:
    """The study in five lines."""
    trials, again = len(analysis.trials), analysis.trainings
    seconds = sum(t.seconds for t in analysis.trials) + sum(again.values())
    whole, best, split = _volumes(analysis)
    return {
        "Front": f"{len(analysis.front)} of {trials} trials",
        "Cost": f"{trials + len(again)} trainings: {trials} trials and {len(again)} confirmations",
        "Training time": duration(seconds),
        f"Hypervolume ({split})": rounded(whole),
        "of its best single point": f"{rounded(best)}{_share(best, whole)}",
    }


def _volumes(analysis: Analysis) -> tuple[float, float, str]:
    """Hypervolume of the front and of its best single point, on test where it was confirmed."""
    summary = analysis.summary
    if summary and math.isfinite(summary.hypervolume):
        return summary.hypervolume, summary.best_single, "test"
    whole = analysis.hypervolume if analysis.front else math.nan
    return whole, analysis.best_single_point, "validation"


def _share(best: float, whole: float) -> str:
    """Near the whole there is no trade-off (Ruchte & Grabocka 2021), and the page says so."""
    if not (math.isfinite(best) and whole > 0):
        return ""
    share = best / whole
    return f" ({share:.1%} of the front's{': hardly any trade-off' if share > 0.99 else ''})"


def spans(analysis: Analysis) -> list[tuple[str, str, str]]:
    """Objective, its worst and its best value on the front (validation)."""
    found = []
    for name, sign in analysis.study.signs.items() if analysis.front else ():
        costs = sorted(sign * trial.values[name] for trial in analysis.front)
        found.append((name, rounded(sign * costs[-1]), rounded(sign * costs[0])))
    return found


def statuses(analysis: Analysis) -> list[tuple[str, int, str]]:
    """Status, how many, and what to do about it."""
    counts = Counter(trial.status for trial in analysis.trials)
    return [(status.value, counts[status], status.advice) for status in TrialStatus if counts[status]]


def costs(analysis: Analysis) -> list[tuple[str, int, str, str]]:
    """Kinds of training with their count, time and share of all time; the last line is the sum."""
    spent = {f"trials, {e.value}": [t.seconds for t in analysis.trials if t.status is e] for e in TrialStatus}
    spent["confirmations"] = list(analysis.trainings.values())
    total = math.fsum(seconds for each in spent.values() for seconds in each)
    spent["all"] = [seconds for each in list(spent.values()) for seconds in each]
    return [
        (what, len(each), duration(sum(each)), f"{sum(each) / total:.0%}" if total else "")
        for what, each in spent.items()
        if each
    ]


def provenance(study: StudyRecord) -> dict[str, str]:
    """The study's file, start, seed, data and versions."""
    options = ", ".join(f"{name}={value}" for name, value in study.options.items())
    sizes = {"cohort": study.cohort, "stack": study.stack}
    return {
        "Study file": Path(study.path).name,
        "Started": study.created,
        "Seed": str(study.seed),
        "Data": study.data + (f" ({options})" if options else ""),
        **{name: str(version) for name, version in study.versions.items()},
        **{name: str(size) for name, size in sizes.items() if size is not None},
    }


def cells(table: pd.DataFrame) -> list[list[str]]:
    """A table's cells as they are read."""
    if "source" in table:
        table = table.assign(source=table["source"].map(source_label))
    return [[_cell(value) for value in row] for row in table.itertuples(index=False)]


def _cell(value: Cell) -> str:
    if pd.isna(value):
        return ""
    return rounded(value) if isinstance(value, float) else str(value)


def rounded(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}" if math.isfinite(value) else "not known yet"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
