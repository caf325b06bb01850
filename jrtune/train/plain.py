"""One candidate after another: the definition of what training a candidate means.

Whatever trains faster must give the same outcomes.
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.losses import Balancing, balancing_of
from jrtune.seeds import derive
from jrtune.spec import TRAINING_NAMES, Candidate, Ending, Job, Outcome, Training
from jrtune.train.evaluate import autocast, evaluate, measure_resources
from jrtune.train.problem import Problem
from jrtune.train.schedule import rate
from jrtune.train.snapshot import restore, snapshot, to_bytes


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
    start = time.perf_counter()
    devices = [problem.device] if problem.device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices=devices):
            outcome = _train(problem, job)
    except Diverged as reason:
        outcome = Outcome(Ending.DIVERGED, message=str(reason))
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not _out_of_memory(error):
            raise
        outcome = Outcome(Ending.OUT_OF_MEMORY, message=str(error).splitlines()[0] if str(error) else "")
        if devices:
            torch.cuda.empty_cache()
    return replace(outcome, seconds=time.perf_counter() - start)


def _train(problem: Problem, job: Job) -> Outcome:
    study, train = problem.study, problem.splits["train"]
    training = study.training.vary(job.candidate.choices)
    torch.manual_seed(job.seed)
    model = build_model(problem, job.candidate)
    balancing = balancing_of(job.candidate).to(problem.device, problem.dtype)
    optimiser = make_optimiser(model, balancing, training, problem.device)
    torch.manual_seed(derive(job.seed, "dropout"))  # so that dropout does not depend on how much init drew

    steps = study.epochs * math.ceil(train.size / training.batch_size)
    resources = measure_resources(model, problem)
    losses, objectives = evaluate(model, problem, "val", resources)
    curve: list[dict[str, Any]] = [{"epoch": 0, "train": {}, "val": losses, "objectives": objectives}]
    best_score, best_epoch, best_state = math.inf, 0, snapshot(model)
    step = 0
    for epoch in range(1, study.epochs + 1):
        model.train()
        sums = torch.zeros(len(study.losses), device=problem.device, dtype=torch.float64)
        for batch in train.batches(epoch_order(job.order_seed, epoch, train.size), training.batch_size):
            for group in optimiser.param_groups:
                group["lr"] = training.lr * rate(step, steps, training.schedule, training.warmup)
            with autocast(problem.device):
                outputs = model(batch)
                terms = [loss(outputs, batch) for loss in study.losses.values()]
                total = balancing(terms)
            optimiser.zero_grad(set_to_none=True)
            total.backward()
            if training.clip > 0:
                nn.utils.clip_grad_norm_(model.parameters(), training.clip)
            optimiser.step()
            sums += torch.stack([t.detach() for t in terms]).double() * _length(batch)
            step += 1
        balancing.after_epoch((sums / train.size).to(problem.dtype))
        losses, objectives = evaluate(model, problem, "val", resources)  # the one wait for the device
        means = dict(zip(study.losses, (sums / train.size).tolist(), strict=True))
        curve.append({"epoch": epoch, "train": means, "val": losses, "objectives": objectives})
        _check_finite(job.candidate, means, f"training loss in epoch {epoch}")
        score = weigh(job.candidate, losses)
        if score < best_score:
            best_score, best_epoch, best_state = score, epoch, snapshot(model)

    if best_epoch == 0:
        raise Diverged("the weighted validation loss was not finite in any epoch")
    selected = curve[best_epoch]
    _check_objectives(selected["objectives"], best_epoch)
    test = {}
    if job.test:
        restore(model, best_state)
        test = evaluate(model, problem, "test", resources)[1]
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


def build_model(problem: Problem, candidate: Candidate) -> nn.Module:
    """The candidate's network on the problem's device, from the architecture choices that its builder takes.

    Built on the CPU and then moved, so that the initial parameters do not depend on the device.
    """
    parameters = inspect.signature(problem.study.model).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    chosen = {n: v for n, v in candidate.choices.items() if n in parameters or (takes_all and n not in TRAINING_NAMES)}
    model = problem.study.model(**chosen)
    if not isinstance(model, nn.Module):
        raise StudyError(f"the model builder must return an nn.Module, got {type(model).__name__}")
    return model.to(problem.device, problem.dtype)


def make_optimiser(
    model: nn.Module, balancing: Balancing, training: Training, device: torch.device
) -> torch.optim.Optimizer:
    """AdamW over what the model trains; a balancing method's own parameters are not decayed."""
    groups: list[dict[str, Any]] = [{"params": [p for p in model.parameters() if p.requires_grad]}]
    if own := list(balancing.parameters()):
        groups.append({"params": own, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=training.lr, weight_decay=training.weight_decay, fused=True)


def epoch_order(order_seed: int, epoch: int, size: int) -> Tensor:
    """The order of an epoch's samples, ``size`` indices; the same for all that share the seed."""
    generator = torch.Generator().manual_seed(derive(order_seed, "order", epoch))
    return torch.randperm(size, generator=generator)


def weigh(candidate: Candidate, losses: dict[str, float]) -> float:
    """The candidate's own weighted validation loss, by which its epoch is selected."""
    score = math.fsum(w * losses[term] for term, w in candidate.weights.items() if w > 0)
    return score if math.isfinite(score) else math.inf


def _length(batch: dict[str, Tensor]) -> int:
    return len(next(iter(batch.values())))


def _check_finite(candidate: Candidate, means: dict[str, float], what: str) -> None:
    for term, mean in means.items():
        if candidate.weights[term] > 0 and not math.isfinite(mean):
            raise Diverged(f"{what}: term {term!r} is {mean}")


def _check_objectives(figures: dict[str, float], epoch: int) -> None:
    for name, figure in figures.items():
        if not math.isfinite(figure):
            raise Diverged(f"objective {name!r} is {figure} at the selected epoch {epoch}")


def _out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in words or "can't allocate memory" in words
