"""Synthetic results, whole or piece by piece, for tests that read what a study has found.

``make_results()`` is a small finished study: baselines, searched trials of which one was pruned and one
diverged, and confirmations of front members, baselines and controls. The pieces (``study_record``,
``trial``, ``confirmations``) make the cases in which single figures matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from jrtune.analysis.front import front
from jrtune.spec import Candidate, ObjectiveSpec, StudySpec, TrialStatus, Value, choice, integer
from jrtune.store.records import ConfirmationRecord, Results, StudyRecord, TrialRecord

TERMS = ("digit", "edge", "depth")
OBJECTIVES = {"accuracy": "maximize", "edge_f1": "maximize", "depth_error": "minimize"}
WORST = {"accuracy": 0.5, "edge_f1": 0.4, "depth_error": 0.6}
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def study_record(
    directions: Mapping[str, str],
    terms: Sequence[str] = TERMS[:2],
    bounds: Mapping[str, float] | None = None,
    term_of: Mapping[str, str] | None = None,
    reference: Mapping[str, float] | None = None,
    resources: Sequence[str] = (),
) -> StudyRecord:
    """A study of these objectives (name -> direction), bounds, single-task terms and reference point."""
    spec = StudySpec(
        losses=tuple(terms),
        objectives={
            name: ObjectiveSpec(
                direction,  # type: ignore[arg-type]
                bound=(bounds or {}).get(name),
                term=(term_of or {}).get(name),
                resource=name in resources,
            )
            for name, direction in directions.items()
        },
        space={
            "width": integer(16, 64, log=True),
            "sharing": choice("hard", "cross-stitch"),
        },
    )
    return StudyRecord(
        name="synthetic",
        spec=spec,
        seed=0,
        path="/studies/synthetic.py",
        options={},
        data="0123456789abcdef",
        reference=reference,
        versions={
            "jrtune": "0.1.0",
            "torch": "2.13.0",
            "optuna": "5.0.0",
            "python": "3.11.9",
            "device": "cpu",
        },
        created=START.isoformat(),
    )


def candidate(
    weights: Mapping[str, float], choices: Mapping[str, Value] | None = None, balancing: str = "fixed"
) -> Candidate:
    """A candidate of these weights, at the default choices where none are given."""
    return Candidate(dict(weights), dict(choices or {"width": 32, "sharing": "hard"}), balancing)


def trial(
    number: int,
    values: Mapping[str, float],
    weights: Mapping[str, float] | None = None,
    source: str = "tpe",
    status: TrialStatus = TrialStatus.COMPLETE,
    choices: Mapping[str, Value] | None = None,
    seconds: float = 10.0,
) -> TrialRecord:
    """A trial that ended ``number`` minutes into the study with these validation figures."""
    mine = candidate(weights or {"digit": 0.5, "edge": 0.5}, choices)
    done = status is TrialStatus.COMPLETE
    return TrialRecord(
        number=number,
        source=source,
        candidate=mine,
        status=status,
        epoch=18 if done else 0,
        values=dict(values) if done else {},
        losses={term: 0.2 + 0.1 * i for i, term in enumerate(mine.weights)} if done else {},
        loss_scale={term: 2.3 / (i + 1) for i, term in enumerate(mine.weights)} if done else {},
        seconds=seconds,
        message="" if done else f"{status.value} at epoch 3",
        finished=(START + timedelta(minutes=number)).isoformat(),
    )


def confirmations(
    label: str,
    role: str,
    weights: Mapping[str, float],
    val: Mapping[str, Sequence[float]],
    test: Mapping[str, Sequence[float]],
    number: int | None = None,
    choices: Mapping[str, Value] | None = None,
    failed: Sequence[int] = (),
) -> list[ConfirmationRecord]:
    """One record a seed; figures are objective -> one a seed; at ``failed`` seeds it diverged."""
    records = []
    for seed in range(len(next(iter(test.values())))):
        done = seed not in failed
        records.append(
            ConfirmationRecord(
                label=label,
                number=number,
                role=role,  # type: ignore[arg-type]
                candidate=candidate(weights, choices),
                seed=seed,
                status=TrialStatus.COMPLETE if done else TrialStatus.DIVERGED,
                val={name: figures[seed] for name, figures in val.items()} if done else {},
                test={name: figures[seed] for name, figures in test.items()} if done else {},
                seconds=30.0,
            )
        )
    return records


def make_results(
    objectives: int = 2,
    trials: int = 16,
    seeds: int = 5,
    confirmed: int = 3,
    reference: bool = True,
    bounds: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Results:
    """A finished study of 2 or 3 tasks, one loss term each, in which joint training helps a little.

    Args:
        objectives: 2 or 3.
        trials: of which the first are the baselines and the last two did not complete.
        seeds: of each confirmation; 0 for a study that was not confirmed.
        confirmed: how many front members, those first in the front.
        reference: whether the reference point is known.
        bounds: objective -> bound.
        seed: of the noise.
    """
    names, terms = list(OBJECTIVES)[:objectives], TERMS[:objectives]
    study = study_record(
        directions={name: OBJECTIVES[name] for name in names},
        terms=terms,
        bounds=bounds,
        term_of=dict(zip(names, terms, strict=True)),
        reference={name: WORST[name] for name in names} if reference else None,
    )
    rng = np.random.default_rng(seed)
    records = tuple(_trials(study, trials, rng))
    found = Results(study, records)
    if seeds == 0:
        return found
    kept = [t for t in front(found) if t.source == "tpe"][:confirmed]
    return Results(study, records, tuple(_confirm(study, kept, seeds, rng)))


def confirmed_front(results: Results, name: str = "synthetic", seeds: int = 2) -> Results:
    """The results under that name, every front member confirmed; on test a little off validation."""
    records: list[ConfirmationRecord] = []
    for t in front(results):
        figures = {n: [v + 0.01 * (seed - 0.5) for seed in range(seeds)] for n, v in t.values.items()}
        label = f"trial {t.number}"
        records += confirmations(
            label, "front", t.candidate.weights, figures, figures, t.number, t.candidate.choices
        )
    return Results(replace(results.study, name=name), results.trials, tuple(records))


def beaten_singles(results: Results) -> Results:
    """The same, but what is not on the front is confirmed far worse on validation: --beats-single chooses."""
    signs = results.study.signs

    def of(record: ConfirmationRecord) -> dict[str, float]:
        return {n: v + 0.2 * signs[n] * (record.role != "front") for n, v in record.val.items()}

    return replace(results, confirmations=tuple(replace(c, val=of(c)) for c in results.confirmations))


def _figures(weights: Mapping[str, float], noise: Mapping[str, float]) -> dict[str, float]:
    """What a model of these weights reaches: more weight, more skill; a little of every term helps."""
    shared = 0.02 * (sum(weight > 0 for weight in weights.values()) > 1)
    values = {}
    for (name, direction), weight in zip(OBJECTIVES.items(), weights.values(), strict=False):
        skill = 0.6 + 0.3 * weight**0.25 + shared + noise[name] if weight > 0 else 0.55 + noise[name]
        values[name] = float(skill if direction == "maximize" else 1 - skill)
    return values


def _noise(rng: np.random.Generator, scale: float = 0.004) -> dict[str, float]:
    return dict(zip(OBJECTIVES, rng.normal(0, scale, len(OBJECTIVES)), strict=True))


def _trials(study: StudyRecord, count: int, rng: np.random.Generator) -> list[TrialRecord]:
    terms = study.terms
    equal = dict.fromkeys(terms, 1 / len(terms))
    corners = {f"single {term}": {t: float(t == term) for t in terms} for term in terms}
    plan = [("equal weights", equal), *corners.items()]
    while len(plan) < count:
        plan.append(("tpe", dict(zip(terms, rng.dirichlet(np.ones(len(terms))).tolist(), strict=True))))
    records = []
    for number, (source, weights) in enumerate(plan):
        status = {count - 2: TrialStatus.PRUNED, count - 1: TrialStatus.DIVERGED}.get(
            number, TrialStatus.COMPLETE
        )
        choices: dict[str, Value] = {"width": 32, "sharing": "hard"}
        if source == "tpe":
            choices = {
                "width": int(rng.integers(16, 65)),
                "sharing": str(rng.choice(["hard", "cross-stitch"])),
            }
        values = _figures(weights, _noise(rng))
        records.append(trial(number, values, weights, source, status, choices, seconds=10.0 + number % 3))
    return records


def _confirm(
    study: StudyRecord, kept: Sequence[TrialRecord], seeds: int, rng: np.random.Generator
) -> list[ConfirmationRecord]:
    terms = study.terms
    corners = {term: {t: float(t == term) for t in terms} for term in terms}
    plan: list[tuple[str, str, Mapping[str, float], int | None, Mapping[str, Value] | None]] = [
        (f"trial {t.number}", "front", t.candidate.weights, t.number, t.candidate.choices) for t in kept
    ]
    plan.append(("equal weights", "baseline", dict.fromkeys(terms, 1 / len(terms)), 0, None))
    plan += [
        (f"single {term}", "baseline", weights, 1 + i, None)
        for i, (term, weights) in enumerate(corners.items())
    ]
    plan += [
        (f"single {term}, choices of trial {t.number}", "control", weights, None, t.candidate.choices)
        for t in kept
        for term, weights in corners.items()
    ]
    records = []
    for label, role, weights, number, choices in plan:
        val = [_figures(weights, _noise(rng)) for _ in range(seeds)]
        test = [_figures(weights, _noise(rng)) for _ in range(seeds)]
        records += confirmations(
            label,
            role,
            weights,
            {name: [v[name] for v in val] for name in val[0]},
            {name: [v[name] for v in test] for name in test[0]},
            number,
            choices,
        )
    return records
