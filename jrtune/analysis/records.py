"""The front as flat rows of plain values: what the command line prints and the tables are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jrtune.analysis.front import baselines_igd_plus, best_single_point, front, hypervolume_of, span_of
from jrtune.analysis.members import Estimate, Evidence, Member
from jrtune.analysis.plan import trainings_of
from jrtune.store.records import Results, TrialRecord


def front_records(results: Results, evidence: Evidence | None) -> list[dict[str, Any]]:
    """A row for each front member, in the front's order.

    Columns: trial, source, weight_TERM, the choices, val_OBJECTIVE; where confirmed, for each objective
    test_OBJECTIVE with _low and _high, gain_OBJECTIVE with _low and _high, and stability, these on test too;
    seconds. What is watched has columns as an objective has, but no gain.
    """
    confirmed = evidence.front if evidence else {}
    return [_row(trial, confirmed.get(trial.number)) for trial in front(results)]


def _row(trial: TrialRecord, member: Member | None) -> dict[str, Any]:
    row: dict[str, Any] = {"trial": trial.number, "source": trial.source}
    row |= {f"weight_{term}": weight for term, weight in trial.candidate.weights.items()}
    row |= dict(trial.candidate.choices)
    row |= {f"val_{name}": value for name, value in trial.values.items()}
    if member is not None:
        row |= spread("test", member.test) | {"stability": member.stability} | spread("gain", member.gains)
    return row | {"seconds": trial.seconds}


def spread(prefix: str, estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Estimates as columns: mean, low and high of each."""
    row: dict[str, float] = {}
    for name, estimate in estimates.items():
        row |= {
            f"{prefix}_{name}": estimate.mean,
            f"{prefix}_{name}_low": estimate.low,
            f"{prefix}_{name}_high": estimate.high,
        }
    return row


def summary(results: Results, evidence: Evidence | None) -> dict[str, Any]:
    """The study in one JSON document: its front, indicators, verdicts and cost."""
    members, again = front(results), trainings_of(results)
    body: dict[str, Any] = {
        "study": results.study.name,
        "terms": results.study.terms,
        "objectives": {n: o.direction for n, o in results.study.spec.objectives.items()},
        "watched": results.study.watched,
        "front": front_records(results, evidence),
        "reference": results.study.reference,
        "hypervolume": hypervolume_of(members, results.study),
        "hypervolume_of_best_point": best_single_point((t.values for t in members), results.study),
        "span": span_of(members, results.study) if members else None,
        "igd_plus_of_baselines": baselines_igd_plus(results),
        "trainings": {
            "search": len(results.trials),
            "dropped": results.dropped,
            "confirmation": len(again),
        },
        "training_seconds": sum(t.seconds for t in results.trials) + sum(again.values()),
    }
    if evidence is not None:
        body["test"] = {
            "hypervolume": evidence.hypervolume,
            "hypervolume_of_best_point": evidence.best_single,
            "members": [_member(m) for m in evidence.members],
            "verdicts": [v.sentence for v in evidence.verdicts],
        }
    return body


def _member(member: Member) -> dict[str, Any]:
    head = {"label": member.label, "role": member.role, "stability": member.stability}
    return (
        head
        | {"weights": dict(member.candidate.weights)}
        | spread("test", member.test)
        | spread("gain", member.gains)
    )
