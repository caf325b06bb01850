"""A step of K members takes the memory of K steps of one, and little more."""

import dataclasses

import pytest
import torch
import zoo
from laws import cohort_of, job_of, problem_of
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from jrtune.train.loop import plain
from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.member import make_member
from jrtune.train.stacked.optimizer import StackedOptimizer

MEMBERS, BATCH = 16, 128


class Peak(TorchDispatchMode):
    """The greatest number of bytes that were alive at once, of storages that operations made."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        given = {
            t.untyped_storage()._cdata for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)
        }
        self.alive = {k: (ref, n) for k, (ref, n) in self.alive.items() if not ref.expired()}
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in given:
                    self.alive[storage._cdata] = StorageWeakRef(storage), storage.nbytes()
        self.bytes = max(self.bytes, sum(n for _, n in self.alive.values()))
        return result


def wide_mlp():
    return zoo.TwoHeads("x", nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU()), 64)


def wide_conv():
    body = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
    )
    return zoo.TwoHeads("image", body, 64)


def problem_with(model):
    study = dataclasses.replace(
        zoo.zoo_study("mlp", batch_size=BATCH), model=model, data=lambda: zoo.load(3 * BATCH)
    )
    return problem_of(study, torch.float32)


def bytes_of_plain_step(problem, job):
    """Peak of one member: parameters, gradients, optimizer state, activations."""
    member = make_member(problem, job)
    model, optimizer = member.model, plain.make_optimizer(member.model, member.balancing, member.training)
    batch = next(problem.splits["train"].batches(torch.arange(3 * BATCH), BATCH))
    with Peak() as peak:  # the second step has the optimizer's state of the first
        for _ in range(2):
            terms = terms_of(forward(model, batch, problem), batch, problem)
            optimizer.zero_grad()
            member.balancing(terms).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step(1e-3)
            del terms
    return peak.bytes + sum(p.numel() * p.element_size() for p in model.parameters())


def bytes_of_cohort_step(problem, jobs, before, traced):
    """Peak of all members: the same, and whatever stacking adds, after so many steps.

    By vmap; or the first is rehearsed and traced, and runs as a graph like the second.
    """
    graphs = {}
    cohort = cohort_of(problem, jobs, graphs)
    stack, optimizer = cohort.stack, cohort.optimizer
    run = cohort.make_step({BATCH: 1000 if traced else 0})
    batches = list(problem.splits["train"].batches(torch.arange(3 * BATCH), BATCH))
    keys, rates = stack.keys.of("step", 1, count=1)[0], stack.parameters.new_full((len(jobs), 1), 1e-3)
    for batch in batches[:before]:
        run(batch, keys, rates)
    with Peak() as peak:
        run(batches[before], keys, rates)
    assert any(graph is not None for graph in graphs.values()) is traced
    lasting = [stack.parameters, *state_of(optimizer)]
    return peak.bytes + sum(t.untyped_storage().nbytes() for t in lasting)


def state_of(optimizer: StackedOptimizer):
    """The optimizer's matrices, scratch among them."""
    extra = [optimizer.change.matrix] if hasattr(optimizer, "change") else []
    return [*optimizer.tensors(), *extra]


@pytest.mark.parametrize(
    ("before", "traced"), [(0, False), (0, True), (1, True)], ids=["by vmap", "while traced", "as a graph"]
)
@pytest.mark.parametrize("model", [wide_mlp, wide_conv])
def test_a_cohort_takes_at_most_a_fifth_more_memory_than_its_members_alone(model, before, traced):
    problem = problem_with(model)
    jobs = [job_of(0.5, seed=k) for k in range(MEMBERS)]
    alone = bytes_of_plain_step(problem, jobs[0])
    ratio = bytes_of_cohort_step(problem, jobs, before, traced) / (MEMBERS * alone)
    assert 0.5 < ratio <= 1.2
