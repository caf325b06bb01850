"""An Optuna sampler that asks for the point that should fill the largest gap of the front so far.

A Gaussian process learns every objective from a bounded part of the history; of some hundred candidates, the
one is asked for that is expected to add most to the hypervolume of the front of posterior means. Measured
against the front of means, not of observations, a lucky observation neither hides a gap nor is chased.
Seed and history decide, and nothing else: what is kept from ask to ask is the history, sorted.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence

import numpy as np
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from jrtune.search.front.axes import Axes, Floats
from jrtune.search.front.candidates import propose, refine, spread_out
from jrtune.search.front.model import FrontModel
from jrtune.search.front.reader import reader_of, signs_of
from jrtune.spec import Value

FIXED = "fixed_params"
"""System attribute of a trial in which Optuna keeps parameters that an enqueued trial has been given."""

KNOWN = 200
"""Trials of each kind, the latest, from which it is learnt which parameters go with which choices."""


class FrontSampler(BaseSampler):
    """Asks for what the front lacks: one objective or more, any search space, with or without constraints.

    Trials that run count as if they had their predicted values, so that a batch spreads along the front.
    Infeasible trials inform and are no part of the front; where trials fail, fewer are asked for. A pruned
    trial with the user attribute ``rungs``, ``[[epoch, [value of each objective]], ...]``, counts by what it
    would have got, if complete ones have that attribute too. Parameters that ``study.enqueue_trial`` gives
    are taken as they are, and the others are chosen to go with them.

    Args:
        seed: of the sampler; None for one that differs every time.
        startup: trials with values or rungs before anything is modelled, and spread evenly till then; None
            for two more than there are parameters.

    Raises:
        ValueError: if startup is less than 2, or seed less than 0.

    Examples:
        >>> import optuna
        >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
        >>> study = optuna.create_study(directions=["minimize", "minimize"], sampler=jr.FrontSampler(seed=0))
        >>> study.optimize(lambda t: ((x := t.suggest_float("x", 0, 1)) ** 2, (x - 1) ** 2), n_trials=8)
        >>> len(study.best_trials)
        8
    """

    def __init__(self, seed: int | None = None, startup: int | None = None) -> None:
        if startup is not None and startup < 2:
            raise ValueError(f"startup expects an integer from 2, or None, got {startup}")
        if seed is not None and seed < 0:
            raise ValueError(f"seed expects an integer from 0, or None, got {seed}")
        self.startup = startup
        self.seed = _entropy() if seed is None else seed

    def reseed_rng(self) -> None:
        """Another seed for every process, as Optuna wants it for parallel runs."""
        self.seed = _entropy()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """All parameters that any trial has; a trial takes of them what its conditions ask for."""
        return reader_of(study).space(_trials(study))

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Value]:
        """The point to try next."""
        if not search_space:
            return {}
        rng = np.random.default_rng([self.seed, trial.number])
        signs = signs_of(study)
        history = reader_of(study).read(_trials(study), trial.number)
        known = history.complete[-KNOWN:] + history.stopped[-KNOWN:]
        axes = Axes(search_space, [t.params for t in known], trial.system_attrs.get(FIXED))
        measured = len(history.complete) + len(history.stopped)
        if len(history.complete) < 2 or measured < (self.startup or len(axes) + 2):
            taken = axes.encode([t.params for t in history.tried()])
            return axes.decode(spread_out(taken, axes, rng))
        model = FrontModel(history, axes, signs, rng)
        tried = {row.tobytes() for row in axes.encode([t.params for t in [*known, *history.pending]])}
        points = _untried(propose(model.front_points, model.points, axes, rng), tried)
        gain = model.gain(points)
        best = points[np.argsort(-gain, kind="stable")[:4]]
        finer = _untried(refine(best, axes, rng), tried)
        points, gain = np.concatenate([points, finer]), np.append(gain, model.gain(finer))
        return axes.decode(points[int(np.argmax(gain))])

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Value:
        """A parameter that no trial had so far, at random."""
        seed = np.random.SeedSequence([self.seed, trial.number, zlib.crc32(param_name.encode())])
        random = RandomSampler(seed=int(seed.generate_state(1)[0]))
        value: Value = random.sample_independent(study, trial, param_name, param_distribution)
        return value


def _untried(points: Floats, tried: Collection[bytes]) -> Floats:
    """The points (n x d) that no trial had yet; all, where there is no other."""
    new = [row.tobytes() not in tried for row in points]
    return points[new] if any(new) else points


def _entropy() -> int:
    return int(np.random.SeedSequence().generate_state(1)[0])


def _trials(study: Study) -> Sequence[FrozenTrial]:
    # Optuna's own samplers read in this way: once an ask, whatever the storage
    return study._get_trials(deepcopy=False, use_cache=True)
