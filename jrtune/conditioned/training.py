"""Training one network for every weighting: another weighting at each step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from jrtune.conditioned.network import Conditioned
from jrtune.errors import StudyError
from jrtune.losses import SCALARISATIONS
from jrtune.spec import Job, Training
from jrtune.spec.seeds import derive
from jrtune.train.loop.device import threads_for
from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.member import LOSSES, MODEL, Keys, make_member, randomness_of
from jrtune.train.loop.phases import frozen_names, frozen_numbers, slowing
from jrtune.train.loop.plain import make_optimizer
from jrtune.train.loop.problem import Problem, batch_lengths, epoch_order
from jrtune.train.loop.schedule import rate
from jrtune.train.loop.snapshot import snapshot


def condition(problem: Problem, job: Job, epochs: int) -> Conditioned:
    """Trains a network that is conditioned on the weighting, from the job's initial one.

    Each step takes another weighting w of the simplex and descends ``sum_t w_t f_t(theta(w))``, or the job's
    scalarisation in the place of the sum (Dimitriadis et al. 2023, algorithm 1, with one draw a step and
    without their regulariser: in as many passes over the data, 2 and 4 draws a step were worse).

    The rate stays where the study has it, and what counts is the average of the ends over about the last
    tenth of the steps (:func:`averaging`), so a training may be stopped at any epoch and its way does not
    depend on how many are to come. Constraints are not held. No epoch is the best of every weighting, so
    none is selected.

    Raises:
        StudyError: where a loss is not finite, or training changes buffers, which all weightings share.
    """
    devices = [problem.device] if problem.device.type == "cuda" else []
    threads = torch.get_num_threads()
    try:
        with torch.random.fork_rng(devices=devices):
            return _train(problem, job, epochs)
    finally:
        torch.set_num_threads(threads)


def _train(problem: Problem, job: Job, epochs: int) -> Conditioned:
    member, data = make_member(problem, job), problem.splits["train"]
    training, scalarise = member.training, SCALARISATIONS[member.training.scalarisation]
    net, average = (Conditioned(member.model, list(problem.study.losses)) for _ in range(2))
    buffers = snapshot(net.model)
    torch.set_num_threads(threads_for(member.model, data.first(), training.batch_size, problem.device))
    keys = Keys([job.seed], randomness_of(problem, member), problem.device)
    optimizer = make_optimizer(net, member.balancing, training)
    part = frozen_names(member.model, training)
    frozen = frozen_numbers(net.shapes, part).nonzero()[:, 0].to(problem.device)
    step, per_epoch = 0, len(batch_lengths(data.size, training.batch_size))
    steps = problem.study.epochs * per_epoch  # of an ordinary training
    for epoch in range(1, epochs + 1):
        torch.manual_seed(derive(job.seed, "epoch", epoch))
        points = drawn_weightings(job.seed, step, per_epoch, len(net.terms)).to(net.endpoints)
        drawn = keys.of("step", epoch, count=per_epoch)[..., 0]
        net.train()
        worst = torch.zeros((), device=problem.device)
        batches = data.batches(epoch_order(job.order_seed, epoch, data.size), training.batch_size)
        for weights, key, batch in zip(points, drawn, batches, strict=True):
            with keys.drawing(key[MODEL]):
                outputs = forward(partial(net, weights=weights), batch, problem)
            with keys.drawing(key[LOSSES]):
                terms = torch.stack(terms_of(outputs, batch, problem))
            optimizer.zero_grad()
            torch.autograd.backward(scalarise(weights * terms))
            if training.clip > 0:
                nn.utils.clip_grad_norm_(net.parameters(), training.clip)
            before, endpoints = net.endpoints.data[:, frozen], net.endpoints.data
            optimizer.step(training.lr * rate_of(training, step, steps))
            # how far a step goes is proportional to its rate
            endpoints[:, frozen] = before.lerp(endpoints[:, frozen], slowing(training, step, steps))
            worst = torch.maximum(worst, terms.detach().abs().sum())  # of NaN and a number it is NaN
            step += 1
            average.endpoints.data.lerp_(net.endpoints.data, averaging(step))
        if not worst.isfinite():  # the epoch's one wait for training on the device
            raise StudyError(not_finite(epoch))
        if epoch == 1:
            refuse_buffers(buffers, snapshot(net.model))
    return average.eval()


def rate_of(training: Training, step: int, steps: int) -> float:
    """Factor of the learning rate: it rises as in an ordinary training of so many steps, and never falls."""
    return rate(step, steps, "constant", training.warmup)


def averaging(step: int) -> float:
    """Share by which the average of the ends moves towards the ends after a step, counted from 1.

    The average weighs step s by about s^8, whatever the number of steps (Shamir & Zhang 2013, section 4,
    polynomial-decay averaging with eta = 8).
    """
    return 9 / (step + 8)


def not_finite(epoch: int) -> str:
    """Message on a training that diverged."""
    return f"a loss is not finite in epoch {epoch}: lower the learning rate"


def drawn_weightings(seed: int, first: int, count: int, terms: int) -> Tensor:
    """The weightings of ``count`` steps of a training from step ``first`` on, count x T."""
    return weightings(derive(seed, "weightings"), first, count, terms)


def weightings(seed: int, first: int, count: int, terms: int) -> Tensor:
    """Weightings spread evenly over the simplex, count x T: the gaps between T-1 sorted numbers of [0, 1].

    They are those from number ``first`` on of a sequence without end.

    Gaps of uniform numbers are uniform on the simplex (Devroye 1986, V.2.1). The numbers move on by fixed
    irrational steps (of the golden section for two terms; Roberts 2018, the R_d sequence): a few hundred
    are few, so no stretch may be left out, and one step's weighting should lie far from the last one's.
    """
    ratio = 2.0
    for _ in range(64):  # to the root of x^T = x + 1
        ratio = (1 + ratio) ** (1 / terms)
    moves = ratio ** -torch.arange(1, terms, dtype=torch.float64)
    start = torch.rand(terms - 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    cuts = (start + moves * torch.arange(first, first + count)[:, None]) % 1
    low, high = torch.zeros(count, 1, dtype=torch.float64), torch.ones(count, 1, dtype=torch.float64)
    return torch.cat([low, cuts.sort(dim=1).values, high], dim=1).diff(dim=1)


def refuse_buffers(before: Mapping[str, Tensor], after: Mapping[str, Tensor]) -> None:
    """Refuses a model whose buffers an epoch has changed.

    Raises:
        StudyError: where one differs.
    """
    changed = [name.removeprefix("model.") for name, value in after.items() if not value.equal(before[name])]
    if changed:
        raise StudyError(
            f"expected buffers that training leaves alone, but it changes {changed[0]!r}, which would mean "
            "something else at every weighting: use group norm or layer norm in the place of batch norm"
        )
