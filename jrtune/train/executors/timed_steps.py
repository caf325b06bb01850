"""Training steps of one candidate alone, and of cohorts, made ready to be timed beside each other."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice

import torch
from torch import Tensor, nn

from jrtune.spec import Job, Training
from jrtune.train.loop.evaluate import forward, losses_of, predict, terms_of
from jrtune.train.loop.member import BALANCING, LOSSES, MODEL, Keys, make_member
from jrtune.train.loop.minimised import minimised
from jrtune.train.loop.phases import frozen_names
from jrtune.train.loop.plain import make_optimizer
from jrtune.train.loop.problem import Problem, batch_lengths, length
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

FEWEST_ROUNDS, MOST_ROUNDS = 2, 6
SECONDS_OF_ROUNDS = 0.25
"""Time to spend on rounds of steps, within these bounds: a short step is timed often, a long one twice."""

MATTERS = 0.1
"""Share of an epoch from which evaluation is timed too: it is cheap to leave out, and gains less."""


class TimedSteps(ABC):
    """A training of some members, whose steps can be taken and timed one at a time.

    Args:
        problem: the study's.
        training: the members' choices.
        size: number of members.

    Attributes:
        step_seconds, evaluation_seconds: the least so far; noise only ever adds time.
    """

    def __init__(self, problem: Problem, training: Training, size: int) -> None:
        self.problem, self.training, self.size = problem, training, size
        split, batch_size = problem.splits["train"], training.batch_size
        self.lengths = batch_lengths(split.size, batch_size)
        # a graph is made of one minibatch and tried on another, as in training
        order = torch.arange(split.size)
        same = [
            batch for batch in islice(split.batches(order, batch_size), 2) if length(batch) == self.lengths[0]
        ]
        self.batches = cycle(same)
        self.step_seconds = math.inf
        self.evaluation_seconds = 0.0

    @abstractmethod
    def step(self) -> None:
        """Takes a training step."""

    @abstractmethod
    def evaluate(self) -> None:
        """Computes outputs and loss terms on validation."""

    @property
    def epoch_seconds(self) -> float:
        """Time of an epoch of all members."""
        return len(self.lengths) * self.step_seconds + self.evaluation_seconds

    def time_step(self) -> None:
        """Takes a step and notes its time."""
        self.step_seconds = min(self.step_seconds, self._time(self.step))

    def time_evaluation(self) -> None:
        """Evaluates twice and notes the time; the first call may have to set something up."""
        self.evaluation_seconds = min(self._time(self.evaluate) for _ in range(2))

    def _time(self, run: Callable[[], None]) -> float:
        cuda = self.problem.device.type == "cuda"
        clock = time.perf_counter if cuda else time.thread_time  # which stands while others have the core
        start = clock()
        run()
        if cuda:
            torch.cuda.synchronize()
        return clock() - start


class PlainSteps(TimedSteps):
    """Steps of one candidate as :mod:`jrtune.train.loop.plain` takes them."""

    def __init__(self, problem: Problem, job: Job, group: Group) -> None:
        member = make_member(problem, job)
        super().__init__(problem, member.training, 1)
        self.model, self.balancing = member.model, member.balancing
        self.optimizer = make_optimizer(
            self.model, self.balancing, self.training, frozen_names(self.model, self.training)
        )
        self.keys = Keys([job.seed], group.randomness, problem.device)
        self.key = self.keys.of("step", 1, count=1)[0, :, 0]
        self.sums = torch.zeros(len(problem.study.losses), device=problem.device, dtype=torch.float64)
        self.step()

    def step(self) -> None:
        """As :meth:`TimedSteps.step`."""
        batch = next(self.batches)
        self.model.train()
        with self.keys.drawing(self.key[MODEL]):
            outputs = forward(self.model, batch, self.problem)
        with self.keys.drawing(self.key[LOSSES]):
            terms = terms_of(outputs, batch, self.problem)
        self.optimizer.zero_grad()
        with self.keys.drawing(self.key[BALANCING]):
            torch.autograd.backward(minimised(self.balancing, terms, self.model))
        if self.training.clip > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.training.clip)
        self.optimizer.step(self.training.lr)
        self.sums += torch.stack(terms).detach().double() * length(batch)

    def evaluate(self) -> None:
        """As :meth:`TimedSteps.evaluate`."""
        drawn = self.keys.evaluation("val", 0, self.problem.splits["val"].size)[:, 0]
        outputs = predict(self.model, self.problem, "val", [self.keys.drawing(key) for key in drawn])
        with self.keys.drawing(drawn[-1]):
            losses_of(outputs, self.problem, "val")


class CohortSteps(TimedSteps):
    """Steps of a cohort in the form that most of its training's steps have: traced, on CUDA captured.

    Args:
        problem: the study's.
        job: repeated with other seeds.
        group: the job's.
        size: number of members.
    """

    def __init__(self, problem: Problem, job: Job, group: Group, size: int) -> None:
        self.cohort = cohort = Cohort(problem, [replace(job, seed=job.seed + k) for k in range(size)], group)
        super().__init__(problem, cohort.trainings[0], size)
        steps = {samples: problem.study.epochs * count for samples, count in Counter(self.lengths).items()}
        self.taken = cohort.make_step(steps)
        self.keys = cohort.stack.keys.of("step", 1, count=1)[0]
        columns = 1 if cohort.frozen is None else 2
        self.rates = cohort.stack.parameters.new_full((size, columns), self.training.lr)
        self.step()  # which is traced

    def step(self) -> None:
        """As :meth:`TimedSteps.step`."""
        self.taken(next(self.batches), self.keys, self.rates)

    def evaluate(self) -> None:
        """As :meth:`TimedSteps.evaluate`."""
        stack = self.cohort.stack
        keys = stack.keys.evaluation("val", 0, self.problem.splits["val"].size)
        state: dict[str, Tensor] = {name: tensor.clone() for name, tensor in stack.state.items()}
        stack.losses_of(stack.predict(stack.parameters, state, "val", keys), "val", keys[-1])


def time_beside(contenders: Sequence[TimedSteps]) -> None:
    """Times steps of all in turn, so that load from elsewhere meets all alike; evaluation where it matters.

    Args:
        contenders: the first of them alone decides on evaluation.
    """
    first = contenders[0]
    for contender in contenders:
        contender.time_step()
    rounds = int(SECONDS_OF_ROUNDS / sum(c.step_seconds for c in contenders))
    for _ in range(min(max(rounds, FEWEST_ROUNDS), MOST_ROUNDS)):
        for contender in contenders:
            contender.time_step()
    if first.evaluation_seconds == 0:
        first.time_evaluation()
    if first.evaluation_seconds > MATTERS * first.epoch_seconds:
        for contender in contenders[1:]:
            contender.time_evaluation()
