"""The picture of simulated runs: use of workers and trials a second over the number of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench_workers.costs import Simulated

from jrtune.report.figures.style import MARKERS, canvas, colour, legend_right, tidy, to_png


def draw(found: Mapping[str, Mapping[str, Sequence[Simulated]]], title: str) -> bytes:
    """PNG bytes.

    Args:
        found: manner -> training time -> runs, one for each number of workers.
        title: of the picture.
    """
    figure = canvas(10, 4, title)
    left, right = figure.subplots(1, 2)
    for manner, (name, by_time) in enumerate(found.items()):
        for index, (training, runs) in enumerate(by_time.items()):
            look = {"color": colour(index), "marker": MARKERS[manner], "linestyle": "--" if manner else "-"}
            workers = [run.site.workers for run in runs]
            left.plot(workers, [100 * run.use for run in runs], label=f"{training}, {name}", **look)
            right.plot(workers, [run.rate for run in runs], **look)
    for axes, label in ((left, "time that workers train, %"), (right, "trials a second")):
        axes.set_xscale("log")
        axes.set_xlabel("workers")
        axes.set_ylabel(label)
        tidy(axes)
    right.set_yscale("log")
    left.set_ylim(0, 105)
    legend_right(figure, left)
    return to_png(figure)
