"""For users: the whole front at once, by networks that are conditioned on the weighting."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from jrtune.conditioned.calls import refuse_constraints
from jrtune.conditioned.network import Conditioned
from jrtune.conditioned.stacked import ConditionedOutcome, condition_together
from jrtune.data import check_splits
from jrtune.errors import InputError, StudyError
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.indicators import hypervolume
from jrtune.space.space import Space
from jrtune.spec import Candidate, Entry, Job, Study, Value
from jrtune.spec.seeds import derive
from jrtune.train.loop.device import pick_device
from jrtune.train.loop.evaluate import metrics_of
from jrtune.train.loop.member import make_member
from jrtune.train.loop.problem import Problem, prepare

if TYPE_CHECKING:
    from torch import nn

NETWORKS = 4
"""Networks at the start, at most: one for each architecture."""

TIMES = 3
"""Epochs of the networks that are trained to the end, in those of one ordinary training."""

CHECKS = 3
"""Times that the networks are measured in the epochs of one ordinary training."""

WEIGHTINGS = 21
"""Weightings at which a network of more than two terms is measured, at most; of two terms, at 11."""

MARGIN = 0.1
"""Distance of a check's reference point beyond the worst values, as a share of the range."""


@dataclass(frozen=True)
class AmortisedFront:
    """A front of networks, each a conditioned network at one weighting.

    Attributes:
        table: a row for each point that no other dominates on validation, from best to worst in the first
            objective: the network's number and epoch, its choices, the weights ("weight TERM"), and every
            objective and watched metric on validation and on test ("val NAME", "test NAME").
        networks: (network's number, epoch) -> the conditioned network; those that have a point in the table.

    Examples:
        >>> from my_study import study  # the file that `jrtune new my-study` writes
        >>> front = jr.amortised_front(study, study.data(), networks=2, epochs=3)
        >>> isinstance(front, jr.AmortisedFront), list(front.table.columns)[:4]
        (True, ['network', 'epoch', 'width', 'lr'])
    """

    table: pd.DataFrame
    networks: Mapping[tuple[int, int], Conditioned]

    def at(self, row: int) -> nn.Module:
        """The ordinary network of a row of the table."""
        found = self.table.iloc[row]
        net = self.networks[int(found["network"]), int(found["epoch"])]
        return net.at({term: float(found[f"weight {term}"]) for term in net.terms})


def amortised_front(
    study: Study,
    data: Mapping[str, Mapping[str, object]],
    networks: int = NETWORKS,
    *,
    epochs: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> AmortisedFront:
    """The front of a study for the price of a few trainings: conditioned networks instead of trials.

    A conditioned network is trained for all weightings at once (:func:`jrtune.train_conditioned`). Several
    are, of different architectures. After two thirds of an ordinary training and each further third they are
    measured on validation, at weightings spread evenly; after two thirds the half of less hypervolume is
    dropped. The front is of all that was measured; its members alone are measured on test.

    Its results are no trial's: a trial is trained for its own weighting alone. Use it to see what can be
    reached, or where the network itself is wanted; use ``jrtune tune`` for results with intervals.

    Args:
        study: the problem.
        data: its splits, as ``study.data()`` gives them.
        networks: number to begin with, at most; the study's default architecture is one of them. Entries
            that are no choice among options have their defaults.
        epochs: of those that are trained to the end; None takes three times the study's.
        seed: of initialisation, order and weightings, and of which architectures are tried.
        device: "auto", "cpu" or "cuda".

    Raises:
        StudyError: where no network can be trained: batch norm, constraints, a loss that is not finite.
        InputError: where data, epochs, networks or device cannot be used.

    Examples:
        >>> from my_study import study  # the file that `jrtune new my-study` writes
        >>> front = jr.amortised_front(study, study.data(), networks=2, epochs=3)
        >>> len(front.table) > 1, front.at(0)(study.data()["val"])["kind"].shape
        (True, torch.Size([150, 2]))
    """
    epochs = TIMES * study.epochs if epochs is None else epochs
    if epochs < 1 or networks < 1:
        raise InputError(f"epochs and networks must be integers from 1, got {epochs!r}, {networks!r}")
    refuse_constraints(study)
    check_splits(data, study.missing)
    problem = prepare(study, data, pick_device(device))
    jobs = jobs_of(study, networks, seed)
    points = weightings_of(list(study.losses))
    grid = torch.tensor(points, dtype=problem.dtype, device=problem.device)
    progress = condition_together(problem, jobs, epochs, grid, Halving(study, epochs))
    if not any(p.fronts for p in progress):
        raise StudyError(f"no network could be trained: {progress[0].message}")
    return _front(problem, jobs, progress, points)


def jobs_of(study: Study, count: int, seed: int, test: bool = False) -> list[Job]:
    """A training for each of so many architectures: the default one, and others in the seed's order."""
    space = Space(study)
    options = {name: entry.options for name, entry in space.entries.items() if entry.kind == "choice"}
    default = tuple(space.entries[name].default for name in options)
    others = list(product(*options.values()))
    order = np.random.default_rng(derive(seed, "architectures")).permutation(len(others))
    found: list[Candidate] = []
    for values in chain([default], (others[index] for index in order)):
        candidate = space.build(
            partial(_picked, dict(zip(options, values, strict=True))), space.simplex.equal()
        )
        if candidate not in found and len(found) < count:
            found.append(candidate)
    return [Job(c, derive(seed, "network", k), order_seed=seed, test=test) for k, c in enumerate(found)]


def _picked(chosen: Mapping[str, Value], name: str, entry: Entry) -> Value:
    return chosen.get(name, entry.default)


def weightings_of(terms: Sequence[str]) -> list[list[float]]:
    """Weightings at which a network is measured: 11 of two terms, else the finest even grid of 21 or fewer.

    >>> [len(weightings_of("abcdef"[:count])) for count in (1, 2, 3, 4, 5, 6)]
    [1, 11, 21, 20, 15, 21]
    """
    count = len(terms)
    parts = 10 if count == 2 else 1
    while count > 2 and math.comb(parts + count, count - 1) <= WEIGHTINGS:
        parts += 1
    whole = (shares for shares in product(range(parts + 1), repeat=count) if sum(shares) == parts)
    return [[share / parts for share in shares] for shares in whole]


class Halving:
    """Drops the half of the networks whose fronts are worth less, once.

    Args:
        study: its objectives and epochs count.
        epochs: of the whole training.
    """

    def __init__(self, study: Study, epochs: int) -> None:
        self.signs = [objective.sign for objective in study.objectives.values()]
        pause = -(-study.epochs // CHECKS)
        self.rungs = list(range(2 * pause, epochs, pause))  # before, there is little to see
        self.cut = 2 * pause

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> Collection[int]:
        """See :class:`jrtune.train.loop.trainer.Pruner`."""
        if epoch != self.cut:
            return ()
        fronts = {
            k: np.array(list(row.values())).reshape(-1, len(self.signs)) * self.signs
            for k, row in values.items()
        }
        every = np.concatenate(list(fronts.values()))
        corner = every.max(axis=0) + MARGIN * (every.max(axis=0) - every.min(axis=0))
        worth = {k: hypervolume(front, corner) for k, front in fronts.items()}
        best = sorted(worth, key=lambda k: (-worth[k], k))
        return best[-(-len(best) // 2) :]


def _front(
    problem: Problem,
    jobs: Sequence[Job],
    progress: Sequence[ConditionedOutcome],
    points: Sequence[Sequence[float]],
) -> AmortisedFront:
    """The non-dominated points on validation, of all networks at all checks, measured on test."""
    study = problem.study
    signs = np.array([objective.sign for objective in study.objectives.values()])
    found = [
        (k, epoch, weights, values)
        for k, own in enumerate(progress)
        for epoch, front in own.fronts.items()
        for weights, values in zip(points, front, strict=True)
        if all(math.isfinite(values[name]) for name in study.objectives)
    ]
    selected = non_dominated([signs * [values[name] for name in study.objectives] for *_, values in found])
    members = [member for member, on_front in zip(found, selected, strict=True) if on_front]
    members.sort(key=lambda member: signs[0] * next(iter(member[3].values())))
    networks: dict[tuple[int, int], Conditioned] = {}
    records = []
    for k, epoch, weights, values in members:
        if (k, epoch) not in networks:
            networks[k, epoch] = network_of(problem, jobs[k], progress[k].endpoints[epoch])
        named = dict(zip(study.losses, weights, strict=True))
        test = metrics_of(networks[k, epoch].at(named), problem, "test")
        records.append(
            {"network": k, "epoch": epoch}
            | dict(jobs[k].candidate.choices)
            | {f"weight {term}": weight for term, weight in named.items()}
            | {f"val {name}": value for name, value in values.items()}
            | {f"test {name}": value for name, value in test.items()}
        )
    return AmortisedFront(pd.DataFrame(records), networks)


def network_of(problem: Problem, job: Job, endpoints: torch.Tensor) -> Conditioned:
    """The conditioned network of a job with these ends, T x N."""
    with torch.random.fork_rng([problem.device] if problem.device.type == "cuda" else []):
        net = Conditioned(make_member(problem, job).model, list(problem.study.losses))
    net.endpoints.data.copy_(endpoints)
    return net.eval()
