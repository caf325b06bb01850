"""Which loss terms reach which parameters: a parameter that no weighed term reaches stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from jrtune.losses import reach_of
from jrtune.losses.jacobian import Reach
from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.member import Member, control, first_batch
from jrtune.train.loop.minimised import learnt
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.stack import Stack


def reach_of_member(problem: Problem, member: Member) -> Reach:
    """Of each loss term, for each learnt parameter of the model, whether the term's gradient exists there.

    Args:
        problem: the study's.
        member: left as it is; a control is run.
    """
    model = control(problem, member).model.train()
    batch = first_batch(problem, member.training.batch_size)
    return reach_of(terms_of(forward(model, batch, problem), batch, problem), learnt(model))


def gradient_mask(stack: Stack) -> Tensor:
    """1 where a member's training moves a number that it learns, else 0: K x N, or K x 1 where all are moved.

    Plain training gives such a parameter no gradient, not one of zero, so that it is not decayed either.
    """
    reached = torch.tensor(stack.reach, device=stack.weights.device).to(stack.weights)
    own = len(stack.shapes) - reached.shape[1]  # what the balancing learns itself is in every sum
    active = (stack.weighed().to(stack.weights) @ reached > 0).to(stack.parameters)
    active = torch.cat([active, active.new_ones(len(active), own)], dim=1)
    if bool(active.all()):
        return active.new_ones(len(active), 1)
    sizes = torch.tensor([shape.numel() for shape in stack.shapes.values()], device=active.device)
    return active.repeat_interleave(sizes, dim=1)
