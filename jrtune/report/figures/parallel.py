"""Parallel coordinates: a line a trial over four objectives or more, each axis with its best at the top."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import costs
from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.palette import BLACK, GREY, LIGHT
from jrtune.report.figures.scene import is_drawable
from jrtune.report.figures.style import Look, canvas, colour, notice, plain
from jrtune.spec import EQUAL
from jrtune.store.records import TrialRecord

TITLE = "All objectives at once"
SINGLE_TASK = "single task"
LOOKS: dict[str, Look] = {
    "front": {"color": colour(0), "linewidth": 1.5, "alpha": 0.75, "zorder": 3},
    EQUAL: {"color": BLACK, "linewidth": 1.6, "linestyle": "--", "zorder": 4},
    SINGLE_TASK: {"color": GREY, "linewidth": 1.6, "linestyle": "--", "zorder": 4},
    "dominated": {"color": LIGHT, "linewidth": 0.9, "alpha": 0.7, "zorder": 1},
}


def draw_parallel(analysis: Analysis) -> Figure:
    """Values on validation, each objective normalised over the trials drawn."""
    study, feasible = analysis.study, analysis.feasible
    drawn = [t for t in analysis.trials if t.number in feasible or (t.is_baseline and is_drawable(t, study))]
    if not drawn:
        return notice(TITLE, "No feasible trial is complete yet.")
    table = costs([t.values for t in drawn], study)
    extent = np.ptp(table, axis=0)
    heights = 1 - (table - table.min(axis=0)) / np.where(extent > 0, extent, 1)
    figure = canvas(max(7.0, 1.5 * len(study.objectives) + 1.5), 4.2, TITLE)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set(xlim=(-0.5, len(study.objectives) - 0.5), ylim=(-0.16, 1.22))
    numbers = {trial.number for trial in analysis.front}
    for trial, line in zip(drawn, heights, strict=True):
        axes.plot(range(len(line)), line, **LOOKS[_kind(trial, numbers)])
    for index, (name, sign) in enumerate(study.signs.items()):
        _draw_axis(axes, index, name, sign * table[:, index].min(), sign * table[:, index].max())
    handles = [Line2D([], [], label=label, **look) for label, look in LOOKS.items()]
    figure.legend(handles=handles, loc="outside right upper", fontsize=9, frameon=False)
    return figure


def _kind(trial: TrialRecord, on_front: set[int]) -> str:
    if trial.is_baseline:
        return EQUAL if trial.source == EQUAL else SINGLE_TASK
    return "front" if trial.number in on_front else "dominated"


def _draw_axis(axes: Axes, index: int, name: str, best: float, worst: float) -> None:
    axes.plot([index, index], [0, 1], color=GREY, linewidth=1)
    axes.text(index, 1.13, plain(name, 16), ha="center", fontsize=9, fontweight="bold")
    axes.text(index, 1.04, f"best {best:.4g}", ha="center", fontsize=9)
    axes.text(index, -0.09, f"{worst:.4g}", ha="center", fontsize=9)


FIGURE = PageFigure(
    name="parallel",
    title=TITLE,
    caption="A line is a trial, on validation: nearer the best in every objective is better, and where lines "
    "cross, one objective is traded for another.",
    draw=lambda context: draw_parallel(context.analysis),
    shown=lambda context: len(context.study.objectives) > 3,
    script=SCRIPTS / "parallel.js",
    leads=lambda context: True,
)
