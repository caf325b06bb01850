"""Importance of weights and choices for each objective.

Permutation importance of a random forest (Breiman 2001, section 10), measured on held-out folds rather
than out of bag: how much worse the forest predicts an objective when one parameter's values are shuffled.
Optuna's default, fANOVA (Hutter, Hoos & Leyton-Brown 2014), splits the forest's variance instead; both
ask how much of the objective a parameter explains, so its direction does not matter. Unlike Optuna's,
this importance takes weights rather than sticks, and works from the trial records alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jrtune.spec import Candidate, TrialStatus, Value
from jrtune.store.records import StudyRecord, TrialRecord

LEAST = 8  # complete trials; a forest on fewer says nothing
FOLDS, TREES, SHUFFLES = 5, 64, 10  # 64 trees: as in Optuna's importance
SEED = 0

Columns = NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """Shares of importance.

    Attributes:
        parameters: names, the most important (mean over objectives) first.
        shares: objective -> share of each parameter, in the order of ``parameters``; they sum to one, or
            are all zero where the forest found nothing.
        explained: objective -> R² of the forest on held-out trials; near zero the shares say little.
    """

    parameters: tuple[str, ...]
    shares: Mapping[str, tuple[float, ...]]
    explained: Mapping[str, float]


def importance_of(study: StudyRecord, trials: Sequence[TrialRecord]) -> Importance | None:
    """Importance of every weight and choice for every objective; None with too few complete trials."""
    complete = [
        t for t in trials if t.status is TrialStatus.COMPLETE and all(map(math.isfinite, t.values.values()))
    ]
    columns = encode(study.terms, [trial.candidate for trial in complete])
    if len(complete) < LEAST or not columns:
        return None
    found = {}
    for name in study.objectives:
        found[name] = _permute(columns, np.array([trial.values[name] for trial in complete]))
    order = np.argsort(-np.mean([shares for shares, _ in found.values()], axis=0), kind="stable")
    names = list(columns)
    return Importance(
        parameters=tuple(names[i] for i in order),
        shares={name: tuple(float(shares[i]) for i in order) for name, (shares, _) in found.items()},
        explained={name: explained for name, (_, explained) in found.items()},
    )


def encode(terms: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, Columns]:
    """Parameter -> its columns, n x c; parameters that never vary are left out.

    Numbers keep one column, other choices get one an option. Where a conditional choice does not exist,
    its columns are 0 and a further column says so. Two terms have one parameter: each weight is one minus
    the other, and a forest would halve the importance between them.
    """
    named = {f"weight {term}": term for term in terms}
    if len(terms) == 2:
        named = {"weights " + " : ".join(terms): terms[0]}
    columns = {name: _column([c.weights[term] for c in candidates]) for name, term in named.items()}
    for choice in dict.fromkeys(name for c in candidates for name in c.choices):
        name = choice if choice not in columns else f"choice {choice}"
        columns[name] = _encode_choice(choice, candidates)
    return {name: column for name, column in columns.items() if (column != column[:1]).any()}


def _encode_choice(name: str, candidates: Sequence[Candidate]) -> Columns:
    exists = [name in c.choices for c in candidates]
    values = [c.choices.get(name) for c in candidates]
    present = [value for value, there in zip(values, exists, strict=True) if there]
    if all(_numeric(value) for value in present):
        encoded = [_column([float(v) if there else 0.0 for v, there in zip(values, exists, strict=True)])]  # type: ignore[arg-type]
    else:
        # repr: 1 and "1" are two options
        options = sorted({repr(value) for value in present})
        encoded = [
            _column([float(there and repr(v) == option) for v, there in zip(values, exists, strict=True)])
            for option in options
        ]
    return np.hstack([*encoded, _column([float(not there) for there in exists])])


def _numeric(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _column(values: Sequence[float]) -> Columns:
    return np.array(values, dtype=float)[:, None]


def _permute(columns: Mapping[str, Columns], target: Columns) -> tuple[Columns, float]:
    """Shares of the parameters, and R² on held-out trials."""
    from sklearn.ensemble import RandomForestRegressor  # slow to import; only this figure needs it
    from sklearn.model_selection import KFold

    if not np.ptp(target) > 0:
        return np.zeros(len(columns)), 0.0
    target = (target - target.mean()) / target.std()
    inputs = np.hstack(list(columns.values()))
    ends = np.cumsum([column.shape[1] for column in columns.values()])
    groups = [slice(end - c.shape[1], end) for end, c in zip(ends, columns.values(), strict=True)]
    rng = np.random.default_rng(SEED)
    harm, error = np.zeros(len(groups)), 0.0
    for train, held in KFold(FOLDS, shuffle=True, random_state=SEED).split(inputs):
        forest = RandomForestRegressor(TREES, random_state=SEED).fit(inputs[train], target[train])
        base = float(((forest.predict(inputs[held]) - target[held]) ** 2).sum())
        shuffled = np.concatenate([_shuffle(inputs, held, group, rng) for group in groups])
        errors = (forest.predict(shuffled).reshape(len(groups), SHUFFLES, len(held)) - target[held]) ** 2
        harm += errors.sum(axis=2).mean(axis=1) - base
        error += base
    harm = np.clip(harm, 0, None)  # below zero is chance
    total = harm.sum()
    return harm / total if total > 0 else harm, 1 - error / len(target)


def _shuffle(inputs: Columns, held: NDArray[np.int64], group: slice, rng: np.random.Generator) -> Columns:
    """Held-out rows SHUFFLES times over, one parameter's columns taken from trials at random."""
    copies = np.tile(inputs[held], (SHUFFLES, 1))
    copies[:, group] = inputs[rng.integers(len(inputs), size=len(copies)), group]
    return copies
