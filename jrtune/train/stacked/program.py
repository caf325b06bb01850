"""Programs: members of one architecture that are trained together, with their steps and their leaving.

Measuring, selection and results are left to the kinds of program:
:mod:`jrtune.train.stacked.cohort` and :mod:`jrtune.conditioned.stacked`.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from jrtune.losses.jacobian import Sparsity
from jrtune.spec import Job, Training
from jrtune.train.loop.evaluate import measure_resources
from jrtune.train.loop.member import Keys, Member, make_member
from jrtune.train.loop.phases import frozen_names, frozen_numbers, slowing
from jrtune.train.loop.problem import Problem, batch_lengths, epoch_order
from jrtune.train.loop.schedule import rate
from jrtune.train.stacked.checkpoint import Checkpoint, on_host
from jrtune.train.stacked.gradient_mask import gradient_mask, sparsity_of_member
from jrtune.train.stacked.group import Group
from jrtune.train.stacked.metrics import Metrics
from jrtune.train.stacked.optimizer import make_stacked_optimizer
from jrtune.train.stacked.stack import Stack
from jrtune.train.stacked.step import Graphs, Step, on_cuda
from jrtune.train.vmapped.signature import signature
from jrtune.train.vmapped.vmap_or_loop import Tensors

_BUILDING = threading.Lock()  # torch's generator, from which initial parameters are drawn, is everybody's

Result = TypeVar("Result", covariant=True)
"""Result of a member."""


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """The cohort was asked to stop."""


@dataclass
class WorkerContext:
    """State of a worker, shared by the programs that it trains.

    Attributes:
        graphs: those that earlier programs left; added to (:class:`jrtune.train.stacked.step.Step`).
        cancelled: set from outside to break off.
    """

    graphs: Graphs = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)


def _signature_of(models: Sequence[nn.Module]) -> str:
    """The digest of the one signature that all have.

    Raises:
        RuntimeError: where they differ in more than values, or share a module, which other threads use too.
    """
    first, *others = {signature(model) for model in models}
    if others:
        raise RuntimeError("its members differ in more than the values of parameters and buffers")
    if len(models) > 1 and {id(m) for m in models[0].modules()} & {id(m) for m in models[1].modules()}:
        raise RuntimeError("its members share a module: let the model's builder make a new one")
    return hashlib.sha256(first.encode()).hexdigest()


class Program(ABC, Generic[Result]):
    """Members that are trained as one program.

    Args:
        problem: the study's.
        jobs: to be trained.
        group: that of all the jobs (:mod:`jrtune.train.executors.grouping`).

    Attributes:
        context: of the worker that trains it, which sets it; until then one of its own.
    """

    def __init__(self, problem: Problem, jobs: Sequence[Job], group: Group) -> None:
        self.problem, self.study, self.jobs = problem, problem.study, jobs
        self.context = WorkerContext()
        devices = [problem.device] if problem.device.type == "cuda" else []
        with _BUILDING, torch.random.fork_rng(devices=devices):
            members = [make_member(problem, job) for job in jobs]
            # graphs hold a model's constants: they are only for stacks of this very signature
            self.key = f"{group!r} {type(self).__name__} {_signature_of([m.model for m in members])}"
            self.resources = [measure_resources(m.model, problem) for m in members]
        self.trainings, self.balancings = [m.training for m in members], [m.balancing for m in members]
        with _BUILDING, torch.random.fork_rng(devices=devices):
            sparsity = sparsity_of_member(problem, members[0])
        keys = Keys([j.seed for j in jobs], group.randomness, problem.device)
        self.stack = self._stack(members, keys, sparsity)
        self.optimizer = make_stacked_optimizer(self.trainings, self.stack.parameters, self.stack.model_size)
        self.active = gradient_mask(self.stack)
        self.frozen = self._frozen()
        self.limits = self.stack.parameters.new_tensor([t.clip for t in self.trainings])
        self.own = len({job.order_seed for job in jobs}) > 1
        self.metrics = Metrics(problem)
        self.live = list(range(len(jobs)))  # the members that the stack has, in their order
        self.epoch = 0  # the last that was trained
        self.step: Step | None = None  # of the live members

    def _stack(self, members: Sequence[Member], keys: Keys, sparsity: Sparsity) -> Stack:
        return Stack(self.problem, members, keys, sparsity)

    def _frozen(self) -> Tensor | None:
        """Mask of the numbers of each member's frozen part, K x N; None where none has one."""
        parts = [frozen_names(self.stack.template["model"], training) for training in self.trainings]
        if not any(parts):
            return None
        own = [frozen_numbers(self.stack.shapes, {f"model.{name}" for name in part}) for part in parts]
        return torch.stack(own).to(self.problem.device)

    @property
    def exhausted(self) -> bool:
        """True where there is nothing left to train."""
        return not self.live or self.epoch == self.study.epochs

    @abstractmethod
    def advance(self, until: int) -> None:
        """Trains to the end of this epoch every member that was not dropped before.

        Raises:
            Cancelled: soon after the context is.
        """

    @abstractmethod
    def objectives(self) -> dict[int, Mapping[str, float]]:
        """Member -> objectives on validation at the last epoch, of those that are being trained."""

    @abstractmethod
    def drop(self, members: Collection[int]) -> None:
        """Prunes these members, of those that are being trained; they cost nothing from here on."""

    @abstractmethod
    def finish(self) -> list[Result]:
        """Results of the members, in the jobs' order."""

    # --- checkpoints -----------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """The state after the last epoch that was trained."""
        tensors = {name: on_host(tensor) for name, tensor in self._tensors().items()}
        return Checkpoint(self.epoch, tuple(self.live), tensors, copy.deepcopy(self._progress()))

    def restore(self, checkpoint: Checkpoint) -> None:
        """Restores this newly built program to the state of another one of the same jobs.

        With one that did not stop it agrees to the last digit as long as neither's steps are traced.
        """
        self._select_live(checkpoint.live)
        for name, tensor in self._tensors().items():
            tensor.copy_(checkpoint.tensors[name])
        self.epoch = checkpoint.epoch
        self._resume(copy.deepcopy(checkpoint.progress))

    def _tensors(self) -> Tensors:
        """Name -> tensor that training changes in place."""
        state = {f"state {name}": tensor for name, tensor in self.stack.state.items()}
        moments = {f"optimizer {k}": tensor for k, tensor in enumerate(self.optimizer.tensors())}
        return {"parameters": self.stack.parameters, **state, **moments}

    @abstractmethod
    def _progress(self) -> object:
        """Notes of this kind of program, as data that can be pickled."""

    @abstractmethod
    def _resume(self, progress: object) -> None:
        """Restores the notes that :meth:`_progress` gave."""

    # --- an epoch --------------------------------------------------------------------------------

    def _train_epoch(self) -> tuple[Tensor, Tensor | None]:
        """Takes the epoch's steps.

        Returns:
            Means of the loss terms over the epoch's samples, K x T; and of the first epoch's first minibatch
            the norms of each term's gradient over shared parameters, K x T, else None.
        """
        train, batch_size = self.problem.splits["train"], self.trainings[0].batch_size
        lengths = batch_lengths(train.size, batch_size)
        if self.step is None:
            epochs = self.study.epochs + 1 - self.epoch
            self.step = self._step({size: epochs * count for size, count in Counter(lengths).items()})
        self.step.sums.zero_()
        keys = self.stack.keys.of("step", self.epoch, count=len(lengths))
        rates, norms = self._rates(self.epoch, lengths), None
        for i, batch in enumerate(train.batches(self._order(self.epoch), batch_size)):
            if self.context.cancelled.is_set():
                raise Cancelled
            self._before_step(i)
            first = self.epoch == 1 and i == 0
            measured = self.step(batch, keys[i], rates[i], measure=first)
            norms = measured if first else norms
            self._after_step(i)
        return self.step.sums / train.size, norms

    def try_step(self) -> None:
        """A training step that does not count, to see what it costs."""
        batch_size = self.trainings[0].batch_size
        batch = next(self.problem.splits["train"].batches(self._order(1), batch_size))
        keys, rates = self.stack.keys.of("step", 1, count=1), self._rates(1, [batch_size])
        self._step({})(batch, keys[0], rates[0], measure=True)

    def _step(self, left: Mapping[int, int]) -> Step:
        return Step(
            self.stack,
            self.optimizer,
            self.limits,
            self.active,
            frozen=self.frozen,
            own=self.own,
            graphs=self.context.graphs,
            key=self.key,
            left=left,
        )

    def _order(self, epoch: int) -> Tensor:
        """The order of the epoch's samples: n, or K x n where members have orders of their own."""
        seeds = [self.jobs[member].order_seed for member in self.live]
        size = self.problem.splits["train"].size
        orders = {seed: epoch_order(seed, epoch, size) for seed in seeds}
        return torch.stack([orders[seed] for seed in seeds]) if self.own else orders[seeds[0]]

    def _rates(self, epoch: int, lengths: Sequence[int]) -> Tensor:
        """Learning rates of the epoch's S steps, on the device: one copy an epoch.

        S x K x 1, or S x K x 2 with that of the frozen part where there is one.
        """
        first = (epoch - 1) * self.steps_an_epoch
        trainings = [self.trainings[member] for member in self.live]
        table = [[self._rates_of(t, first + i) for t in trainings] for i in range(len(lengths))]
        return torch.tensor(table, dtype=self.problem.dtype).to(self.problem.device)

    def _rates_of(self, training: Training, step: int) -> list[float]:
        usual = training.lr * self._rate(training, step)
        return [usual] if self.frozen is None else [usual, usual * slowing(training, step, self.steps)]

    @property
    def steps_an_epoch(self) -> int:
        return len(batch_lengths(self.problem.splits["train"].size, self.trainings[0].batch_size))

    @property
    def steps(self) -> int:
        """Number of steps over which the learning rate follows its schedule."""
        return self.study.epochs * self.steps_an_epoch

    def _before_step(self, number: int) -> None:
        """Called before a step, with its number in the epoch, from 0."""

    def _after_step(self, number: int) -> None:
        """Called after a step, with its number in the epoch, from 0."""

    def _rate(self, training: Training, step: int) -> float:
        """Factor of the learning rate at a step, counted from 0 at the first epoch."""
        return rate(step, self.steps, training.schedule, training.warmup)

    def _select_live(self, indices: Sequence[int]) -> None:
        """Cuts all but the live members of these indices out of the stack."""
        if len(indices) == len(self.live):
            return
        selected = torch.tensor(indices, dtype=torch.int64, device=self.problem.device)
        self.live = [self.live[index] for index in indices]
        self.stack.select(selected)
        self.optimizer.select(selected)
        self.limits = self.limits[selected]
        self.active = self.active[selected]
        self.frozen = None if self.frozen is None else self.frozen[selected]
        self.step = None

    def _rest(self) -> None:
        """Releases a captured step before others' turn: it holds memory that they need."""
        if on_cuda(self.stack):
            self.step = None
