"""What there is to be reached, and what one ordinary training costs."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from bench_front.measure import Run, Seen, Yardstick, worth
from bench_front.problem import Spec, job_of
from bench_front.searches import PlainOptuna
from problems import concave, convex, truth

from jrtune.search.run.run_config import hash_of
from jrtune.spec import Candidate
from jrtune.train import CohortTrainer, Problem
from jrtune.train.loop.plain import train_one

TRUE: Mapping[str, Callable[[], float]] = {
    "convex": lambda: truth.convex_hypervolume(convex.TERMS, convex.WORST),
    "concave": lambda: truth.concave_hypervolume(concave.WORST),
}
"""Hypervolumes that are known."""


KINDS = ("best", "median")
"""What may count as the whole where the truth is not known."""

KNOWN = "known"
"""The one kind of a problem whose truth is known."""


def references(spec: Spec, problem: Problem, count: int, seeds: int, folder: Path) -> dict[str, float]:
    """Kind -> the hypervolume that may count as the whole: the true one, or those of large random searches.

    "best" is that of all trainings of the searches together, the best front that is known. "median" is that
    of the searches one by one: a single large search has its luck, on validation as on test. Both are
    measured as the arms are. The figures of every training are kept in ``folder``, by problem, options,
    epochs, device and file.

    Args:
        spec, problem: what is searched.
        count: candidates of a search, trained in cohorts.
        seeds: how many searches.
        folder: where to keep them.
    """
    if spec.name in TRUE:
        return {KNOWN: TRUE[spec.name]()}
    described = ["figures", spec.name, spec.settings, problem.study.epochs, problem.device.type, count]
    described += [hash_of(spec.path), torch.__version__]
    key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:12]
    kept = folder / f"reference-{spec.name}-{key}.json"
    found: list[list[dict[str, Any]]] = json.loads(kept.read_text()) if kept.is_file() else []
    for seed in range(len(found), seeds):
        print(f"reference: {count} random candidates, search {seed + 1} of {seeds} ...", flush=True)
        found.append([asdict(one) for one in large_search(problem, seed, count)])
        kept.write_text(json.dumps(found))
    searches = [[Seen(**one) for one in search] for search in found[:seeds]]
    return summed_up(searches, Yardstick.of(problem.study))


def summed_up(searches: Sequence[Sequence[Seen]], yardstick: Yardstick) -> dict[str, float]:
    """Kind -> hypervolume on test of the front chosen on validation, of all searches or of the middle one."""
    values = [worth(search, yardstick) for search in searches]
    print(f"reference hypervolumes: {', '.join(f'{value:.4f}' for value in values)}", flush=True)
    together = worth([one for search in searches for one in search], yardstick)
    return {"best": together, "median": statistics.median(values)}


def large_search(problem: Problem, seed: int, count: int) -> list[Seen]:
    """So many random candidates, trained to the end."""
    run = Run(Yardstick.of(problem.study), budget=float("inf"))
    # seeds of their own: no arm may find the reference's own trainings
    jobs = [job_of(c, 10_000 + seed, k) for k, c in enumerate(candidates(problem, 10_000 + seed, count))]
    for group in CohortTrainer(problem).train(jobs):
        run.see([(jobs[index].candidate, outcome) for index, outcome in group])
    return run.seen


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
