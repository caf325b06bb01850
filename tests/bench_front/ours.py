"""jrtune's own arm: the real ``tune``, its database and all, with a clock at its outcomes."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from typing import Self

from bench_front.measure import Run
from bench_front.problem import Spec

from jrtune.search.run.executors import executor_of
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import Loaded, held, load
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import CohortTask, Executor, Report, SizeTask, TaskId
from jrtune.train.executors.executor import Update as Step


class RunEndedError(Exception):
    """The run is over."""


class Watched:
    """An executor that measures every job on test too, and notes when its outcome was there."""

    def __init__(self, executor: Executor, run: Run) -> None:
        self.executor, self.run = executor, run
        self.tasks: dict[TaskId, CohortTask] = {}

    @property
    def workers(self) -> int:
        return self.executor.workers

    def __enter__(self) -> Self:
        self.executor.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.executor.__exit__(*error)

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        if isinstance(task, SizeTask):
            return self.executor.start(task)
        number = self.executor.start(replace(task, jobs=tuple(replace(job, test=True) for job in task.jobs)))
        self.tasks[number] = task
        return number

    def end(self, task: TaskId) -> None:
        self.executor.end(task)

    def wait(self, seconds: float) -> Report | None:
        """As :meth:`jrtune.train.executors.executor.Executor.wait`.

        Raises:
            RunEndedError: when the run is over.
        """
        if not self.run.left():
            raise RunEndedError
        report = self.executor.wait(seconds)
        if isinstance(report, Step) and report.outcomes:
            jobs = self.tasks[report.task].jobs
            self.run.see([(jobs[index].candidate, outcome) for index, outcome in report.outcomes.items()])
        return report


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
        watched = Watched(executor_of(loaded, WorkerConfig()), run)
        with suppress(RunEndedError), Dispatcher(watched, session.saved(None, print)) as dispatcher:
            tune(session, dispatcher, replace(budget, time_limit=run.budget), Stop(), progress)
