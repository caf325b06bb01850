"""A real coordinator whose workers answer at once: what it costs, without any training."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

import jrtune as jr
from jrtune.search.run.progress import Progress as Shown
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, Session, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import EpochRecord, Job, Outcome, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.store.records import Results
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import CohortTask, Done, Report, SizeTask, TaskId, Update
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import pick_device

EPOCHS = 20

MODEL_BYTES = 20_000


def values_of(job: Job) -> dict[str, float]:
    """Two objectives that trade off in the weight, with the noise of a training."""
    weight, lr = job.candidate.weights["a"], float(job.candidate.choices["lr"])
    one, two = np.random.default_rng(derive(job.seed, "values")).normal(0, 0.02, 2).tolist()
    return {"one": (1 - weight) ** 2 + (lr - 0.3) ** 2 + one, "two": weight**2 + (lr - 0.3) ** 2 + two}


def outcome_of(job: Job) -> Outcome:
    """The outcome of a training of the usual length, with a small model."""
    values = values_of(job)
    losses = {"a": values["one"], "b": values["two"]}
    rows = [
        EpochRecord(e, losses, losses, {name: v + (EPOCHS - e) / EPOCHS for name, v in values.items()})
        for e in range(EPOCHS + 1)
    ]
    return Outcome(
        TrialStatus.COMPLETE, EPOCHS, values, losses, {}, losses, rows, 0.0, "", bytes(MODEL_BYTES)
    )


@dataclass
class InstantExecutor:
    """An executor whose workers answer at once, in the order of the tasks.

    Attributes:
        workers: that it claims to have.
    """

    workers: int = 1
    count: int = 0
    reports: deque[Report] = field(default_factory=deque)

    def __enter__(self) -> Self:
        """Starts nothing."""
        return self

    def __exit__(self, *error: object) -> None:
        """Ends nothing."""

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        """Answers a task."""
        self.count += 1
        number = TaskId(self.count)
        if isinstance(task, CohortTask):
            outcomes = {i: outcome_of(task.jobs[i]) for i in sorted(task.wanted)}
            self.reports.append(Update(number, outcomes))
        self.reports.append(Done(number, 1))
        return number

    def end(self, task: TaskId) -> None:
        """Forgets what is said of a task."""
        self.reports = deque(report for report in self.reports if report.task != task)

    def wait(self, seconds: float) -> Report | None:
        """The next report."""
        return self.reports.popleft() if self.reports else None


def study() -> jr.Study:
    """Two terms, a choice, two numbers."""
    return jr.Study(
        name="instant",
        data=lambda: {s: {"x": np.zeros((1, 1))} for s in ("train", "val", "test")},
        model=lambda sharing, width: None,
        losses={"a": lambda o, b: None, "b": lambda o, b: None},
        objectives={"one": jr.minimize(lambda o, b: 0.0), "two": jr.minimize(lambda o, b: 0.0)},
        space={"sharing": jr.choice("hard", "soft"), "width": jr.integer(8, 32), "lr": jr.number(0.01, 1)},
        epochs=EPOCHS,
    )


@contextmanager
def session(url: str) -> Iterator[Session]:
    """The study in a database."""
    a_study = study()
    loaded = Loaded(a_study, a_study.name, Path(__file__), {}, a_study.data(), "none", pick_device("cpu"))
    with held(loaded, url, 0) as opened:
        yield opened


def run(url: str, trials: int, sampler: str, workers: int = 1, cohort: int = 8) -> Results:
    """A whole run with its database, until there are so many trials."""
    budget = Budget(trials, sampler, cohort)
    with (
        session(url) as opened,
        Shown(quiet=True) as progress,
        Dispatcher(InstantExecutor(workers), Saved(None)) as dispatcher,
    ):
        return tune(opened, dispatcher, budget, Stop(), progress)
