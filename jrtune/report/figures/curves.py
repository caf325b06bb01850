"""Learning curves of the front's members and of equal weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.palette import BLACK, GREY
from jrtune.report.figures.style import canvas, colour, notice, plain, spread, tidy
from jrtune.report.tables.curves import Curves, selected_curves
from jrtune.spec import EQUAL, EpochRecord
from jrtune.store.records import StudyRecord, TrialRecord

TITLE = "Learning curves"
SHOWN = 6  # members; more lines than that cannot be told apart


def chosen(front: Sequence[TrialRecord], trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Members spread evenly over the front, both ends included, then equal weights."""
    members = spread(front, SHOWN)
    shown = {member.number for member in members}
    return members + [t for t in trials if t.source == EQUAL and t.number not in shown][:1]


def draw_curves(study: StudyRecord, trials: Sequence[TrialRecord], curves: Curves) -> Figure:
    """A panel for each loss term (training dashed, validation solid) and each objective.

    Args:
        study: for the names of terms and objectives.
        trials: those to draw, see :func:`chosen`.
        curves: trial number -> epochs; trials without one are left out.
    """
    drawn = [trial for trial in trials if curves.get(trial.number)]
    if not drawn:
        return notice(TITLE, "No curve is stored of the front's members or of equal weights.")
    panels = [("loss", term) for term in study.terms] + [("objective", name) for name in study.objectives]
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure = canvas(3.3 * columns + 1.8, 2.7 * rows + 0.5, TITLE)
    for index, (kind, name) in enumerate(panels):
        axes = figure.add_subplot(rows, columns, index + 1)
        tidy(axes)
        axes.set_title(plain(f"{kind} {name}", 30), fontsize=10, loc="left")
        axes.set_xlabel("epoch", fontsize=9)
        _draw_panel(axes, kind, name, drawn, curves)
    _legend(figure, drawn)
    return figure


def _draw_panel(axes: Axes, kind: str, name: str, drawn: Sequence[TrialRecord], curves: Curves) -> None:
    parts = {"val": 1.0, "train": 0.55} if kind == "loss" else {"objectives": 1.0}
    seen: list[float] = []
    for index, trial in enumerate(drawn):
        for part, alpha in parts.items():
            epochs, values = _series(curves[trial.number], part, name)
            seen += values
            style = (0, (2, 1.5)) if part == "train" else "-"
            axes.plot(epochs, values, color=_colour(trial, index), alpha=alpha, linestyle=style, lw=1.4)
    finite = [v for v in seen if np.isfinite(v)]
    if kind == "loss" and finite and min(finite) > 0 and max(finite) > 30 * min(finite):
        axes.set_yscale("log")


def _series(curve: Sequence[EpochRecord], part: str, name: str) -> tuple[list[int], list[float]]:
    """Epochs and values; epoch 0 has no training loss, and a loss that failed is NaN."""
    found = [(epoch.epoch, getattr(epoch, part).get(name, np.nan)) for epoch in curve]
    points = [(epoch, value) for epoch, value in found if np.isfinite(value)]
    return [epoch for epoch, _ in points], [float(value) for _, value in points]


def _colour(trial: TrialRecord, index: int) -> str:
    return BLACK if trial.source == EQUAL else colour(index)


def _legend(figure: Figure, drawn: Sequence[TrialRecord]) -> None:
    handles = [Line2D([], [], color=_colour(t, i), label=_name(t)) for i, t in enumerate(drawn)]
    handles += [
        Line2D([], [], color=GREY, label="validation"),
        Line2D([], [], color=GREY, alpha=0.55, linestyle=(0, (2, 1.5)), label="training"),
    ]
    figure.legend(handles=handles, loc="outside right upper", fontsize=9, frameon=False)


def _name(trial: TrialRecord) -> str:
    return EQUAL if trial.source == EQUAL else f"trial {trial.number}"


FIGURE = PageFigure(
    name="curves",
    title=TITLE,
    caption="Every epoch of the front's members and of equal weights.",
    draw=lambda context: draw_curves(context.study, chosen(context.front, context.trials), context.curves),
    data=lambda context: selected_curves(context.analysis.results, context.front, context.curves),
    script=SCRIPTS / "curves.js",
    drawn_caption="Of the chosen trial, of those selected to compare, and of equal weights.",
)
