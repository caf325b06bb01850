"""The plain training loop, one candidate after another: the definition of training a candidate.

Every faster trainer must give the same outcomes.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from jrtune.losses import Balancing
from jrtune.spec import Job, Outcome, Training, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.train.loop.curve import Curve, Diverged, means_of
from jrtune.train.loop.device import is_out_of_memory, threads_for
from jrtune.train.loop.evaluate import forward, losses_of, measure_resources, objectives_of, predict, terms_of
from jrtune.train.loop.gradient_norms import norms_at_start
from jrtune.train.loop.member import BALANCING, LOSSES, MODEL, Keys, make_member, randomness_of
from jrtune.train.loop.minimised import minimised
from jrtune.train.loop.optimizers import SGD, AdamW, Optimizer, ParameterGroup
from jrtune.train.loop.phases import frozen_names, slowing
from jrtune.train.loop.problem import Problem, batch_lengths, epoch_order, length
from jrtune.train.loop.schedule import rate
from jrtune.train.loop.snapshot import restore, saved_names, snapshot, to_bytes
from jrtune.train.loop.trainer import Pruner, as_one, pruned_at


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
        groups = (
            [(index, train_one(self.problem, job, pruner, index))]
            for index, job in enumerate(jobs)
            if index not in done
        )
        yield from groups if pruner is None else as_one(groups)


def train_one(problem: Problem, job: Job, pruner: Pruner | None = None, index: int = 0) -> Outcome:
    """Trains one candidate to full budget and selects its best epoch on validation.

    Args:
        problem: the study's.
        job: the job.
        pruner: asked at each rung whether to go on; None trains to the end.
        index: of the job, for the pruner.
    """
    start, threads = time.perf_counter(), torch.get_num_threads()
    devices = [problem.device] if problem.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            outcome = _train(problem, job, pruner, index)
    except Diverged as reason:
        outcome = Outcome(TrialStatus.DIVERGED, message=str(reason))
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        outcome = Outcome(TrialStatus.OUT_OF_MEMORY, message=str(error).split("\n")[0])
    finally:
        torch.set_num_threads(threads)
    if (
        outcome.status is TrialStatus.OUT_OF_MEMORY
    ):  # only here has the error let go of the training's tensors
        gc.collect()
        if devices:
            torch.cuda.empty_cache()
    return replace(outcome, seconds=time.perf_counter() - start)


def _train(problem: Problem, job: Job, pruner: Pruner | None, index: int) -> Outcome:
    study, train = problem.study, problem.splits["train"]
    member = make_member(problem, job)
    model, balancing, training = member.model, member.balancing, member.training
    torch.set_num_threads(threads_for(model, train.first(), training.batch_size, problem.device))
    keys = Keys([job.seed], randomness_of(problem, member), problem.device)
    optimizer = make_optimizer(model, balancing, training, frozen_names(model, training))

    curve, resources = Curve(study, job.candidate), measure_resources(model, problem)
    validate(model, problem, curve, None, resources, keys)
    best = snapshot(model)
    norms: Tensor | None = None
    step, per_epoch = 0, len(batch_lengths(train.size, training.batch_size))
    steps = study.epochs * per_epoch
    for epoch in range(1, study.epochs + 1):
        # anew each epoch: what a step draws depends neither on what init nor on what evaluation drew
        torch.manual_seed(derive(job.seed, "epoch", epoch))
        drawn = keys.of("step", epoch, count=per_epoch)[..., 0]
        model.train()
        sums = torch.zeros(len(study.losses), device=problem.device, dtype=torch.float64)
        order = epoch_order(job.order_seed, epoch, train.size)
        for key, batch in zip(drawn, train.batches(order, training.batch_size), strict=True):
            with keys.drawing(key[MODEL]):
                outputs = forward(model, batch, problem)
            with keys.drawing(key[LOSSES]):
                terms = terms_of(outputs, batch, problem)
            if step == 0:
                norms = norms_at_start(terms, model)
            optimizer.zero_grad()
            with keys.drawing(key[BALANCING]):
                torch.autograd.backward(minimised(balancing, terms, model))
            if training.clip > 0:
                nn.utils.clip_grad_norm_(model.parameters(), training.clip)
            factor = rate(step, steps, training.schedule, training.warmup)
            optimizer.step(training.lr * factor, slowing(training, step, steps))
            sums += torch.stack(terms).detach().double() * length(batch)
            step += 1
        if epoch == 1 and norms is not None:  # after its steps, none of which waits for the device
            curve.note_gradients(means_of(list(study.losses), norms.tolist()))
        means = sums / train.size
        balancing.after_epoch(means.to(problem.dtype))
        if validate(model, problem, curve, means, resources, keys):
            best = snapshot(model)
        if (
            pruner
            and epoch in pruner.rungs
            and pruned_at(pruner, epoch, {index: curve.epochs[-1].objectives})
        ):
            return curve.pruned()

    test: dict[str, float] = {}
    if job.test:
        restore(model, best)
        drawn = keys.evaluation("test", 0, problem.splits["test"].size)[:, 0]
        outputs = predict(model, problem, "test", [keys.drawing(key) for key in drawn])
        test = objectives_of(outputs, problem, "test", resources)
    return curve.outcome(test, to_bytes({n: best[n] for n in saved_names(model)}) if job.save_model else None)


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
