"""Learning curves as the page draws them: of few epochs, in five digits, of as many trials as have room."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jrtune.spec import EpochRecord
from jrtune.store.records import Results, StudyRecord, TrialRecord

Curves = Mapping[int, Sequence[EpochRecord]]
"""Trial number -> its epochs."""

EPOCHS = 50  # of a curve; of longer ones as many, evenly spread
NUMBERS = 250_000  # in all curves together, about 2 MB; the front's and the baselines' come first


def selected_curves(
    results: Results, front: Sequence[TrialRecord], curves: Curves
) -> dict[int, dict[str, object]]:
    """Trial number -> its curve, of as many as there is room for, those that are looked at most first.

    Args:
        results, front: the study's, as the page shows them.
        curves: those that are stored.
    """
    on_front = {trial.number for trial in front}
    order = sorted(results.trials, key=lambda t: (t.number not in on_front, not t.is_baseline, t.number))
    width = 2 * len(results.study.terms) + len(results.study.objectives)
    selected, room = {}, NUMBERS
    for trial in order:
        epochs = _thinned(curves.get(trial.number, ()))
        room -= len(epochs) * width
        if room < 0:
            break
        if epochs:
            selected[trial.number] = _curve(epochs, results.study)
    return selected


def _thinned(epochs: Sequence[EpochRecord]) -> list[EpochRecord]:
    """At most EPOCHS of them, the first and the last included."""
    if len(epochs) <= EPOCHS:
        return list(epochs)
    return [epochs[round(index * (len(epochs) - 1) / (EPOCHS - 1))] for index in range(EPOCHS)]


def _curve(epochs: Sequence[EpochRecord], study: StudyRecord) -> dict[str, object]:
    """Epochs, and a list over the epochs for each term (training, validation) and each objective."""
    parts = {"train": study.terms, "val": study.terms, "objectives": study.objectives}
    return {"epochs": [epoch.epoch for epoch in epochs]} | {
        part: [[_short(getattr(epoch, part).get(name, math.nan)) for epoch in epochs] for name in names]
        for part, names in parts.items()
    }


def _short(value: float) -> float | None:
    return float(f"{value:.5g}") if math.isfinite(value) else None
