"""Layout of the members in a batching rule's tensors: into the channels and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, Protocol

import torch
from torch import Tensor
from torch._C._functorch import is_batchedtensor

Function = Callable[..., Tensor]
"""A function of torch.nn.functional that gives one tensor."""

Rule = Callable[..., tuple[Tensor, int]]
"""(members, *stacked tensors) -> (result of all members, the dimension in which they lie)."""

Stacked = tuple[Tensor, int | None]
"""A tensor of all members and the dimension in which they lie; None for one that they share."""


class _VmapInfo(Protocol):
    """Part of what ``torch.func.vmap`` passes to an autograd function."""

    batch_size: int


class NotCovered(Exception):  # noqa: N818 - caught in VmapRules
    """The rule does not cover the call: torch's function must be called."""


class _Apply(torch.autograd.Function):
    """Calls ``rule(members, *stacked tensors)`` outside vmap's wrappers, by the one public way out of them.

    The rule is made of differentiable functions, so there is no backward.
    """

    @staticmethod
    def forward(*_: object) -> NoReturn:
        """Called where no tensor has members."""
        raise NotCovered

    @staticmethod
    def setup_context(*_: object) -> NoReturn:
        """Called where ``torch.func.grad`` is inside vmap, which would ask for a backward."""
        raise NotCovered

    @staticmethod
    def vmap(
        info: _VmapInfo, in_dims: tuple[int | None, ...], rule: Rule, *tensors: Tensor | None
    ) -> tuple[Tensor, int]:
        """Called where some tensor has members."""
        if any(t is not None and is_batchedtensor(t) for t in tensors):
            raise NotCovered  # vmap inside vmap: memory formats cannot be asked for there
        pairs = zip(tensors, in_dims[1:], strict=True)
        return rule(info.batch_size, *(None if t is None else (t, dim) for t, dim in pairs))


def apply(rule: Rule, *tensors: Tensor | None) -> Tensor:
    """The rule's result for tensors of which some are vmap's, as a tensor of vmap's.

    Raises:
        NotCovered: where none is, or vmap is inside vmap.
    """
    result: Tensor = _Apply.apply(rule, *tensors)  # type: ignore[no-untyped-call]
    return result


def members_first(members: int, stacked: Stacked) -> Tensor:
    """K x ...; a view."""
    tensor, dim = stacked
    return tensor.expand(members, *tensor.shape) if dim is None else tensor.movedim(dim, 0)


def parameters(members: int, stacked: Stacked | None) -> Tensor | None:
    """K x C x ... -> K*C x ..., as parameters of K*C channels."""
    return None if stacked is None else members_first(members, stacked).flatten(0, 1)


def channels(members: int, stacked: Stacked) -> Tensor:
    """K members of B x C x ... -> B x K*C x ..., a view of what the rules here gave."""
    x = members_first(members, stacked)
    if not last_is_faster(x, 5):
        return x.movedim(0, 1).flatten(1, 2)
    # one copy at most, straight into channels last: from K x B x C x h x w by way of B x h x w x K*C
    return channels_last(x.permute(1, 3, 4, 0, 2).flatten(3).movedim(3, 1))


def last_is_faster(x: Tensor, dims: int = 4) -> bool:
    """Returns True where functions of pictures, of so many dims, are faster with channels last in memory.

    On a CPU batch norm is three times as fast, pooling ten times, grouped convolution up to four times;
    group norm is four times slower, which is less than what converting to and fro costs.
    """
    return x.dim() == dims and x.device.type == "cpu"


def channels_last(x: Tensor) -> Tensor:
    """B x C x h x w with the same values and channels last in memory; a view if they are."""
    if x.shape[1] == 1:  # both formats at once by torch's reckoning, which then takes the other one
        return x.squeeze(1).contiguous().unsqueeze(3).movedim(3, 1)
    return x.contiguous(memory_format=torch.channels_last)


def split(y: Tensor, members: int) -> tuple[Tensor, int]:
    """B x K*C x ... -> (B x K x C x ..., where the members lie)."""
    if y.requires_grad and last_is_faster(y):
        # each backward before it would be slow on a gradient in another format
        y.register_hook(channels_last)  # type: ignore[no-untyped-call]
    return torch.unflatten(y, 1, (members, -1)), 1
