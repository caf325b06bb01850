"""Importance of every parameter for every objective, in one chart."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.style import canvas, colour, hatch, legend_right, notice, plain, tidy
from jrtune.report.tables.importance import LEAST, Importance
from jrtune.store.records import StudyRecord

TITLE = "Importance of weights and choices"
SHOWN = 15


def draw_importance(importance: Importance | None) -> Figure:
    """Grouped bars: a group a parameter, a bar an objective; faint where the forest predicts nothing."""
    if importance is None:
        return notice(TITLE, f"It takes {LEAST} complete trials among which something varies.")
    names = importance.parameters[:SHOWN]
    height = 0.8 / len(importance.shares)
    figure = canvas(8, 1.3 + max(1.2, len(names) * (0.18 + 0.16 * len(importance.shares))), TITLE)
    axes = figure.add_subplot()
    tidy(axes)
    axes.grid(visible=False, axis="y")
    rows = np.arange(len(names))
    for index, (objective, shares) in enumerate(importance.shares.items()):
        explained = importance.explained[objective]
        axes.barh(
            rows - 0.4 + (index + 0.5) * height, shares[: len(names)], height=height * 0.9,
            color=colour(index), hatch=hatch(index), edgecolor="white", linewidth=0.5,
            alpha=1.0 if explained > 0 else 0.3,
            label=f"{plain(objective, 24)} ({f'R² {explained:.2f}' if explained > 0 else 'chance'})",
        )  # fmt: skip
    axes.set_yticks(rows, [plain(name, 34) for name in names])
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    axes.set_xlabel("share of importance (R²: how well held-out trials are predicted)", fontsize=9)
    legend_right(figure, axes)
    return figure


def _data(importance: Importance | None, study: StudyRecord) -> dict[str, object] | None:
    if importance is None:
        return None
    return {
        "parameters": importance.parameters,
        "shares": [importance.shares[name] for name in study.objectives],
        "explained": [importance.explained[name] for name in study.objectives],
    }


FIGURE = PageFigure(
    name="importance",
    title=TITLE,
    caption="How much each weight and choice explains of each objective (permutation importance of a random "
    "forest on held-out trials). It says that a parameter matters, not in which direction.",
    draw=lambda context: draw_importance(context.importance),
    data=lambda context: _data(context.importance, context.study),
    script=SCRIPTS / "importance.js",
)
