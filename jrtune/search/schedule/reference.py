"""The reference point of the hypervolume: fixed once, from the baselines alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from jrtune.spec import EpochRecord, Study

MARGIN = 0.1
"""Distance of the reference beyond the worst value of the baselines, as a share of their range."""


def reference_point(study: Study, curves: Mapping[int, Sequence[EpochRecord]]) -> dict[str, float]:
    """Objective -> coordinate: the declared ``worst``, else a little beyond the baselines' worst.

    The curves begin with the untrained model, so a task that a single-task model never trains counts
    too. Where the baselines do not differ (a resource), the worst lies as far again from zero.

    Args:
        study: objectives.
        curves: trial number -> epochs, of completed baselines; at least one.
    """
    epochs = [epoch.objectives for curve in curves.values() for epoch in curve]
    point = {}
    for name, objective in study.objectives.items():
        if objective.worst is not None:
            point[name] = objective.worst
            continue
        costs = [objective.sign * values[name] for values in epochs if math.isfinite(values[name])]
        extent = max(costs) - min(costs)
        margin = MARGIN * extent if extent > 0 else abs(max(costs)) or 1.0
        point[name] = objective.sign * (max(costs) + margin)
    return point
