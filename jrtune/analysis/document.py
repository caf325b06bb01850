"""The front as flat records of plain values: what the command line prints and the tables are made of."""

from __future__ import annotations

from collections.abc import Mapping

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import ConfirmedMember, Estimate
from jrtune.spec import Value
from jrtune.spec.types import Json
from jrtune.store.records import TrialRecord


def front_records(analysis: Analysis) -> list[dict[str, Value]]:
    """A record for each front member, in the front's order.

    Columns: trial, source, weight_TERM, the choices, val_OBJECTIVE; where confirmed, for each objective
    test_OBJECTIVE with _low and _high, gain_OBJECTIVE with _low and _high, and stability, these on test too;
    seconds. What is watched has columns as an objective has, but no gain.
    """
    return [_front_record(trial, analysis.confirmed_front.get(trial.number)) for trial in analysis.front]


def _front_record(trial: TrialRecord, member: ConfirmedMember | None) -> dict[str, Value]:
    columns: dict[str, Value] = {"trial": trial.number, "source": trial.source}
    columns |= {f"weight_{term}": weight for term, weight in trial.candidate.weights.items()}
    columns |= dict(trial.candidate.choices)
    columns |= {f"val_{name}": value for name, value in trial.values.items()}
    if member is not None:
        columns |= interval_columns("test", member.test) | {"stability": member.stability}
        columns |= interval_columns("gain", member.gains)
    return columns | {"seconds": trial.seconds}


def interval_columns(prefix: str, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Estimates as columns: mean, low and high of each."""
    columns: dict[str, float] = {}
    for name, estimate in estimates.items():
        columns |= {
            f"{prefix}_{name}": estimate.mean,
            f"{prefix}_{name}_low": estimate.low,
            f"{prefix}_{name}_high": estimate.high,
        }
    return columns


def study_document(analysis: Analysis) -> dict[str, Json]:
    """The study in one JSON document: its front, indicators, verdicts and cost."""
    results, summary = analysis.results, analysis.summary
    body: dict[str, Json] = {
        "study": results.study.name,
        "terms": results.study.terms,
        "objectives": {n: o.direction for n, o in results.study.spec.objectives.items()},
        "watched": results.study.watched,
        "front": front_records(analysis),
        "reference": results.study.reference,
        "hypervolume": analysis.hypervolume,
        "hypervolume_of_best_point": analysis.best_single_point,
        "span": analysis.span,
        "igd_plus_of_baselines": analysis.igd_plus,
        "trainings": {
            "search": len(results.trials),
            "dropped": results.dropped,
            "confirmation": len(analysis.trainings),
        },
        "training_seconds": sum(t.seconds for t in results.trials) + sum(analysis.trainings.values()),
    }
    if summary is not None:
        body["test"] = {
            "hypervolume": summary.hypervolume,
            "hypervolume_of_best_point": summary.best_single,
            "members": [_member(m) for m in summary.members],
            "verdicts": [v.sentence for v in summary.verdicts],
        }
    return body


def _member(member: ConfirmedMember) -> dict[str, Json]:
    head: dict[str, Json] = {"label": member.label, "role": member.role, "stability": member.stability}
    return (
        head
        | {"weights": dict(member.candidate.weights)}
        | interval_columns("test", member.test)
        | interval_columns("gain", member.gains)
    )
