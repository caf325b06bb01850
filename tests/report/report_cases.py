"""Results of awkward shape, and what the report's tests look at a figure with."""

import io
import math
from dataclasses import replace

import numpy as np
from build_results import confirmations, make_results, study_record, trial
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from jrtune.analysis.analysis import Analysis
from jrtune.report.figures import registry
from jrtune.report.figures.figure import PageContext
from jrtune.spec import EpochRecord, TrialStatus
from jrtune.store.records import Results

DIRECTIONS = {
    **{"accuracy": "maximize", "f1": "maximize", "error": "minimize", "size": "minimize"},
    "latency": "minimize",
}


def several(objectives, trials=12, terms=3, seed=1):
    """Trials of random figures: with four objectives nearly all are on the front."""
    rng = np.random.default_rng(seed)
    names = [f"term{i}" for i in range(terms)]
    directions = dict(list(DIRECTIONS.items())[:objectives])
    reference = {n: 0.0 if d == "maximize" else 1.0 for n, d in directions.items()}
    study = study_record(directions, names, reference=reference)
    sources = ["equal weights", *(f"single {name}" for name in names)]
    records = []
    for number in range(trials):
        weights = dict(zip(names, rng.dirichlet(np.ones(terms)).tolist(), strict=True))
        source = sources[number] if number < len(sources) else "tpe"
        records.append(
            trial(
                number, dict(zip(directions, rng.random(objectives).tolist(), strict=True)), weights, source
            )
        )
    return Results(study, tuple(records))


def single_objective():
    """One objective, confirmed at three seeds."""
    study = study_record({"error": "minimize"}, ["only"], reference={"error": 1.0})
    trials = [
        trial(i, {"error": 0.1 + 0.02 * i}, {"only": 1.0}, "tpe" if i else "equal weights") for i in range(9)
    ]
    runs = {"error": [0.12, 0.13, 0.125]}
    return Results(
        study, tuple(trials), tuple(confirmations("equal weights", "baseline", {"only": 1.0}, runs, runs, 0))
    )


def grouped():
    """Four terms in two groups, each with a single-task model."""
    results = several(2, trials=9, terms=4)
    sources = ["equal weights", "single term0+term1", "single term2+term3", *["tpe"] * 6]
    trials = (replace(t, source=source) for t, source in zip(results.trials, sources, strict=True))
    return replace(results, trials=tuple(trials))


def figures_of(results):
    """Names of the figures in a report of these results, in the page's order: whatever the list has."""
    context = PageContext(Analysis(results), {}, None)
    return [figure.name for figure in registry.FIGURES if figure.shown(context)]


def drawn_figures_of(results):
    """Those that the page draws itself, in its order; others stand there as pictures."""
    scripted = {figure.name for figure in registry.FIGURES if figure.script is not None}
    return [name for name in figures_of(results) if name in scripted]


def cases():
    """Name -> results."""
    whole = make_results(trials=10)
    diverged = [
        replace(t, status=TrialStatus.DIVERGED, values={}, losses={}, loss_scale={}) for t in whole.trials
    ]
    return {
        "two objectives": whole,
        "three objectives": make_results(objectives=3, trials=7, seeds=2),
        "four objectives": several(4, trials=7),
        "one objective": single_objective(),
        "one seed": make_results(trials=7, seeds=1),
        "not confirmed": make_results(trials=7, seeds=0),
        "no reference": make_results(trials=7, seeds=0, reference=False),
        "one trial": Results(whole.study, whole.trials[:1]),
        "no trial": Results(whole.study, ()),
        "none feasible": make_results(trials=7, seeds=0, bounds={"accuracy": 0.999}),
        "all diverged": Results(whole.study, tuple(diverged)),
        "many terms": several(2, trials=14, terms=12),
    }


def curves_of(results, epochs=5, first=1):
    """A curve of every complete trial from the ``first``, with gaps as they are stored."""
    found = {}
    for t in results.trials[first:]:
        if t.status is not TrialStatus.COMPLETE:
            continue
        rows = []
        for epoch in range(epochs):
            left = 0.5**epoch
            val = {term: 0.1 + left for term in results.study.terms}
            train = {term: math.nan if epoch == 2 else left for term in val} if epoch else {}
            objectives = {n: v * (1 - left / 2) for n, v in t.values.items()}
            rows.append(EpochRecord(epoch, train, val, objectives))
        found[t.number] = rows
    return found


def renderer_of(figure):
    """What has just drawn the figure, for the extents of its parts."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return canvas.get_renderer()


def pixels(png):
    """Height x width x 3, 0 to 255."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def ink(png):
    """Share of pixels that are not white."""
    return float((pixels(png) < 250).any(axis=2).mean())
