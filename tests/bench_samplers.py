"""Hypervolume at equal numbers of full trainings, sampler by sampler: ``python tests/bench_samplers.py``.

A training is played by a closed form: ``min_x sum_i w_i f_i(x)`` for T loss terms, moved by an architecture
(one is better on a part of the front, others are worse) and by a learning rate. Every search begins with
equal weights and the corners of the simplex, as jrtune's do. What counts is the hypervolume of what a user
gets: the noise-free values of the trials whose observed values no other beats, as a share of what can be had.
``--quick``: fewer seeds. ``--gp``: Optuna's GP sampler too, up to 40 trials (minutes).
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import optuna
from numpy.typing import NDArray
from scipy import stats

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.indicators import hypervolume
from jrtune.search.ask.samplers import make_sampler
from jrtune.search.front.sampler import FrontSampler
from jrtune.space.simplex import Simplex
from jrtune.spec import simplex

Floats = NDArray[np.float64]

BUDGETS = (20, 40, 80)
FIRST = 100
"""First seed: the constants of the front sampler were chosen on seeds 0 to 29."""
REFERENCE = 1.2
ARCHITECTURES = ("hard", "soft", "experts", "stitch")


@dataclass(frozen=True)
class Setting:
    """One problem: T loss terms, the form of f_i, noise (sd, in ranges of objectives), weighting scale."""

    terms: int
    form: str
    noise: float
    log: bool = False

    def __str__(self) -> str:
        scale = ", log weights" if self.log else ""
        return f"T={self.terms} {self.form}, noise {self.noise:.1%}{scale}"


class Problem:
    """T objectives that are the loss terms themselves, each scaled to the range that the corners span."""

    def __init__(self, setting: Setting, seed: int) -> None:
        rng = np.random.default_rng([seed, setting.terms])
        terms, inner = setting.terms, max(3, setting.terms)
        self.setting, self.noise = setting, np.random.default_rng([seed, 7])
        self.centres = rng.normal(size=(terms, inner))
        self.curvature = np.exp(0.5 * rng.normal(size=(terms, inner)))
        self.simplex = Simplex([f"t{i}" for i in range(terms)], simplex(log=setting.log))
        self.range = np.ones(terms)
        self.range = self.losses(np.eye(terms)).max(axis=0)
        shift = np.zeros((len(ARCHITECTURES), terms))
        shift[1], shift[1, 0] = 0.08, -0.12
        shift[2] = 0.15
        shift[3], shift[3, -1] = 0.2, -0.03
        self.shift, self.best_rate = shift, np.array([-2.5, -2.2, -2.5, -2.8])

    def losses(self, weights: Floats) -> Floats:
        """f_i at the minimiser of the weighted sum, n x T for weights n x T."""
        a = weights
        for _ in range(1 if self.setting.form == "quadratic" else 40):
            x = np.einsum("nt,td->nd", a, self.curvature * self.centres) / (a @ self.curvature)
            f = (self.curvature * (x[:, None] - self.centres) ** 2).sum(axis=2)
            a = weights / np.sqrt(1 + 4 * f)  # iteratively reweighted, for sqrt(1 + 4 f)
        return (f if self.setting.form == "quadratic" else np.sqrt(1 + 4 * f) - 1) / self.range

    def values(self, weights: Floats, architecture: int, log_rate: float) -> Floats:
        """Noise-free objectives, n x T."""
        slow = 0.6 * ((log_rate - self.best_rate[architecture]) / 1.5) ** 2
        return self.losses(weights) + self.shift[architecture] + slow

    def attainable(self) -> float:
        """Hypervolume of 4,000 weightings of each architecture at its best rate."""
        weights = np.random.default_rng(0).dirichlet(
            np.ones(self.setting.terms), 1000 if self.setting.terms == 5 else 4000
        )
        found = [self.values(weights, a, self.best_rate[a]) for a in range(len(ARCHITECTURES))]
        points = np.concatenate(found)
        return hypervolume(points[non_dominated(points)], [REFERENCE] * self.setting.terms)

    def objective(self, trial: optuna.Trial) -> list[float]:
        """One training: suggests as jrtune does, keeps the truth with the trial, returns what is observed."""
        sticks = [trial.suggest_float(f"stick_{k}", 0, 1) for k in range(self.simplex.dimensions)]
        architecture = trial.suggest_categorical("sharing", ARCHITECTURES)
        rate = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
        weights = np.array([list(self.simplex.decode(sticks).values())])
        truth = self.values(weights, ARCHITECTURES.index(architecture), np.log10(rate))[0]
        trial.set_user_attr("truth", truth.tolist())
        return list(truth + self.setting.noise * self.noise.normal(size=len(truth)))

    def baselines(self) -> list[dict[str, object]]:
        """Equal weights and the corners, with default choices."""
        simplex = self.simplex
        weightings = [simplex.equal(), *(simplex.corner([t]) for t in simplex.terms)]
        return [
            {f"stick_{k}": u for k, u in enumerate(simplex.encode(w))} | {"sharing": "hard", "lr": 1e-3}
            for w in weightings
        ]


def default_tpe(seed: int, index: int) -> optuna.samplers.BaseSampler:
    """Optuna's own defaults."""
    return optuna.samplers.TPESampler(seed=1000 * seed + index)


SAMPLERS: dict[str, Callable[[int, int], optuna.samplers.BaseSampler]] = {
    "front": lambda seed, index: FrontSampler(seed=1000 * seed + index),
    "tpe": lambda seed, index: make_sampler("tpe", seed, index),
    "tpe, defaults": default_tpe,
    "random": lambda seed, index: make_sampler("random", seed, index),
    "gp": lambda seed, index: make_sampler("gp", seed, index),
}


def search(setting: Setting, name: str, seed: int) -> tuple[list[float], float]:
    """Hypervolume shares at the budgets, and seconds of sampling a trial."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    problem, spent = Problem(setting, seed), 0.0
    study = optuna.create_study(directions=["minimize"] * setting.terms)
    for given in problem.baselines():
        study.enqueue_trial(given)
    trials = BUDGETS[-1] if name != "gp" else 40
    for index in range(trials):
        study.sampler = SAMPLERS[name](seed, index)
        start = time.perf_counter()
        trial = study.ask()
        values = problem.objective(trial)
        spent += time.perf_counter() - start
        study.tell(trial, values)
    done = study.get_trials(deepcopy=False)
    observed = np.array([t.values for t in done])
    truth = np.array([t.user_attrs["truth"] for t in done])
    best, shares = problem.attainable(), []
    for budget in (b for b in BUDGETS if b <= trials):
        kept = truth[:budget][non_dominated(observed[:budget])]
        shares.append(hypervolume(kept, [REFERENCE] * setting.terms) / best)
    return shares, spent / trials


def table(setting: Setting, found: dict[str, list[tuple[list[float], float]]]) -> None:
    """Mean share by sampler, and the paired difference to the better TPE."""
    print(f"\n{setting}, {len(found['front'])} seeds")
    shares = {name: np.array([s for s, _ in rows]) for name, rows in found.items()}
    for name, rows in shares.items():
        line = "  ".join(f"{b}: {m:.4f}" for b, m in zip(BUDGETS, rows.mean(axis=0), strict=False))
        print(f"  {name:14} {line}   {1e3 * np.mean([t for _, t in found[name]]):6.1f} ms a trial")
    for k, budget in enumerate(BUDGETS):
        rival = max((n for n in shares if n.startswith("tpe")), key=lambda n: shares[n][:, k].mean())
        gain = shares["front"][:, k] - shares[rival][:, k]
        half = stats.t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / len(gain) ** 0.5
        low, high = gain.mean() - half, gain.mean() + half
        verdict = "above 0" if low > 0 else "NOT above 0"
        print(f"  {budget} trials: front - {rival}: {gain.mean():+.4f} [{low:+.4f}, {high:+.4f}] {verdict}")


def asks(sizes: tuple[int, ...] = (30, 100, 300, 1000, 3000)) -> None:
    """Milliseconds of one ask by length of the history, 7 dimensions."""
    print("\none ask, 7 dimensions, one thread, median of 9 (ms of processor time)")
    print("  n      " + "".join(f"{n:>8}" for n in sizes))
    for objectives in (2, 3, 4):
        row = [1e3 * one_ask(n, objectives) for n in sizes]
        print(f"  m={objectives}    " + "".join(f"{ms:8.1f}" for ms in row))


def one_ask(trials: int, objectives: int) -> float:
    """Processor seconds of one ask after so many trials of a front with that many objectives."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    rng = np.random.default_rng(0)
    study = optuna.create_study(directions=["minimize"] * objectives)
    unit = optuna.distributions.FloatDistribution(0, 1)
    kinds = optuna.distributions.CategoricalDistribution(ARCHITECTURES)
    width = optuna.distributions.IntDistribution(8, 64, log=True)
    space = {f"x{k}": unit for k in range(5)} | {"sharing": kinds, "width": width}
    centres = rng.random((objectives, 5))
    for _ in range(trials):
        x = rng.random(5)
        params = {f"x{k}": float(v) for k, v in enumerate(x)}
        params |= {"sharing": ARCHITECTURES[rng.integers(4)], "width": int(rng.integers(8, 65))}
        values = ((x - centres) ** 2).sum(axis=1)
        study.add_trial(optuna.trial.create_trial(params=params, distributions=space, values=values.tolist()))
    taken = []
    for index in range(9):
        study.sampler = FrontSampler(seed=index)
        start = time.process_time()
        trial = study.ask(fixed_distributions=space)
        taken.append(time.process_time() - start)
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    return float(np.median(taken))


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description="Front sampler against the others, at equal trials.")
    parser.add_argument("--quick", action="store_true", help="3 seeds, one problem for each T")
    parser.add_argument("--gp", action="store_true", help="Optuna's GP sampler too, 3 seeds (minutes)")
    parser.add_argument("--terms", type=int, nargs="*", default=[2, 3, 5])
    parser.add_argument("--samplers", nargs="*", default=["front", "tpe", "tpe, defaults", "random"])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    args = parser.parse_args()
    settings = [
        setting
        for terms in args.terms
        for setting in [
            Setting(terms, "quadratic", 0.015),
            Setting(terms, "quadratic", 0.0),
            Setting(terms, "huber", 0.015, log=True),
        ][: 1 if args.quick else 3]
    ]
    seeds = 3 if args.quick else args.seeds
    with ProcessPoolExecutor(args.workers) as pool:
        for setting in settings:
            found = {}
            jobs = {
                (n, s): pool.submit(search, setting, n, s)
                for n in args.samplers
                for s in range(FIRST, FIRST + seeds)
            }
            if args.gp and setting.terms <= 3 and setting.noise > 0:
                jobs |= {
                    ("gp", s): pool.submit(search, setting, "gp", s)
                    for s in range(FIRST, FIRST + min(seeds, 3))
                }
            for (name, _), job in jobs.items():
                found.setdefault(name, []).append(job.result())
            table(setting, found)
    asks()


if __name__ == "__main__":
    main()
