"""The reference point of the hypervolume: fixed once, from the baselines alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jrtune.spec import Study

MARGIN = 0.1
"""How far beyond the worst figure of the baselines the reference lies, as a share of their range."""


def reference_point(study: Study, curves: Mapping[int, Sequence[Mapping[str, Any]]]) -> dict[str, float]:
    """Objective -> coordinate: the declared ``worst``, else a little beyond the baselines' worst.

    The curves begin with the untrained model, so a task that a single-task model never trains counts
    too. Where the baselines do not differ (a resource), the worst lies as far again from zero.

    Args:
        study: objectives.
        curves: trial number -> epochs, of completed baselines; at least one.
    """
    epochs = [epoch["objectives"] for curve in curves.values() for epoch in curve]
    point = {}
    for name, objective in study.objectives.items():
        if objective.worst is not None:
            point[name] = objective.worst
            continue
        costs = [objective.sign * epoch[name] for epoch in epochs if epoch[name] is not None]
        extent = max(costs) - min(costs)
        margin = MARGIN * extent if extent > 0 else abs(max(costs)) or 1.0
        point[name] = objective.sign * (max(costs) + margin)
    return point
