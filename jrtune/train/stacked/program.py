"""Programs: members of one architecture that are trained together, with their steps and their leaving.

Measuring, selection and results are left to the kinds of program:
:mod:`jrtune.train.stacked.cohort` and :mod:`jrtune.conditioned.stacked`.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.losses.jacobian import Sparsity
from jrtune.spec import Job, Training
from jrtune.train.loop.checkpoint import Checkpoint, on_host, put_back, reading
from jrtune.train.loop.evaluate import measure_resources
from jrtune.train.loop.member import Keys, Member, make_member
from jrtune.train.loop.notes import ABSENT, attributes_of, put_attributes
from jrtune.train.loop.phases import frozen_names, frozen_numbers, slowing
from jrtune.train.loop.problem import Problem, batch_lengths, epoch_order
from jrtune.train.loop.program import Cancelled, Program, Result
from jrtune.train.loop.schedule import rate
from jrtune.train.stacked.gradient_mask import gradient_mask, sparsity_of_member
from jrtune.train.stacked.group import Group
from jrtune.train.stacked.metrics import Metrics
from jrtune.train.stacked.optimizer import make_stacked_optimizer
from jrtune.train.stacked.stack import Stack
from jrtune.train.stacked.step import Rehearsal, Step, on_cuda
from jrtune.train.vmapped.signature import signature
from jrtune.train.vmapped.vmap_or_loop import Tensors

_BUILDING = threading.Lock()  # torch's generator, from which initial parameters are drawn, is everybody's


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


class StackedProgram(Program[Result]):
    """Members of one architecture that are trained as one program.

    Args:
        problem: the study's.
        jobs: to be trained.
        group: that of all the jobs (:mod:`jrtune.train.executors.grouping`).
    """

    def __init__(self, problem: Problem, jobs: Sequence[Job], group: Group) -> None:
        super().__init__(problem, jobs)
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
        self.attributes = attributes_of(self.stack.template["model"])
        self.step: Step | None = None  # of the live members
        # of the epoch that is being trained: losses times samples, K x T, and norms of the terms' gradients
        self.sums = torch.zeros_like(self.stack.weights, dtype=torch.float64)
        self.norms: Tensor | None = None

    def _stack(self, members: Sequence[Member], keys: Keys, sparsity: Sparsity) -> Stack:
        return Stack(self.problem, members, keys, sparsity)

    def _frozen(self) -> Tensor | None:
        """Mask of the numbers of each member's frozen part, K x N; None where none has one."""
        parts = [frozen_names(self.stack.template["model"], training) for training in self.trainings]
        if not any(parts):
            return None
        own = [frozen_numbers(self.stack.shapes, {f"model.{name}" for name in part}) for part in parts]
        return torch.stack(own).to(self.problem.device)

    def _train_only(self, members: Collection[int]) -> None:
        self._select_live([index for index, member in enumerate(self.live) if member in members])

    # --- checkpoints -----------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """See :meth:`Program.checkpoint`."""
        tensors = {name: on_host(tensor) for name, tensor in self._tensors().items()}
        now = attributes_of(self.stack.template["model"])
        changed = {name: value for name, value in now.items() if self.attributes.get(name, ABSENT) != value}
        norms = None if self.norms is None else on_host(self.norms)
        progress = {"attributes": changed, "norms": norms, "kind": copy.deepcopy(self._progress())}
        return Checkpoint(self.epoch, tuple(self.live), tensors, progress, self.taken)

    def restore(self, checkpoint: Checkpoint) -> None:
        """See :meth:`Program.restore`."""
        with reading():
            self._select_live([self.live.index(member) for member in checkpoint.live])
            put_back(self._tensors(), checkpoint.tensors)
            progress: Any = checkpoint.progress
            put_attributes(self.stack.template["model"], progress["attributes"], self.problem.device)
            norms: Tensor | None = progress["norms"]
            self.norms = None if norms is None else norms.to(self.problem.device, copy=True)
            self._resume(copy.deepcopy(progress["kind"]))
        self.epoch, self.taken = checkpoint.epoch, checkpoint.taken

    def _tensors(self) -> Tensors:
        """Name -> tensor that training changes in place."""
        state = {f"state {name}": tensor for name, tensor in self.stack.state.items()}
        moments = {f"optimizer {k}": tensor for k, tensor in enumerate(self.optimizer.tensors())}
        return {"parameters": self.stack.parameters, "sums": self.sums, **state, **moments}

    @abstractmethod
    def _progress(self) -> dict[str, object]:
        """Notes of this kind of program, as plain data (:class:`jrtune.train.loop.checkpoint.Checkpoint`)."""

    @abstractmethod
    def _resume(self, progress: Mapping[str, Any]) -> None:
        """Restores the notes that :meth:`_progress` gave."""

    # --- an epoch --------------------------------------------------------------------------------

    def _train_epoch(self) -> tuple[Tensor, Tensor | None]:
        """Takes the steps of the next epoch that are left.

        Returns:
            Means of the loss terms over the epoch's samples, K x T; and of the first epoch's first minibatch
            the norms of each term's gradient over shared parameters, K x T, else None.
        """
        train, batch_size, epoch = self.problem.splits["train"], self.trainings[0].batch_size, self.epoch + 1
        lengths = batch_lengths(train.size, batch_size)
        if self.step is None:
            self.step = self.make_step(Counter(lengths * self.study.epochs))
        if self.taken == 0:
            self.sums.zero_()
        keys, rates = self.stack.keys.of("step", epoch, count=len(lengths)), self._rates(epoch, lengths)
        batches = train.batches(self._order(epoch), batch_size, self.taken)
        for i, batch in enumerate(batches, self.taken):
            if self.context.cancelled.is_set():
                raise Cancelled
            self._before_step(i)
            first = epoch == 1 and i == 0
            norms = self.step(batch, keys[i], rates[i], measure=first)
            self.norms = norms if first else self.norms
            self._after_step(i)
            self.taken += 1
            self.context.after_step(self)
        self.epoch, self.taken = epoch, 0
        norms, self.norms = self.norms, None
        return self.sums / train.size, norms

    def try_step(self) -> None:
        """A training step that does not count, to see what it costs."""
        batch_size = self.trainings[0].batch_size
        batch = next(self.problem.splits["train"].batches(self._order(1), batch_size))
        keys, rates = self.stack.keys.of("step", 1, count=1), self._rates(1, [batch_size])
        self.make_step({})(batch, keys[0], rates[0], measure=True)

    def make_step(self, steps: Mapping[int, int]) -> Step:
        """The step of the live members.

        Args:
            steps: samples of a minibatch -> steps of so many in a whole training.
        """
        return Step(
            self.stack,
            self.optimizer,
            self.limits,
            self.active,
            frozen=self.frozen,
            sums=self.sums,
            own=self.own,
            graphs=self.context.graphs,
            key=self.key,
            steps=steps,
            rehearsal=self._rehearsal,
        )

    def _rehearsal(self, samples: int) -> Rehearsal:
        devices = [self.problem.device] if self.problem.device.type == "cuda" else []
        with _BUILDING, torch.random.fork_rng(devices=devices):
            member = make_member(self.problem, self.jobs[0])
        train = self.problem.splits["train"]
        order = torch.arange(train.size)
        orders = [order, order.flip(0)]
        if self.own:
            orders = [order.expand(len(self.live), -1) for order in orders]
        return Rehearsal(
            nn.ModuleDict({"model": member.model, "balancing": member.balancing}),
            self.stack.keys.of("rehearsal", count=2),
            [next(train.batches(order, samples)) for order in orders],
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
        self.sums, self.limits = self.sums[selected], self.limits[selected]
        self.norms = None if self.norms is None else self.norms[selected]
        self.active = self.active[selected]
        self.frozen = None if self.frozen is None else self.frozen[selected]
        self.step = None

    def _rest(self) -> None:
        """Releases a captured step before others' turn: it holds memory that they need."""
        if on_cuda(self.stack):
            self.step = None
