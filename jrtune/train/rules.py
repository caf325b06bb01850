"""Batching rules that keep K members in the channels, for functions where those of vmap copy.

vmap's rules fold the members into the batch, or add a bias or an affine map in a pass of its own; each
costs copies of the activations. A convolution with K times as many groups, a norm and a pooling over K
times as many channels, and one matrix product for a shared input are the same sums without the copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

Function = Callable[..., Any]
Stacked = tuple[Tensor, int | None]
"""A tensor of all members and the dimension in which they lie; None for one that they share."""


class Rules(TorchFunctionMode):
    """Batching rules for functions where vmap's own are slow: ``with Rules(): vmap(f)(...)``.

    Values, gradients and running statistics are those of each member alone, but for rounding. Where there
    is no rule, no member dimension, or something that a rule does not cover (a sample without its batch,
    indices of a maximum), torch's own function is called, inside vmap by vmap's own rule.
    """

    def __torch_function__(
        self, func: Function, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if func in RULES:
            try:
                return RULES[func](func, *args, **named)
            except NotCovered:
                pass
        return func(*args, **named)


class NotCovered(Exception):  # noqa: N818 - caught in Rules
    """The rule does not cover the call: torch's function must be called."""


class _Apply(torch.autograd.Function):
    """Calls ``rule(members, *stacked tensors)`` outside vmap's wrappers, by the one public way out of them.

    The rule is made of differentiable functions, so there is no backward.
    """

    @staticmethod
    def forward(*_: Any) -> Any:
        """Called where no tensor has members."""
        raise NotCovered

    @staticmethod
    def setup_context(*_: Any) -> None:
        """Called where ``torch.func.grad`` is inside vmap, which would ask for a backward."""
        raise NotCovered

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], rule: Function, *tensors: Tensor | None) -> Any:
        """Called where some tensor has members."""
        pairs = zip(tensors, in_dims[1:], strict=True)
        return rule(info.batch_size, *(None if t is None else (t, dim) for t, dim in pairs))


def _apply(rule: Callable[..., tuple[Tensor, int]], *tensors: Tensor | None) -> Any:
    return _Apply.apply(rule, *tensors)  # type: ignore[no-untyped-call]


# --- where the members lie -------------------------------------------------------------------


def _first(members: int, stacked: Stacked) -> Tensor:
    """K x ...; a view."""
    tensor, dim = stacked
    return tensor.expand(members, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def _rows(members: int, stacked: Stacked | None) -> Tensor | None:
    """K x C x ... -> K*C x ..., as parameters of K*C channels."""
    return None if stacked is None else _first(members, stacked).flatten(0, 1)


def _channels(members: int, stacked: Stacked) -> Tensor:
    """K members of B x C x ... -> B x K*C x ..., a view of what the rules here gave."""
    x = _first(members, stacked)
    if not _last_is_faster(x, 5):
        return x.movedim(0, 1).flatten(1, 2)
    # one copy at most, straight into channels last: from K x B x C x h x w by way of B x h x w x K*C
    return _channels_last(x.permute(1, 3, 4, 0, 2).flatten(3).movedim(3, 1))


def _last_is_faster(x: Tensor, dims: int = 4) -> bool:
    """Whether functions of pictures, which have so many dims, are faster with channels last in memory.

    On a CPU batch norm is three times as fast, pooling ten times, grouped convolution up to four times;
    group norm is four times slower, which is less than what converting to and fro costs.
    """
    return x.dim() == dims and x.device.type == "cpu"


def _channels_last(x: Tensor) -> Tensor:
    """B x C x h x w with the same values and channels last in memory; a view if they are."""
    if x.shape[1] == 1:  # both formats at once by torch's reckoning, which then takes the other one
        return x.squeeze(1).contiguous().unsqueeze(3).movedim(3, 1)
    return x.contiguous(memory_format=torch.channels_last)


def _split(y: Tensor, members: int) -> tuple[Tensor, int]:
    """B x K*C x ... -> (B x K x C x ..., where the members lie)."""
    if y.requires_grad and _last_is_faster(y):
        # each backward before it would be slow on a gradient in another format
        y.register_hook(_channels_last)  # type: ignore[no-untyped-call]
    return y.unflatten(1, (members, -1)), 1  # type: ignore[no-untyped-call]


# --- the rules -------------------------------------------------------------------------------


def _linear(func: Function, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    if weight.dim() != 2:
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        if x[1] is None:  # one product for all members
            y = func(x[0], _rows(members, w), _rows(members, b))
            return y.unflatten(-1, (members, -1)), y.dim() - 1
        inputs, weights = _first(members, x), _first(members, w).transpose(1, 2)
        flat = inputs.reshape(members, -1, inputs.shape[-1])
        added = None if b is None else _first(members, b).unsqueeze(1)
        y = torch.bmm(flat, weights) if added is None else torch.baddbmm(added, flat, weights)
        return y.view(*inputs.shape[:-1], y.shape[-1]), 0

    return _apply(rule, input, weight, bias)


def _conv(
    func: Function,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    if input.dim() != weight.dim():
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        if x[1] is None and groups == 1:  # one convolution with K times as many filters
            shared = _channels_last(x[0]) if _last_is_faster(x[0]) else x[0]
            y = func(shared, _rows(members, w), _rows(members, b), stride, padding, dilation)
        else:
            y = func(
                _channels(members, x),
                _rows(members, w),
                _rows(members, b),
                stride,
                padding,
                dilation,
                members * groups,
            )
        return _split(y, members)

    return _apply(rule, input, weight, bias)


def _conv_transpose(
    func: Function,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    if input.dim() != weight.dim():
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked, b: Stacked | None) -> tuple[Tensor, int]:
        options = (stride, padding, output_padding, members * groups, dilation)
        return _split(func(_channels(members, x), _rows(members, w), _rows(members, b), *options), members)

    return _apply(rule, input, weight, bias)


def _norm(
    func: Function,
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    *args: Any,
    **named: Any,
) -> Any:
    """Of batch norm and instance norm, whose arguments stand in one order."""
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
        flat = [_rows(members, mean), _rows(members, var)]
        y = func(_channels(members, x), *flat, _rows(members, w), _rows(members, b), *args, **named)
        for kept, new in zip(running, flat, strict=False):
            rows = _first(members, kept)
            if not rows.is_contiguous():  # then the update went to a copy
                rows.copy_(new.view_as(rows))  # type: ignore[union-attr]
        return _split(y, members)

    return _apply(rule, input, running_mean, running_var, weight, bias)


def _group_norm(
    func: Function,
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Any:
    if input.dim() < 2:
        raise NotCovered

    def rule(members: int, x: Stacked, w: Stacked | None, b: Stacked | None) -> tuple[Tensor, int]:
        return _split(
            func(_channels(members, x), members * num_groups, _rows(members, w), _rows(members, b), eps),
            members,
        )

    return _apply(rule, input, weight, bias)


def _each_channel(func: Function, input: Tensor, *args: Any, **named: Any) -> Any:
    """Of functions that treat each channel of B x C x ... alike."""
    if input.dim() != RANK.get(func, input.dim()) or input.dim() < 3 or named.get("return_indices"):
        raise NotCovered
    return _apply(lambda members, x: _split(func(_channels(members, x), *args, **named), members), input)


RANK: dict[Function, int] = {
    **dict.fromkeys((F.max_pool1d, F.avg_pool1d, F.adaptive_avg_pool1d, F.adaptive_max_pool1d), 3),
    **dict.fromkeys((F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d), 4),
    **dict.fromkeys((F.max_pool3d, F.avg_pool3d, F.adaptive_avg_pool3d, F.adaptive_max_pool3d), 5),
}
"""Poolings, and how many dimensions their input has with its batch."""

RULES: dict[Function, Function] = {
    F.linear: _linear,
    **dict.fromkeys((F.conv1d, F.conv2d, F.conv3d), _conv),
    **dict.fromkeys((F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d), _conv_transpose),
    **dict.fromkeys((F.batch_norm, F.instance_norm), _norm),
    F.group_norm: _group_norm,
    **dict.fromkeys((*RANK, F.interpolate), _each_channel),
}
