"""Several numbers told from one row of numbers: does it help to learn how they are related?

A trunk that all targets share makes features between -1 and 1, from which a linear head for each tells its
target. The loss terms are the squared errors of the targets, in units of their variance in training, and
"relation", a penalty on the stacked heads W, divided by their number: with "covariance" it is
``tr(W' Omega^-1 W)``, where the targets' covariance Omega is learnt with them (Zhang & Yeung 2010), with
"trace" the sum of the singular values of W (Argyriou et al. 2008); with "none" there is no such term. The
objectives are the targets' relative errors: the root of the squared error over that of the training mean
(RRMSE, Spyromitros-Xioufis et al. 2016); at 1 nothing is gained. Watched is how each target is correlated
with the next by the Omega that belongs to the heads, whatever the penalty.

The default input is generated, few rows with noise: four targets in two pairs, whose heads on hidden features
are alike within a pair and drawn anew for the other; three values in ten of the targets are missing. Missing
targets are masked and counted, and a missing input is the mean of training. Whether rows of a file belong
together (places side by side, days in a row) is not known: they are split at random.

Options of :func:`make`: relation, data (an .arff file whose last columns are the targets), targets (how many
these are, 2 to 6), seed (of what is generated, and of the split).
"""

import re
from itertools import pairwise

import numpy as np
import torch
from torch import nn

import jrtune as jr

RELATIONS = {"covariance": jr.losses.task_covariance, "trace": jr.losses.trace_norm, "none": None}


def generated(seed: int, rows: int = 400, inputs: int = 40, features: int = 8) -> dict[str, np.ndarray]:
    """Columns of inputs and of the targets a1, a2, b1 and b2: linear in hidden features, alike in a pair."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, inputs))
    hidden = np.tanh(x @ rng.normal(size=(inputs, features)) / np.sqrt(inputs))
    heads = np.repeat(rng.normal(size=(2, features)), 2, axis=0) + 0.2 * rng.normal(size=(4, features))
    y = hidden @ heads.T + rng.normal(size=(rows, 4))
    y[rng.random(y.shape) < 0.3] = np.nan
    names = [f"x{k + 1}" for k in range(inputs)] + ["a1", "a2", "b1", "b2"]
    return dict(zip(names, np.column_stack([x, y]).T, strict=True))


def read(data: str, targets: int, seed: int) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Inputs (n x d), targets (n x T) and the names of these; where one is no name of a term, ``targetK``."""
    columns = jr.data.read_arff(data) if data else generated(seed)
    targets = targets if data else targets or 4
    if not 2 <= targets <= min(6, len(columns) - 1):
        raise jr.DataError(
            f"expected 2 to 6 targets behind one input or more, got targets={targets} of {len(columns)} "
            f"columns in {data or 'what is generated'}: set targets=N, how many of the last columns they are"
        )
    names, table = [*columns][-targets:], np.stack([*columns.values()], 1)
    usable = [re.fullmatch("[A-Za-z][A-Za-z0-9_-]*", name) and name != "relation" for name in names]
    names = [name if usable[k] else f"target{k + 1}" for k, name in enumerate(names)]
    return table[:, :-targets], table[:, -targets:], names


def load(inputs: np.ndarray, targets: np.ndarray, seed: int) -> dict[str, dict]:
    """Splits with "inputs" (n x d) and "targets" (n x T, NaN where missing), in the scale of training."""
    parts = jr.data.group_split(np.arange(len(inputs)), seed)
    train = parts["train"]
    gone = [np.isnan(targets[rows]).all(0) for rows in parts.values()]
    if (useless := np.any([*gone, deviation(targets[train]) == 0], 0)).any():
        raise jr.DataError(
            f"expected values of each target in each split, in training more than one, got none of target "
            f"{useless.argmax() + 1}: leave it out"
        )
    batch = {"inputs": np.nan_to_num(scaled(inputs, train)), "targets": scaled(targets, train)}
    return {split: {name: array[rows] for name, array in batch.items()} for split, rows in parts.items()}


def scaled(values: np.ndarray, train: np.ndarray) -> np.ndarray:
    """In units of the deviation in training from its mean there; 0 where it is the same in all training."""
    mean, spread = np.ma.masked_invalid(values[train]).mean(0).filled(0), deviation(values[train])
    return np.where(spread > 0, values - mean, 0) / np.where(spread > 0, spread, 1)


def deviation(values: np.ndarray) -> np.ndarray:
    """Of each column; 0 where all is missing."""
    return np.ma.masked_invalid(values).std(0).filled(0)


class Regression(nn.Module):
    """A trunk, the stacked heads, and how they are related."""

    def __init__(self, inputs: int, targets: int, relation: str, width: int, depth: int) -> None:
        super().__init__()
        self.trunk = jr.models.MLP([inputs, *[width] * depth])
        self.heads = nn.Linear(width, targets)
        self.penalty = RELATIONS[relation]

    def forward(self, batch):
        """{"inputs": B x d} -> "targets" (B x T), "relation" (B), the penalty, and "omega" (B x T x T)."""
        outputs = {"targets": self.heads(self.trunk(batch["inputs"]).tanh())}
        heads, size = self.heads.weight, len(batch["inputs"])
        if self.penalty:
            outputs["relation"] = self.penalty(heads / len(heads)).expand(size)  # of the size of one target's
        if not self.training:
            outputs["omega"] = jr.losses.task_relation(heads).expand(size, -1, -1)
        return outputs


def loss(k: int):
    return lambda out, batch: jr.losses.squared_error(out["targets"][:, k], batch["targets"][:, k])


def error(k: int, term: str):
    def rrmse(out, batch):
        target = batch["targets"][:, k]
        mean = jr.losses.squared_error(torch.zeros_like(target), target)  # of training: targets are scaled
        return (loss(k)(out, batch) / mean).sqrt()

    return jr.minimize(rrmse, worst=1.2, term=term)


def correlation(k: int):
    def measure(out, batch):
        omega = out["omega"][0]
        return omega[k, k + 1] / (omega[k, k] * omega[k + 1, k + 1]).sqrt()

    return measure


def make(relation: str = "covariance", data: str = "", targets: int = 0, seed: int = 0) -> jr.Study:
    """The study of a file's targets, or of generated ones."""
    if relation not in RELATIONS:
        raise jr.StudyError(f"expected the relation covariance, trace or none, got {relation!r}: choose one")
    x, y, names = read(data, targets, seed)
    losses = {name: loss(k) for k, name in enumerate(names)}
    if relation != "none":
        losses["relation"] = lambda out, batch: out["relation"].mean()
    return jr.Study(
        name="-".join(["related-targets", relation][: 1 + (relation != "covariance")]),
        data=lambda: load(x, y, seed),
        model=lambda width=16, depth=1: Regression(x.shape[1], len(names), relation, width, depth),
        losses=losses,
        objectives={f"{name}_error": error(k, name) for k, name in enumerate(names)},
        space={
            "width": jr.choice(16, 32),
            "depth": jr.choice(1, 2),
            "lr": jr.number(3e-3, 3e-2, log=True),
        },
        epochs=60,
        training=jr.Training(batch_size=32),
        missing=("targets",),
        watched={f"{a}_{b}_relation": correlation(k) for k, (a, b) in enumerate(pairwise(names))},
    )


study = make
