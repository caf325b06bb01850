"""The front, a choice and the verdicts as plain text for the terminal, and rows as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from jrtune.analysis.comparison import TUNED, MethodRow
from jrtune.analysis.front import baselines_igd_plus, best_single_point, front, hypervolume_of, span_of
from jrtune.analysis.members import Estimate, Evidence, Member
from jrtune.analysis.plan import trainings_of
from jrtune.analysis.select.pick import Choice
from jrtune.analysis.source import source_label
from jrtune.store.records import Results, TrialRecord


def front_text(results: Results, evidence: Evidence | None) -> str:
    """The front as an aligned table under lines that say what it is."""
    head, rows = front_head(results, evidence), front_cells(results, evidence)
    return f"{head}\n\n{table_text(rows)}" if rows else head


def front_cells(results: Results, evidence: Evidence | None) -> list[dict[str, str]]:
    """A row for each member, in the front's order."""
    confirmed = evidence.front if evidence else {}
    return [trial_cells(trial, confirmed.get(trial.number)) for trial in front(results)]


def front_head(results: Results, evidence: Evidence | None) -> str:
    """What the front is and what it is worth."""
    study, members = results.study, front(results)
    confirmed = evidence.front if evidence else {}
    if not members:
        return f"study {study.name}: no front yet, {len(results.trials)} trials ended"
    dropped = f" ({results.dropped} of them dropped at rungs)" if results.dropped else ""
    head = (
        f"study {study.name}: front of {len(members)} after {len(results.trials)} trials{dropped}"
        f" and {len(trainings_of(results))} confirmations"
    )
    volume = hypervolume_of(members, study)
    best = best_single_point((t.values for t in members), study)
    spans = ", ".join(f"{name} {extent:.3g}" for name, extent in span_of(members, study).items())
    figures = (
        f"hypervolume on validation {volume:.4g}, of the best single point {best:.4g}; span {spans}; "
        f"IGD+ of the baselines {baselines_igd_plus(results):.3g}"
    )
    if confirmed and len(confirmed) < len(members):
        head += f"; {len(confirmed)} of its members are confirmed: run jrtune confirm"
    if study.watched:
        figures += f"\nwatched, not optimised: {', '.join(study.watched)}"
    return f"{head}\n{figures}"


def trial_cells(trial: TrialRecord, member: Member | None) -> dict[str, str]:
    """A trial's weights, figures and choices; on test where it was confirmed."""
    cells = {"trial": str(trial.number)}
    cells |= {f"w {term}": f"{weight:.3f}" for term, weight in trial.candidate.weights.items()}
    cells |= {f"{name} val": f"{value:.4g}" for name, value in trial.values.items()}
    if member is not None:
        cells |= {f"{name} test [95 %]": estimate_text(e) for name, e in member.test.items()}
        cells["stays on front (test)"] = "" if member.stability is None else f"{member.stability:.0%}"
    choices = ", ".join(
        f"{k}={v:.3g}" if isinstance(v, float) else f"{k}={v}" for k, v in trial.candidate.choices.items()
    )
    return cells | {"choices": choices, "source": source_label(trial.source)}


def estimate_text(estimate: Estimate) -> str:
    """A mean and its interval, in as many digits as help."""
    if math.isnan(estimate.low):
        return f"{estimate.mean:.4g}"
    return f"{estimate.mean:.4g} [{estimate.low:.4g}, {estimate.high:.4g}]"


def table_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Rows as aligned columns; a row may lack a column."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    widths = {c: max(len(c), *(len(row.get(c, "")) for row in rows)) for c in columns}
    lines = [{c: c for c in columns}, *rows]
    return "\n".join("  ".join(line.get(c, "").ljust(widths[c]) for c in columns).rstrip() for line in lines)


def verdict_text(evidence: Evidence) -> str:
    """A line for each task: whether joint training helped."""
    return "\n".join(verdict.sentence for verdict in evidence.verdicts)


def compare_text(rows: Sequence[MethodRow]) -> str:
    """The comparison of methods as a table, and a sentence for each."""
    return f"{table_text(compare_cells(rows))}\n\n" + "\n".join(row.sentence for row in rows)


def compare_cells(rows: Sequence[MethodRow]) -> list[dict[str, str]]:
    """A row for each method."""
    return [
        {
            "method": row.method,
            "trainings": str(row.trainings),
            "hypervolume on test [95 %]": estimate_text(row.hypervolume),
            "behind tuned [95 %]": "" if row.method == TUNED else estimate_text(row.behind),
        }
        for row in rows
    ]


def choice_text(choice: Choice) -> str:
    """The chosen trial, its weights, figures and the reason."""
    trial = choice.trial
    return f"{choice.reason}\n\n{table_text([trial_cells(trial, choice.tested.get(trial.number))])}"


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV with a header; a figure that is not known is empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({k: "" if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()})
    return buffer.getvalue()
