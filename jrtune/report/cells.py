"""Cells of the tables that a terminal and a notebook show, and the lines above them.

Tables that programs read keep what is stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import TUNED, ConfirmedMember, Estimate
from jrtune.spec import EQUAL, SINGLE
from jrtune.store.records import TrialRecord

if TYPE_CHECKING:
    from jrtune.analysis.comparison import MethodRow

NAMED = (EQUAL, "default choices", "prior")
"""Sources that are no sampler, beside those of single-task models."""


def front_cells(analysis: Analysis) -> list[dict[str, str]]:
    """A record for each member, in the front's order."""
    return [trial_cells(trial, analysis.confirmed_front.get(trial.number)) for trial in analysis.front]


def front_head(analysis: Analysis) -> str:
    """Lines on the front's size and worth."""
    study, results, members = analysis.study, analysis.results, analysis.front
    if not members:
        return f"study {study.name}: no front yet, {len(results.trials)} trials finished"
    dropped = f" ({results.dropped} of them dropped at rungs)" if results.dropped else ""
    head = (
        f"study {study.name}: front of {len(members)} after {len(results.trials)} trials{dropped}"
        f" and {len(analysis.trainings)} confirmations"
    )
    spans = ", ".join(f"{name} {extent:.3g}" for name, extent in (analysis.span or {}).items())
    worth = (
        f"hypervolume on validation {analysis.hypervolume:.4g}, of the best single point "
        f"{analysis.best_single_point:.4g}; span {spans}; IGD+ of the baselines {analysis.igd_plus:.3g}"
    )
    if 0 < len(analysis.confirmed_front) < len(members):
        head += f"; {len(analysis.confirmed_front)} of its members are confirmed: run jrtune confirm"
    if study.watched:
        worth += f"\nwatched, not optimised: {', '.join(study.watched)}"
    return f"{head}\n{worth}"


def trial_cells(trial: TrialRecord, member: ConfirmedMember | None) -> dict[str, str]:
    """A trial's weights, values and choices; on test where it was confirmed."""
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


def titled_text(head: str, records: Sequence[Mapping[str, str]]) -> str:
    """A head and below it the records, where there are any, as aligned columns."""
    return f"{head}\n\n{aligned_text(records)}" if records else head


def aligned_text(records: Sequence[Mapping[str, str]]) -> str:
    """Records as aligned columns; a record may lack a column."""
    columns = list(dict.fromkeys(name for cells in records for name in cells))
    widths = {c: max(len(c), *(len(cells.get(c, "")) for cells in records)) for c in columns}
    lines = [{c: c for c in columns}, *records]
    return "\n".join("  ".join(line.get(c, "").ljust(widths[c]) for c in columns).rstrip() for line in lines)


def compare_cells(comparison: Sequence[MethodRow]) -> list[dict[str, str]]:
    """A record for each method."""
    return [
        {
            "method": compared.method,
            "trainings": str(compared.trainings),
            "hypervolume on test [95 %]": estimate_text(compared.hypervolume),
            "behind tuned [95 %]": "" if compared.method == TUNED else estimate_text(compared.behind),
        }
        for compared in comparison
    ]


def comparison_text(comparison: Sequence[MethodRow]) -> str:
    """The comparison of methods as a table, and a sentence for each."""
    return f"{aligned_text(compare_cells(comparison))}\n\n" + "\n".join(each.sentence for each in comparison)


def source_label(source: str) -> str:
    """A source as it is read: a sampler's name alone would be taken for where the trial stands.

    >>> source_label("front"), source_label("single edge")
    ('front sampler', 'single edge')
    """
    return source if source in NAMED or source.startswith(SINGLE) else f"{source} sampler"
