"""Weight-conditioned networks as an arm: jrtune's amortised front, again and again from other seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from bench_front.measure import Run

from jrtune.conditioned.amortised import NETWORKS, TIMES, Halving, jobs_of, weightings_of
from jrtune.conditioned.stacked import condition_together
from jrtune.errors import StudyError
from jrtune.spec import Candidate, Outcome, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.train import Problem


class Timed:
    """The judge of an amortised front, with a note of when it was asked.

    Attributes:
        seconds: rung -> seconds of the run.
    """

    def __init__(self, pruner: Halving, run: Run) -> None:
        self.pruner, self.run, self.rungs = pruner, run, pruner.rungs
        self.seconds: dict[int, float] = {}

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> Collection[int]:
        self.seconds[epoch] = self.run.seconds()
        return self.pruner.pruned(epoch, values)


def search(problem: Problem, seed: int, run: Run, epochs: int | None = None) -> None:
    """Amortised fronts until the run is over.

    Each network is measured on test too whenever it is measured on validation, on the clock. A front is seen
    as it was at each check.

    Raises:
        StudyError: where no network can be trained.
    """
    number = 0
    while run.left():
        trained = one_front(problem, derive(seed, "front", number), run, epochs)
        if not trained:
            raise StudyError("no conditioned network could be trained")
        number += 1


def one_front(problem: Problem, seed: int, run: Run, epochs: int | None = None) -> int:
    """How many networks were measured; they are seen by the run."""
    study = problem.study
    epochs = epochs or TIMES * study.epochs
    jobs, points = jobs_of(study, NETWORKS, seed, test=True), weightings_of(list(study.losses))
    pruner = Timed(Halving(study, epochs), run)
    grid = torch.tensor(points, dtype=problem.dtype, device=problem.device)
    found = condition_together(problem, jobs, epochs, grid, pruner)
    pruner.seconds[epochs] = run.seconds()
    for epoch, seconds in sorted(pruner.seconds.items()):
        ended = [
            (Candidate(dict(zip(study.losses, weights, strict=True)), job.candidate.choices), outcome)
            for job, progress in zip(jobs, found, strict=True)
            if epoch in progress.fronts
            for weights, outcome in zip(
                points, outcomes(progress.fronts[epoch], progress.tests[epoch]), strict=True
            )
        ]
        run.see(ended, trainings=len(jobs) if epoch == epochs else 0, now=seconds)
    return sum(bool(progress.fronts) for progress in found)


def outcomes(fronts: list[dict[str, float]], tests: list[dict[str, float]]) -> list[Outcome]:
    """A network's figures at each weighting as outcomes of trials that completed."""
    return [Outcome(TrialStatus.COMPLETE, values=v, test=t) for v, t in zip(fronts, tests, strict=True)]
