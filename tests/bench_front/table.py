"""What the runs say: times to the levels, the ratio, and a figure; from the raw results alone."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench_front.arms import CONDITIONED, OURS, PLAIN
from bench_front.measure import Point, Seen, Yardstick, curve, first, lasting, median_curve
from matplotlib.ticker import LogLocator, NullFormatter

from jrtune.report.figures.style import MARKERS, canvas, colour, to_png

LEVELS = (0.95, 0.99)

Raw = Mapping[str, Any]


def curves(raw: Raw) -> dict[str, list[list[Point]]]:
    """Arm -> a curve for each seed, in units of the reference hypervolume."""
    yardstick = Yardstick(**raw["yardstick"])
    found: dict[str, list[list[Point]]] = {}
    for run in raw["runs"]:
        seen = [Seen(**one) for one in run["seen"]]
        points = curve(seen, yardstick, raw["budget"])
        found.setdefault(run["arm"], []).append([(t, value / raw["reference"]) for t, value in points])
    return found


def table(raw: Raw) -> str:
    """The table as Markdown, and the lines beneath it."""
    found = curves(raw)
    one = min(raw["training"].values())
    lines = [
        f"{raw['problem']}: hypervolume {raw['reference']:.4f} is the whole; {raw['device']}, "
        f"{raw['cores']} cores, {raw['budget']:g} s a run",
        *_references(raw),
        f"Medians [least, greatest] over {len(raw['seeds'])} seeds.",
        "",
        "| arm | trainings | share at the end | seconds to 95 % | to 99 % | 99 % kept from | in trainings |",
        "|---|---|---|---|---|---|---|",
        *(_row(raw, arm, points, one) for arm, points in found.items()),
        "",
        f"One ordinary training alone: {one:.2f} s (threads: seconds "
        + ", ".join(f"{count}: {seconds:.2f}" for count, seconds in raw["training"].items())
        + ").",
        *(_ratio(found, level, raw["budget"]) for level in LEVELS),
        *(
            _over_conditioned(found, level, raw["budget"])
            for level in LEVELS
            if set(CONDITIONED) & set(found)
        ),
        *(f"{arm} was left out: {reason}" for arm, reason in raw["left_out"].items()),
    ]
    return "\n".join(lines)


def _references(raw: Raw) -> Iterator[str]:
    """Which of the references is the whole, and what the others are."""
    if found := raw.get("references"):  # results of before there were several have none
        others = [f"{kind}: {value:.4f}" for kind, value in found.items() if kind != raw["counts"]]
        yield "; ".join([f"The whole is the {raw['counts']} reference", *others]) + "."


def _row(raw: Raw, arm: str, runs: Sequence[Sequence[Point]], one: float) -> str:
    counts = [run.get("trained", len(run["seen"])) for run in raw["runs"] if run["arm"] == arm]
    ends = [points[-1][1] if points else 0.0 for points in runs]
    reached = [[first(points, level) for points in runs] for level in LEVELS]
    kept = [lasting(points, LEVELS[-1]) for points in runs]
    cost = statistics.median(reached[-1]) / one
    cells = [
        arm,
        f"{statistics.median(counts):g}" + " networks" * (arm in CONDITIONED),
        f"{100 * statistics.median(ends):.1f} %",
        *(_times(values, raw["budget"]) for values in (*reached, kept)),
        f"{cost:.1f}" if math.isfinite(cost) else f"> {raw['budget'] / one:.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _times(values: Sequence[float], budget: float) -> str:
    def show(value: float) -> str:
        return f"{value:.1f}" if math.isfinite(value) else f"> {budget:g}"

    return f"{show(statistics.median(values))} [{show(min(values))}, {show(max(values))}]"


def _ratio(found: Mapping[str, Sequence[Sequence[Point]]], level: float, budget: float) -> str:
    """How many times as long the best of plain Optuna takes as the best of jrtune."""
    share, ours = f"{100 * level:g} %", [arm for arm in found if arm.startswith(OURS)]
    plain, slow = _fastest(found, level, PLAIN)
    name, fast = _fastest(found, level, ours)
    if not plain or not name:
        return f"To {share}: no ratio without an arm of plain Optuna and one of jrtune."
    if not math.isfinite(fast):
        return f"To {share}: not reached by jrtune."
    if not math.isfinite(slow):
        return f"To {share}: plain Optuna, not within {budget:g} s; over {name}: > {budget / fast:.1f}"
    return f"To {share}: best plain Optuna ({plain}) over {name}: {slow / fast:.1f}"


def _over_conditioned(found: Mapping[str, Sequence[Sequence[Point]]], level: float, budget: float) -> str:
    """How many times as long the best of plain Optuna takes as the best arm of conditioned networks."""
    plain, slow = _fastest(found, level, PLAIN)
    name, fast = _fastest(found, level, CONDITIONED)
    begin = f"To {100 * level:g} %: a conditioned network (no trials):"
    if not math.isfinite(fast):
        return f"{begin} not reached by {', '.join(sorted(set(CONDITIONED) & set(found)))}."
    if not plain:
        return f"{begin} no ratio without an arm of plain Optuna."
    if not math.isfinite(slow):
        return f"{begin} best plain Optuna over it ({name}): > {budget / fast:.1f}, not within {budget:g} s"
    return f"{begin} best plain Optuna ({plain}) over it ({name}): {slow / fast:.1f}"


def _fastest(
    found: Mapping[str, Sequence[Sequence[Point]]], level: float, arms: Collection[str]
) -> tuple[str, float]:
    """The arm with the least median time to the level, and that time; no name where no such arm ran."""
    medians = {arm: statistics.median(first(p, level) for p in found[arm]) for arm in found if arm in arms}
    return min(medians.items(), key=lambda item: item[1], default=("", math.inf))


def draw(raw: Raw, path: Path) -> None:
    """The medians over the seeds against the seconds, as a PNG."""
    found = curves(raw)
    start = min((p[0][0] for runs in found.values() for p in runs if p), default=raw["budget"] / 10)
    grid = np.geomspace(start, raw["budget"], 200).tolist()
    figure = canvas(8, 4.5, f"{raw['problem']}: the front against the clock")
    axes = figure.add_subplot()
    for index, (arm, runs) in enumerate(found.items()):
        style = {"color": colour(index), "marker": MARKERS[index % len(MARKERS)], "markevery": (index, 25)}
        axes.plot(grid, median_curve(runs, grid), label=arm, drawstyle="steps-post", **style)
    for level in LEVELS:
        axes.axhline(level, color="0.6", linewidth=0.8, linestyle=":")
    axes.set(xscale="log", xlabel="seconds", ylabel="share of the reference hypervolume, on test")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(bottom=0.6)
    axes.legend(loc="lower right", fontsize=8)
    path.write_bytes(to_png(figure))
