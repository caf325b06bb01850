"""A study that trains in a hundredth of a second, as a file for the command line and as an object."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from jrtune.search.ask.enqueued import Plan
from jrtune.search.run.confirm import confirm
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig
from jrtune.search.run.session import Loaded, held, load
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import Candidate
from jrtune.store.records import Results
from jrtune.train import prepare
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import Executor
from jrtune.train.executors.inline import Inline

SOURCE = """
import os
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
import jrtune as jr


def load(samples: int = 90, seed: int = 0, broken: str = ""):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, 4)).astype(np.float32)
    y = x @ np.array([1, -1, 0.5, 0], np.float32)
    z = x @ np.array([-1, 1, 0.5, 1], np.float32)
    if broken == "nan":
        x[3, 1] = np.nan
    third = samples // 3
    parts = {"train": slice(0, third), "val": slice(third, 2 * third), "test": slice(2 * third, None)}
    splits = {s: {"x": x[p], "y": y[p], "z": z[p]} for s, p in parts.items()}
    if broken == "lengths":
        splits["val"]["y"] = splits["val"]["y"][:-1]
    if broken == "empty":
        splits["test"] = {name: array[:0] for name, array in splits["test"].items()}
    return splits


class Net(nn.Module):
    def __init__(self, width: int = 2, kind: str = "relu", slope: float = 0.1):
        super().__init__()
        self.slope = slope if kind == "leaky" else 0.0
        self.trunk = nn.Linear(4, width)
        self.heads = nn.Linear(width, 2)

    def forward(self, batch):
        out = self.heads(F.leaky_relu(self.trunk(batch["x"]), self.slope))
        return {"y": out[:, 0], "z": out[:, 1]}


def bad(outputs, batch):
    if os.environ.get("TOY_BUG"):
        raise KeyError("a mistake in the study")
    return F.mse_loss(outputs["y"], batch["y"])


study = jr.Study(
    name="toy",
    data=load,
    model=Net,
    losses={"y": bad, "z": lambda o, b: F.mse_loss(o["z"], b["z"])},
    objectives={
        "error_y": jr.minimize(lambda o, b: F.l1_loss(o["y"], b["y"]), term="y"),
        "error_z": jr.minimize(lambda o, b: F.l1_loss(o["z"], b["z"]), term="z"BOUND),
    },
    space={
        "kind": jr.choice("relu", "leaky"),
        "slope": jr.number(0.01, 0.3, when={"kind": "leaky"}),
        "width": jr.integer(1, 3),
        "lr": jr.number(1e-3, LR, log=True),
    },
    epochs=2,
    training=jr.Training(batch_size=16),
)
"""


def write_toy(folder: Path, *, bound: str = "", lr: str = "0.3", name: str = "toy.py") -> Path:
    """The study's file; ``bound`` goes into an objective, ``lr`` is the greatest rate."""
    path = folder / name
    path.write_text(SOURCE.replace("BOUND", bound).replace("LR", lr))
    return path


def inline(loaded: Loaded, workers: int = 1) -> Executor:
    """One after another in this process, as if with so many workers."""
    return Inline(prepare(loaded.study, loaded.data, loaded.device), workers)


def run_toy(
    path: Path,
    url: str,
    budget: Budget,
    seed: int = 0,
    name: str | None = None,
    make: Callable[[Loaded], Executor] = inline,
    seeds: int = 0,
    prior: Sequence[Candidate] = (),
    sized: bool = False,
) -> Results:
    """Searches the toy study in this process, unless ``make`` makes another executor.

    Where the budget has no cohort, candidates are asked for one by one; ``sized`` measures it.
    """
    budget = budget if sized or budget.cohort else replace(budget, cohort=1)
    loaded = load(RunConfig(path, [], url, name, device="cpu"))
    with (
        held(loaded, url, seed) as session,
        Progress(quiet=True) as progress,
        Dispatcher(make(loaded), session.saved(None, print)) as dispatcher,
    ):
        results = tune(session, dispatcher, budget, Stop(), progress, Plan(prior=prior))
        return confirm(session, dispatcher, seeds, Stop(), progress) if seeds else results


def essence(results: Results) -> list[tuple[object, ...]]:
    """All of the trials but the clock: what must be the same after a kill."""
    return [
        (
            t.number,
            t.source,
            t.candidate.to_json(),
            t.status,
            t.epoch,
            dict(t.values),
            dict(t.losses),
            dict(t.loss_scale),
        )
        for t in results.trials
    ]


def cohorts_of(url: str, study: str = "toy") -> list[list[int]]:
    """Numbers of the trials of each cohort."""
    query = (
        "SELECT first, size FROM jrtune_cohorts WHERE study_id ="
        ' (SELECT id FROM jrtune_studies WHERE name = ?) ORDER BY "index"'
    )
    with contextlib.closing(sqlite3.connect(url)) as connection:
        return [list(range(first, first + size)) for first, size in connection.execute(query, (study,))]
