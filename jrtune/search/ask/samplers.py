"""Samplers by name, Optuna's and ours, each made anew for every ask.

A sampler's random state is not stored, so a sampler that lived on would go another way after a resume.
One that is made for each ask, seeded from (study seed, index of the ask), goes the same way always.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping

import optuna
from optuna.samplers import (
    BaseSampler,
    GPSampler,
    NSGAIISampler,
    PartialFixedSampler,
    QMCSampler,
    RandomSampler,
    TPESampler,
)

from jrtune.search.front.sampler import FrontSampler
from jrtune.spec import Value
from jrtune.spec.seeds import derive

optuna.logging.set_verbosity(optuna.logging.WARNING)
for _category in (optuna.exceptions.ExperimentalWarning, FutureWarning):
    warnings.filterwarnings("ignore", category=_category, module="jrtune")

STARTUP = 10
"""Trials before TPE and GP model anything: Optuna's default."""

Factory = Callable[[int, int], BaseSampler]


def _tpe(seed: int, study_seed: int) -> BaseSampler:
    # multivariate and grouped: weights and architecture interact, and a joint ask is several times cheaper
    return TPESampler(seed=seed, multivariate=True, group=True, n_startup_trials=STARTUP)


def _gp(seed: int, study_seed: int) -> BaseSampler:
    return GPSampler(seed=seed, n_startup_trials=STARTUP, independent_sampler=RandomSampler(seed=seed))


def _nsga2(seed: int, study_seed: int) -> BaseSampler:
    return NSGAIISampler(seed=seed, population_size=20)


def _random(seed: int, study_seed: int) -> BaseSampler:
    return RandomSampler(seed=seed)


def _qmc(seed: int, study_seed: int) -> BaseSampler:
    # the scrambling must be the same at every ask; how far the sequence has come is kept with the trials
    fallback = RandomSampler(seed=seed)
    return QMCSampler(
        scramble=True, seed=study_seed, independent_sampler=fallback, warn_independent_sampling=False
    )


def _front(seed: int, study_seed: int) -> BaseSampler:
    return FrontSampler(seed=seed)


FACTORIES: Mapping[str, Factory] = {
    "tpe": _tpe,
    "gp": _gp,
    "nsga2": _nsga2,
    "random": _random,
    "qmc": _qmc,
    "front": _front,
}


def make_sampler(
    name: str, study_seed: int, index: int, fixed: Mapping[str, Value] | None = None
) -> BaseSampler:
    """The sampler of one ask.

    Args:
        name: a sampler's name.
        study_seed: the study's seed.
        index: number of the ask in the study, from 0.
        fixed: dimensions that are given, not sampled (the baselines).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        seed = derive(study_seed, "ask", index)
        if fixed is None:
            return FACTORIES[name](seed, study_seed)
        # NSGA-II breeds only from those it was asked for; QMC must not spend points on what is given
        base = FACTORIES["nsga2" if name == "nsga2" else "random"](seed, study_seed)
        return PartialFixedSampler(dict(fixed), base)
