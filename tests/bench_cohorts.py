"""What cohorts gain over training one by one: ``make bench-cohorts``, on whatever machine it is run.

Three small joint models: an MLP and a convolutional net for digit and ink of scikit-learn's digits, a
recommender with a mixture of experts on generated events. Each is trained in full (building, training,
validation, selection), one by one with the best number of threads, one by one in a process for each core,
and as a cohort; in turn, three times; medians. The rate is the operations of the training steps over the
wall-clock time of all, relative to one matrix product with as many operations as a step of the stack.

``--tune`` compares ``make tune`` with and without cohorts instead.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from unittest import mock

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import jrtune as jr
from jrtune.spec import Candidate, Job
from jrtune.train import CohortTrainer, PlainTrainer, Problem, prepare
from jrtune.train.loop.device import pick_device

ALONE = 4
"""Members that are trained one by one."""
USERS, ITEMS, EXPERTS = 500, 300, 6


# --- three joint models ----------------------------------------------------------------------


class Mlp(nn.Module):
    """Two hidden layers of 64 and two heads: 64 pixels -> 10 classes, amount of ink."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.digit, self.ink = nn.Linear(64, 10), nn.Linear(64, 1)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        features = self.body(batch["image"].flatten(1))
        return {"digit": self.digit(features), "ink": self.ink(features)[:, 0]}


class ConvNet(nn.Module):
    """Three convolutions of 16, 16 and 32 channels with batch norm, and two heads."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_block(1, 16), *_block(16, 16), nn.MaxPool2d(2), *_block(16, 32), nn.AdaptiveAvgPool2d(2)
        )
        self.digit, self.ink = nn.Linear(128, 10), nn.Linear(128, 1)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        features = self.body(batch["image"][:, None]).flatten(1)
        return {"digit": self.digit(features), "ink": self.ink(features)[:, 0]}


def _block(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


class Recommender(nn.Module):
    """Experts of two layers, a gate and a tower for each task (Ma et al. 2018, MMoE)."""

    def __init__(self) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(USERS, 16), nn.Embedding(ITEMS, 16)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU()) for _ in range(EXPERTS)
        )
        self.gates = nn.ModuleDict({name: nn.Linear(32, EXPERTS) for name in ("click", "buy")})
        self.towers = nn.ModuleDict(
            {name: nn.Sequential(nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1)) for name in ("click", "buy")}
        )

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x = torch.cat([self.user(batch["user"]), self.item(batch["item"])], dim=1)
        found = torch.stack([expert(x) for expert in self.experts], dim=1)
        return {
            name: tower((self.gates[name](x).softmax(1)[:, :, None] * found).sum(1))[:, 0]
            for name, tower in self.towers.items()
        }


def digits() -> dict[str, dict[str, Tensor]]:
    """1,797 digits of 8 x 8: 1,024 to train on, 360 to select by, the rest for test."""
    bunch = load_digits()
    image = torch.tensor(bunch.images, dtype=torch.float32) / 16
    every = {"image": image, "digit": torch.tensor(bunch.target), "ink": image.mean((1, 2))}
    return _split(every, 1024, 360)


def events() -> dict[str, dict[str, Tensor]]:
    """5,000 events: a click where user and item fit, a purchase where they fit well."""
    generator = torch.Generator().manual_seed(0)
    user = torch.randint(USERS, (5000,), generator=generator)
    item = torch.randint(ITEMS, (5000,), generator=generator)
    taste, kind = (torch.randn(n, 4, generator=generator) for n in (USERS, ITEMS))
    fit = (taste[user] * kind[item]).sum(1)
    return _split(
        {"user": user, "item": item, "click": (fit > 0).float(), "buy": (fit > 2).float()}, 4096, 500
    )


def _split(every: dict[str, Tensor], train: int, val: int) -> dict[str, dict[str, Tensor]]:
    order = torch.randperm(len(next(iter(every.values()))), generator=torch.Generator().manual_seed(1))
    parts = {"train": order[:train], "val": order[train : train + val], "test": order[train + val :]}
    return {name: {n: t[index] for n, t in every.items()} for name, index in parts.items()}


def study(name: str, epochs: int) -> jr.Study:
    """One of the three as a study."""
    if name == "recommender":
        terms = {
            n: lambda out, b, n=n: F.binary_cross_entropy_with_logits(out[n], b[n]) for n in ("click", "buy")
        }
        objectives = {n: jr.minimize(term, term=n) for n, term in terms.items()}
        return jr.Study(
            name=name, data=events, model=Recommender, losses=terms, objectives=objectives, epochs=epochs
        )
    terms = {
        "digit": lambda out, b: F.cross_entropy(out["digit"], b["digit"]),
        "ink": lambda out, b: F.mse_loss(out["ink"], b["ink"]),
    }
    objectives = {
        "accuracy": jr.maximize(lambda out, b: jr.metrics.accuracy(out["digit"], b["digit"]), term="digit"),
        "error": jr.minimize(terms["ink"], term="ink"),
    }
    model = {"mlp": Mlp, "conv": ConvNet}[name]
    return jr.Study(name=name, data=digits, model=model, losses=terms, objectives=objectives, epochs=epochs)


def jobs(problem: Problem, count: int) -> list[Job]:
    """Weightings spread over the simplex, each with a learning rate of its own."""
    first, second = problem.study.losses
    spread = [(k + 0.5) / count for k in range(count)]
    return [
        Job(Candidate({first: w, second: 1 - w}, {"lr": 1e-3 * 4**w}), seed=k, order_seed=0)
        for k, w in enumerate(spread)
    ]


# --- ways of training them ---------------------------------------------------------------------


def seconds(run: Callable[[], object]) -> float:
    """Wall-clock seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def alone(problem: Problem, threads: int) -> float:
    """Seconds a member, one by one with so many threads."""
    torch.set_num_threads(threads)
    with mock.patch.dict(
        os.environ, {"OMP_NUM_THREADS": str(threads)}
    ):  # taken as it is, not as it seems best
        return seconds(lambda: list(PlainTrainer(problem).train(jobs(problem, ALONE)))) / ALONE


def together(problem: Problem, size: int, cores: int) -> float:
    """Seconds a member, as one cohort with a thread for each core."""
    torch.set_num_threads(cores)
    trainer = CohortTrainer(problem, size)
    return seconds(lambda: list(trainer.train(jobs(problem, size)))) / size


_HELD: list[Problem] = []


def _prepare_here(name: str, epochs: int) -> None:
    torch.set_num_threads(1)
    made = study(name, epochs)
    _HELD.append(prepare(made, made.data(), torch.device("cpu")))
    list(PlainTrainer(_HELD[0]).train(jobs(_HELD[0], 1)))


def _train_here(count: int) -> None:
    list(PlainTrainer(_HELD[0]).train(jobs(_HELD[0], count)))


def in_processes(name: str, epochs: int, cores: int) -> float:
    """Seconds a member, one by one in a process for each core."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(cores, context, _prepare_here, (name, epochs)) as pool:
        list(pool.map(_train_here, [1] * cores))  # until all are ready
        return seconds(lambda: list(pool.map(_train_here, [ALONE] * cores))) / (ALONE * cores)


# --- rates -------------------------------------------------------------------------------------


def operations(problem: Problem) -> float:
    """Floating-point operations of one member's training step: of its products and convolutions."""
    model, train = problem.study.model().to(problem.device), problem.splits["train"]
    batch = next(train.batches(torch.arange(train.size), problem.study.training.batch_size))
    with FlopCounterMode(display=False) as counter:
        outputs = model(batch)
        sum(loss(outputs, batch) for loss in problem.study.losses.values()).backward()
    return float(counter.get_total_flops())


def product_rate(count: float, cores: int, device: torch.device) -> float:
    """Operations a second of one square matrix product of so many operations, all cores."""
    torch.set_num_threads(cores)
    side = round((count / 2) ** (1 / 3))
    # on CUDA training is in bfloat16
    a, b = torch.randn(2, side, side, device=device, dtype=torch.bfloat16 if device.type == "cuda" else None)

    def run() -> None:
        for _ in range(10):
            a @ b
        if device.type == "cuda":
            torch.cuda.synchronize()

    run()
    return 10 * 2 * side**3 / min(seconds(run) for _ in range(5))


def row(name: str, size: int, epochs: int, device: torch.device, repeats: int) -> str:
    """One line of the table."""
    cores = os.cpu_count() or 1
    made = study(name, epochs)
    problem = prepare(made, made.data(), device)
    together(problem, size, cores)  # warm
    threads = sorted({1, cores}) if device.type == "cpu" else [cores]
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        for count in threads:
            times.setdefault(f"{count} threads", []).append(alone(problem, count))
        if device.type == "cpu":
            times.setdefault("processes", []).append(in_processes(name, epochs, cores))
        times.setdefault("cohort", []).append(together(problem, size, cores))
    median = {way: statistics.median(values) for way, values in times.items()}
    one = min(value for way, value in median.items() if way.endswith("threads"))
    cohort = median["cohort"]
    steps = epochs * -(-problem.splits["train"].size // made.training.batch_size)
    count = operations(problem)
    share = steps * count / cohort / product_rate(count * size, cores, device)
    figures = [
        f"{1 / (one / epochs):.1f}",
        f"{1 / (median['processes'] / epochs):.1f}" if "processes" in median else "-",
        f"{1 / (cohort / epochs):.1f}",
        f"{one / cohort:.2f}",
        f"{median['processes'] / cohort:.2f}" if "processes" in median else "-",
        f"{cohort * size / one:.1f}",
        f"{100 * share:.0f} %",
    ]
    return f"| {name} | {size} | " + " | ".join(figures) + " |"


def table(size: int, epochs: int, device: torch.device, repeats: int) -> None:
    """Prints member-epochs a second of each way, and what follows from them."""
    print(
        "Member-epochs a second, times faster, cost in ordinary trainings, share of a matrix product's rate."
    )
    print("| model | K | one by one | in processes | cohort | times | times processes | cost | rate |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in ("mlp", "conv", "recommender"):
        print(row(name, size, epochs, device, repeats), flush=True)


# --- make tune ---------------------------------------------------------------------------------


def tune_seconds(cohort: str) -> float:
    """Seconds of ``make tune`` with these cohorts, from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "jrtune", "tune", str(Path("studies/image_edges.py").resolve())]
        command += ["--finish", "--cohort", cohort]
        return seconds(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True))


def tune_ratio(repeats: int) -> None:
    """Prints seconds with and without cohorts, in turn."""
    ways: dict[str, list[float]] = {"1": [], "auto": []}
    for _ in range(repeats):
        for cohort, found in ways.items():
            found.append(tune_seconds(cohort))
    one, many = (statistics.median(found) for found in ways.values())
    print(f"make tune: one by one {one:.1f} s, in cohorts {many:.1f} s: {one / many:.2f} times faster")


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--size", type=int, default=32, help="members of a cohort")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--tune", action="store_true", help="make tune with and without cohorts")
    given = parser.parse_args()
    if given.tune:
        tune_ratio(given.repeats)
    else:
        table(given.size, given.epochs, pick_device(given.device), given.repeats)


if __name__ == "__main__":
    main()
