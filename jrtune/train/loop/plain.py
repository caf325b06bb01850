"""The plain training loop, one candidate after another: the definition of training a candidate.

Every faster trainer must give the same outcomes.
"""

from __future__ import annotations

import copy
import gc
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.losses import Balancing
from jrtune.spec import Job, Outcome, Training, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.train.loop.checkpoint import Checkpoint, on_host, put_back, reading
from jrtune.train.loop.curve import Curve, Diverged, means_of
from jrtune.train.loop.device import is_out_of_memory, threads_for
from jrtune.train.loop.evaluate import forward, losses_of, measure_resources, objectives_of, predict, terms_of
from jrtune.train.loop.generators import cuda_devices, generators, set_generators
from jrtune.train.loop.gradient_norms import norms_at_start
from jrtune.train.loop.member import BALANCING, LOSSES, MODEL, Keys, make_member, randomness_of
from jrtune.train.loop.minimised import minimised
from jrtune.train.loop.notes import (
    ABSENT,
    attributes_of,
    outcome_from_notes,
    outcome_to_notes,
    put_attributes,
)
from jrtune.train.loop.optimizers import SGD, AdamW, Optimizer, ParameterGroup
from jrtune.train.loop.phases import frozen_names, slowing
from jrtune.train.loop.problem import Problem, batch_lengths, epoch_order, length
from jrtune.train.loop.program import Cancelled, Program
from jrtune.train.loop.schedule import rate
from jrtune.train.loop.snapshot import changing, restore, saved_names, snapshot, to_bytes
from jrtune.train.loop.trainer import Pruner, pruned_at


class PlainTrainer:
    """Trains jobs one after another on the problem's device."""

    size = 1

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def capacity(self, job: Job) -> int:
        """As :meth:`jrtune.train.loop.trainer.Trainer.capacity`: one by one."""
        return self.size

    def train(
        self, jobs: Sequence[Job], done: Collection[int] = (), pruner: Pruner | None = None
    ) -> Iterator[list[tuple[int, Outcome]]]:
        """As :meth:`jrtune.train.loop.trainer.Trainer.train`: each job alone, in their order."""
        for index, job in enumerate(jobs):
            if index not in done:
                yield [(index, train_one(self.problem, job, pruner, index))]


def train_one(problem: Problem, job: Job, pruner: Pruner | None = None, index: int = 0) -> Outcome:
    """Trains one candidate to full budget and selects its best epoch on validation.

    Args:
        problem: the study's.
        job: the job.
        pruner: asked at each rung whether to go on; None trains to the end.
        index: of the job, for the pruner.
    """
    program = PlainProgram(problem, [job])
    for rung in pruner.rungs if pruner else ():
        program.advance(rung)
        if pruner and program.live and pruned_at(pruner, rung, {index: program.objectives()[0]}):
            program.drop([0])
    program.advance(problem.study.epochs)
    return program.finish()[0]


@dataclass
class _Held:
    """All that a training holds, which goes with it."""

    model: nn.Module
    balancing: Balancing
    choices: Training
    keys: Keys
    optimizer: Optimizer
    resources: Mapping[str, float]
    attributes: Mapping[str, object]
    best: dict[str, Tensor]
    sums: Tensor  # of the epoch that is being trained, T: losses times samples
    norms: Tensor | None = None  # of the terms' gradients before the first step, T


class PlainProgram(Program[Outcome]):
    """A candidate that is trained alone: the definition of training it.

    Lack of memory, and a loss that is not finite, are outcomes. While it runs it seeds torch's generators and
    sets the number of threads, which are then put back: one at a time in a process.

    Args:
        problem: the study's.
        jobs: the candidate's job alone.
        group: taken as by programs of every kind, and not needed.
    """

    def __init__(self, problem: Problem, jobs: Sequence[Job], group: object = None) -> None:
        super().__init__(problem, jobs)
        [self.job] = jobs
        self.curve = Curve(problem.study, self.job.candidate)
        self.seconds, self.running = 0.0, False
        self.threads = torch.get_num_threads()
        self.generators: Mapping[str, Tensor] = {}
        self.held: _Held | None = None  # none where there is a result
        self._run(self._build)

    def advance(self, until: int) -> None:
        """See :meth:`Program.advance`."""
        if self.live:
            self._run(lambda: self._train(until))

    def objectives(self) -> dict[int, Mapping[str, float]]:
        """See :meth:`Program.objectives`."""
        return {member: self.curve.epochs[-1].objectives for member in self.live}

    def drop(self, members: Collection[int]) -> None:
        """See :meth:`Program.drop`."""
        if members:
            self._leave(self.curve.pruned())

    def _build(self) -> None:
        problem, job = self.problem, self.job
        member = make_member(problem, job)
        model, balancing, choices = member.model, member.balancing, member.training
        sample = problem.splits["train"].first()
        self.threads = threads_for(model, sample, choices.batch_size, problem.device)
        torch.set_num_threads(self.threads)
        self.held = _Held(
            model,
            balancing,
            choices,
            Keys([job.seed], randomness_of(problem, member), problem.device),
            make_optimizer(model, balancing, choices, frozen_names(model, choices)),
            measure_resources(model, problem),
            attributes_of(model),
            snapshot(model),
            torch.zeros(len(self.study.losses), device=problem.device, dtype=torch.float64),
        )

    @property
    def _parts(self) -> _Held:
        assert self.held, "it has a result"
        return self.held

    def _train(self, until: int) -> None:
        held, problem = self._parts, self.problem
        model = held.model
        if not self.curve.epochs:
            validate(model, problem, self.curve, None, held.resources, held.keys)
            held.best = snapshot(model)  # after it, for an evaluation may change buffers
        while self.epoch < until and not self.exhausted:
            means = self._train_epoch(self.epoch + 1)
            if validate(model, problem, self.curve, means, held.resources, held.keys):
                held.best = snapshot(model)
            self.context.after_epoch(self)

    def _train_epoch(self, epoch: int) -> Tensor:
        """Takes the epoch's steps that are left; gives the mean of each loss term over the epoch, T."""
        problem, job, held = self.problem, self.job, self._parts
        model, balancing, choices = held.model, held.balancing, held.choices
        keys, optimizer = held.keys, held.optimizer
        train = problem.splits["train"]
        per_epoch = len(batch_lengths(train.size, choices.batch_size))
        steps = self.study.epochs * per_epoch
        if self.taken == 0:
            # anew each epoch: what a step draws depends neither on what init nor on what evaluation drew
            torch.manual_seed(derive(job.seed, "epoch", epoch))
            held.sums.zero_()
        drawn = keys.of("step", epoch, count=per_epoch)[self.taken :, :, 0]
        model.train()
        order = epoch_order(job.order_seed, epoch, train.size)
        batches = train.batches(order, choices.batch_size, self.taken)
        for key, batch in zip(drawn, batches, strict=True):
            step = (epoch - 1) * per_epoch + self.taken
            if self.context.cancelled.is_set():
                raise Cancelled
            with keys.drawing(key[MODEL]):
                outputs = forward(model, batch, problem)
            with keys.drawing(key[LOSSES]):
                terms = terms_of(outputs, batch, problem)
            if step == 0:
                held.norms = norms_at_start(terms, model)
            optimizer.zero_grad()
            with keys.drawing(key[BALANCING]):
                torch.autograd.backward(minimised(balancing, terms, model))
            if choices.clip > 0:
                nn.utils.clip_grad_norm_(model.parameters(), choices.clip)
            factor = rate(step, steps, choices.schedule, choices.warmup)
            optimizer.step(choices.lr * factor, slowing(choices, step, steps))
            held.sums += torch.stack(terms).detach().double() * length(batch)
            self.taken += 1
            self.context.after_step(self)
        self.epoch, self.taken = epoch, 0
        if held.norms is not None:  # after the epoch's steps, none of which waits for the device
            self.curve.note_gradients(means_of(list(self.study.losses), held.norms.tolist()))
            held.norms = None
        means = held.sums / train.size
        balancing.after_epoch(means.to(problem.dtype))
        return means

    def _finish(self) -> None:
        if self.live:
            self._run(self._measure)

    def _measure(self) -> Outcome:
        """The outcome at the best epoch."""
        problem, held = self.problem, self._parts
        model, keys, best = held.model, held.keys, held.best
        test: dict[str, float] = {}
        if self.job.test:
            restore(model, best)
            drawn = keys.evaluation("test", 0, problem.splits["test"].size)[:, 0]
            outputs = predict(model, problem, "test", [keys.drawing(key) for key in drawn])
            test = objectives_of(outputs, problem, "test", held.resources)
        saved = to_bytes({n: best[n] for n in saved_names(model)}) if self.job.save_model else None
        return self.curve.outcome(test, saved)

    # --- how it runs and ends --------------------------------------------------------------------

    def _run(self, part: Callable[[], Outcome | None]) -> None:
        """Runs a part of the training, which may be the last."""
        start = time.perf_counter()
        try:
            with self._own_generators():
                outcome = part()
        except Diverged as reason:
            outcome = Outcome(TrialStatus.DIVERGED, message=str(reason))
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            outcome = Outcome(TrialStatus.OUT_OF_MEMORY, message=str(error).split("\n")[0])
        finally:
            self.seconds += time.perf_counter() - start
        if outcome is not None:  # only here has an error let go of the training's tensors
            self._leave(outcome)

    @contextmanager
    def _own_generators(self) -> Iterator[None]:
        """Context with the training's generators and threads, after which the caller's are put back."""
        threads, device = torch.get_num_threads(), self.problem.device
        with torch.random.fork_rng(devices=cuda_devices(device)):
            set_generators(self.generators, device)
            torch.set_num_threads(self.threads)
            self.running = True
            try:
                yield
            finally:
                self.generators, self.running = generators(device), False
                torch.set_num_threads(threads)

    def _leave(self, outcome: Outcome) -> None:
        self.results[0] = replace(outcome, seconds=self.seconds)
        self._train_only([])
        if outcome.status is TrialStatus.OUT_OF_MEMORY:
            gc.collect()
            if self.problem.device.type == "cuda":
                torch.cuda.empty_cache()

    def _train_only(self, members: Collection[int]) -> None:
        self.live = [member for member in self.live if member in members]
        if not self.live:
            self.held = None

    # --- checkpoints -----------------------------------------------------------------------------

    def checkpoint(self) -> Checkpoint:
        """See :meth:`Program.checkpoint`."""
        progress: dict[str, object] = {
            "seconds": self.seconds,
            "curve": self.curve.to_notes(),
            "results": {member: outcome_to_notes(outcome) for member, outcome in self.results.items()},
        }
        tensors = dict(generators(self.problem.device) if self.running else self.generators)
        if self.held:
            tensors |= self._tensors(self.held)
            progress["norms"] = None if self.held.norms is None else on_host(self.held.norms)
            now, before = attributes_of(self.held.model), self.held.attributes
            progress["model"] = {n: value for n, value in now.items() if before.get(n, ABSENT) != value}
            progress["balancing"] = attributes_of(self.held.balancing, tensors=True)
        return Checkpoint(
            self.epoch,
            tuple(self.live),
            {name: on_host(tensor) for name, tensor in tensors.items()},
            copy.deepcopy(progress),
            self.taken,
        )

    def restore(self, checkpoint: Checkpoint) -> None:
        """See :meth:`Program.restore`."""
        with reading():
            progress: Any = copy.deepcopy(checkpoint.progress)
            self._train_only(checkpoint.live)
            self.seconds = progress["seconds"]
            self.curve.take_notes(progress["curve"])
            self.results |= {member: outcome_from_notes(own) for member, own in progress["results"].items()}
            if held := self.held:
                put_attributes(held.model, progress["model"], self.problem.device)
                put_attributes(held.balancing, progress["balancing"], self.problem.device)
                norms: Tensor | None = progress["norms"]
                held.norms = None if norms is None else norms.to(self.problem.device)
                names = {
                    n.removeprefix("optimizer ") for n in checkpoint.tensors if n.startswith("optimizer ")
                }
                held.optimizer.make_tensors(names)
                put_back({**self.generators, **self._tensors(held)}, checkpoint.tensors)
        self.epoch, self.taken = checkpoint.epoch, checkpoint.taken

    def _tensors(self, held: _Held) -> dict[str, Tensor]:
        """Name -> tensor that training changes."""
        parts: dict[str, Mapping[str, Tensor]] = {
            "model": changing(held.model),
            "balancing": dict(held.balancing.named_parameters()),
            "best": held.best,
            "optimizer": held.optimizer.tensors(),
            "losses": {"sums": held.sums},
        }
        return {f"{part} {name}": tensor for part, own in parts.items() for name, tensor in own.items()}


def validate(
    model: nn.Module,
    problem: Problem,
    curve: Curve,
    means: Tensor | None,
    resources: Mapping[str, float],
    keys: Keys,
) -> bool:
    """Adds the epoch to the curve; returns True where it is the best so far.

    Args:
        model, problem: the network and its study.
        curve: the epochs before; none before the untrained model's.
        means: mean training loss of each of the T terms over the epoch, shape T; None before the first.
        resources: name -> value, of the objectives that are resources.
        keys: source of random numbers in evaluation.

    Raises:
        Diverged: where a loss term whose weight is positive is not finite. Metrics are not asked then:
            those of other libraries raise at NaN.
    """
    terms, epoch = list(problem.study.losses), len(curve.epochs)
    drawn = keys.evaluation("val", epoch, problem.splits["val"].size)[:, 0]
    outputs = predict(model, problem, "val", [keys.drawing(key) for key in drawn])
    with keys.drawing(drawn[-1]):
        val = losses_of(outputs, problem, "val")
    measured = [val] if means is None else [val, means]
    fetched = torch.stack(measured).tolist()  # the epoch's one wait for training on the device
    losses, *trained = [means_of(terms, row) for row in fetched]
    train = trained[0] if trained else {}
    curve.check(train, losses)
    return curve.add(train, losses, objectives_of(outputs, problem, "val", resources))


def make_optimizer(
    model: nn.Module, balancing: Balancing, training: Training, frozen: Collection[str] = ()
) -> Optimizer:
    """The optimizer of all that learns; a balancing method's own parameters are not decayed.

    Args:
        model, balancing: modules that are trained.
        training: its choices.
        frozen: names of the model's parameters that form the frozen part.
    """
    learnt = {name: p for name, p in model.named_parameters() if p.requires_grad}
    groups = [
        ParameterGroup(
            [p for name, p in learnt.items() if (name in frozen) == still], training.weight_decay, still
        )
        for still in (False, True)
    ]
    groups.append(ParameterGroup(list(balancing.parameters()), 0.0))
    return SGD(groups, training.momentum) if training.optimizer == "sgd" else AdamW(groups)
