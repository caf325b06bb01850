"""Which numbers of a member's row its training moves."""

import dataclasses

import torch
import zoo
from laws import job_of, problem_of
from torch import nn

from jrtune.train.loop.member import Keys, Randomness, make_member
from jrtune.train.stacked.gradient_mask import gradient_mask, sparsity_of_member
from jrtune.train.stacked.stack import Stack


def active_of(name, *jobs, **changes):
    """(which numbers move, the stack)."""
    problem = problem_of(dataclasses.replace(zoo.zoo_study(name), **changes))
    members = [make_member(problem, job) for job in jobs]
    keys = Keys([j.seed for j in jobs], Randomness.NONE, problem.device)
    before = {n: t.clone() for n, t in members[0].model.state_dict().items()}
    stack = Stack(problem, members, keys, sparsity_of_member(problem, members[0]))
    active = gradient_mask(stack)
    assert all(torch.equal(t, before[n]) for n, t in members[0].model.state_dict().items())
    return active, stack


def named(active, stack):
    """Of each member, the parameters whose numbers move."""
    views = stack.views(active.expand(len(stack), stack.parameters.shape[1]).contiguous())
    assert all(bool((v == v.flatten(1)[:, :1].view(-1, *[1] * (v.dim() - 1))).all()) for v in views.values())
    return [{n for n, v in views.items() if v[k].flatten()[0] == 1} for k in range(len(stack))]


def test_where_all_move_there_is_one_number_a_member():
    active, _ = active_of("mlp", job_of(0.5), job_of(0.3))
    assert active.tolist() == [[1.0], [1.0]]


def test_a_corner_leaves_the_other_head():
    active, stack = active_of("mlp", job_of(1.0), job_of(0.5), job_of(0.0))
    body = {"model.body.0.weight", "model.body.0.bias"}
    a, b = ({f"model.{head}.weight", f"model.{head}.bias"} for head in "ab")
    assert named(active, stack) == [body | a, body | a | b, body | b]


def test_an_unused_head_never_moves():
    active, stack = active_of("unused head", job_of(0.5), job_of(1.0))
    assert not any("unused" in name for names in named(active, stack) for name in names)


def test_what_balancing_learns_moves_whatever_the_weights():
    active, stack = active_of("unused head", *[job_of(1.0, balancing="uncertainty") for _ in range(2)])
    for names in named(active, stack):
        assert {"balancing.log_variance", "model.a.weight", "model.b.weight"} <= names
        assert "model.unused.weight" not in names


def test_a_loss_that_is_constant_moves_nothing():
    losses = {**zoo.LOSSES, "b": lambda out, batch: batch["b"].mean()}
    active, stack = active_of("mlp", job_of(0.0), job_of(0.5), losses=losses)
    none, some = named(active, stack)
    assert none == set()
    assert "model.b.weight" not in some


def test_models_that_cannot_be_copied_are_reached_too():
    class Copyless(zoo.TwoHeads):
        def __init__(self):
            super().__init__("x", nn.Linear(6, 8), 8)
            self.scale = self.a.weight.detach().clone().requires_grad_() * 1  # not a leaf: deepcopy raises

    active, _ = active_of("mlp", job_of(0.5), job_of(0.3), model=Copyless)
    assert active.tolist() == [[1.0], [1.0]]
