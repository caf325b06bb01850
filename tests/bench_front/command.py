"""The whole front against the clock: ``make bench``, on whatever machine it is run.

jrtune, plain Optuna, multi-objective ASHA and an equal grid search the same space of the same problem, with
the same model code, data, device and validation metric. What counts is the hypervolume on the test split of
the front that was chosen on validation, against wall-clock time. One arm runs at a time; the seeds are the
outer loop, so that a machine that gets slower does so for all.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from bench_front.arms import DEFAULT, Arms
from bench_front.measure import Run, Yardstick
from bench_front.problem import STUDIES, Spec
from bench_front.reference import KINDS, KNOWN, one_training, references
from bench_front.table import LEVELS, draw, table

from jrtune.errors import StudyError
from jrtune.search.run.run_config import Budget
from jrtune.train.loop.device import describe_device


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="bench_front", description=__doc__.split(":")[0])
    add = parser.add_argument
    add("--problem", choices=list(STUDIES), default="digits")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="an option of the study's data")
    add("--device", choices=["auto", "cpu", "cuda"], default="auto")
    add("--epochs", type=int, help="of a training, in place of the study's")
    add("--seeds", type=int, default=5)
    add("--budget", type=float, default=40, help="seconds of a run")
    add("--beyond", type=float, default=1.5, help="a run ends at so many times its time to 99 %%")
    add("--arms", default=",".join(DEFAULT), help="names, with commas; an unknown one lists them all")
    add("--processes", type=int, default=os.cpu_count(), help="that train beside one another")
    add("--trials", type=int, default=Budget().trials, help="of jrtune, at most; default as it has")
    add("--cohort", type=int, help="of jrtune; default auto")
    add("--large", type=int, default=400, help="candidates of each search that the reference is of")
    add("--searches", type=int, default=3, help="how many such searches")
    add(
        "--reference",
        choices=KINDS,
        help="what counts as the whole: all trainings of the searches together "
        "(best, the default), or the median of the searches",
    )
    add("--out", type=Path, default=Path("out/bench_front"))
    add("--table", type=Path, metavar="JSON", help="only the table and figure of these raw results")
    given = parser.parse_args()
    if given.table and given.reference:
        parser.error("--reference decides when runs end, so --table takes that of its runs: leave one out")
    return given


def measure(given: argparse.Namespace, path: Path) -> None:
    """Runs every arm with every seed; the raw results are in ``path`` after each run."""
    cores = os.cpu_count() or 1
    spec = Spec(given.problem, tuple(given.set), given.device, given.epochs)
    with closing(Arms(spec, cores, given.processes, given.trials, given.cohort)) as arms:
        wanted = given.arms.split(",")
        if unknown := set(wanted) - set(arms.names):
            sys.exit(f"--arms expects some of {', '.join(arms.names)}, got {unknown.pop()!r}")
        raw = conditions(given, spec, cores)
        for seed in raw["seeds"]:
            for name in [name for name in wanted if name not in raw["left_out"]]:
                try:
                    arms.warm(name)
                except ImportError as error:
                    raw["left_out"][name] = f"{error}: install it to have this arm"
                    continue
                except StudyError as error:
                    raw["left_out"][name] = str(error)
                    continue
                run = Run(
                    Yardstick(**raw["yardstick"]), given.budget, LEVELS[-1] * raw["reference"], given.beyond
                )
                arms.run(name, seed, run)
                raw["runs"].append(described(name, seed, run))
                path.write_text(json.dumps(raw))


def conditions(given: argparse.Namespace, spec: Spec, cores: int) -> dict[str, Any]:
    """What there is to be reached, what a training costs, and where; with no runs yet."""
    problem = spec.prepare()
    found = references(spec, problem, given.large, given.searches, given.out)
    counts = KNOWN if KNOWN in found else given.reference or KINDS[0]
    return {
        "problem": given.problem,
        "settings": spec.settings,
        "epochs": problem.study.epochs,
        "device": describe_device(problem.device),
        "torch": torch.__version__,
        "cores": cores,
        "budget": given.budget,
        "beyond": given.beyond,
        "seeds": list(range(given.seeds)),
        "yardstick": asdict(Yardstick.of(problem.study)),
        "references": found,
        "counts": counts,
        "reference": found[counts],
        "training": one_training(problem, cores, repeats=5),
        "runs": [],
        "left_out": {},
    }


def described(name: str, seed: int, run: Run) -> dict[str, Any]:
    """A run that has ended as JSON values; says so in one line."""
    reached = "reached" if math.isfinite(run.end) else "not reached"
    counts = f"{run.trained} trainings, {run.pruned} stopped early, {run.failed} failed"
    print(f"seed {seed}, {name}: {counts}, {run.seconds():.1f} s, 99 % {reached}", flush=True)
    counted = {"seconds": run.seconds(), "trained": run.trained, "pruned": run.pruned, "failed": run.failed}
    return {"arm": name, "seed": seed, **counted, "seen": [asdict(one) for one in run.seen]}


def main() -> None:
    """Measures, keeps the raw results, and prints what they say."""
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    path = given.table or given.out / f"{given.problem}.json"
    if not given.table:
        measure(given, path)
    raw = json.loads(path.read_text())
    draw(raw, path.with_suffix(".png"))
    print(f"\n{table(raw)}\n\nRaw results: {path}, curves: {path.with_suffix('.png')}")
