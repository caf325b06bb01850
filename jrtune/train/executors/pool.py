"""Cohorts beside each other, a worker for each CPU core, and together before the pruner at rungs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

import torch

from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.trainer import Pruner, pruned_at
from jrtune.train.stacked.program import Program

Result = TypeVar("Result")
"""What a member ends in."""


@dataclass
class Part(Generic[Result]):
    """Jobs that are trained as one cohort.

    Attributes:
        indices: of the jobs, in the order of the cohort's members.
        build: makes their cohort; breaks off when the event is set.
        cohort: while it is trained or waits at a rung.
    """

    indices: list[int]
    build: Callable[[threading.Event], Program[Result]]
    cohort: Program[Result] | None = None

    def pruned(self, of: set[int]) -> list[int]:
        """Those of the cohort's members whose jobs are among these."""
        return [member for member, index in enumerate(self.indices) if index in of]


class Pool(Generic[Result]):
    """Trains parts in threads; a context that stops them when it is left.

    With a pruner, every cohort trains to the next rung and waits there. Only when none is running or queued
    are those at the lowest rung judged, all of them in one call, so who is dropped does not depend on which
    thread was faster. Without one, a cohort is built, trained to the end and forgotten in one go.

    Args:
        problem: the study's.
        workers: how many cohorts are trained at once.
        judge: who drops jobs at rungs.
    """

    def __init__(self, problem: Problem, workers: int, pruner: Pruner | None) -> None:
        self.pruner, self.on_cpu = pruner, problem.device.type == "cpu"
        self.stops = [*(pruner.rungs if pruner else ()), problem.study.epochs]
        self.cancelled = threading.Event()
        self.threads = ThreadPoolExecutor(workers, initializer=self._one_thread)
        self.running: dict[Future[list[Result] | None], Part[Result]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancelled.set()
        self.threads.shutdown(cancel_futures=True)

    def add(self, part: Part[Result], pruned: Sequence[int] = ()) -> None:
        """Queues what is to be trained to its next stop, without these members."""
        self.running[self.threads.submit(self._train, part, pruned)] = part

    def __iter__(self) -> Iterator[tuple[Part[Result], Future[list[Result] | None]]]:
        """Parts as they end: with outcomes, an exception, or None where memory ran out.

        More may be added meanwhile; where memory ran out, nothing holds the cohort's tensors by then.
        """
        waiting: list[Part[Result]] = []
        while self.running:
            for future in wait(self.running, return_when=FIRST_COMPLETED).done:
                part = self.running.pop(future)
                if part.cohort is not None:
                    waiting.append(part)
                else:
                    yield part, future
                del future  # an error holds its cohort's tensors
            if self.pruner and waiting and not self.running:
                waiting = self._prune(self.pruner, waiting)

    def _prune(self, pruner: Pruner, waiting: Sequence[Part[Result]]) -> list[Part[Result]]:
        """Sends on those at the lowest rung, less the pruned trials; the others wait on."""
        cohorts = [(part, part.cohort) for part in waiting if part.cohort is not None]
        rung = min(cohort.epoch for _, cohort in cohorts)
        # sorted before any is sent on: from then on a thread moves its epoch
        here = [(part, cohort) for part, cohort in cohorts if cohort.epoch == rung]
        beyond = [part for part, cohort in cohorts if cohort.epoch > rung]
        figures: dict[int, Mapping[str, float]] = {}
        for part, cohort in here:
            figures |= {part.indices[member]: row for member, row in cohort.figures().items()}
        pruned = pruned_at(pruner, rung, figures)
        for part, _ in here:
            self.add(part, part.pruned(pruned))
        return beyond

    def _train(self, part: Part[Result], pruned: Sequence[int]) -> list[Result] | None:
        """To the next stop; outcomes where all have ended. The part has a cohort while it is to go on."""
        cohort, part.cohort = part.cohort, None
        try:
            if cohort is None:
                cohort = part.build(self.cancelled)
            cohort.drop(pruned)
            cohort.advance(next(stop for stop in self.stops if stop > cohort.epoch))
            if cohort.ended:
                return cohort.finish()
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            return None
        part.cohort = cohort
        return None

    def _one_thread(self) -> None:
        if self.on_cpu:
            torch.set_num_threads(1)
