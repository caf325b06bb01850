"""One candidate after another: the definition of what training a candidate means.

Whatever trains faster must give the same outcomes.
"""

from __future__ import annotations

import gc
import inspect
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.losses import Balancing, balancing_of
from jrtune.seeds import derive
from jrtune.spec import TRAINING_NAMES, Candidate, Ending, Job, Outcome, Training
from jrtune.train.adamw import AdamW
from jrtune.train.device import threads_for
from jrtune.train.evaluate import forward, losses_of, measure_resources, objectives_of, predict
from jrtune.train.problem import Problem, batch_lengths, length
from jrtune.train.schedule import rate
from jrtune.train.snapshot import restore, snapshot, to_bytes

MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed", "bad_alloc")
"""What the messages of CUDA, the CPU's allocator (on Linux, on Windows), cuDNN and C++ have in them."""


class Diverged(Exception):  # noqa: N818 - caught here; becomes an outcome
    """A figure that must be finite is not."""


class PlainTrainer:
    """Trains jobs one after another on the problem's device."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def train(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Outcome]]:
        """As :meth:`jrtune.train.trainer.Trainer.train`, in the jobs' order."""
        for index, job in enumerate(jobs):
            yield index, train_one(self.problem, job)


def train_one(problem: Problem, job: Job) -> Outcome:
    """Trains one candidate to full budget and selects its best epoch on validation."""
    start, threads = time.perf_counter(), torch.get_num_threads()
    devices = [problem.device] if problem.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            outcome = _train(problem, job)
    except Diverged as reason:
        outcome = Outcome(Ending.DIVERGED, message=str(reason))
    except (MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        outcome = Outcome(Ending.OUT_OF_MEMORY, message=str(error).split("\n")[0])
    finally:
        torch.set_num_threads(threads)
    if outcome.ending is Ending.OUT_OF_MEMORY:  # only here has the error let go of the training's tensors
        gc.collect()
        if devices:
            torch.cuda.empty_cache()
    return replace(outcome, seconds=time.perf_counter() - start)


def _train(problem: Problem, job: Job) -> Outcome:
    study, train = problem.study, problem.splits["train"]
    training = study.training.vary(job.candidate.choices)
    torch.manual_seed(job.seed)
    model = build_model(problem, job.candidate)
    balancing = balancing_of(job.candidate, list(study.losses)).to(problem.device, problem.dtype)
    optimiser = make_optimiser(model, balancing, training)
    torch.set_num_threads(threads_for(model, train.first(), training.batch_size, problem.device))

    resources = measure_resources(model, problem)
    curve = [validate(model, problem, job.candidate, 0, None, resources)]
    best_score, best_epoch, best_state = math.inf, 0, snapshot(model)
    step, steps = 0, study.epochs * len(batch_lengths(train.size, training.batch_size))
    for epoch in range(1, study.epochs + 1):
        # anew each epoch: what a step draws depends neither on what init nor on what evaluation drew
        torch.manual_seed(derive(job.seed, "epoch", epoch))
        model.train()
        sums = torch.zeros(len(study.losses), device=problem.device, dtype=torch.float64)
        for batch in train.batches(epoch_order(job.order_seed, epoch, train.size), training.batch_size):
            outputs = forward(model, batch, problem)
            terms = [loss(outputs, batch) for loss in study.losses.values()]
            optimiser.zero_grad()
            balancing(terms).backward()
            if training.clip > 0:
                nn.utils.clip_grad_norm_(model.parameters(), training.clip)
            optimiser.step(training.lr * rate(step, steps, training.schedule, training.warmup))
            sums += torch.stack(terms).detach().double() * length(batch)
            step += 1
        means = sums / train.size
        balancing.after_epoch(means.to(problem.dtype))
        curve.append(validate(model, problem, job.candidate, epoch, means, resources))
        score = weigh(job.candidate, curve[-1]["val"])
        if score < best_score:
            best_score, best_epoch, best_state = score, epoch, snapshot(model)

    selected = curve[best_epoch]
    _check_objectives(selected["objectives"], best_epoch)
    test: dict[str, float] = {}
    if job.test:
        restore(model, best_state)
        test = objectives_of(predict(model, problem, "test"), problem, "test", resources)
        _check_objectives(test, best_epoch)
    return Outcome(
        Ending.COMPLETE,
        epoch=best_epoch,
        values=selected["objectives"],
        losses=selected["val"],
        test=test,
        loss_scale=curve[0]["val"],
        curve=curve,
        model=to_bytes(best_state) if job.keep_model else None,
    )


def validate(
    model: nn.Module,
    problem: Problem,
    candidate: Candidate,
    epoch: int,
    means: Tensor | None,
    resources: Mapping[str, float],
) -> dict[str, Any]:
    """The epoch's row of the curve.

    Args:
        model, problem, candidate: what is trained.
        epoch: 0 for the untrained model.
        means: mean training loss of each of the T terms over the epoch, shape T; None before the first.
        resources: objective -> figure, of those that are resources.

    Raises:
        Diverged: where a loss term whose weight is positive is not finite. Metrics are not asked then:
            those of other libraries raise at NaN.
    """
    terms = list(problem.study.losses)
    outputs = predict(model, problem, "val")
    rows = {"val": losses_of(outputs, problem, "val")}
    if means is not None:
        rows["train"] = means
    fetched = torch.stack(list(rows.values())).tolist()  # the epoch's one wait for training on the device
    losses = {name: dict(zip(terms, row, strict=True)) for name, row in zip(rows, fetched, strict=True)}
    _check_finite(candidate, losses.get("train", {}), f"training loss in epoch {epoch}")
    _check_finite(candidate, losses["val"], f"validation loss in epoch {epoch}")
    objectives = objectives_of(outputs, problem, "val", resources)
    return {"epoch": epoch, "train": losses.get("train", {}), "val": losses["val"], "objectives": objectives}


def build_model(problem: Problem, candidate: Candidate) -> nn.Module:
    """The candidate's network on the problem's device, from the architecture choices that its builder takes.

    Built on the CPU and then moved, so that the initial parameters do not depend on the device.
    """
    parameters = inspect.signature(problem.study.model).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    chosen = {
        name: value
        for name, value in candidate.choices.items()
        if name in parameters or (takes_all and name not in TRAINING_NAMES)
    }
    model = problem.study.model(**chosen)
    if not isinstance(model, nn.Module):
        raise StudyError(f"the model builder must return an nn.Module, got {type(model).__name__}")
    return model.to(problem.device, problem.dtype)


def make_optimiser(model: nn.Module, balancing: Balancing, training: Training) -> AdamW:
    """AdamW over what the model trains; a balancing method's own parameters are not decayed."""
    learnt = [p for p in model.parameters() if p.requires_grad]
    if not learnt:
        raise StudyError("the model must have a parameter that requires gradients, got none: unfreeze some")
    return AdamW([(learnt, training.weight_decay), (list(balancing.parameters()), 0.0)])


def epoch_order(order_seed: int, epoch: int, size: int) -> Tensor:
    """The order of an epoch's samples, ``size`` indices; the same for all that share the seed."""
    generator = torch.Generator().manual_seed(derive(order_seed, "order", epoch))
    return torch.randperm(size, generator=generator)


def weigh(candidate: Candidate, losses: Mapping[str, float]) -> float:
    """The candidate's own weighted validation loss, by which its epoch is selected."""
    return math.fsum(w * losses[term] for term, w in candidate.weights.items() if w > 0)


def _check_finite(candidate: Candidate, means: Mapping[str, float], what: str) -> None:
    for term, mean in means.items():
        if candidate.weights[term] > 0 and not math.isfinite(mean):
            raise Diverged(f"{what}: term {term!r} is {mean}")


def _check_objectives(figures: Mapping[str, float], epoch: int) -> None:
    for name, figure in figures.items():
        if not math.isfinite(figure):
            raise Diverged(f"objective {name!r} is {figure} at the selected epoch {epoch}")


def _out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(said in words for said in MEMORY_WORDS)
