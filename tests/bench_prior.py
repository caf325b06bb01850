"""What an earlier study's front is worth to a new one: ``python tests/bench_prior.py [--problem overlaid]``.

The new study is searched as ``jrtune tune`` does: without a prior ("none"), with the front of an earlier
search of a smaller proxy (half the data, drawn by another seed, half the epochs: "front"), with the
weights.json of that front's knee ("file"), with the knee alone ("knee"), and with a wrong prior: the front
of a search of the proxy with its objectives turned round, which is of the worst candidates ("wrong").
Printed is when a search comes to 95 % of the hypervolume on validation that one without a prior has in the
end, and to shares of that of the best front known, of all these searches and of a longer one: in seconds
from the first ask, in seconds of the processors, and in trainings (epochs of all members over those of one),
the last two for a machine that is busy with other things. Seeds are the outer loop, arms take turns.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import is_feasible
from jrtune.analysis.select.pick import pick
from jrtune.analysis.select.selection_rules import Knee
from jrtune.cli.commands import prior_of
from jrtune.export.weights_file import weights_file
from jrtune.pareto.indicators import hypervolume
from jrtune.search.ask.enqueued import Plan
from jrtune.search.ask.prior import fit
from jrtune.search.run.executors import dispatcher_of
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import Loaded, held, load
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import Candidate
from jrtune.store.records import Results, StudyRecord, TrialRecord

STUDIES = Path(__file__).parents[1] / "studies"
LEVELS, UNITS = (0.95, 0.97, 0.99), ("seconds", "processor", "trainings")
ARMS = {"none": math.inf, "front": 0.5, "file": 0.5, "knee": 0.5, "wrong": 1.2}
"""And the ratio to "none" that each may have at most, at 95 %."""

# study file, options of the new study, options of the proxy
PROBLEMS: dict[str, tuple[str, list[str], list[str]]] = {
    "edges": ("image_edges.py", [], ["limit=900", "seed=7"]),
    "overlaid": ("overlaid_images.py", ["limit=1800"], ["limit=900", "seed=7"]),
}

Seen = dict[str, Any]
"""What a batch gave: UNITS since the first ask, its trials, the figures of those that count."""


@dataclass
class Clock(Progress):
    """Notes what each batch gave, and when."""

    seen: list[Seen] = field(default_factory=list)

    def begin(self, total: int, done: int = 0) -> None:
        """The first ask comes next."""
        super().begin(total, done)
        self.processor = time.process_time()

    def trials(
        self, finished: Sequence[TrialRecord], count: int, members: Sequence[TrialRecord], study: StudyRecord
    ) -> None:
        """Trials ended together."""
        counted = [t for t in finished if is_feasible(t, study)]
        self.seen.append(
            {
                "seconds": time.monotonic() - self.start,
                "processor": time.process_time() - self.processor,
                "trials": [t.number for t in finished],
                "figures": [[t.values[name] for name in study.objectives] for t in counted],
                "baselines": [t.is_baseline for t in counted],
            }
        )


def search(
    loaded: Loaded, url: str, seed: int, budget: Budget, prior: Sequence[Candidate] = ()
) -> tuple[Results, list[Seen]]:
    """Searches the study from its beginning."""
    plan = Plan(prior=[fit(candidate, loaded.study) for candidate in prior])
    clock = Clock(quiet=True)
    # in this process: its time is what is measured
    workers = WorkerConfig("inline", workers=1, threads=torch.get_num_threads())
    with (
        held(loaded, url, seed) as session,
        clock,
        dispatcher_of(session, workers, lambda line: None) as dispatcher,
    ):
        results = tune(session, dispatcher, budget, Stop(), clock, plan)
        epochs = {number: len(curve) - 1 for number, curve in session.store.curves().items()}
    trained = 0.0
    for one in clock.seen:
        trained += sum(epochs[number] for number in one["trials"]) / loaded.study.epochs
        one["trainings"] = trained
    return results, clock.seen


def turned(loaded: Loaded) -> Loaded:
    """The study in search of its worst candidates."""
    worst = {
        name: replace(o, direction="minimize" if o.direction == "maximize" else "maximize", worst=None)
        for name, o in loaded.study.objectives.items()
    }
    return replace(loaded, study=replace(loaded.study, objectives=worst))


def priors(proxy: Loaded, new: Loaded, folder: str, seed: int, budget: Budget) -> dict[str, list[Candidate]]:
    """Arm -> what it begins with."""
    right, wrong = f"{folder}/proxy.db", f"{folder}/turned.db"
    earlier, _ = search(proxy, right, seed, budget)
    search(turned(proxy), wrong, seed, budget)
    knee = pick(Analysis(earlier), Knee()).trial
    Path(f"{folder}/weights.json").write_text(weights_file(knee, Analysis(earlier)).to_text())
    sources = {"front": right, "file": f"{folder}/weights.json", "wrong": wrong}
    target, name = f"{folder}/new.db", new.study.name
    found = {arm: list(prior_of(source, target)(name)) for arm, source in sources.items()}
    return {"none": [], "knee": [knee.candidate], **found}


def measure(name: str, seeds: Sequence[int], budget: Budget, longer: int, device: str) -> dict[str, Any]:
    """The searches of every seed and arm."""
    file, options, smaller = PROBLEMS[name]
    new = load(RunConfig(STUDIES / file, options, "", device=device))
    half = max(1, new.study.epochs // 2)
    proxy = load(RunConfig(STUDIES / file, smaller, "", epochs=half, device=device))
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        # also loads what is loaded once
        _, best = search(new, f"{folder}/longer.db", 1000, replace(budget, trials=longer))
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            given = priors(proxy, new, folder, 100 + seed, budget)
            for arm in ARMS:
                _, seen = search(new, f"{folder}/{arm}.db", seed, budget, given[arm])
                runs.append({"arm": arm, "seed": seed, "seen": seen})
                print(f"seed {seed}, {arm}: {seen[-1]['seconds']:.1f} s", flush=True)
    objectives = new.study.objectives.values()
    signs = [o.sign for o in objectives]
    corner = [sign * o.worst for sign, o in zip(signs, objectives, strict=True) if o.worst is not None]
    return {"problem": name, "signs": signs, "corner": corner, "longer": best, "runs": runs}


def table(raw: Mapping[str, Any]) -> str:
    """What share is there when, and ratios to no prior paired by seed.

    Shares are of the hypervolume that a search without a prior has in the end (their median), and of the best
    front known, which a noisy problem's searches may never come near.

    A search without a prior that never came to a level counts with all it took, so ratios to it are smaller
    in truth; one with a prior that never did has the ratio inf.
    """

    def worth(figures: Sequence[Sequence[float]]) -> float:
        return hypervolume(np.reshape(figures, (-1, len(raw["signs"]))) * raw["signs"], raw["corner"])

    searches = [raw["longer"], *(run["seen"] for run in raw["runs"])]
    best = worth([figure for seen in searches for one in seen for figure in one["figures"]])
    found = {}
    for run in raw["runs"]:
        upto = itertools.accumulate(one["figures"] for one in run["seen"])
        found[run["arm"], run["seed"]] = run["seen"], [worth(figures) / best for figures in upto]
    end = statistics.median(share[-1] for (arm, _), (_, share) in found.items() if arm == "none")
    marks = {"95% of end": 0.95 * end} | {f"{level:.0%} of best": level for level in LEVELS}
    seeds = sorted({seed for _, seed in found})
    firsts = [found["none", seed][0][0] for seed in seeds]
    alone = [worth([*itertools.compress(f["figures"], f["baselines"])]) / best for f in firsts]
    first = {arm: statistics.median(found[arm, seed][1][0] for seed in seeds) for arm in ARMS}
    lines = [
        f"{raw['problem']}, {len(seeds)} seeds; medians, and least and greatest ratios paired by seed",
        f"  share of the best front: baselines {statistics.median(alone):.3f}; after the first batch "
        + ", ".join(f"{arm} {share:.3f}" for arm, share in first.items()),
    ]

    def when(arm: str, seed: int, level: float, unit: str) -> float:
        seen, share = found[arm, seed]
        there = [one[unit] for one, s in zip(seen, share, strict=True) if s >= level]
        return there[0] if there else math.inf

    for mark, level in marks.items():
        for unit in UNITS:
            for arm, most in ARMS.items():
                times = [when(arm, s, level, unit) for s in seeds]
                base = [min(when("none", s, level, unit), found["none", s][0][-1][unit]) for s in seeds]
                ratios = [t / b for t, b in zip(times, base, strict=True)]
                text = f"  {mark:11} {unit:9} {arm:5} {statistics.median(times):7.1f}"
                if arm != "none":
                    text += f", {statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"
                    text += f" of none (at most {most})" if mark.startswith("95%") else " of none"
                lines.append(text)
    return "\n".join(lines)


def main() -> None:
    """Measures, and prints what that says."""
    parser = argparse.ArgumentParser(description="A good prior and a wrong one against none.")
    parser.add_argument("--problem", choices=list(PROBLEMS), default="edges")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--trials", type=int, default=Budget().trials)
    parser.add_argument("--longer", type=int, default=2 * Budget().trials, help="trials of the longer search")
    parser.add_argument("--cohort", type=int, help="default auto, measured anew in every search")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--raw", type=Path, metavar="JSON", help="where to keep what was measured")
    given = parser.parse_args()
    budget = Budget(given.trials, cohort=given.cohort)
    raw = measure(given.problem, range(given.seeds), budget, given.longer, given.device)
    if given.raw:
        given.raw.write_text(json.dumps(raw))
    print(table(raw))


if __name__ == "__main__":
    main()
