"""Batching rules that keep K members in the channels, for functions where those of vmap copy.

vmap's rules fold the members into the batch, or add a bias or an affine map in a pass of its own; each
costs copies of the activations. A convolution with K times as many groups, a norm and a pooling over K
times as many channels, and one matrix product for a shared input are the same sums without the copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from jrtune.train.vmapped.layout import (
    Function,
    NotCovered,
    Stacked,
    apply,
    channels,
    channels_last,
    last_is_faster,
    members_first,
    parameters,
    split,
)

Size = int | Sequence[int]
"""A number for every dimension, or one for each."""


class VmapRules(TorchFunctionMode):
    """Batching rules for functions where vmap's own are slow: ``with VmapRules(): vmap(f)(...)``.

    Values, gradients and running statistics are those of each member alone, but for rounding. Where there
    is no rule, no member dimension, or something that a rule does not cover (a sample without its batch,
    indices of a maximum), torch's own function is called, inside vmap by vmap's own rule.
    """

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        named = kwargs or {}
        if func in RULES:
            try:
                return RULES[func](func, *args, **named)
            except NotCovered:
                pass
        return func(*args, **named)


# --- the rules -------------------------------------------------------------------------------


def _linear(func: Function, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    if weight.dim() != 2:
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        if x[1] is None:  # one product for all members
            y = func(x[0], parameters(members, w), parameters(members, b))
            return torch.unflatten(y, -1, (members, -1)), y.dim() - 1
        inputs, weights = members_first(members, x), members_first(members, w).transpose(1, 2)
        flat = inputs.reshape(members, -1, inputs.shape[-1])
        added = None if b is None else members_first(members, b).unsqueeze(1)
        y = torch.bmm(flat, weights) if added is None else torch.baddbmm(added, flat, weights)
        return y.view(*inputs.shape[:-1], y.shape[-1]), 0

    return apply(rule, input, weight, bias)


def _grouped(
    func: Function, members: int, x: Stacked, w: Stacked, b: Stacked | None, *options: object
) -> tuple[Tensor, int]:
    """A convolution in which each member has groups of its own; ``options`` as ``func`` takes them."""
    return split(
        func(channels(members, x), parameters(members, w), parameters(members, b), *options), members
    )


def _conv(
    func: Function,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size | str = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    if input.dim() != weight.dim():
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        if x[1] is None and groups == 1:  # one convolution with K times as many filters
            shared = channels_last(x[0]) if last_is_faster(x[0]) else x[0]
            y = func(shared, parameters(members, w), parameters(members, b), stride, padding, dilation)
            return split(y, members)
        return _grouped(func, members, x, w, b, stride, padding, dilation, members * groups)

    return apply(rule, input, weight, bias)


def _conv_transpose(
    func: Function,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    groups: int = 1,
    dilation: Size = 1,
) -> Tensor:
    if input.dim() != weight.dim():
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        return _grouped(func, members, x, w, b, stride, padding, output_padding, members * groups, dilation)

    return apply(rule, input, weight, bias)


def _norm(
    func: Function,
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *args: object,
    **named: object,
) -> Tensor:
    """Rule of batch norm and instance norm, whose arguments stand in one order."""
    if input.dim() < 2:
        raise NotCovered

    def rule(
        members: int,
        x: Stacked,
        mean: Stacked | None,
        var: Stacked | None,
        w: Stacked | None,
        b: Stacked | None,
    ) -> tuple[Tensor, int]:
        running = [s for s in (mean, var) if s is not None]
        if any(dim is None for _, dim in running):
            raise NotCovered  # statistics that members share cannot be updated by each
        flat = [parameters(members, mean), parameters(members, var)]
        y = func(channels(members, x), *flat, parameters(members, w), parameters(members, b), *args, **named)
        for statistic, new in zip(running, flat, strict=False):
            stacked = members_first(members, statistic)
            if not stacked.is_contiguous():  # then the update went to a copy
                stacked.copy_(new.view_as(stacked))  # type: ignore[union-attr]
        return split(y, members)

    return apply(rule, input, running_mean, running_var, weight, bias)


def _group_norm(
    func: Function,
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    if input.dim() < 2:
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked | None, b: Stacked | None) -> tuple[Tensor, int]:
        return split(
            func(
                channels(members, x),
                members * num_groups,
                parameters(members, w),
                parameters(members, b),
                eps,
            ),
            members,
        )

    return apply(rule, input, weight, bias)


def _channelwise(func: Function, input: Tensor, *args: object, **named: object) -> Tensor:
    """Rule of functions that treat each channel of B x C x ... alike."""
    if input.dim() != RANK.get(func, input.dim()) or input.dim() < 3 or named.get("return_indices"):
        raise NotCovered
    return apply(lambda members, x: split(func(channels(members, x), *args, **named), members), input)


RANK: dict[Callable[..., object], int] = {
    **dict.fromkeys((F.max_pool1d, F.avg_pool1d, F.adaptive_avg_pool1d, F.adaptive_max_pool1d), 3),
    **dict.fromkeys((F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d), 4),
    **dict.fromkeys((F.max_pool3d, F.avg_pool3d, F.adaptive_avg_pool3d, F.adaptive_max_pool3d), 5),
}
"""Poolings -> number of dimensions of their input with its batch."""

RULES: dict[Callable[..., object], Function] = {
    F.linear: _linear,
    **dict.fromkeys((F.conv1d, F.conv2d, F.conv3d), _conv),
    **dict.fromkeys((F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d), _conv_transpose),
    **dict.fromkeys((F.batch_norm, F.instance_norm), _norm),
    F.group_norm: _group_norm,
    **dict.fromkeys((*RANK, F.interpolate), _channelwise),
}
