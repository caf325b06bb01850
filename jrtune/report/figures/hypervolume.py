"""Hypervolume as the search went on: against time of training, and against trainings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from jrtune.analysis.front import TracePoint
from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.palette import BLACK
from jrtune.report.figures.style import canvas, colour, notice, tidy
from jrtune.store.records import TrialRecord

TITLE = "Hypervolume while searching"


def draw_hypervolume(trials: Sequence[TrialRecord], trace: Sequence[TracePoint]) -> Figure:
    """Two step plots of the front's hypervolume on validation.

    Args:
        trials: all that ended; they say how many trainings it took.
        trace: see :func:`jrtune.analysis.front.hypervolume_trace`.
    """
    if not trace:
        return notice(TITLE, "No feasible trial is complete yet, so there is no hypervolume.")
    if not math.isfinite(trace[-1].hypervolume):
        return notice(TITLE, "The study has no reference point until its baselines are done.")
    order = sorted(trials, key=lambda trial: (trial.finished, trial.number))
    trainings = {trial.number: index for index, trial in enumerate(order, start=1)}
    figure = canvas(9, 3.2, TITLE)
    # to the end of the search, so that trials which came to nothing show as a flat line
    values = [point.hypervolume for point in trace] + [trace[-1].hypervolume]
    total = sum(trial.seconds for trial in trials)
    unit, name = _unit(total)
    panels: tuple[tuple[list[float], str], ...] = (
        (
            [seconds / unit for seconds in (*(point.seconds for point in trace), total)],
            f"training time in {name}",
        ),
        ([*(trainings[point.number] for point in trace), len(trials)], "trainings"),
    )
    for index, (xs, label) in enumerate(panels):
        axes = figure.add_subplot(1, 2, index + 1)
        tidy(axes)
        axes.step(xs, values, where="post", color=colour(0), linewidth=1.8)
        axes.plot(xs[-1], values[-1], "o", color=BLACK, markersize=5)
        axes.set_xlabel(label)
        axes.margins(x=0.03, y=0.1)
    figure.axes[0].set_ylabel("hypervolume (validation)")
    return figure


def _unit(total: float) -> tuple[float, str]:
    if total >= 7200:
        return 3600, "hours"
    return (60, "minutes") if total >= 180 else (1, "seconds")


def _trace(trials: Sequence[TrialRecord], trace: Sequence[TracePoint]) -> dict[str, object]:
    """The front's hypervolume against time of training and against trainings, to the end of the search."""
    order = sorted(trials, key=lambda trial: (trial.finished, trial.number))
    trainings = {trial.number: index for index, trial in enumerate(order, start=1)}
    points = [[trainings[p.number], round(p.seconds, 3), p.hypervolume] for p in trace]
    return {"points": points, "trainings": len(order), "seconds": round(sum(t.seconds for t in order), 3)}


FIGURE = PageFigure(
    name="hypervolume",
    title=TITLE,
    caption="What the front had reached, against the cost of reaching it.",
    draw=lambda context: draw_hypervolume(context.trials, context.analysis.trace),
    data=lambda context: _trace(context.trials, context.analysis.trace),
    script=SCRIPTS / "hypervolume.js",
)
