"""Configuration of a run, checked before anything heavy is imported or anything written."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jrtune.errors import InputError
from jrtune.spec import MOST_EPOCHS, Value

MOST_SEEDS = 1000
"""Intervals over this many seeds are a thirtieth of the spread between seeds; all are planned at once."""

REST, MOST_REST = 0.05, 1.0
"""Share of a time limit, and seconds at most, that are left for what comes before the search and after it."""

ENGINES = ("processes", "ray", "inline")

SAMPLERS = ("front", "tpe", "gp", "nsga2", "random", "qmc")


@dataclass(frozen=True)
class RunConfig:
    """A study, its data and its database.

    Attributes:
        path: the study file.
        settings: ``NAME=VALUE`` texts, or options that were parsed before.
        url: the database.
        name, epochs: in place of the file's own; None leaves them.
        seed: the study's seed; None takes the stored one, or 0.
        device: "auto", "cpu" or "cuda".

    Raises:
        InputError: for values that make no sense.
    """

    path: Path
    settings: Sequence[str] | Mapping[str, Value]
    url: str
    name: str | None = None
    epochs: int | None = None
    seed: int | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.epochs is not None and not 1 <= self.epochs <= MOST_EPOCHS:
            raise InputError(f"--epochs expects an integer from 1 to {MOST_EPOCHS}, got {self.epochs}")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise InputError(f"--seed expects an integer from 0, got {self.seed}")
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"--device expects auto, cpu or cuda, got {self.device!r}")


@dataclass(frozen=True)
class Budget:
    """Extent and manner of a search.

    Attributes:
        trials: how many trials there are to be in the end.
        sampler: a sampler's name.
        cohort: how many candidates are asked for, and at most trained, together; None as stored with the
            study, or as many as the trainer takes.
        time_limit: seconds from now on in which the search ends; None for no limit.
        rungs: whether trials are pruned before their full budget (:mod:`jrtune.search.schedule.rungs`).
        deadline: the monotonic clock when time is up.

    Raises:
        InputError: for values that make no sense.
    """

    trials: int = 96
    sampler: str = "front"
    cohort: int | None = None
    time_limit: float | None = None
    rungs: bool = True
    deadline: float = field(init=False, default=math.inf, compare=False)

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError(f"--trials expects an integer from 1, got {self.trials}")
        if self.cohort is not None and self.cohort < 1:
            raise InputError(f"--cohort expects auto or an integer from 1, got {self.cohort}")
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(f"--time-limit expects seconds above 0, got {self.time_limit}")
        if self.sampler not in SAMPLERS:
            raise InputError(f"--sampler expects one of {', '.join(SAMPLERS)}, got {self.sampler!r}")
        if self.time_limit is not None:
            rest = min(MOST_REST, REST * self.time_limit)
            object.__setattr__(self, "deadline", time.monotonic() + self.time_limit - rest)

    def left(self) -> float:
        """Seconds until time is up, from 0."""
        return max(0.0, self.deadline - time.monotonic())

    def late(self) -> bool:
        """Returns True once time is up."""
        return time.monotonic() >= self.deadline


@dataclass(frozen=True)
class WorkerConfig:
    """Workers of a run.

    Attributes:
        engine: "processes" of this machine, "ray", or "inline": in this process, one after another.
        workers: how many; None for one for each CUDA device, or for each CPU core.
        threads: CPU threads of each.
        address: "auto", or "HOST:PORT" of a Ray cluster; None starts one on this machine.
        timeout: seconds in which a training must come further; None takes many times the slowest so far.
        checkpoint_minutes: minutes after which a training that comes to no rung is saved.
        checkpoints: folder in which trainings are saved; None for one beside the database.

    Raises:
        InputError: for values that make no sense.
    """

    engine: str = "processes"
    workers: int | None = None
    threads: int = 1
    address: str | None = None
    timeout: float | None = None
    checkpoint_minutes: float = 5.0
    checkpoints: Path | None = None

    def __post_init__(self) -> None:
        if self.engine not in ENGINES:
            raise InputError(f"--engine expects one of {', '.join(ENGINES)}, got {self.engine!r}")
        for option, number in (("--workers", self.workers), ("--threads-per-worker", self.threads)):
            if number is not None and number < 1:
                raise InputError(f"{option} expects an integer from 1, got {number}")
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"--training-timeout expects seconds above 0, got {self.timeout}")
        if not self.checkpoint_minutes > 0:
            raise InputError(f"--checkpoint-every expects minutes above 0, got {self.checkpoint_minutes}")
        if self.address is not None and self.engine != "ray":
            raise InputError(f"--address needs --engine ray, got --engine {self.engine}")


def hash_of(path: Path) -> str:
    """SHA-256 of the study file, by which a change of it is noticed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check_seeds(seeds: int) -> None:
    """Refuses to confirm with no seed, or with more than a front can need.

    Raises:
        InputError: for less than one or more than :data:`MOST_SEEDS`.
    """
    if not 1 <= seeds <= MOST_SEEDS:
        raise InputError(f"--seeds expects an integer from 1 to {MOST_SEEDS}, got {seeds}")
