"""Masks of the gradients: a parameter on which no weighed loss term depends stays as it is."""

from __future__ import annotations

import torch
from torch import Tensor

from jrtune.losses import sparsity_of
from jrtune.losses.jacobian import Sparsity
from jrtune.train.loop.evaluate import forward, terms_of
from jrtune.train.loop.member import Member, control, first_batch
from jrtune.train.loop.minimised import learnt
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.stack import Stack


def sparsity_of_member(problem: Problem, member: Member) -> Sparsity:
    """The sparsity pattern of the terms' Jacobian over the model's learnt parameters.

    Args:
        problem: the study's.
        member: not changed; a control is run.
    """
    model = control(problem, member).model.train()
    batch = first_batch(problem, member.training.batch_size)
    return sparsity_of(terms_of(forward(model, batch, problem), batch, problem), learnt(model))


def gradient_mask(stack: Stack) -> Tensor:
    """Mask of the learnt numbers that a member's training moves, 1 or 0: K x N; K x 1 where it moves all.

    Plain training gives such a parameter no gradient, not one of zero, so that it is not decayed either.
    """
    reached = torch.tensor(stack.sparsity, device=stack.weights.device).to(stack.weights)
    own = len(stack.shapes) - reached.shape[1]  # what the balancing learns itself is in every sum
    active = (stack.weighed().to(stack.weights) @ reached > 0).to(stack.parameters)
    active = torch.cat([active, active.new_ones(len(active), own)], dim=1)
    if bool(active.all()):
        return active.new_ones(len(active), 1)
    sizes = torch.tensor([shape.numel() for shape in stack.shapes.values()], device=active.device)
    return active.repeat_interleave(sizes, dim=1)
