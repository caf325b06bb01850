"""The weights of three terms as a triangle: where good ones lie, and how the front runs through them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.palette import BLACK, GREY, LIGHT
from jrtune.report.figures.style import canvas, label_points, notice, plain, spread
from jrtune.store.records import StudyRecord, TrialRecord

TITLE = "Weights as a triangle"
HEIGHT = math.sqrt(3) / 2
CORNERS = np.array([[0.5, HEIGHT], [0.0, 0.0], [1.0, 0.0]])  # of the first, second and third term
LABELLED = 14


def draw_ternary(study: StudyRecord, trials: Sequence[TrialRecord], front: Sequence[TrialRecord]) -> Figure:
    """Each complete trial at its three weights, the front's members in the front's order of colour."""
    if not front:
        return notice(TITLE, "No feasible trial is complete yet, so there is no front.")
    figure = canvas(6.4, 4.8, TITLE)
    axes = figure.add_subplot()
    _triangle(axes, study.terms)
    numbers = {trial.number for trial in front}
    others = _points([t for t in trials if t.values and t.number not in numbers], study)
    axes.plot(*others.T, "o", color=LIGHT, markersize=4, zorder=2)
    points = _points(front, study)
    order = np.arange(len(front))
    # cividis: the same order with any colour vision (Nuñez, Anderton & Renslow 2018)
    axes.scatter(
        points[:, 0], points[:, 1], c=order, cmap="cividis", s=42, edgecolors=BLACK, linewidths=0.8, zorder=3
    )
    scale = ScalarMappable(Normalize(0, max(1, len(front) - 1)), "cividis")
    bar = figure.colorbar(scale, ax=axes, shrink=0.7, ticks=[])
    bar.set_label(plain(f"the front, from best (below) to worst {study.objectives[0]}"), fontsize=9)
    figure.draw_without_rendering()
    marks = spread(list(zip(points, front, strict=True)), LABELLED)
    labels = [(float(x), float(y), str(trial.number)) for (x, y), trial in marks]
    label_points(axes, labels, [*map(tuple, others), *map(tuple, points)])
    return figure


def _points(trials: Sequence[TrialRecord], study: StudyRecord) -> NDArray[np.float64]:
    """Positions of the trials in the triangle, n x 2."""
    weights = np.array([[t.candidate.weights[term] for term in study.terms] for t in trials]).reshape(-1, 3)
    return np.asarray(weights @ CORNERS, dtype=np.float64)


def _triangle(axes: Axes, terms: Sequence[str]) -> None:
    axes.set(aspect="equal", xlim=(-0.16, 1.16), ylim=(-0.12, HEIGHT + 0.1))
    axes.set_axis_off()
    axes.plot([0, 1, 0.5, 0], [0, 0, HEIGHT, 0], color=GREY, linewidth=1.2, zorder=1)
    for share in (0.25, 0.5, 0.75):
        rest = 1 - share  # a line of equal weight for each term
        for weights in (
            [[share, rest, 0], [share, 0, rest]],
            [[rest, share, 0], [0, share, rest]],
            [[rest, 0, share], [0, rest, share]],
        ):
            axes.plot(*(np.array(weights) @ CORNERS).T, color="#E6E6E6", linewidth=0.8, zorder=0)
        axes.text(
            share / 2 - 0.02, share * HEIGHT, f"{share:g}", ha="right", va="center", fontsize=8, color=GREY
        )
    corners = (
        (0.5, HEIGHT + 0.03, "center", "bottom"),
        (0, -0.03, "center", "top"),
        (1, -0.03, "center", "top"),
    )
    for term, (x, y, across, up) in zip(terms, corners, strict=True):
        axes.text(x, y, plain(term, 24), ha=across, va=up, fontsize=10, fontweight="bold")


FIGURE = PageFigure(
    name="ternary",
    title=TITLE,
    caption="Each point is a trial at its weights; a corner is all weight on one term.",
    draw=lambda context: draw_ternary(context.study, context.trials, context.front),
    shown=lambda context: len(context.study.terms) == 3,
    script=SCRIPTS / "ternary.js",
)
