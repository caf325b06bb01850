"""Configuration of a run, checked before anything heavy is imported or anything written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jrtune.errors import InputError
from jrtune.spec import MOST_EPOCHS, Value

MOST_SEEDS = 1000
"""Intervals over this many seeds are a thirtieth of the spread between seeds; all are planned at once."""

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
        time_limit: seconds after which no further training begins; None for no limit.
        rungs: whether trials are pruned before their full budget (:mod:`jrtune.search.schedule.rungs`).

    Raises:
        InputError: for values that make no sense.
    """

    trials: int = 96
    sampler: str = "front"
    cohort: int | None = None
    time_limit: float | None = None
    rungs: bool = True

    def __post_init__(self) -> None:
        if self.trials < 1:
            raise InputError(f"--trials expects an integer from 1, got {self.trials}")
        if self.cohort is not None and self.cohort < 1:
            raise InputError(f"--cohort expects auto or an integer from 1, got {self.cohort}")
        if self.time_limit is not None and not self.time_limit > 0:
            raise InputError(f"--time-limit expects seconds above 0, got {self.time_limit}")
        if self.sampler not in SAMPLERS:
            raise InputError(f"--sampler expects one of {', '.join(SAMPLERS)}, got {self.sampler!r}")


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
