"""The results as pandas tables, and the tables as CSV and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.document import front_records, interval_columns
from jrtune.analysis.members import Estimate
from jrtune.spec import Candidate, Value
from jrtune.store.records import Results

if TYPE_CHECKING:
    from jrtune.analysis.comparison import MethodRow

Row = dict[str, object]
Cell = Value | np.int64 | np.float64
"""A cell as pandas gives it; pd.NA and pd.NaT are not named, for their types are private."""


def all_tables(analysis: Analysis) -> dict[str, pd.DataFrame]:
    """Table name -> table: front, trials, confirmations, baselines; comparison where there was one."""
    compared = {"comparison": comparison_table(analysis.comparison)} if analysis.comparison else {}
    return compared | {
        "front": front_table(analysis),
        "trials": trials_table(analysis.results),
        "confirmations": confirmations_table(analysis.results),
        "baselines": baselines_table(analysis),
    }


def front_table(analysis: Analysis) -> pd.DataFrame:
    """:func:`jrtune.analysis.document.front_records` as a table, with all columns before confirmation too."""
    results = analysis.results
    rows, known = front_records(analysis), ["trial", "source", *_weights(results)]
    after = [*_on("val", results), *_confirmed_columns(results), "seconds"]
    choices = [name for row in rows for name in row if name not in known and name not in after]
    return pd.DataFrame(rows, columns=[*known, *dict.fromkeys(choices), *after])


def trials_table(results: Results) -> pd.DataFrame:
    """One row a trial, with its status and what to do about it."""
    terms = results.study.terms
    rows = [
        {
            "trial": t.number,
            "source": t.source,
            "status": t.status.value,
            **_candidate(t.candidate),
            "epoch": t.epoch,
            **_prefixed("val", t.values),
            **_prefixed("loss", t.losses),
            **_prefixed("loss_scale", t.loss_scale),
            "seconds": t.seconds,
            "finished": t.finished,
            "message": t.message,
            "advice": t.status.advice,
        }
        for t in results.trials
    ]
    choices = _choices([t.candidate for t in results.trials])
    columns = ["trial", "source", "status", *_weights(results), *choices, "balancing", "epoch"]
    columns += [
        *_on("val", results),
        *(f"{kind}_{term}" for kind in ("loss", "loss_scale") for term in terms),
    ]
    return pd.DataFrame(rows, columns=[*columns, "seconds", "finished", "message", "advice"])


def confirmations_table(results: Results) -> pd.DataFrame:
    """One row a confirmation training."""
    records = results.confirmations
    rows = [
        {
            "label": r.label,
            "trial": r.number,
            "role": r.role,
            "seed": r.seed,
            "status": r.status.value,
            **_candidate(r.candidate),
            **_prefixed("val", r.val),
            **_prefixed("test", r.test),
            "seconds": r.seconds,
        }
        for r in records
    ]
    choices = _choices([r.candidate for r in records])
    columns = ["label", "trial", "role", "seed", "status", *_weights(results), *choices]
    columns += ["balancing", *_on("val", results), *_on("test", results), "seconds"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"trial": "Int64"})  # with None among them pandas would make the numbers floats


def baselines_table(analysis: Analysis) -> pd.DataFrame:
    """Equal weights and single-task models: on validation as trials, on test where confirmed."""
    results, summary = analysis.results, analysis.summary
    trials = {t.source: t for t in results.trials if t.is_baseline}
    members = {m.label: m for m in summary.members if m.role != "front"} if summary else {}
    rows = []
    for label in dict.fromkeys([*trials, *members]):
        trial, member = trials.get(label), members.get(label)
        candidate = member.candidate if member else trials[label].candidate
        rows.append(
            {
                "label": label,
                "trial": trial.number if trial else None,
                "role": member.role if member else "baseline",
                **_candidate(candidate),
                **_prefixed("val", trial.values if trial else {}),
                **(
                    interval_columns("test", member.test) | interval_columns("gain", member.gains)
                    if member
                    else {}
                ),
            }
        )
    candidates = [t.candidate for t in trials.values()] + [m.candidate for m in members.values()]
    columns = ["label", "trial", "role", *_weights(results), *_choices(candidates), "balancing"]
    columns += [*_on("val", results), *_confirmed_columns(results)]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype({"trial": "Int64"})


def comparison_table(rows: Sequence[MethodRow]) -> pd.DataFrame:
    """One row a method: trainings, its hypervolume on test, how far it is behind the tuned weights."""
    return pd.DataFrame(
        [
            {
                "method": row.method,
                "trainings": row.trainings,
                **_interval("hypervolume", row.hypervolume),
                **_interval("behind", row.behind),
                "seeds": row.behind.seeds,
                "sentence": row.sentence,
            }
            for row in rows
        ],
    )


def to_csv(table: pd.DataFrame) -> str:
    """CSV text; floats by shortest repr, so that reading gives the same numbers."""
    return table.to_csv(index=False, lineterminator="\n")


def to_json(table: pd.DataFrame) -> str:
    """JSON text: a list of rows, null where there is no value."""
    rows = [_plain(row) for row in table.to_dict(orient="records")]
    return json.dumps(rows, indent=1, allow_nan=False) + "\n"


def _candidate(candidate: Candidate) -> Row:
    weights = {f"weight_{term}": weight for term, weight in candidate.weights.items()}
    return {**weights, **candidate.choices, "balancing": candidate.balancing}


def _weights(results: Results) -> list[str]:
    return [f"weight_{term}" for term in results.study.terms]


def _interval(name: str, estimate: Estimate) -> Row:
    return {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}


def _choices(candidates: Sequence[Candidate]) -> list[str]:
    return list(dict.fromkeys(name for c in candidates for name in c.choices))


def _prefixed(prefix: str, values: Mapping[str, float]) -> Row:
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _on(split: str, results: Results) -> list[str]:
    return [f"{split}_{name}" for name in results.study.metrics]


def _confirmed_columns(results: Results) -> list[str]:
    """Columns that confirmation fills."""
    study, unknown = results.study, Estimate(math.nan, math.nan, math.nan, 0)
    test, gain = (dict.fromkeys(names, unknown) for names in (study.metrics, study.objectives))
    return [*interval_columns("test", test), "stability", *interval_columns("gain", gain)]


def _plain(row: Mapping[Hashable, Cell]) -> Row:
    """numpy's and pandas' scalars as Python's, and every missing value as None."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: Cell) -> Value:
    if pd.isna(value):
        return None
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
