"""What loss terms cost: ``python tests/bench_terms.py [--device cuda]``.

Times a training step with 2, 5 and 10 loss terms, one member alone and 16 stacked, side by side, and prints
medians and their ratios to two terms (at most 1.3 for ten). Twice: of a network with ten outputs, of which
the terms share all between them, so that nothing but the number of terms differs; and of one with a head of a
layer of its own for each term, where the network grows with the terms.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

import jrtune as jr
from jrtune.spec import SCALARISATIONS, Candidate, Job
from jrtune.train import prepare
from jrtune.train.executors.grouping import Grouping
from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.member import make_member
from jrtune.train.loop.plain import make_optimizer
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.cohort import Cohort

COUNTS, OUTPUTS, MEMBERS, BATCH = (2, 5, 10), 10, 16, 64
ROUNDS, STEPS = 15, 20
AT_MOST = 1.3


class Shared(nn.Module):
    """An MLP 64-256-256 with ten outputs."""

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU())
        self.out = nn.Linear(256, OUTPUTS)

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """n x 64 -> n x 10."""
        return {"y": self.out(self.trunk(batch["x"]))}


class Headed(Shared):
    """The same trunk with a head a term, whose outputs are put side by side again."""

    def __init__(self, heads: int) -> None:
        super().__init__(heads)
        self.out = nn.ModuleList(nn.Linear(256, OUTPUTS // heads) for _ in range(heads))

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """n x 64 -> n x 10."""
        features = self.trunk(batch["x"])
        return {"y": torch.cat([head(features) for head in self.out], dim=1)}


def study(terms: int, net: type[Shared], scalarisation: str) -> jr.Study:
    """Regression of ten numbers, so many of them a term."""

    def part(i: int) -> Callable[[dict[str, Tensor], dict[str, Tensor]], Tensor]:
        columns = slice(i * OUTPUTS // terms, (i + 1) * OUTPUTS // terms)
        return lambda o, b: nn.functional.mse_loss(o["y"][:, columns], b["y"][:, columns])

    generator = torch.Generator().manual_seed(0)
    x = torch.randn(BATCH * 4, 64, generator=generator)
    y = torch.randn(BATCH * 4, OUTPUTS, generator=generator)
    losses = {f"f{i}": part(i) for i in range(terms)}
    return jr.Study(
        name="terms",
        data=lambda: {split: {"x": x, "y": y} for split in ("train", "val", "test")},
        model=lambda: net(terms),
        losses=losses,
        objectives={"f0": jr.minimize(losses["f0"])},
        training=jr.Training(batch_size=BATCH, scalarisation=scalarisation),
    )


def jobs(problem: Problem, members: int) -> list[Job]:
    """Equal weights, from different seeds."""
    terms = list(problem.study.losses)
    weights = Candidate(dict.fromkeys(terms, 1 / len(terms)))
    return [Job(weights, seed=k, order_seed=0) for k in range(members)]


def plain_step(problem: Problem) -> Callable[[], None]:
    """A step of the plain trainer."""
    [job] = jobs(problem, 1)
    member = make_member(problem, job)
    optimizer = make_optimizer(member.model, member.balancing, member.training)
    batch = {name: tensor[:BATCH] for name, tensor in problem.splits["train"].tensors.items()}

    def step() -> None:
        terms = terms_of(forward(member.model, batch, problem), batch, problem)
        optimizer.zero_grad()
        member.balancing(terms).backward()
        nn.utils.clip_grad_norm_(member.model.parameters(), member.training.clip)
        optimizer.step(1e-3)

    return step


def stacked_step(problem: Problem) -> Callable[[], None]:
    """A step of a cohort, as a graph."""
    members = jobs(problem, MEMBERS)
    [group] = Grouping(problem).groups_of(members)
    cohort = Cohort(problem, members, group)
    step = cohort._step({BATCH: 10**6})
    batch = {name: tensor[:BATCH] for name, tensor in problem.splits["train"].tensors.items()}
    keys, rates = cohort.stack.keys.of("step", 1, count=1)[0], cohort._rates(1, [BATCH])[0]
    return lambda: step(batch, keys, rates)


def medians(steps: list[Callable[[], None]], device: torch.device) -> Iterator[float]:
    """Milliseconds of each, timed in turn."""
    times: list[list[float]] = [[] for _ in steps]
    for number in range(ROUNDS + 1):
        for step, mine in zip(steps, times, strict=True):
            start = time.perf_counter()
            for _ in range(STEPS):
                step()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if number:  # the first traces and warms up
                mine.append((time.perf_counter() - start) / STEPS * 1000)
    return (statistics.median(mine) for mine in times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--scalarisation", default="sum", choices=SCALARISATIONS)
    options = parser.parse_args()
    device = torch.device(options.device)
    torch.set_num_threads(1)  # as a cohort has on a CPU
    for net in (Shared, Headed):
        for way, make in (("one by one", plain_step), (f"{MEMBERS} stacked", stacked_step)):
            problems = [
                prepare(s, s.data(), device) for s in (study(t, net, options.scalarisation) for t in COUNTS)
            ]
            two, five, ten = medians([make(problem) for problem in problems], device)
            verdict = "" if net is Headed else f" (at most {AT_MOST})"
            print(
                f"{net.__name__:7} {way:11} {two:6.2f} {five:6.2f} {ten:6.2f} ms a step of 2, 5, 10 terms: "
                f"{five / two:.2f} and {ten / two:.2f} times{verdict}",
                flush=True,
            )


if __name__ == "__main__":
    main()
