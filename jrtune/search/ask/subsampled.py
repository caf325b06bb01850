"""The GP sampler asked on fewer trials than there are.

One ask takes a second at 100 trials and 24 at 1,000, for its cost grows with their cube.
"""

from __future__ import annotations

from collections.abc import Callable

import optuna
from optuna.trial import Trial, TrialState

from jrtune.search.ask.samplers import make_sampler
from jrtune.spec import Value

GP_SEES = 150
"""Trials that the GP sampler is shown at most."""


def ask_subsampled(
    study: optuna.Study, seed: int, index: int, build: Callable[[Trial], object]
) -> dict[str, Value] | None:
    """GP's ask on a study of ``GP_SEES`` trials, the front and the latest; None while there are no more.

    Args:
        study: all trials.
        seed: the study's seed.
        index: number of the ask.
        build: what suggests every dimension of a trial.
    """
    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    if len(complete) <= GP_SEES:
        return None
    front = {t.number for t in study.best_trials}
    latest = sorted(complete, key=lambda t: (t.number in front, t.number))[-GP_SEES:]
    # those of this cohort too, or it would ask for the same again
    latest += study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
    subsampled = optuna.create_study(directions=study.directions, sampler=make_sampler("gp", seed, index))
    subsampled.add_trials(sorted(latest, key=lambda t: t.number))
    trial = subsampled.ask()
    build(trial)
    return trial.params
