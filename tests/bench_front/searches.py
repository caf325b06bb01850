"""What is compared with jrtune, as searches that a pool of processes drives."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.samplers import BaseSampler, GPSampler, NSGAIISampler, RandomSampler, TPESampler

from jrtune.search.ask.trials import suggest
from jrtune.space.space import STICK, Space
from jrtune.spec import Candidate, Entry, Outcome, Study, TrialStatus, Value

SAMPLERS: Mapping[str, type[BaseSampler]] = {
    "tpe": TPESampler,
    "gp": GPSampler,
    "nsga2": NSGAIISampler,
    "random": RandomSampler,
}
"""Optuna's, each with its default settings."""

DIVISIONS = {2: 10}
"""Loss terms -> parts of the simplex's side in the equal grid: 11 weightings of two."""


class PlainOptuna:
    """Optuna as anyone would use it: stick-breaking numbers and choices, every candidate trained whole."""

    rungs: Sequence[int] = ()

    def __init__(self, study: Study, seed: int, sampler: str) -> None:
        self.space, self.objectives = Space(study), list(study.objectives)
        self.study = optuna.create_study(
            directions=[o.direction for o in study.objectives.values()],
            sampler=SAMPLERS[sampler](seed=seed),  # type: ignore[call-arg]
        )

    def ask(self) -> tuple[int, Candidate] | None:
        trial = self.study.ask()
        return trial.number, self.space.build(lambda name, entry: suggest(trial, name, entry))

    def tell(self, number: int, outcome: Outcome) -> None:
        if outcome.status is TrialStatus.COMPLETE:
            self.study.tell(number, [outcome.values[name] for name in self.objectives])
        else:
            self.study.tell(number, state=optuna.trial.TrialState.FAIL)

    def goes_on(self, number: int, epoch: int, figures: Mapping[str, float]) -> bool:
        return True


class EqualGrid:
    """Weights on an even grid of the simplex, for the default choices first, then other architectures."""

    rungs: Sequence[int] = ()

    def __init__(self, study: Study, seed: int) -> None:  # nothing is drawn
        self.left = enumerate(grid(Space(study)))

    def ask(self) -> tuple[int, Candidate] | None:
        return next(self.left, None)

    def tell(self, number: int, outcome: Outcome) -> None:
        """A grid learns nothing."""

    def goes_on(self, number: int, epoch: int, figures: Mapping[str, float]) -> bool:
        return True


def grid(space: Space) -> Iterator[Candidate]:
    """Every architecture at every weighting of the grid."""
    terms = space.simplex.terms
    weightings = lattice(terms, DIVISIONS.get(len(terms), 4))
    for choices in architectures(space):
        yield from (Candidate(weights, choices) for weights in weightings)


def lattice(terms: Sequence[str], parts: int) -> list[dict[str, float]]:
    """Weightings on an even grid of the simplex, its sides cut into so many parts.

    >>> lattice("ab", 2)
    [{'a': 0.0, 'b': 1.0}, {'a': 0.5, 'b': 0.5}, {'a': 1.0, 'b': 0.0}]
    """
    counts = (c for c in itertools.product(range(parts + 1), repeat=len(terms)) if sum(c) == parts)
    return [{term: c / parts for term, c in zip(terms, count, strict=True)} for count in counts]


def architectures(space: Space) -> Iterator[Mapping[str, Value]]:
    """Every combination of choices, the default one first; what is no choice of few keeps its default."""
    seen: list[Mapping[str, Any]] = []
    options = {name: entry.options for name, entry in space.entries.items() if entry.kind == "choice"}
    default = [tuple(space.entries[name].default for name in options)]
    for values in itertools.chain(default, itertools.product(*options.values())):
        chosen = dict(zip(options, values, strict=True))
        built = space.build(lambda name, entry, c=chosen: c.get(name, entry.default), space.simplex.equal())  # type: ignore[misc]
        if built.choices not in seen:
            seen.append(built.choices)
            yield built.choices


class Moasha:
    """Multi-objective ASHA as Syne Tune has it, with its defaults; epochs are the resource.

    Schmucker et al. 2021, "Multi-objective Asynchronous Successive Halving". Only trainings that came to
    their end count, as with every arm.

    Raises:
        ImportError: where Syne Tune is not installed.
    """

    def __init__(self, study: Study, seed: int) -> None:
        from syne_tune.backend.trial_status import Trial
        from syne_tune.optimizer.schedulers.multiobjective.moasha import MOASHA

        np.random.seed(seed)  # its space is drawn from numpy's global numbers
        self.space, self.objectives, self.trial = Space(study), study.objectives, Trial
        self.rungs = range(1, study.epochs)
        sticks = dict.fromkeys(self.space.sticks(), STICK)
        self.scheduler = MOASHA(
            {name: _domain(entry) for name, entry in (sticks | self.space.entries).items()},
            metrics=list(study.objectives),
            time_attr="epoch",
            max_t=study.epochs,
            random_seed=seed,
        )
        self.trials: dict[int, Any] = {}

    def ask(self) -> tuple[int, Candidate] | None:
        number, config = len(self.trials), self.scheduler.suggest().config
        self.trials[number] = self.trial(number, config, datetime.datetime.now())
        self.scheduler.on_trial_add(self.trials[number])
        return number, self.space.build(lambda name, entry: config[name])

    def tell(self, number: int, outcome: Outcome) -> None:
        if outcome.status is TrialStatus.COMPLETE:
            last = self.rungs.stop
            self.scheduler.on_trial_complete(self.trials[number], self._result(last, outcome.values))
        else:
            self.scheduler.on_trial_remove(self.trials[number])

    def goes_on(self, number: int, epoch: int, figures: Mapping[str, float]) -> bool:
        from syne_tune.optimizer.scheduler import SchedulerDecision

        decision = self.scheduler.on_trial_result(self.trials[number], self._result(epoch, figures))
        return bool(decision == SchedulerDecision.CONTINUE)

    def _result(self, epoch: int, figures: Mapping[str, float]) -> dict[str, float]:
        return {"epoch": epoch} | {n: o.sign * figures[n] for n, o in self.objectives.items()}


def _domain(entry: Entry) -> Any:
    """A dimension as Syne Tune describes it."""
    from syne_tune.config_space import choice, lograndint, loguniform, randint, uniform

    if entry.kind == "choice":
        return choice(list(entry.options))
    if entry.kind == "integer":
        return (lograndint if entry.log else randint)(int(entry.low), int(entry.high))
    return (loguniform if entry.log else uniform)(entry.low, entry.high)
