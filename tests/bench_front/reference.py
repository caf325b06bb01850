"""What there is to be reached, and what one ordinary training costs."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from unittest import mock

import torch
from bench_front.measure import Run, Yardstick, worth
from bench_front.problem import Spec, job_of
from bench_front.searches import PlainOptuna
from problems import concave, convex, truth

from jrtune.search.request import source_of
from jrtune.spec import Candidate
from jrtune.train import CohortTrainer, Problem
from jrtune.train.plain import train_one

TRUE: Mapping[str, Callable[[], float]] = {
    "convex": lambda: truth.convex_hypervolume(convex.TERMS, convex.WORST),
    "concave": lambda: truth.concave_hypervolume(concave.WORST),
}
"""Hypervolumes that are known."""


def reference(spec: Spec, problem: Problem, count: int, seeds: int, folder: Path) -> float:
    """The hypervolume that counts as the whole: the true one, or that of large random searches.

    A single large search has its luck, on validation as on test, so this is the median of several, each
    measured as the arms are. They are kept in ``folder``, by problem, options, epochs, device and file.

    Args:
        spec, problem: what is searched.
        count: candidates of a search, trained in cohorts.
        seeds: how many searches.
        folder: where to keep them.
    """
    if spec.name in TRUE:
        return TRUE[spec.name]()
    described = [spec.name, spec.settings, problem.study.epochs, problem.device.type, count]
    described += [source_of(spec.path), torch.__version__]
    key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:12]
    kept = folder / f"reference-{spec.name}-{key}.json"
    found: list[float] = json.loads(kept.read_text()) if kept.is_file() else []
    for seed in range(len(found), seeds):
        print(f"reference: {count} random candidates, search {seed + 1} of {seeds} ...", flush=True)
        found.append(large_search(problem, seed, count))
        kept.write_text(json.dumps(found))
    print(f"reference hypervolumes: {', '.join(f'{value:.4f}' for value in found[:seeds])}", flush=True)
    return statistics.median(found[:seeds])


def large_search(problem: Problem, seed: int, count: int) -> float:
    """Hypervolume on test of the front, chosen on validation, of so many random candidates."""
    yardstick = Yardstick.of(problem.study)
    run = Run(yardstick, budget=float("inf"))
    # seeds of their own: no arm may find the reference's own trainings
    jobs = [job_of(c, 10_000 + seed, k) for k, c in enumerate(candidates(problem, 10_000 + seed, count))]
    for group in CohortTrainer(problem).train(jobs):
        run.see([(jobs[index].candidate, outcome) for index, outcome in group])
    return worth(run.seen, yardstick)


def candidates(problem: Problem, seed: int, count: int) -> list[Candidate]:
    """Random candidates."""
    search = PlainOptuna(problem.study, seed, "random")
    return [search.ask()[1] for _ in range(count)]


def one_training(problem: Problem, cores: int, repeats: int) -> dict[str, float]:
    """Median seconds of one plain training alone, by number of threads; in turn, each candidate with each.

    A training of one epoch comes before each, to warm the threads.
    """
    threads = sorted({1, cores}) if problem.device.type == "cpu" else [cores]
    times: dict[int, list[float]] = {count: [] for count in threads}
    before = torch.get_num_threads()
    short = replace(problem, study=replace(problem.study, epochs=1))
    tried = candidates(problem, 0, repeats)
    try:
        for number, candidate in enumerate(tried):
            for count in threads:
                torch.set_num_threads(count)
                # taken as it is, not as it seems best
                with mock.patch.dict(os.environ, {"OMP_NUM_THREADS": str(count)}):
                    train_one(short, job_of(candidate, 0, number))
                    start = time.perf_counter()
                    train_one(problem, job_of(candidate, 0, number))
                    times[count].append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(before)
    return {str(count): statistics.median(taken) for count, taken in times.items()}


def best(training: Mapping[str, float]) -> float:
    """Seconds of one training with the best number of threads."""
    return min(training.values())
