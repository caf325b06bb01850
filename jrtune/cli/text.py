"""Texts that the commands print: the front, a choice, the verdicts, a comparison, and records as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.select.pick import Choice
from jrtune.report.cells import front_cells, front_head, titled_text, trial_cells


def front_text(analysis: Analysis) -> str:
    """The front under lines that say what it is; below them the verdicts, where it is confirmed."""
    text = titled_text(front_head(analysis), front_cells(analysis))
    summary = analysis.summary
    return f"{text}\n\n" + "\n".join(v.sentence for v in summary.verdicts) if summary else text


def choice_text(choice: Choice) -> str:
    """The reason, and the chosen trial with its weights and values."""
    trial = choice.trial
    return titled_text(choice.reason, [trial_cells(trial, choice.tested.get(trial.number))])


def csv_text(records: Sequence[Mapping[str, object]]) -> str:
    """Records as CSV with a header; a value that is not known is empty."""
    columns = list(dict.fromkeys(name for values in records for name in values))
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for values in records:
        writer.writerow({k: "" if isinstance(v, float) and math.isnan(v) else v for k, v in values.items()})
    return buffer.getvalue()
