"""From 1 to 10,000 workers: ``python tests/bench_workers [--sampler NAME] [--coordinators N] [--out DIR]``.

Measures what the coordinator's work costs on this machine, and simulates runs with it: 100 trials for each
worker, so a million for 10,000. Nothing is trained but a small study, by which it is known how far cohorts
come until their losers are pruned.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import postgres
from bench_workers.costs import Costs, Simulated, Site
from bench_workers.measure import cohort_shares, measure
from bench_workers.picture import draw
from bench_workers.simulate import simulate

WORKERS = (1, 10, 100, 1_000, 10_000)
TRAININGS = {"10 s": 10.0, "10 min": 600.0, "10 h": 36_000.0}
LEAST_TRIALS, EACH = 1_000, 100

HEAD = (
    f"{'training':>8} {'workers':>7} {'trials':>9} {'use':>6} {'trials/s':>9} {'days':>9} {'busy':>6}  "
    f"{'most of it':<12} {'paid h':>11} {'wasted h':>10} {'money':>11} {'memory MiB':>10}"
)


def line(training: str, found: Simulated) -> str:
    """A run as a line of the table."""
    paid = found.paid / 3600
    return (
        f"{training:>8} {found.site.workers:>7,} {found.trials:>9,} {found.use:>6.1%} {found.rate:>9.3g} "
        f"{found.seconds / 86400:>9.3g} {found.load:>6.1%}  {found.limit:<12} {paid:>11,.0f} "
        f"{paid * (1 - found.use):>10,.0f} {found.money:>11,.0f} {found.memory / 2**20:>10,.0f}"
    )


def runs(costs: Costs, base: Site, workers: Iterable[int]) -> dict[str, list[Simulated]]:
    """Training time -> a simulated run for each number of workers; prints them."""
    print(HEAD)
    found: dict[str, list[Simulated]] = {}
    for name, seconds in TRAININGS.items():
        for count in workers:
            if count < base.coordinators:
                continue
            trials = max(LEAST_TRIALS, EACH * count)
            site = Site(**{**vars(base), "workers": count, "trials": trials, "training": seconds})
            found.setdefault(name, []).append(simulate(costs, site))
            print(line(name, found[name][-1]), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_workers", description=__doc__)
    parser.add_argument("--sampler", default="front", choices=["front", "random", "tpe"])
    parser.add_argument("--coordinators", type=int, default=4, help="on one PostgreSQL server, beside one")
    parser.add_argument("--most", type=int, default=10_000, help="workers")
    parser.add_argument("--cohort", type=int, default=8, help="most trials of a cohort")
    parser.add_argument("--latency", type=float, default=0.001, help="seconds of a message")
    parser.add_argument("--bandwidth", type=float, default=1.25e9, help="bytes a second")
    parser.add_argument("--price", type=float, default=2.0, help="of a worker's hour")
    parser.add_argument("--out", type=Path, default=Path("build"), help="folder of the picture")
    options = parser.parse_args()
    start = time.monotonic()
    base = Site(
        1,
        1,
        cohort=options.cohort,
        shares=cohort_shares(),
        latency=options.latency,
        bandwidth=options.bandwidth,
        price=options.price,
    )
    workers = [count for count in WORKERS if count <= options.most]
    print(f"cohorts took {sum(base.shares) / len(base.shares):.2f} of their full time on average")
    costs = measure(options.sampler)
    print(f"measured in {time.monotonic() - start:.0f} s\n\none coordinator, SQLite, {options.sampler}")
    found = {"one coordinator": runs(costs, base, workers)}
    if options.coordinators > 1:
        found |= _several(options, base, workers)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"workers_{options.sampler}.png"
    path.write_bytes(draw(found, f"Use of workers, sampler {options.sampler}"))
    print(f"\n{path}")


def _several(
    options: argparse.Namespace, base: Site, workers: Iterable[int]
) -> dict[str, dict[str, list[Simulated]]]:
    reason = postgres.missing()
    if reason:
        print(f"\nPostgreSQL is left out: {reason}")
    with nullcontext() if reason else postgres.running_server() as server:
        if server is None:
            return {}
        count = options.coordinators
        print(f"\n{count} coordinators, PostgreSQL, {options.sampler}")
        costs = measure(options.sampler, server.new_database())
    site = Site(**{**vars(base), "coordinators": count})
    return {f"{count} coordinators": runs(costs, site, [n for n in workers if n <= 1_000])}
