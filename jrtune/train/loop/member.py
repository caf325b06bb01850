"""Members: a job's network, the balancing of its losses and its training choices, made ready to train."""

from __future__ import annotations

import copy
import enum
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from jrtune.errors import Interrupted, StudyError
from jrtune.losses import Balancing, balancing_of
from jrtune.spec import Candidate, Job, Training, choices_for
from jrtune.train.loop.evaluate import CHUNK, forward, objectives_of, predict, terms_of
from jrtune.train.loop.minimised import minimised
from jrtune.train.loop.problem import Problem
from jrtune.train.random.keyed_rng import KeyedRNG, draws_numbers, keys

MODEL, LOSSES, BALANCING = range(3)
"""The parts of a step; each draws from a key of its own."""


@dataclass(frozen=True)
class Member:
    """A job made ready to train.

    Attributes:
        job: the job.
        training: the study's training choices, with the candidate's own in their place.
        model: on the problem's device, as the job's seed initialises it.
        balancing: forms one scalar from the loss terms.
    """

    job: Job
    training: Training
    model: nn.Module
    balancing: Balancing


def make_member(problem: Problem, job: Job) -> Member:
    """Builds a job's member; draws from torch's generator, which it seeds.

    Raises:
        StudyError: where the builder gives no module, or one without anything to learn.
    """
    study = problem.study
    torch.manual_seed(job.seed)
    model = build_model(problem, job.candidate)
    if not any(p.requires_grad for p in model.parameters()):
        raise StudyError("the model must have a parameter that requires gradients, got none: unfreeze some")
    training = study.training.vary(job.candidate.choices)
    balancing = balancing_of(job.candidate, list(study.losses), training.scalarisation, study.constraints)
    return Member(job, training, model, balancing.to(problem.device, problem.dtype))


def control(problem: Problem, member: Member) -> Member:
    """A second build of the member, to try things on: not every module can be copied."""
    with torch.random.fork_rng([problem.device] if problem.device.type == "cuda" else []):
        return make_member(problem, member.job)


def build_model(problem: Problem, candidate: Candidate) -> nn.Module:
    """The candidate's network on the problem's device, from the architecture choices that its builder takes.

    Built on the CPU and then moved, so that the initial parameters do not depend on the device.
    """
    build, choices = problem.study.model, candidate.choices
    model = build(**{name: choices[name] for name in choices_for(build, choices)})
    if not isinstance(model, nn.Module):
        raise StudyError(f"the model builder must return an nn.Module, got {type(model).__name__}")
    return model.to(problem.device, problem.dtype)


def first_batch(problem: Problem, batch_size: int) -> dict[str, Tensor]:
    """A minibatch to try things on: the first samples in the data's own order."""
    order = torch.arange(problem.splits["train"].size)
    return next(problem.splits["train"].batches(order, batch_size))


class Randomness(enum.Enum):
    """Source of a step's random numbers: none, keys of each member, or generators that cannot be keyed.

    Unknown where memory does not take a step.
    """

    NONE = "none"
    KEYED = "keyed"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


def randomness_of(problem: Problem, member: Member) -> Randomness:
    """Runs a step and an evaluation on a control to see whether torch's generator moves, also with keys."""
    tried = control(problem, member)
    model, balancing = tried.model, tried.balancing
    batch = first_batch(problem, member.training.batch_size)

    def step() -> None:
        with torch.set_grad_enabled(balancing.needs_gradients):
            minimised(balancing, terms_of(forward(model.train(), batch, problem), batch, problem), model)
        terms_of(forward(model.eval(), batch, problem), batch, problem)

    def keyed_step() -> None:
        with KeyedRNG(torch.zeros((), dtype=torch.int64, device=problem.device)):
            step()

    with torch.no_grad():
        if not draws_numbers(step, problem.device):
            return Randomness.NONE
        return Randomness.FOREIGN if draws_numbers(keyed_step, problem.device) else Randomness.KEYED


def metrics_draw(problem: Problem, member: Member) -> bool:
    """Returns True where an objective draws random numbers; without a key its values depend on order."""
    model = control(problem, member).model

    def measure() -> None:
        try:
            objectives_of(predict(model, problem, "val"), problem, "val", {})
        except Interrupted:
            raise
        except Exception:  # a metric that cannot take what an untrained model gives says so in training
            return

    return draws_numbers(measure, problem.device)


class Keys:
    """Keys from which steps and evaluations of each member take their random numbers, or none.

    Args:
        seeds: of the K members.
        randomness: NONE where they do not draw; then nothing is intercepted, which costs time.
        device: of the keys.
    """

    def __init__(self, seeds: Sequence[int], randomness: Randomness, device: torch.device) -> None:
        self.seeds, self.device = seeds, device
        self.on = randomness is not Randomness.NONE

    def select(self, members: Sequence[int]) -> Keys:
        """The keys of these members alone."""
        selected = copy.copy(self)
        selected.seeds = [self.seeds[member] for member in members]
        return selected

    def of(self, *path: str | int, count: int) -> Tensor:
        """Keys for a purpose, e.g. ("step", epoch), count x 3 x K: for each part of a step one."""
        if not self.on:
            return torch.zeros(count, 3, len(self.seeds), dtype=torch.int64, device=self.device)
        drawn = keys(self.seeds, *path, count=3 * count)
        return drawn.view(count, 3, len(self.seeds)).to(self.device)

    def evaluation(self, split: str, epoch: int, size: int) -> Tensor:
        """Keys of an evaluation, (chunks + 1) x K: for each chunk of a split, and for the whole of it."""
        return self.of(split, epoch, count=-(-size // CHUNK) + 1)[:, MODEL]

    def drawing(self, key: Tensor) -> AbstractContextManager[object]:
        """Context in which random numbers come from this key, a number."""
        return KeyedRNG(key) if self.on else nullcontext()
