"""The weights along the front: what changes as one objective is traded for another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.style import canvas, colour, hatch, legend_right, notice, plain, tidy
from jrtune.store.records import StudyRecord, TrialRecord

TITLE = "Weights along the front"


def draw_weights(study: StudyRecord, front: Sequence[TrialRecord]) -> Figure:
    """Stacked bars, one a front member, best in the first objective at the left."""
    if not front:
        return notice(TITLE, "No feasible trial is complete yet, so there is no front.")
    figure = canvas(min(12, max(5, 3 + 0.35 * len(front))), 3.6, TITLE)
    axes = figure.add_subplot()
    tidy(axes)
    axes.grid(visible=False, axis="x")
    bottom = np.zeros(len(front))
    for index, term in enumerate(study.terms):
        height = np.array([member.candidate.weights[term] for member in front])
        axes.bar(
            range(len(front)), height, bottom=bottom, width=0.86, label=plain(term, 24),
            color=colour(index), hatch=hatch(index), edgecolor="white", linewidth=0.6,
        )  # fmt: skip
        bottom += height
    step = -(-len(front) // 30)  # more tick labels than that run into each other
    ticks = range(0, len(front), step)
    axes.set_xticks(list(ticks), [str(front[i].number) for i in ticks])
    axes.set(xlim=(-0.6, len(front) - 0.4), ylim=(0, 1), ylabel="weight (they sum to 1)")
    axes.set_xlabel(plain(f"trial, from best to worst {study.objectives[0]}"))
    legend_right(figure, axes)
    return figure


FIGURE = PageFigure(
    name="weights",
    title=TITLE,
    caption="Weights of the front's members, in the front's order.",
    draw=lambda context: draw_weights(context.study, context.front),
    script=SCRIPTS / "weights.js",
)
