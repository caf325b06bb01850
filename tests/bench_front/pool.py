"""Candidates trained one by one, in a process for each core: what plain Optuna and its like train with.

One coordinator asks and tells in memory, so no search waits for a database. Each process trains with its
share of the cores' threads. Processes live through all runs, and their start is on nobody's clock.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from typing import Protocol, TypeAlias

import torch
from bench_front.measure import Run
from bench_front.problem import Spec, job_of

from jrtune.space.space import Space
from jrtune.spec import Candidate, Job, Outcome
from jrtune.train.loop.plain import train_one

FinishedTraining: TypeAlias = list[tuple[Candidate, Outcome]]


class Search(Protocol):
    """Says what to train next, and learns from what came of it."""

    rungs: Sequence[int]
    """Epochs at which :meth:`goes_on` is asked; none where all are trained to the end."""

    def ask(self) -> tuple[int, Candidate] | None:
        """A number of its own and a candidate; None where there is no more to try."""
        ...

    def tell(self, number: int, outcome: Outcome) -> None:
        """How the training ended."""
        ...

    def goes_on(self, number: int, epoch: int, metrics: Mapping[str, float]) -> bool:
        """Whether the training goes on, by its objectives on validation after this epoch."""
        ...


class Pool:
    """Processes that train candidates of one problem.

    Args:
        spec: the problem.
        count: how many processes.
        cores: whose threads they share.
    """

    def __init__(self, spec: Spec, count: int, cores: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes: list[Connection] = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            context.Process(target=_serve, args=(theirs, spec, max(1, cores // count)), daemon=True).start()
            theirs.close()
            self.pipes.append(ours)
        for pipe in self.pipes:
            pipe.recv()  # until all are ready

    def close(self) -> None:
        """Ends the processes."""
        for pipe in self.pipes:
            pipe.close()  # at which its process ends

    def drive(self, search: Search, seed: int, run: Run) -> None:
        """Trains what the search asks for until the run is over or the search has no more."""
        busy: dict[Connection, tuple[int, Candidate]] = {}
        idle = list(self.pipes)
        while run.left() > 0:
            while idle and run.left() > 0 and (pending := search.ask()) is not None:
                pipe = idle.pop()
                pipe.send((job_of(pending[1], seed, pending[0]), list(search.rungs)))
                busy[pipe] = pending
            if not busy:
                break
            for pipe in wait(list(busy), timeout=run.left()):
                if self._hear(pipe, busy[pipe][0], search, run):
                    del busy[pipe]
                    idle.append(pipe)
        for pipe in busy:
            _let_end(pipe)

    def _hear(self, pipe: Connection, number: int, search: Search, run: Run) -> bool:
        """Takes one message; whether the training has ended."""
        logged = pipe.recv()
        if isinstance(logged, list):
            run.see(logged, trainings=1)
            search.tell(number, logged[-1][1])
            return True
        pipe.send(search.goes_on(number, *logged))
        return False


def _let_end(pipe: Connection) -> None:
    """After a run: what is still training does not count."""
    while not isinstance(pipe.recv(), list):
        pipe.send(False)


class _Asking:
    """A pruner that hands the question on to the coordinator."""

    def __init__(self, pipe: Connection, rungs: Sequence[int]) -> None:
        self.pipe, self.rungs = pipe, rungs

    def pruned(self, epoch: int, metrics: Mapping[int, Mapping[str, float]]) -> Collection[int]:
        [(index, values)] = metrics.items()
        self.pipe.send((epoch, dict(values)))
        return [] if self.pipe.recv() else [index]


def _serve(pipe: Connection, spec: Spec, threads: int) -> None:
    """A process of the pool."""
    torch.set_num_threads(threads)
    problem = spec.prepare()
    space = Space(problem.study)
    warm = replace(problem, study=replace(problem.study, epochs=1))
    train_one(warm, Job(space.default(space.simplex.equal()), seed=0, order_seed=0, test=True))
    pipe.send("ready")
    while True:
        try:
            job, rungs = pipe.recv()
        except EOFError:
            return
        outcome = train_one(problem, job, _Asking(pipe, rungs) if rungs else None)
        pipe.send([(job.candidate, replace(outcome, curve=()))])
