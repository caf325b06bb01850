"""One self-contained HTML page: figures, tables, verdicts, cost and provenance, without a network."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from jrtune.evidence.front import hypervolume_of
from jrtune.evidence.members import Evidence
from jrtune.spec import Ending
from jrtune.store.records import Results, TrialRecord

CAPTIONS = {
    "front": "Hollow points are figures on validation, by which trials are chosen; full points are means "
    "on test over seeds, with 95 % intervals. Numbers are trials.",
    "weights": "Weights of the front's members, in the front's order.",
    "curves": "Every epoch of the front's members and of equal weights.",
    "importance": "How much each weight and choice explains of each objective (permutation importance of a "
    "random forest on held-out trials). It says that a parameter matters, not in which direction.",
    "hypervolume": "What the front had reached, against the cost of reaching it.",
}


def render(
    results: Results,
    front: Sequence[TrialRecord],
    evidence: Evidence | None,
    figures: Mapping[str, bytes],
    tables: Mapping[str, pd.DataFrame],
) -> str:
    """The page's HTML.

    Args:
        results, front, evidence: what is told.
        figures: name -> PNG bytes, in the order to be shown.
        tables: name -> table, as :func:`jrtune.report.tables.all_tables` gives them.
    """
    # autoescape: names, choices and messages are a user's text
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("page.html.j2").render(
        study=results.study,
        verdicts=evidence.verdicts if evidence else (),
        confirmed=evidence is not None,
        facts=_facts(results, front, evidence),
        spans=_spans(results, front),
        figures=[(name, CAPTIONS[name], base64.b64encode(png).decode()) for name, png in figures.items()],
        tables=[(name, table.columns, _cells(table)) for name, table in tables.items() if len(table)],
        endings=_endings(results),
        provenance=_provenance(results),
    )


def _facts(results: Results, front: Sequence[TrialRecord], evidence: Evidence | None) -> dict[str, str]:
    trials, confirmations = len(results.trials), len(results.confirmations)
    seconds = sum(t.seconds for t in results.trials) + sum(c.seconds for c in results.confirmations)
    whole, best, split = _volumes(results, front, evidence)
    return {
        "Front": f"{len(front)} of {trials} trials",
        "Cost": f"{trials + confirmations} trainings: {trials} trials and {confirmations} confirmations",
        "Training time": _duration(seconds),
        f"Hypervolume ({split})": _figure(whole),
        "of its best single point": f"{_figure(best)}{_share(best, whole)}",
    }


def _volumes(
    results: Results, front: Sequence[TrialRecord], evidence: Evidence | None
) -> tuple[float, float, str]:
    """Of the front and of its best single point, on test where it was confirmed."""
    if evidence and math.isfinite(evidence.hypervolume):
        return evidence.hypervolume, evidence.best_single, "test"
    if not front:
        return math.nan, math.nan, "validation"
    single = max(hypervolume_of([trial], results.study) for trial in front)
    return hypervolume_of(front, results.study), single, "validation"


def _share(best: float, whole: float) -> str:
    """Near the whole there is no trade-off (Ruchte & Grabocka 2021), and the page says so."""
    if not (math.isfinite(best) and whole > 0):
        return ""
    share = best / whole
    return f" ({share:.1%} of the front's{': hardly any trade-off' if share > 0.99 else ''})"


def _spans(results: Results, front: Sequence[TrialRecord]) -> list[tuple[str, str, str]]:
    """Objective, its worst and its best figure on the front (validation)."""
    spans = []
    for name, sign in results.study.signs.items() if front else ():
        costs = sorted(sign * trial.values[name] for trial in front)
        spans.append((name, _figure(sign * costs[-1]), _figure(sign * costs[0])))
    return spans


def _endings(results: Results) -> list[tuple[str, int, str]]:
    """Ending, how many, and what to do about it."""
    counts = Counter(trial.ending for trial in results.trials)
    return [(ending.value, counts[ending], ending.advice) for ending in Ending if counts[ending]]


def _provenance(results: Results) -> dict[str, str]:
    study = results.study
    options = ", ".join(f"{name}={value}" for name, value in study.options.items())
    return {
        "Study file": Path(study.path).name,
        "Started": study.created,
        "Seed": str(study.seed),
        "Data": study.data + (f" ({options})" if options else ""),
        **{name: str(version) for name, version in study.versions.items()},
    }


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in table.itertuples(index=False)]


def _cell(value: Any) -> str:
    if pd.isna(value):
        return ""
    return _figure(value) if isinstance(value, float) else str(value)


def _figure(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "not known yet"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
