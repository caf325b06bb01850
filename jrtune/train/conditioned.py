"""Training one network for every weighting: another weighting at each step."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from jrtune.errors import StudyError
from jrtune.losses import SCALARISATIONS
from jrtune.models.conditioned import Conditioned
from jrtune.seeds import derive
from jrtune.spec import Job
from jrtune.train.device import threads_for
from jrtune.train.evaluate import forward, terms_of
from jrtune.train.member import make_member
from jrtune.train.plain import make_optimiser
from jrtune.train.problem import Problem, batch_lengths, epoch_order
from jrtune.train.schedule import rate
from jrtune.train.snapshot import snapshot


def condition(problem: Problem, job: Job, epochs: int) -> Conditioned:
    """Trains a network that is conditioned on the weighting, from the job's initial one.

    Each step takes another weighting w of the simplex and descends ``sum_t w_t f_t(theta(w))``, or the job's
    scalarisation in the place of the sum (Dimitriadis et al. 2023, algorithm 1, with one draw a step and
    without their regulariser: in as many passes over the data, 2 and 4 draws a step were worse). Everything
    else is as an ordinary training's, but for constraints, which are not held; the parameters are those of
    the last step, for no epoch is the best of every weighting.

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
    net = Conditioned(member.model, list(problem.study.losses))
    buffers = snapshot(net.model)
    torch.set_num_threads(threads_for(member.model, data.first(), training.batch_size, problem.device))
    optimiser = make_optimiser(net, member.balancing, training)
    step, per_epoch = 0, len(batch_lengths(data.size, training.batch_size))
    drawn = weightings(derive(job.seed, "weightings"), epochs * per_epoch, len(net.terms))
    drawn = drawn.to(problem.device, problem.dtype)
    for epoch in range(1, epochs + 1):
        torch.manual_seed(derive(job.seed, "epoch", epoch))
        net.train()
        worst = torch.zeros((), device=problem.device)
        order = epoch_order(job.order_seed, epoch, data.size)
        batches = data.batches(order, training.batch_size)
        for weights, batch in zip(drawn[step : step + per_epoch], batches, strict=True):
            outputs = forward(partial(net, weights=weights), batch, problem)
            terms = torch.stack(terms_of(outputs, batch, problem))
            optimiser.zero_grad()
            torch.autograd.backward(scalarise(weights * terms))
            if training.clip > 0:
                nn.utils.clip_grad_norm_(net.parameters(), training.clip)
            optimiser.step(training.lr * rate(step, epochs * per_epoch, training.schedule, training.warmup))
            worst = torch.maximum(worst, terms.detach().abs().sum())  # of NaN and a number it is NaN
            step += 1
        if not worst.isfinite():  # the epoch's one wait for training on the device
            raise StudyError(f"a loss is not finite in epoch {epoch}: lower the learning rate")
        if epoch == 1:
            _check_buffers(net, buffers)
    return net.eval()


def weightings(seed: int, count: int, terms: int) -> Tensor:
    """Weightings spread evenly over the simplex, count x T: the gaps between T-1 sorted numbers of [0, 1].

    Gaps of uniform numbers are uniform on the simplex (Devroye 1986, V.2.1). The numbers move on by fixed
    irrational steps (of the golden section for two terms; Roberts 2018, the R_d sequence): a few hundred
    are few, so no stretch may be left out, and one step's weighting should lie far from the last one's.
    """
    ratio = 2.0
    for _ in range(64):  # to the root of x^T = x + 1
        ratio = (1 + ratio) ** (1 / terms)
    moves = ratio ** -torch.arange(1, terms, dtype=torch.float64)
    start = torch.rand(terms - 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    places = (start + moves * torch.arange(count)[:, None]) % 1
    low, high = torch.zeros(count, 1, dtype=torch.float64), torch.ones(count, 1, dtype=torch.float64)
    return torch.cat([low, places.sort(dim=1).values, high], dim=1).diff(dim=1)


def _check_buffers(net: Conditioned, before: dict[str, Tensor]) -> None:
    changed = [name for name, value in snapshot(net.model).items() if not value.equal(before[name])]
    if changed:
        raise StudyError(
            f"expected buffers that training leaves alone, but it changes {changed[0]!r}, which would mean "
            "something else at every weighting: use group norm or layer norm in the place of batch norm"
        )
