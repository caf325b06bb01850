"""The front: what can be had of one objective for how much of another, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import Estimate
from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.figures.palette import LIGHT
from jrtune.report.figures.scene import Mark, Scene, scene_of
from jrtune.report.figures.style import (
    Look,
    canvas,
    colour,
    label_points,
    notice,
    plain,
    spread,
    tidy,
)
from jrtune.store.records import StudyRecord, TrialRecord

TITLE = "The front"
CAPTION = (
    "Hollow points are values on validation, by which trials are chosen; full points are means on test over "
    "seeds, with 95 % intervals. Numbers are trials."
)
LABELLED = 14  # members with their number; the tables have them all
ROWS = 8  # members in the strip of a single objective
ZOOM = 0.4  # a front that fills less than this share of an axis is drawn a second time, nearer


def draw_front(analysis: Analysis) -> Figure:
    """A strip for one objective, a scatter for two, a matrix of scatters for more."""
    scene = scene_of(analysis)
    if not (scene.marks or scene.dominated or scene.infeasible):
        return notice(TITLE, "No trial is complete yet.")
    title = TITLE if analysis.front else f"{TITLE}: no feasible trial yet"
    names = analysis.study.objectives
    if len(names) == 1:
        return _strip(scene, title)
    return _pair(scene, title) if len(names) == 2 else _matrix(scene, title)


# --- one objective -------------------------------------------------------------------------


def _strip(scene: Scene, title: str) -> Figure:
    (name,) = scene.study.objectives
    members = [mark for mark in scene.marks if mark.name == "front"][:ROWS]
    rows = members + [mark for mark in scene.marks if mark.name != "front"]
    figure = canvas(7.5, 1.6 + 0.34 * (len(rows) + 1), title)
    axes = figure.add_subplot()
    tidy(axes)
    labels = [f"trial {mark.text} (front)" if mark.name == "front" else mark.name for mark in rows]
    for row, mark in enumerate(rows):
        _draw_mark(axes, mark, name, row=row)
    for trials, label, look in _grey(scene):
        # spread over the row, the same way each time, so that equal figures can be seen
        heights = [len(rows) + 0.5 * ((t.number * 0.618) % 1 - 0.5) for t in trials]
        axes.plot([t.values[name] for t in trials], heights, label=label, **look)
    axes.set_yticks(range(len(rows) + 1), [*map(plain, labels), "other trials"])
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_xlabel(_axis(scene.study, name))
    figure.legend(handles=_legend(scene, named=False), loc="outside right upper", fontsize=9, frameon=False)
    return figure


# --- two and more --------------------------------------------------------------------------


def _pair(scene: Scene, title: str) -> Figure:
    near = _near(scene)
    figure = canvas(11.5 if near else 7.5, 4.6, title)
    panels = [figure.add_subplot(1, 2 if near else 1, 1)]
    if near:
        panels.append(figure.add_subplot(1, 2, 2))
    x, y = scene.study.objectives
    for axes in panels:
        _scatter(axes, scene, x, y)
    if near:
        panels[1].set(xlim=near[0], ylim=near[1])
        panels[1].set_title("near the front", fontsize=10, loc="left")
    figure.legend(handles=_legend(scene), loc="outside right upper", fontsize=9, frameon=False)
    figure.draw_without_rendering()
    _label(panels[-1], scene, x, y)
    return figure


def _matrix(scene: Scene, title: str) -> Figure:
    names = scene.study.objectives
    size = len(names) - 1
    figure = canvas(max(7.0, 3.0 * size), max(5.2, 2.7 * size), title)
    grid = figure.add_gridspec(size, size)
    panels = []
    for j, i in combinations(range(len(names)), 2):
        axes = figure.add_subplot(grid[i - 1, j])
        _scatter(axes, scene, names[j], names[i])
        axes.label_outer()
        panels.append((axes, names[j], names[i]))
    corner = figure.add_subplot(grid[0, size - 1])  # the upper triangle is empty
    corner.set_axis_off()
    corner.legend(handles=_legend(scene), loc="upper right", fontsize=9, frameon=False)
    figure.draw_without_rendering()
    for axes, x, y in panels:
        _label(axes, scene, x, y)
    return figure


def _scatter(axes: Axes, scene: Scene, x: str, y: str) -> None:
    tidy(axes)
    for trials, label, look in _grey(scene):
        axes.plot([t.values[x] for t in trials], [t.values[y] for t in trials], label=label, **look)
    for mark in scene.marks:
        _draw_mark(axes, mark, x, y)
    axes.set(xlabel=_axis(scene.study, x), ylabel=_axis(scene.study, y))
    axes.margins(0.08)


def _near(scene: Scene) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Limits around the front and equal weights, where single-task models and pruned trials dwarf them."""
    x, y = scene.study.objectives
    close = [m for m in scene.marks if not m.name.startswith("single ")]
    if sum(m.name == "front" for m in close) < 2:
        return None
    limits, small = [], False
    for name in (x, y):
        inner = _extent(close, name)
        low, high = _range([*inner, *_extent(scene.marks, name), *(t.values[name] for t in scene.dominated)])
        small |= inner[-1] - inner[0] < ZOOM * (high - low)
        margin = 0.12 * (inner[-1] - inner[0]) or 0.05 * abs(inner[0]) or 0.05
        limits.append((inner[0] - margin, inner[-1] + margin))
    return (limits[0], limits[1]) if small else None


def _extent(marks: Iterable[Mark], name: str) -> tuple[float, float]:
    tests = [mark.test[name] for mark in marks if name in mark.test]
    ends = [value for test in tests for value in (test.low, test.mean, test.high)]
    ends += [mark.val[name] for mark in marks if name in mark.val]
    return _range(ends)


def _range(values: Iterable[float]) -> tuple[float, float]:
    finite = [value for value in values if math.isfinite(value)]
    return min(finite), max(finite)


# --- strokes -------------------------------------------------------------------------------


def _grey(scene: Scene) -> list[tuple[tuple[TrialRecord, ...], str, Look]]:
    """Trials behind the marks, with their label and look; kinds of which there are any."""
    dominated: Look = {"marker": "o", "markersize": 4.5}
    infeasible: Look = {"marker": "x", "markersize": 5}
    behind: Look = {"linestyle": "none", "color": LIGHT, "zorder": 1}
    kinds = ((scene.dominated, "dominated", dominated), (scene.infeasible, "infeasible", infeasible))
    return [(trials, label, {**behind, **look}) for trials, label, look in kinds if trials]


def _draw_mark(axes: Axes, mark: Mark, x: str, y: str | None = None, row: float = 0.0) -> None:
    """A hollow, faint point on validation; a full one with 95 % bars on test; at ``row`` without a y."""
    size = 6.5
    if mark.val:
        axes.plot(
            mark.val[x],
            mark.val[y] if y else row,
            mark.marker,
            markersize=size,
            markerfacecolor="none",
            markeredgecolor=mark.colour,
            alpha=0.45 if mark.test else 1.0,
            zorder=3,
        )
    if mark.test:
        axes.errorbar(
            mark.test[x].mean,
            mark.test[y].mean if y else row,
            xerr=_bar(mark.test[x]),
            yerr=_bar(mark.test[y]) if y else None,
            fmt=mark.marker,
            markersize=size,
            color=mark.colour,
            elinewidth=1.1,
            capsize=2.5,
            zorder=4,
        )


def _bar(estimate: Estimate) -> list[list[float]]:
    """Lengths below and above; none where one seed gives no interval."""
    lengths = (estimate.mean - estimate.low, estimate.high - estimate.mean)
    return [[float(np.nan_to_num(length))] for length in lengths]


def _axis(study: StudyRecord, name: str) -> str:
    return f"{plain(name, 30)} ({'higher' if study.signs[name] < 0 else 'lower'} is better)"


def _label(axes: Axes, scene: Scene, x: str, y: str) -> None:
    numbered = spread([mark for mark in scene.marks if mark.text], LABELLED)
    points = [(mark.at(x), mark.at(y), mark.text) for mark in numbered]
    others = [(values[x], values[y]) for values in _all_values(scene)]
    for mark in scene.marks:
        others += _along_bars(mark, x, y)
    label_points(axes, points, others)


def _all_values(scene: Scene) -> list[Mapping[str, float]]:
    """Values on validation of everything that is drawn."""
    return [t.values for t in scene.dominated + scene.infeasible] + [m.val for m in scene.marks if m.val]


def _along_bars(mark: Mark, x: str, y: str, steps: int = 15) -> list[tuple[float, float]]:
    """Points along the error bars, which no label may cover."""
    if not mark.test:
        return []
    across = [(value, mark.at(y)) for value in np.linspace(mark.test[x].low, mark.test[x].high, steps)]
    up = [(mark.at(x), value) for value in np.linspace(mark.test[y].low, mark.test[y].high, steps)]
    return [(mark.at(x), mark.at(y)), *(point for point in across + up if np.isfinite(point).all())]


def _legend(scene: Scene, named: bool = True) -> list[Line2D]:
    """Entries for the strokes; ``named`` adds the baselines, where no axis names them."""
    entries: list[tuple[str, str, str, bool]] = []
    fronts = [mark for mark in scene.marks if mark.name == "front"]
    who, key = ("front on", fronts) if named else ("on", scene.marks)
    if any(mark.test for mark in key):
        entries.append((f"{who} test, 95 % interval", colour(0), "o", True))
    if any(mark.val for mark in key):
        entries.append((f"{who} validation", colour(0), "o", False))
    if named:
        others = [mark for mark in scene.marks if mark.name != "front"]
        entries += [(plain(m.name, 32), m.colour, m.marker, bool(m.test)) for m in others]
    handles = [_handle(*entry) for entry in entries]
    return handles + [Line2D([], [], label=label, **look) for _, label, look in _grey(scene)]


def _handle(label: str, shade: str, marker: str, full: bool) -> Line2D:
    face = shade if full else "none"
    look: Look = {"linestyle": "none", "marker": marker, "markersize": 6.5, "color": shade}
    return Line2D([], [], markerfacecolor=face, label=label, **look)


FIGURE = PageFigure(
    name="front",
    title=TITLE,
    caption=CAPTION,
    draw=lambda context: draw_front(context.analysis),
    script=SCRIPTS / "front.js",
    drawn_caption=f"{CAPTION} Click a point, or use Tab and the arrow keys, for its weights.",
    leads=lambda context: len(context.study.objectives) <= 3,  # a matrix of many pairs comes later
)
