"""What a coordinator's work costs on this machine, measured in about a minute."""

from __future__ import annotations

import pickle
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
from bench_workers.costs import Costs, Line
from bench_workers.instant import EPOCHS, MODEL_BYTES, InstantExecutor, outcome_of, run, study
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState, create_trial
from toy import write_toy

from jrtune.search.ask.samplers import make_sampler
from jrtune.search.ask.trials import Trials, suggest
from jrtune.search.run import state, tune
from jrtune.search.run.executors import dispatcher_of
from jrtune.search.run.progress import Progress as Shown
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import held, load
from jrtune.search.run.signals import Stop
from jrtune.search.schedule.rungs import SEEN, RungHistory
from jrtune.space.space import Space
from jrtune.spec import Candidate, Job
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import CohortTask, TaskId, Update
from jrtune.train.executors.resume import ResumePoint
from jrtune.train.executors.saved import Saved

SIZES = (100, 1_000, 10_000)
"""Trials in memory at which the sampler is measured; beyond, the line goes on."""

COHORT = 8

CHECKPOINT_BYTES = 3 * COHORT * MODEL_BYTES
"""Parameters and two moments of the optimiser, of each member."""


def seconds(
    action: Callable[[], object], times: int = 3, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The least time that an action takes: whatever else the machine does only adds to it."""
    found = []
    for _ in range(times):
        start = clock()
        action()
        found.append(clock() - start)
    return min(found)


def ask_line(sampler: str) -> tuple[Line, dict[int, float]]:
    """Seconds of an ask of the sampler over trials in memory: the line, and what was measured."""
    space, rng = Space(study()), np.random.default_rng(0)
    memory = optuna.create_study(directions=["minimize"] * 2)
    found: dict[int, float] = {}
    for size in SIZES:
        _fill(memory, size - len(memory.get_trials(deepcopy=False)), rng)

        def ask(size: int = size) -> None:
            memory.sampler = make_sampler(sampler, 0, int(rng.integers(2**31)))
            trial = memory.ask()
            space.build(lambda name, entry: suggest(trial, name, entry))
            memory.tell(trial, rng.random(2).tolist())

        ask()  # what is kept from ask to ask is read for the first time
        found[size] = seconds(ask, 15, time.process_time)  # it only computes
    return Line.through(list(found), list(found.values())), found


def _fill(memory: optuna.Study, count: int, rng: np.random.Generator) -> None:
    """Adds trials that are complete, at random places."""
    first = optuna.create_study(sampler=make_sampler("random", 0, 0)).ask()
    Space(study()).build(lambda name, entry: suggest(first, name, entry))
    for _ in range(count):
        params = {}
        for name, entry in first.distributions.items():
            choices = entry.choices if isinstance(entry, CategoricalDistribution) else None
            low, high = (0, len(choices) - 1) if choices else (entry.low, entry.high)
            value = low + rng.random() * (high - low)
            params[name] = choices[round(value)] if choices else type(entry.low)(value)
        x, lr = (float(value) for value in rng.random(2))
        values = [(1 - x) ** 2 + lr, x**2 + lr]
        memory.add_trial(
            create_trial(
                state=TrialState.COMPLETE, values=values, params=params, distributions=first.distributions
            )
        )


class Clock:
    """Seconds spent in some functions, each less those of the others that it calls."""

    def __init__(self) -> None:
        self.total: dict[str, float] = {}
        self.inside: list[float] = []

    @contextmanager
    def around(self, owner: type, name: str, label: str) -> Iterator[None]:
        """Counts the calls of a method while the context lasts."""
        inner = getattr(owner, name)

        def counted(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            self.inside.append(0.0)
            try:
                return inner(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                others = self.inside.pop()
                self.total[label] = self.total.get(label, 0.0) + spent - others
                if self.inside:
                    self.inside[-1] += spent

        setattr(owner, name, counted)
        try:
            yield
        finally:
            setattr(owner, name, inner)


def coordinator(url: str, trials: int = 400) -> tuple[dict[str, float], float]:
    """Seconds a trial of the parts of a real coordinator whose workers answer at once, and its CPU share."""
    clock = Clock()
    run(url, 40, "random")
    cpu, wall = time.process_time(), time.perf_counter()
    with (
        clock.around(tune._Run, "_turn", "store ask"),
        clock.around(Trials, "ask", "ask"),
        clock.around(state.State, "learn", "learn"),
        clock.around(tune._Run, "submit", "dispatch"),
        clock.around(tune._Run, "_save", "store result"),
        clock.around(state.State, "end", "show"),
    ):
        run(url, 40 + trials, "random", cohort=COHORT)
    share = (time.process_time() - cpu) / (time.perf_counter() - wall)
    return {name: spent / trials for name, spent in clock.total.items()}, share


def clock_line() -> Line:
    """Seconds of a dispatcher's look at its workers, over cohorts in hand."""
    found: dict[int, float] = {}
    for count in (10, 1_000):
        with Dispatcher(_Silent(), Saved(None)) as dispatcher:
            for index in range(count):
                dispatcher.submit(str(index), [_job(index)], 1)
            found[count] = seconds(lambda: dispatcher.wait(0.0), 9)
    line = Line.through(list(found), list(found.values()))
    return replace(line, slope=2 * line.slope)  # twice as many in hand as workers


class _Silent(InstantExecutor):
    def wait(self, seconds: float) -> None:
        return None


def _job(index: int) -> Job:
    return Job(Candidate({"a": 0.5, "b": 0.5}, {"lr": 0.1, "width": 8, "sharing": "hard"}), index, 0)


def receive_seconds() -> float:
    """Seconds of a report's bytes into objects."""
    outcomes = {index: outcome_of(_job(index)) for index in range(COHORT)}
    sent = pickle.dumps(Update(TaskId(1), outcomes))
    return seconds(lambda: pickle.loads(sent), 9)


def hand_bytes() -> float:
    """Memory of a cohort in hand: its jobs, and the values at rungs by which it will be judged."""
    history = RungHistory({"one": 1, "two": 1}, EPOCHS)
    for index in range(SEEN):
        history.learn(outcome_of(_job(index)).curve)
    jobs = tuple(_job(index) for index in range(COHORT))
    return len(pickle.dumps(CohortTask(jobs, frozenset(range(COHORT)), COHORT, history.pruner())))


def checkpoint_seconds() -> float:
    """Seconds of saving a cohort."""
    point = ResumePoint(tuple(range(COHORT)), bytes(CHECKPOINT_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        saved = Saved(Path(folder))
        return seconds(lambda: saved.save("key", point), 9)


def cohort_shares(trials: int = 64) -> tuple[float, ...]:
    """Parts of its full time that each cohort of a small real run took, by its members' epochs."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"{folder}/toy.db"
        config = RunConfig(write_toy(Path(folder)), {}, url, epochs=16, device="cpu")
        workers = WorkerConfig(engine="inline", workers=1)
        with (
            held(load(config), url, 0) as session,
            Shown(quiet=True) as progress,
            dispatcher_of(session, workers, lambda line: None) as dispatcher,
        ):
            results = tune.tune(session, dispatcher, Budget(trials, "random", COHORT), Stop(), progress)
            curves = session.store.curves()
    reached = [(len(curves[t.number]) - 1) / 16 for t in results.trials if not t.is_baseline]
    groups = [reached[start : start + COHORT] for start in range(0, len(reached), COHORT)]
    return tuple(sum(group) / len(group) for group in groups)


def bytes_of_a_trial(trials: int = 200) -> float:
    """Memory of a real coordinator for a trial, by what more of them take."""
    peaks = []
    for count in (40, 40 + trials):
        with tempfile.TemporaryDirectory() as folder:
            tracemalloc.start()
            run(f"{folder}/x.db", count, "random")
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    return max(0.0, (peaks[1] - peaks[0]) / trials)


def measure(sampler: str, url: str | None = None, note: Callable[[str], None] = print) -> Costs:
    """Measures all parts.

    Args:
        sampler: its name.
        url: of an empty database; None for an SQLite file.
        note: takes a line on each.
    """
    line, found = ask_line(sampler)
    shown = ", ".join(f"{value * 1000:.1f} at {size:,}" for size, value in found.items())
    note(f"ask of {sampler}: {shown} ms")
    with tempfile.TemporaryDirectory() as folder:
        parts, cpu = coordinator(url or f"{folder}/x.db")
    note(", ".join(f"{name} {value * 1000:.2f}" for name, value in parts.items()) + " ms a trial")
    costs = Costs(
        ask=line,
        store_ask=Line(parts["store ask"]),
        store_result=Line(parts["store result"]),
        learn=Line(parts["learn"]),
        dispatch=Line(COHORT * parts["dispatch"]),
        clock=clock_line(),
        receive=receive_seconds(),
        checkpoint=checkpoint_seconds(),
        show=COHORT * parts["show"],
        read=parts["store ask"],
        server=0.0 if url is None else max(0.0, 1 - cpu),
        trial_bytes=bytes_of_a_trial(),
        hand_bytes=hand_bytes(),
        report_bytes=CHECKPOINT_BYTES,
        model_bytes=MODEL_BYTES + EPOCHS * 300,
    )
    note(
        f"a look at W workers {costs.clock.start * 1000:.2f} + {costs.clock.slope * 1e6:.2f}e-3 W ms, "
        f"a report {costs.receive * 1000:.2f} ms, a checkpoint {costs.checkpoint * 1000:.2f} ms, "
        f"memory {costs.trial_bytes / 1024:.1f} KiB a trial"
    )
    return costs
