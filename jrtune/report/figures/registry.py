"""The report's figures, in the order of the page; one that is not in this list is not in the report."""

from jrtune.report.figures import curves, front, hypervolume, importance, parallel, ternary, weights

FIGURES = [
    parallel.FIGURE,
    front.FIGURE,
    weights.FIGURE,
    ternary.FIGURE,
    curves.FIGURE,
    hypervolume.FIGURE,
    importance.FIGURE,
]
