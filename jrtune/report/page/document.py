"""The content of the page as one JSON document: made here from the results, drawn by the page's scripts.

Values stand in lists in the study's order of terms and objectives; what is not known is null. Weights and
values are exact, since the page chooses by them; curves have five digits.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Collection, Mapping

from jrtune.analysis.gains import GainTable
from jrtune.analysis.members import ConfirmedMember, Estimate
from jrtune.analysis.stability import Stability
from jrtune.report.cells import source_label
from jrtune.report.figures import registry
from jrtune.report.figures.figure import PageContext, data_of
from jrtune.report.figures.palette import COLOURS
from jrtune.spec import TrialStatus
from jrtune.store.nulls import json_values
from jrtune.store.records import StudyRecord, TrialRecord


def page_data(
    context: PageContext, storage: str | None = None, models: Collection[int] | None = None
) -> dict[str, object]:
    """Everything that the page's scripts draw from.

    Args:
        context: the results and what was made of them.
        storage: the database as its URL may be shown, for the commands that the page offers; None leaves
            the option out.
        models: numbers of the trials whose parameters are saved; None where that is not known.

    Raises:
        ValueError: for a figure with the name of another part of the document.
    """
    analysis, study = context.analysis, context.study
    document = {
        "study": _study(study),
        "front": [trial.number for trial in analysis.front],
        "trials": [
            _trial(trial, study, trial.number in analysis.feasible)
            | {"weightsOnly": models is not None and trial.number not in models}
            for trial in analysis.trials
        ],
        "tested": {number: _member(member, study) for number, member in analysis.tested.items()},
        "gains": _gains(analysis.gains),
        "stability": _stability(analysis.stability),
        "confirmed": analysis.summary is not None,
        "options": _options(study.name, storage),
        "colours": COLOURS,
    }
    drawn = data_of(registry.FIGURES, context)
    if taken := document.keys() & drawn.keys():
        raise ValueError(f"expected another name for the figure's data than {', '.join(sorted(taken))}")
    return {**document, **drawn}


def to_script(data: object) -> str:
    """JSON that may stand inside a script element: no ``<`` ends it, and NaN is null."""
    text = json.dumps(json_values(data), allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _study(study: StudyRecord) -> dict[str, object]:
    objectives = study.spec.objectives.items()
    return {
        "name": study.name,
        "terms": study.terms,
        "objectives": [{"name": name, "sign": study.signs[name], "bound": o.bound} for name, o in objectives],
    }


def _trial(trial: TrialRecord, study: StudyRecord, feasible: bool) -> dict[str, object]:
    complete = trial.status is TrialStatus.COMPLETE
    return {
        "number": trial.number,
        "source": trial.source,
        "sourceLabel": source_label(trial.source),
        "baseline": trial.is_baseline,
        "status": trial.status.value,
        "feasible": feasible,
        "epoch": trial.epoch,
        "seconds": round(trial.seconds, 3),
        "weights": [trial.candidate.weights[term] for term in study.terms],
        "balancing": trial.candidate.balancing,
        "choices": dict(trial.candidate.choices),
        "values": _ordered(trial.values, study) if complete else None,
        "watched": {name: value for name, value in trial.values.items() if name not in study.objectives},
    }


def _member(member: ConfirmedMember, study: StudyRecord) -> dict[str, object]:
    return {
        "role": member.role,
        "test": [_estimate(member.test.get(name)) for name in study.objectives],
        "gains": [_estimate(member.gains.get(name)) for name in study.objectives],
        "stability": member.stability,
        "seeds": max((estimate.seeds for estimate in member.test.values()), default=0),
        "watched": {n: _estimate(e) for n, e in member.test.items() if n not in study.objectives},
    }


def _gains(table: GainTable) -> dict[str, object]:
    """Gains of each front member over the single-task models, and the reason to choose it for them."""
    gains = table.in_units
    return {"values": gains, "reasons": [table.reason(i) if g else None for i, g in enumerate(gains)]}


def _stability(found: Stability) -> dict[str, object]:
    """The stability of each front member, and the reason to choose it for that; or what to do."""
    known = [math.isfinite(share) for share in found.shares]
    return {
        "shares": found.shares,
        "seeds": found.seeds,
        "remedy": found.remedy,
        "reasons": [found.reason(i) if is_known else None for i, is_known in enumerate(known)],
    }


def _estimate(estimate: Estimate | None) -> list[float] | None:
    return None if estimate is None else [estimate.mean, estimate.low, estimate.high]


def _options(name: str, storage: str | None) -> str:
    """The options that name the study, as a shell takes them."""
    where = [] if storage is None else ["--storage", storage]
    return shlex.join([*where, "--name", name])


def _ordered(values: Mapping[str, float], study: StudyRecord) -> list[float]:
    return [values.get(name, math.nan) for name in study.objectives]
