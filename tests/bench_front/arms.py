"""What is compared, by name. An arm runs a search of one seed until its run is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bench_front import networks, ours
from bench_front.measure import Run, Yardstick
from bench_front.pool import Pool, Search
from bench_front.problem import Spec
from bench_front.searches import SAMPLERS, EqualGrid, Moasha, PlainOptuna

from jrtune.search.run import run_config
from jrtune.search.run.run_config import Budget
from jrtune.spec import Outcome, Study, TrialStatus

ALONE = "-1"
"""End of the name of an arm that trains one by one, a training with the threads of all cores."""

PLAIN = [f"{name}{alone}" for name in SAMPLERS for alone in ("", ALONE)]
"""Plain Optuna's arms: in processes, and one by one."""

OURS = "jrtune"
"""Beginning of the names of jrtune's arms."""

CONDITIONED = ["conditioned"]
"""Arms of weight-conditioned networks."""

WHOLE = "-whole"
"""End of the name of an arm of jrtune without rungs."""

DEFAULT = ["tpe", "gp", "nsga2", "random", "grid", "moasha", "conditioned", "jrtune"]


WARMING = 12
"""Candidates of a rehearsal: more than the ten random ones with which tpe and gp begin."""


class Arms:
    """The arms of one problem. A new one is a search for the pool, or a branch of :meth:`run`.

    Args:
        spec: the problem.
        cores: threads of all.
        processes: how many train beside one another, where an arm trains in processes.
        trials, cohort: jrtune's own.
    """

    def __init__(self, spec: Spec, cores: int, processes: int, trials: int, cohort: int | None) -> None:
        self.spec, self.cores = spec, cores
        self.study, self.problem, self.loaded = spec.study(), spec.prepare(), ours.ready(spec)
        self.pools: dict[int, Pool] = {}
        self.warmed: set[str] = set()
        self.pooled: dict[str, tuple[Callable[[Study, int], Search], int]] = {
            "grid": (EqualGrid, processes),
            "moasha": (Moasha, processes),
        }
        for name in SAMPLERS:
            make = partial(PlainOptuna, sampler=name)
            self.pooled |= {name: (make, processes), name + ALONE: (make, 1)}
        self.own: dict[str, Budget] = {}
        for name in run_config.SAMPLERS:
            for status, rungs in (("", True), (WHOLE, False)):
                self.own[f"{OURS}-{name}{status}"] = Budget(trials, name, cohort, rungs=rungs)
        self.own[OURS] = self.own[f"{OURS}-front" if "front" in run_config.SAMPLERS else f"{OURS}-tpe"]

    @property
    def names(self) -> list[str]:
        """Of all arms."""
        return [*self.pooled, *CONDITIONED, *self.own]

    def run(self, name: str, seed: int, run: Run) -> None:
        """Searches until the run is over: calls ``run.see`` when a training has ended.

        Raises:
            ImportError: where the arm needs a library that is not there.
        """
        if name in self.own:
            ours.search(self.loaded, seed, run, self.own[name])
        elif name in CONDITIONED:
            networks.search(self.problem, seed, run)
        else:
            make, processes = self.pooled[name]
            self._pool(processes).drive(make(self.study, seed), seed, run)

    def warm(self, name: str) -> None:
        """Does before an arm's first run what is on nobody's clock: starts processes, loads code.

        Raises:
            ImportError: where the arm needs a library that is not there.
            StudyError: where the study cannot be trained in the arm's way.
        """
        if name in self.warmed:
            return
        self.warmed.add(name)
        if name in CONDITIONED:
            networks.one_front(self.problem, 0, Run(Yardstick.of(self.study), budget=600), epochs=1)
        elif name in self.own:
            short = replace(self.loaded, study=replace(self.study, epochs=1))
            select_subset = replace(self.own[name], trials=WARMING, cohort=WARMING // 2)
            ours.search(short, 0, Run(Yardstick.of(self.study), budget=600), select_subset)
        else:
            make, processes = self.pooled[name]
            self._pool(processes)
            rehearse(make(self.study, 0), self.study)

    def close(self) -> None:
        """Ends the processes."""
        for pool in self.pools.values():
            pool.close()

    def _pool(self, count: int) -> Pool:
        if count not in self.pools:
            self.pools[count] = Pool(self.spec, count, self.cores)
        return self.pools[count]


def rehearse(search: Search, study: Study) -> None:
    """Asks and tells without training: what a sampler imports late is loaded by then."""
    for k in range(WARMING):
        if (pending := search.ask()) is None:
            return
        values = {name: float((k * place) % 7) for place, name in enumerate(study.objectives, start=3)}
        search.tell(pending[0], Outcome(TrialStatus.COMPLETE, values=values))
