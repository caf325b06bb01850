"""What the tests of workers share: a study that misbehaves at one candidate, and a pruner to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from toy import write_toy

from jrtune.spec import Candidate, Job, Outcome
from jrtune.train.executors.child import StudyFile
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.executor import CohortTask, Executor
from jrtune.train.executors.processes import Processes
from jrtune.train.executors.saved import Saved
from jrtune.train.executors.source import StudySource
from jrtune.train.loop.trainer import Pruner

TROUBLE = """
import ctypes
import os
import time
from pathlib import Path
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
import jrtune as jr


def load():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(90, 4)).astype(np.float32)
    y, z = x[:, 0], x[:, 1]
    return {s: {"x": x[p::3], "y": y[p::3], "z": z[p::3]} for p, s in enumerate(("train", "val", "test"))}


class Net(nn.Module):
    def __init__(self, offset: float = 0.0):
        super().__init__()
        self.layer = nn.Linear(4, 2)
        self.register_buffer("offset", torch.tensor(float(offset)))

    def forward(self, batch):
        out = self.layer(batch["x"])
        return {"y": out[:, 0] + self.offset, "z": out[:, 1]}


class Unsendable(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def spin():
    while True:
        pass


def grow(flag):
    taken = bytearray(100 << 20)
    taken[::4096] = b"x" * len(taken[::4096])
    Path(flag).touch()
    time.sleep(1000)


def spoil():
    raise RuntimeError("CUDA error: an illegal memory access was encountered")


def complain():
    raise Unsendable("one", "two")


DEEDS = {
    "exit": lambda flag: os._exit(3),
    "null": lambda flag: ctypes.string_at(0),
    "sleep": lambda flag: time.sleep(10_000),
    "spin": lambda flag: spin(),
    "memory": grow,
    "unsendable": lambda flag: complain(),
    "spoilt": lambda flag: spoil(),
}


def study(deed: str = "exit", flag: str = ""):
    def error(outputs, batch):
        if float(outputs["y"].mean()) > 500:
            DEEDS[deed](flag)
        return F.l1_loss(outputs["y"], batch["y"])

    return jr.Study(
        name="trouble",
        data=load,
        model=Net,
        losses={n: lambda o, b, n=n: F.mse_loss(o[n], b[n]) for n in ("y", "z")},
        objectives={
            "error": jr.minimize(error),
            "other": jr.minimize(lambda o, b: F.l1_loss(o["z"], b["z"])),
        },
        space={"offset": jr.number(0.0, 1000.0)},
        epochs=3,
        training=jr.Training(batch_size=16),
    )
"""

DRIFT = """
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
import jrtune as jr


def load():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 5)).astype(np.float32)
    y, z = np.sin(x[:, 0]), np.tanh(x[:, 1] + x[:, 2])
    return {s: {"x": x[p::3], "y": y[p::3], "z": z[p::3]} for p, s in enumerate(("train", "val", "test"))}


class Net(nn.Module):
    def __init__(self, limit: float = 1000.0):
        super().__init__()
        self.layer, self.heads = nn.Linear(5, 33), nn.Linear(33, 2)
        self.drift = nn.Parameter(torch.zeros(()))
        self.register_buffer("limit", torch.tensor(float(limit)))

    def forward(self, batch):
        out = self.heads(torch.tanh(self.layer(batch["x"])))
        drift = 0 * out[:, 0] + self.drift
        return {"y": out[:, 0], "z": out[:, 1], "drift": drift, "left": self.limit - drift}


def first(outputs, batch):
    # lets the drift grow by the rate at each step, until the limit is passed
    drift = outputs["drift"] - 0 * torch.log(outputs["left"])
    return F.mse_loss(outputs["y"], batch["y"]) - drift.mean()


study = jr.Study(
    name="drift",
    data=load,
    model=Net,
    losses={"y": first, "z": lambda o, b: F.mse_loss(o["z"], b["z"])},
    objectives={n: jr.minimize(lambda o, b, n=n: F.l1_loss(o[n], b[n])) for n in ("y", "z")},
    space={"limit": jr.number(0.001, 1000.0)},
    epochs=6,
    training=jr.Training(batch_size=40, lr=0.01),
)
"""


class Dropping:
    """A pruner that drops the first half of those that it is shown, at its rungs."""

    rungs = (1, 2)

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> list[int]:
        """Returns the first half."""
        return list(values)[: len(values) // 2]


class Patient:
    """A pruner that drops nobody."""

    def __init__(self, *rungs: int) -> None:
        self.rungs = rungs

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> list[int]:
        """Returns nobody."""
        return []


class Ranking:
    """A pruner that drops the worse half of all that it has seen at a rung."""

    rungs = (1, 2)

    def __init__(self) -> None:
        self.seen: dict[int, dict[int, float]] = {rung: {} for rung in self.rungs}

    def pruned(self, epoch: int, values: Mapping[int, Mapping[str, float]]) -> list[int]:
        """Returns the worse half."""
        self.seen[epoch] |= {index: sum(row.values()) for index, row in values.items()}
        order = sorted(self.seen[epoch], key=lambda index: self.seen[epoch][index])
        return order[-(-len(order) // 2) :]


def trouble_source(folder: Path, deed: str) -> StudySource:
    """The study of :data:`TROUBLE`, whose candidates of a great offset do this."""
    path = folder / "trouble.py"
    path.write_text(TROUBLE)
    return StudySource(path, {"deed": deed, "flag": str(folder / "flag")}, "trouble", 3)


def trouble_jobs(count: int, guilty: int | None = None) -> list[Job]:
    """Jobs of :data:`TROUBLE`, one of which misbehaves."""
    return [
        Job(
            Candidate({"y": 0.5, "z": 0.5}, {"offset": 1000.0 if index == guilty else index / 100}),
            seed=index,
            order_seed=3,
        )
        for index in range(count)
    ]


def toy_source(folder: Path, epochs: int = 4) -> StudySource:
    """The toy study."""
    return StudySource(write_toy(folder, name="toy_study.py"), {"samples": 60}, "toy", epochs)


def toy_jobs(count: int, **choices: object) -> list[Job]:
    """Jobs of the toy study, with figures on test and their parameters."""
    candidates = [
        Candidate({"y": (k + 1) / (count + 1), "z": 1 - (k + 1) / (count + 1)}, {"lr": 0.01, **choices})
        for k in range(count)
    ]
    return [Job(one, seed=k, order_seed=3, test=True, save_model=True) for k, one in enumerate(candidates)]


def drift_source(folder: Path) -> StudySource:
    """The study of :data:`DRIFT`, whose candidates of a small limit diverge when they have drifted so far."""
    path = folder / "drift.py"
    path.write_text(DRIFT)
    return StudySource(path, {}, "drift", 6)


def drift_jobs(count: int, **limits: float) -> list[Job]:
    """Jobs of :data:`DRIFT`; ``limits`` are those of ``job_1`` and so on, the others have none."""
    return [
        Job(
            Candidate({"y": 0.5, "z": 0.5}, {"limit": limits.get(f"job_{index}", 1000.0)}),
            seed=index,
            order_seed=3,
            save_model=True,
        )
        for index in range(count)
    ]


def processes_of(source: StudySource, workers: int = 1) -> Processes:
    """So many worker processes for a study."""
    processes = Processes(StudyFile(source.path, source.options), ["cpu"] * workers)
    processes.source, processes.splits = source, source.load("cpu").splits
    return processes


def task_of(jobs: Sequence[Job], size: int = 4, pruner: Pruner | None = None, **more: object) -> CohortTask:
    """A task of all these jobs."""
    return CohortTask(tuple(jobs), frozenset(range(len(jobs))), size, pruner, **more)  # type: ignore[arg-type]


def dispatched(
    executor: Executor,
    jobs: Sequence[Job],
    size: int = 4,
    pruner: Pruner | None = None,
    *,
    cohort: int | None = None,
    saved: Saved | None = None,
    timeout: float | None = None,
) -> tuple[list[Outcome], list[str]]:
    """Outcomes of jobs in their order, each of which must come once, and the lines that were logged.

    Args:
        executor: to train them.
        jobs, size, pruner: as of a cohort.
        cohort: jobs of a cohort; None makes one of all.
        saved, timeout: of the dispatcher.
    """
    logged: list[str] = []
    found: dict[int, Outcome] = {}
    length = cohort or len(jobs)
    with Dispatcher(executor, saved or Saved(None), timeout, log=logged.append) as dispatcher:
        for start in range(0, len(jobs), length):
            dispatcher.submit(str(start), jobs[start : start + length], size, pruner=pruner)
        while len(found) < len(jobs):
            for one in dispatcher.wait():
                index = int(one.key) + one.index
                assert index not in found
                found[index] = one.outcome
        assert dispatcher.wait() == []
    return [found[index] for index in range(len(jobs))], logged
