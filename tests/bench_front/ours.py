"""jrtune's own arm: the real ``tune``, its database and all, with a clock at the trainer's outcomes."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bench_front.measure import Run
from bench_front.problem import Spec

from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig
from jrtune.search.run.session import Loaded, held, load
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import Job, Outcome
from jrtune.train import Trainer


class RunEndedError(Exception):
    """The run is over."""


class Watched:
    """A trainer that measures every job on test too, and notes when its outcome was there."""

    def __init__(self, trainer: Trainer, run: Run) -> None:
        self.trainer, self.run = trainer, run

    @property
    def size(self) -> int | None:
        return self.trainer.size

    def capacity(self, job: Job) -> int:
        return self.trainer.capacity(job)

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), *rest: Any
    ) -> Iterator[Sequence[tuple[int, Outcome]]]:
        """As :meth:`jrtune.train.Trainer.train`.

        Raises:
            RunEndedError: when the run is over.
        """
        tested = [replace(job, test=True) for job in jobs]
        for group in self.trainer.train(tested, done, *rest):
            self.run.see([(jobs[index].candidate, outcome) for index, outcome in group])
            yield group
            if not self.run.left():
                raise RunEndedError


def ready(spec: Spec) -> Loaded:
    """The study and its data; what is loaded once, and on nobody's clock."""
    return load(RunConfig(spec.path, spec.settings, "", epochs=spec.epochs, device=spec.device))


def search(loaded: Loaded, seed: int, run: Run, budget: Budget) -> None:
    """One run of jrtune."""
    with (
        tempfile.TemporaryDirectory() as folder,
        held(loaded, f"{folder}/bench.db", seed) as session,
        Progress(quiet=True) as progress,
    ):
        watched = Watched(session.trainer(budget.cohort, lambda line: None), run)
        with suppress(RunEndedError):
            tune(session, watched, replace(budget, time_limit=run.budget), Stop(), progress)
