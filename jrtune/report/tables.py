"""The results as pandas tables, and the tables as CSV and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from jrtune.evidence.members import Estimate, Evidence, Member
from jrtune.report.baselines import is_baseline
from jrtune.spec import Candidate
from jrtune.store.records import Results, TrialRecord

Row = dict[str, Any]


def all_tables(
    results: Results, front: Sequence[TrialRecord], evidence: Evidence | None
) -> dict[str, pd.DataFrame]:
    """Table name -> table: front, trials, confirmations, baselines."""
    return {
        "front": front_table(results, front, evidence),
        "trials": trials_table(results),
        "confirmations": confirmations_table(results),
        "baselines": baselines_table(results, evidence),
    }


def front_table(results: Results, front: Sequence[TrialRecord], evidence: Evidence | None) -> pd.DataFrame:
    """One row a front member, best in the first objective first; test, agreement, gains where confirmed."""
    names = results.study.objectives
    members = {m.number: m for m in evidence.members if m.role == "front"} if evidence else {}
    rows = []
    for trial in front:
        row: Row = {"trial": trial.number, "origin": trial.origin, **_candidate(trial.candidate)}
        row |= {f"val_{name}": trial.values[name] for name in names}
        row |= _confirmed(members.get(trial.number), names)
        rows.append({**row, "seconds": trial.seconds})
    choices = _choices([trial.candidate for trial in front])
    columns = ["trial", "origin", *_weights(results), *choices, "balancing", *(f"val_{n}" for n in names)]
    return pd.DataFrame(rows, columns=[*columns, *_confirmed(None, names), "seconds"])


def trials_table(results: Results) -> pd.DataFrame:
    """One row a trial, with how it ended and what to do about it."""
    names, terms = results.study.objectives, results.study.terms
    rows = [
        {
            "trial": t.number,
            "origin": t.origin,
            "ending": t.ending.value,
            **_candidate(t.candidate),
            "epoch": t.epoch,
            **{f"val_{name}": t.values.get(name, math.nan) for name in names},
            **{f"loss_{term}": t.losses.get(term, math.nan) for term in terms},
            **{f"loss_scale_{term}": t.loss_scale.get(term, math.nan) for term in terms},
            "seconds": t.seconds,
            "finished": t.finished,
            "message": t.message,
            "advice": t.ending.advice,
        }
        for t in results.trials
    ]
    choices = _choices([t.candidate for t in results.trials])
    columns = ["trial", "origin", "ending", *_weights(results), *choices]
    columns += ["balancing", "epoch", *(f"val_{name}" for name in names)]
    columns += [f"{kind}_{term}" for kind in ("loss", "loss_scale") for term in terms]
    return pd.DataFrame(rows, columns=[*columns, "seconds", "finished", "message", "advice"])


def confirmations_table(results: Results) -> pd.DataFrame:
    """One row a confirmation training."""
    names, records = results.study.objectives, results.confirmations
    rows = [
        {
            "label": r.label,
            "trial": r.number,
            "role": r.role,
            "seed": r.seed,
            "ending": r.ending.value,
            **_candidate(r.candidate),
            **{f"val_{name}": r.val.get(name, math.nan) for name in names},
            **{f"test_{name}": r.test.get(name, math.nan) for name in names},
            "seconds": r.seconds,
        }
        for r in records
    ]
    choices = _choices([r.candidate for r in records])
    columns = ["label", "trial", "role", "seed", "ending", *_weights(results), *choices]
    columns += ["balancing", *(f"{split}_{name}" for split in ("val", "test") for name in names), "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"trial": "Int64"})  # with None among them pandas would make the numbers floats


def baselines_table(results: Results, evidence: Evidence | None) -> pd.DataFrame:
    """Equal weights and single-task models: on validation as trials, on test where confirmed."""
    names = results.study.objectives
    trials = {t.origin: t for t in results.trials if is_baseline(t)}
    members = {m.label: m for m in evidence.members if m.role != "front"} if evidence else {}
    rows = []
    for label in dict.fromkeys([*trials, *members]):
        trial, member = trials.get(label), members.get(label)
        candidate = member.candidate if member else trials[label].candidate
        values = trial.values if trial else {}
        rows.append(
            {
                "label": label,
                "trial": trial.number if trial else None,
                "role": member.role if member else "baseline",
                **_candidate(candidate),
                **{f"val_{name}": values.get(name, math.nan) for name in names},
                **_confirmed(member, names),
            }
        )
    candidates = [t.candidate for t in trials.values()] + [m.candidate for m in members.values()]
    columns = ["label", "trial", "role", *_weights(results), *_choices(candidates), "balancing"]
    columns += [*(f"val_{name}" for name in names), *_confirmed(None, names)]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"trial": "Int64"})


def to_csv(table: pd.DataFrame) -> str:
    """CSV text; floats by shortest repr, so that reading gives the same numbers."""
    return table.to_csv(index=False, lineterminator="\n")


def to_json(table: pd.DataFrame) -> str:
    """JSON text: a list of rows, null where there is no value."""
    rows = [_plain(row) for row in table.to_dict(orient="records")]
    return json.dumps(rows, indent=1, allow_nan=False) + "\n"


def _candidate(candidate: Candidate) -> Row:
    weights = {f"weight_{term}": weight for term, weight in candidate.weights.items()}
    choices = {f"choice_{name}": value for name, value in candidate.choices.items()}
    return {**weights, **choices, "balancing": candidate.balancing}


def _weights(results: Results) -> list[str]:
    return [f"weight_{term}" for term in results.study.terms]


def _choices(candidates: Sequence[Candidate]) -> list[str]:
    return list(dict.fromkeys(f"choice_{name}" for c in candidates for name in c.choices))


def _confirmed(member: Member | None, names: Sequence[str]) -> Row:
    """Columns that confirmation fills; NaN before it."""
    test: Mapping[str, Estimate] = member.test if member else {}
    gains: Mapping[str, Estimate] = member.gains if member else {}
    row = _estimates("test", test, names)
    row["seeds"] = max((estimate.seeds for estimate in test.values()), default=0)
    row["agreement"] = math.nan if member is None or member.agreement is None else member.agreement
    return row | _estimates("gain", gains, names)


def _estimates(kind: str, estimates: Mapping[str, Estimate], names: Sequence[str]) -> Row:
    return {
        f"{kind}_{name}_{part}": getattr(estimates[name], part) if name in estimates else math.nan
        for name in names
        for part in ("mean", "low", "high")
    }


def _plain(row: Mapping[Any, Any]) -> Row:
    """numpy's and pandas' scalars as Python's, and every missing value as None."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
