"""Weights from a small proxy, at full size.

Weights are searched on a network of a quarter of the width and a tenth of the data, and used on the full
one: as they are, rescaled by the losses at the start or by the norms of gradients, and as they are with the
means of neighbours on the front besides. Their fronts on test, of trainings from fresh seeds, stand against
those of weights that were searched at full size (at most 2 % of hypervolume less), and against equal
weights. The proxy is cheap and has more trials by default; its front may still be two or three lucky points,
with gaps. Only the weights are searched. A trial's weights sum to one, so that a rescaled factor is left out
here: under AdamW it matters only where clipping binds.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import moocore
import numpy as np
import torch
from torch import nn
from toy import inline

import jrtune as jr
from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.export.weights import Weights, weights_of
from jrtune.export.weights_file import weights_file
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import Candidate, Job
from jrtune.spec.study_file import load_study
from jrtune.store.records import Results, TrialRecord
from jrtune.train import CohortTrainer, prepare
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.saved import Saved

STUDIES = Path(__file__).parents[2] / "studies"
CPU = torch.device("cpu")
AT_MOST = 0.02


@dataclass(frozen=True)
class Size:
    """A study at a size: model choices, options of the data, training."""

    choices: Mapping[str, object]
    options: Mapping[str, object]
    batch_size: int
    lr: float


PROXIES = {
    "image_edges": (
        Size({"width": 24}, {}, 64, 1e-2),
        Size({"width": 6}, {"limit": 180}, 16, 1e-2),
    ),
    "overlaid_images": (
        Size({"features": 16}, {}, 64, 1e-2),
        Size({"features": 4}, {"limit": 539}, 16, 1e-2),
    ),
}
"""Study -> the full size and its proxy: a quarter of the width, a tenth of the data, smaller minibatches."""


def sized(name: str, size: Size) -> jr.Study:
    """The study at a size; only the weights vary."""
    study = load_study(STUDIES / f"{name}.py")
    return replace(
        study,
        model=partial(_built, study.model, size.choices),
        data=partial(study.data, **size.options),
        space={},
        training=replace(study.training, batch_size=size.batch_size, lr=size.lr),
    )


def _built(model: Callable[..., nn.Module], choices: Mapping[str, object]) -> nn.Module:
    return model(**choices)


def searched(study: jr.Study, trials: int, seed: int) -> tuple[Results, dict[int, dict[str, float]], float]:
    """The study's results, the gradients at the start of its front, and what it cost in seconds."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(open(os.devnull, "w")):
        loaded = Loaded(study, study.name, Path(__file__), {}, study.data(), "", CPU)
        with held(loaded, f"{folder}/x.db", seed) as session, Progress(quiet=True) as progress:
            dispatcher = Dispatcher(inline(loaded), Saved(None))
            results = tune(session, dispatcher, Budget(trials, "front"), Stop(), progress)
            norms = {t.number: session.store.gradient_scale(t.number) for t in results.trials}
    return results, norms, sum(t.seconds for t in results.trials)


def loaded_weights(trial: TrialRecord, results: Results, norms: Mapping[str, float]) -> Weights:
    """As a project loads them from weights.json."""
    return weights_of(weights_file(trial, Analysis(results), norms), Path("weights.json"))


def on_test(study: jr.Study, weightings: list[dict[str, float]], seeds: int) -> dict[str, np.ndarray]:
    """JSON of the weighting -> its m objectives on test, a mean over seeds that no search used."""
    problem = prepare(study, study.data(), CPU)
    unique = {Candidate(w).to_json(): Candidate(w) for w in weightings}
    jobs = [
        Job(c, 10_000 + s, order_seed=10_000 + s, test=True) for s in range(seeds) for c in unique.values()
    ]
    found: dict[str, list[list[float]]] = {}
    for group in CohortTrainer(problem, 16).train(jobs):
        for index, outcome in group:
            key = jobs[index].candidate.to_json()
            found.setdefault(key, []).append([outcome.test[o] for o in study.objectives])
    return {key: np.mean(rows, axis=0) for key, rows in found.items()}


def halfway(weightings: list[dict[str, float]]) -> list[dict[str, float]]:
    """Those along a front, and between each two neighbours their mean: a front of few points has gaps."""
    means = [{t: (a[t] + b[t]) / 2 for t in a} for a, b in itertools.pairwise(weightings)]
    return [*weightings, *means]


def proxy(name: str, trials: tuple[int, int], seed: int, confirm: int) -> None:
    """One search at each size, of so many trials, and the fronts that their weights give at full size."""
    full, small = (sized(name, size) for size in PROXIES[name])
    big_results, _, big_cost = searched(full, trials[0], seed)
    small_results, norms, small_cost = searched(small, trials[1], seed)
    torch.manual_seed(seed)
    train = prepare(full, full.data(), CPU).splits["train"]
    batches = list(train.batches(torch.randperm(train.size), full.training.batch_size))
    scale = jr.calibrate(full.model(), batches, full.losses)
    tuned = [loaded_weights(m, small_results, norms[m.number]) for m in front(small_results)]
    equal = {term: 1 / len(full.losses) for term in full.losses}
    ways = {
        "searched at full size": [dict(m.candidate.weights) for m in front(big_results)],
        "from the proxy, as they are": [dict(w) for w in tuned],
        "from the proxy, by losses": [dict(w.rescale(scale, by="losses")) for w in tuned],
        "from the proxy, by gradients": [dict(w.rescale(scale, by="gradients")) for w in tuned],
        "from the proxy, and halfway": halfway([dict(w) for w in tuned]),
        "equal weights": [equal],
    }
    start = time.perf_counter()
    figures = on_test(full, [w for ws in ways.values() for w in ws], confirm)
    costs = {way: -np.stack([figures[Candidate(w).to_json()] for w in ws]) for way, ws in ways.items()}
    nadir = np.concatenate([costs[way] for way in ways if way != "equal weights"]).max(0)
    full_volume, strict_volume = (
        moocore.hypervolume(costs["searched at full size"], ref=ref) for ref in ([0.0, 0.0], nadir)
    )
    old = tuned[0]
    print(
        f"{name}, seed {seed}, {confirm} seeds on test: the proxy's search of {trials[1]} trials cost "
        f"{small_cost / big_cost:.2f} of {trials[0]} at full size ({small_cost:.1f} s of {big_cost:.1f} s); "
        f"from proxy to full size the losses are {_ratios(scale.losses, old.loss_scale)} times as large at "
        f"the start, and their gradients {_ratios(scale.gradients, old.gradient_scale)} times"
    )
    for way, found in costs.items():
        volume, strict = (moocore.hypervolume(found, ref=ref) for ref in ([0.0, 0.0], nadir))
        lost, strictly = 1 - volume / full_volume, 1 - strict / strict_volume
        print(
            f"  {way:28} {len(found):2} weightings: hypervolume {volume:.4f}, {lost:+.2%} lost (at most "
            f"{AT_MOST:.0%}); {strictly:+.1%} of what lies beyond the worst of all fronts",
            flush=True,
        )
    print(f"  ({time.perf_counter() - start:.0f} s on test)", flush=True)


def _ratios(new: Mapping[str, float], old: Mapping[str, float | None]) -> str:
    return ", ".join(f"{new[term] / (old[term] or np.nan):.2f} ({term})" for term in new)
