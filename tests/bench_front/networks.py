"""Weight-conditioned networks as an arm: one for each architecture, measured at many weightings."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Mapping, Sequence

from bench_front.pool import Ended
from bench_front.searches import architectures, lattice

from jrtune.errors import StudyError
from jrtune.space.space import Space
from jrtune.spec import Candidate, Ending, Job, Outcome, Study
from jrtune.train import Problem
from jrtune.train.conditioned import condition
from jrtune.train.evaluate import measure_resources, objectives_of, predict
from jrtune.train.trainer import Judge

MOST = 12
"""Architectures that are tried, at most."""

WEIGHTINGS = 21
"""At which a network of more than two terms is measured, at most; of two terms, at 11."""


class Architectures:
    """A network for each architecture in the seed's order, and then, from other initial ones, again.

    What is no choice of few keeps its default. A candidate's own weighting means nothing here.

    Args:
        study: whose space.
        seed: of the order.
        count: how many networks; None for no end.
    """

    rungs: Sequence[int] = ()

    def __init__(self, study: Study, seed: int, count: int | None = None) -> None:
        space = Space(study)
        found = [Candidate(space.simplex.equal(), choices) for choices in architectures(space)]
        random.Random(seed).shuffle(found)
        # the number goes on, and a training's seed is of its number
        self.left = enumerate(itertools.islice(itertools.cycle(found[:MOST]), count))
        self.failure = ""

    def ask(self) -> tuple[int, Candidate] | None:
        return next(self.left, None)

    def tell(self, number: int, outcome: Outcome) -> None:
        """Nothing is learned, but why a network could not be trained is kept."""
        self.failure = outcome.message or self.failure

    def goes_on(self, number: int, epoch: int, figures: Mapping[str, float]) -> bool:
        return True


def train_network(problem: Problem, job: Job, judge: Judge | None = None, *, epochs: int) -> Ended:
    """Work for the pool: a network of the job's choices, as an outcome for each weighting.

    It is trained as :func:`jrtune.train_conditioned` does, on data that lie ready. Where it cannot be
    trained there is one outcome, diverged.
    """
    try:
        net = condition(problem, job, epochs)
    except StudyError as error:
        return [(job.candidate, Outcome(Ending.DIVERGED, message=str(error)))]
    resources = measure_resources(net.at(job.candidate.weights), problem)
    ended = []
    for weights in weightings(list(job.candidate.weights)):
        network = net.at(weights)
        val, test = (
            objectives_of(predict(network, problem, split), problem, split, resources)
            for split in ("val", "test")
        )
        ended.append((Candidate(weights, job.candidate.choices), _judged(val, test)))
    return ended


def weightings(terms: Sequence[str]) -> list[dict[str, float]]:
    """At which a network is measured: 11 of two terms, else the finest even grid of 21 or fewer.

    >>> [len(weightings("abcdef"[:count])) for count in (1, 2, 3, 4, 5, 6)]
    [1, 11, 21, 20, 15, 21]
    """
    if len(terms) < 3:
        return lattice(terms, 10)
    parts = 1
    while math.comb(parts + len(terms), len(terms) - 1) <= WEIGHTINGS:
        parts += 1
    return lattice(terms, parts)


def _judged(val: Mapping[str, float], test: Mapping[str, float]) -> Outcome:
    """Complete, unless a figure is no number: such a point can be on no front."""
    if all(map(math.isfinite, (*val.values(), *test.values()))):
        return Outcome(Ending.COMPLETE, values=val, test=test)
    return Outcome(Ending.DIVERGED, message="a figure is not finite")
