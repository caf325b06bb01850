"""The look of all figures: colours, markers, fonts, and placing labels so that none overlap."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Literal, TypedDict, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from jrtune.report.figures.palette import COLOURS, GREY

MARKERS = ("^", "D", "v", "P", "X", "<", ">", "*")
HATCHES = ("", "//", "..", "xx")

DPI = 150

Item = TypeVar("Item")


class Look(TypedDict, total=False):
    """The look of a line or its marks, in matplotlib's words."""

    color: str
    linestyle: Literal["none", "--"]
    linewidth: float
    marker: str
    markersize: float
    alpha: float
    zorder: float


def canvas(width: float, height: float, title: str) -> Figure:
    """An empty figure of that size in inches."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    figure.suptitle(plain(title), fontsize=12, fontweight="bold", x=0.01, ha="left")
    return figure


def notice(title: str, message: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = canvas(7, 1.1, title)
    figure.text(0.013, 0.4, plain(message, 200), fontsize=11, color=GREY, wrap=True, va="center")
    return figure


def to_png(figure: Figure) -> bytes:
    """PNG bytes; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def plain(text: str, limit: int = 60) -> str:
    """Text that matplotlib shows as it is: a dollar would begin a formula; long names are cut."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return short.replace("$", r"\$")


def colour(index: int) -> str:
    """The colour of the index-th series; past the last they begin again (see :func:`hatch`)."""
    return COLOURS[index % len(COLOURS)]


def hatch(index: int) -> str:
    """The hatch that tells apart series of the same colour."""
    return HATCHES[index // len(COLOURS) % len(HATCHES)]


def spread(items: Sequence[Item], count: int) -> list[Item]:
    """At most ``count`` of the items, evenly spread, both ends included."""
    if len(items) <= count:
        return list(items)
    return [items[round(index * (len(items) - 1) / (count - 1))] for index in range(count)]


def tidy(axes: Axes) -> None:
    """A light grid behind the data, no box around it."""
    axes.grid(color="#E6E6E6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def legend_right(figure: Figure, axes: Axes) -> None:
    """The legend outside of the data, at the figure's right."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside right upper", fontsize=9, frameon=False)


def label_points(
    axes: Axes, points: Sequence[tuple[float, float, str]], obstacles: Iterable[tuple[float, float]]
) -> None:
    """Write a label beside each point where there is room; a label without room is left out.

    Call it last, after ``figure.draw_without_rendering()``: it needs the final limits and layout.

    Args:
        axes: to write on.
        points: x, y and text, the most important first.
        obstacles: further points that no label may cover.
    """
    figure = axes.figure
    assert isinstance(figure, Figure)
    limits = axes.get_window_extent()
    marks = [tuple(axes.transData.transform(p)) for p in [*((x, y) for x, y, _ in points), *obstacles]]
    taken = [Bbox.from_bounds(x - 7, y - 7, 14, 14) for x, y in marks]
    for (x, y, text), (left, bottom) in zip(points, marks, strict=False):
        width, height = 11.5 * len(text) + 4, 20.0  # pixels of 8.5 pt digits at 150 dpi, a little generous
        boxes = (Bbox.from_bounds(left + dx, bottom + dy, width, height) for dx, dy in _beside(width, height))
        box = next((box for box in boxes if _free(box, taken, limits)), None)
        if box is None:
            continue
        taken.append(box)
        points_a_pixel = 72 / figure.dpi
        offset = ((box.x0 - left + 2) * points_a_pixel, (box.y0 - bottom + 3) * points_a_pixel)
        note = axes.annotate(plain(text), (x, y), offset, textcoords="offset points", fontsize=8.5, zorder=6)
        note.set_in_layout(False)  # else the axes would move from under the label


def _beside(width: float, height: float) -> Iterable[tuple[float, float]]:
    """Offsets of a label's lower left corner: right, left, above, below, then the corners.

    All are close by: a label farther off would seem to belong to another point.
    """
    gap = 10.0
    right, left, middle = gap, -gap - width, -width / 2
    above, below, level = gap, -gap - height, -height / 2
    yield from ((right, level), (left, level), (middle, above), (middle, below))
    yield from product((right, left), (above, below))


def _free(box: Bbox, taken: Iterable[Bbox], limits: Bbox) -> bool:
    inside = limits.x0 <= box.x0 and box.x1 <= limits.x1 and limits.y0 <= box.y0 and box.y1 <= limits.y1
    return inside and not any(box.overlaps(other) for other in taken)
