"""What search and storage cost on top of the bare sampler in memory: ``make bench-overhead``.

The same 300 asks and tells, two objectives, tpe: once through Optuna in memory, once through jrtune with its
database, in turn, three times each. Nothing is trained. Prints milliseconds a trial, and fsyncs a trial where
strace is installed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Self

import numpy as np
import optuna

import jrtune as jr
from jrtune.search.ask.samplers import make_sampler
from jrtune.search.ask.trials import suggest
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.space.space import Space
from jrtune.spec import EpochRecord, Job, Outcome, TrialStatus
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import Begun, CohortTask, Done, Report, SizeTask, TaskId
from jrtune.train.executors.executor import Update as Step
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import pick_device

TRIALS, EPOCHS = 300, 20


def figures(weight: float, lr: float) -> dict[str, float]:
    """Two objectives that trade off in the weight."""
    return {"one": (1 - weight) ** 2 + (lr - 0.3) ** 2, "two": weight**2 + (lr - 0.3) ** 2}


class Instant:
    """An executor that answers at once, with a curve of the usual length and a small model."""

    workers = 1

    def __enter__(self) -> Self:
        self.reports: deque[Report] = deque()
        self.tasks = 0
        return self

    def __exit__(self, *error: object) -> None:
        self.reports.clear()

    def start(self, task: CohortTask | SizeTask) -> TaskId:
        number = TaskId(self.tasks)
        self.tasks += 1
        self.reports.append(Begun(number))
        if isinstance(task, CohortTask):
            outcomes = {index: outcome_of(task.jobs[index]) for index in sorted(task.wanted)}
            self.reports += [Step(number, {index: outcome}) for index, outcome in outcomes.items()]
        self.reports.append(Done(number, 1))
        return number

    def end(self, task: TaskId) -> None:
        self.reports = deque(report for report in self.reports if report.task != task)

    def wait(self, seconds: float) -> Report | None:
        return self.reports.popleft() if self.reports else None


def outcome_of(job: Job) -> Outcome:
    """The end of a training that took no time."""
    values = figures(job.candidate.weights["a"], float(job.candidate.choices["lr"]))
    losses = {"a": values["one"], "b": values["two"]}
    rows = [EpochRecord(e, losses, losses, values) for e in range(EPOCHS + 1)]
    return Outcome(TrialStatus.COMPLETE, EPOCHS, values, losses, {}, losses, rows, 0.0, "", bytes(20_000))


def study() -> jr.Study:
    """Two terms, a choice, two numbers."""
    return jr.Study(
        name="overhead",
        data=lambda: {s: {"x": np.zeros((1, 1))} for s in ("train", "val", "test")},
        model=lambda sharing, width: None,
        losses={"a": lambda o, b: None, "b": lambda o, b: None},
        objectives={"one": jr.minimize(lambda o, b: 0.0), "two": jr.minimize(lambda o, b: 0.0)},
        space={"sharing": jr.choice("hard", "soft"), "width": jr.integer(8, 32), "lr": jr.number(0.01, 1)},
    )


def bare() -> float:
    """Seconds of the sampler alone, made once as a user of Optuna would, on a study in memory."""
    space = Space(study())
    start = time.perf_counter()
    memory = optuna.create_study(directions=["minimize"] * 2, sampler=make_sampler("tpe", 0, 0))
    for _ in range(TRIALS):
        trial = memory.ask()
        candidate = space.build(lambda name, entry, t=trial: suggest(t, name, entry))
        memory.tell(trial, list(figures(candidate.weights["a"], candidate.choices["lr"]).values()))
    return time.perf_counter() - start


def ours() -> float:
    """Seconds of a whole run with its database."""
    a_study = study()
    loaded = Loaded(a_study, a_study.name, Path(__file__), {}, a_study.data(), "none", pick_device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with held(loaded, f"{folder}/x.db", 0) as session, Progress(quiet=True) as progress:
            tune(session, Dispatcher(Instant(), Saved(None)), Budget(TRIALS, "tpe", 1), Stop(), progress)
        return time.perf_counter() - start


def fsyncs() -> float:
    """fsync and fdatasync calls a trial, by strace."""
    command = ["strace", "-f", "-c", "-e", "trace=fsync,fdatasync", sys.executable, __file__, "--once"]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    calls = [line.split() for line in table.splitlines() if line.endswith(("fsync", "fdatasync"))]
    return sum(int(words[3]) for words in calls) / TRIALS


def main() -> None:
    if "--once" in sys.argv:
        ours()
        return
    pairs = [(bare(), ours()) for _ in range(3)]
    over = statistics.median((b - a) / TRIALS * 1000 for a, b in pairs)
    print(f"bare sampler {statistics.median(a for a, _ in pairs) / TRIALS * 1000:.1f} ms a trial")
    print(f"jrtune       {statistics.median(b for _, b in pairs) / TRIALS * 1000:.1f} ms a trial")
    print(f"overhead     {over:.1f} ms a trial (at most 40)")
    print(
        f"fsyncs       {fsyncs():.1f} a trial (at most 8)" if shutil.which("strace") else "fsyncs: no strace"
    )


if __name__ == "__main__":
    main()
