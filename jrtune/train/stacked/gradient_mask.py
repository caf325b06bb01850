"""Which loss terms reach which parameters: a parameter that no weighed term reaches stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.gradient_norms import each_gradient, shared
from jrtune.train.loop.member import Member, control, first_batch
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.stack import Stack


def gradient_mask(problem: Problem, member: Member, stack: Stack) -> Tensor:
    """1 where a member's training moves a number of its row, else 0: K x N, or K x 1 where all are moved.

    Plain training gives such a parameter no gradient, not one of zero, so that it is not decayed either.

    Args:
        problem: the study's.
        member: any one of the stack's.
        stack: K members with N numbers each.
    """
    reached = _reached(problem, member)
    own = len(stack.shapes) - reached.shape[1]  # what the balancing learns itself is in every sum
    stack.shared = shared(reached)
    stack.reached = [*reached.any(0).tolist(), *[True] * own]
    sizes = torch.tensor([shape.numel() for shape in stack.shapes.values()], device=problem.device)
    active = (stack.weighed().to(stack.weights) @ reached.to(stack.weights) > 0).to(stack.rows)
    active = torch.cat([active, active.new_ones(len(active), own)], dim=1)
    if bool(active.all()):
        return active.new_ones(len(active), 1)
    return active.repeat_interleave(sizes, dim=1)


def _reached(problem: Problem, member: Member) -> Tensor:
    """T x (learnt parameters of the model), whether a term's gradient exists there."""
    model = control(problem, member).model.train()
    batch = first_batch(problem, member.training.batch_size)
    learnt = [p for p in model.parameters() if p.requires_grad]
    terms = terms_of(forward(model, batch, problem), batch, problem)
    rows = [[grad is not None for grad in found] for found in each_gradient(terms, learnt)]
    return torch.tensor(rows, device=problem.device)
