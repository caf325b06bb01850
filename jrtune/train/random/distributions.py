"""Torch's functions that make random tensors, answered by a counter instead of a generator."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.train.random.counter_based import CounterGenerator, integers, normal, open_uniform, uniform

Answer = Callable[..., Any]
"""(counter, torch's arguments) -> result, or NotImplemented where torch's own function shall be called."""

Make = Callable[[Tensor, torch.dtype], Tensor]
"""(bits, dtype) -> numbers, one an element."""


def _new(make: Make, rng: CounterGenerator, *args: Any, **options: Any) -> Any:
    """torch.rand and its like: (*size, **options)."""
    size = options.pop("size", args)
    shape = size[0] if len(size) == 1 and not isinstance(size[0], int) else size
    return _filled(rng, make, shape, torch.get_default_dtype(), torch.get_default_device(), options)


def _like(make: Make, rng: CounterGenerator, input: Tensor, **options: Any) -> Any:
    """torch.rand_like and its like: (tensor, **options)."""
    return _filled(rng, make, input.shape, input.dtype, input.device, options)


def _randint(rng: CounterGenerator, *args: Any, **options: Any) -> Any:
    """torch.randint: ([low,] high, size, **options)."""
    bounds = list(args)
    shape = options.pop("size") if "size" in options else bounds.pop()
    make = _between(bounds, options)
    return _filled(rng, make, shape, torch.int64, torch.get_default_device(), options)


def _randint_like(rng: CounterGenerator, input: Tensor, *args: Any, **options: Any) -> Any:
    """torch.randint_like: (tensor, [low,] high, **options)."""
    make = _between(list(args), options)
    return _filled(rng, make, input.shape, input.dtype, input.device, options)


def _between(bounds: list[Any], options: dict[str, Any]) -> Make | None:
    """Integers within bounds given by position or by name; None for bounds that are not covered."""
    high = options.pop("high") if "high" in options else bounds.pop()
    low = options.pop("low", bounds.pop() if bounds else 0)
    if isinstance(low, int) and isinstance(high, int) and 0 < high - low <= 2**31:
        return lambda bits, dtype: integers(bits, low, high).to(dtype)
    return None


def _filled(
    rng: CounterGenerator,
    make: Make | None,
    shape: Sequence[int],
    dtype: torch.dtype,
    device: torch.device,
    options: dict[str, Any],
) -> Any:
    """Numbers of a shape; dtype and device are those of the options, where they name any."""
    dtype, device = options.pop("dtype", None) or dtype, torch.device(options.pop("device", None) or device)
    if make is None or not _usual(options):
        return NotImplemented
    return make(rng.bits(shape, device), dtype)


def _usual(options: dict[str, Any]) -> bool:
    """Returns True where the options ask for nothing that is not done anyway."""
    usual = (None, False, torch.strided, torch.preserve_format)
    return all(any(value is u for u in usual) for value in options.values())


def _bernoulli(rng: CounterGenerator, input: Tensor, p: float | None = None, **options: Any) -> Any:
    """1 with the probability that ``input`` has at each element, or with ``p`` at all of them."""
    if not _usual(options):
        return NotImplemented
    numbers = uniform(rng.bits(input.shape, input.device), torch.float32)
    return (numbers < (input if p is None else p)).to(input.dtype)


def _normal(rng: CounterGenerator, mean: Any = 0.0, std: Any = 1.0, size: Any = None, **options: Any) -> Any:
    """torch.normal, of tensors or numbers; as there, no gradient flows to mean and std."""
    if size is not None:
        numbers = _new(normal, rng, size, **options)
        return numbers if numbers is NotImplemented else numbers * std + mean
    like = mean + std
    if not _usual(options) or not isinstance(like, Tensor):
        return NotImplemented
    numbers = normal(rng.bits(like.shape, like.device), like.dtype)
    return numbers * torch.as_tensor(std).detach() + torch.as_tensor(mean).detach()


def _gumbel_softmax(
    rng: CounterGenerator,
    logits: Tensor,
    tau: float = 1,
    hard: bool = False,
    eps: float = 1e-10,
    dim: int = -1,
) -> Tensor:
    """Jang et al. 2017, "Categorical reparameterization with Gumbel-softmax", equation 2, section 2.2."""
    numbers = open_uniform(rng.bits(logits.shape, logits.device)).to(logits.dtype)
    soft = ((logits - (-numbers.log()).log()) / tau).softmax(dim)
    if not hard:
        return soft
    one_hot = torch.zeros_like(logits).scatter(dim, soft.argmax(dim, keepdim=True), 1.0)
    return one_hot - soft.detach() + soft


DISTRIBUTIONS: dict[Callable[..., Any], Answer] = {
    torch.rand: partial(_new, uniform),
    torch.randn: partial(_new, normal),
    torch.randint: _randint,
    torch.rand_like: partial(_like, uniform),
    torch.randn_like: partial(_like, normal),
    torch.randint_like: _randint_like,
    torch.bernoulli: _bernoulli,
    torch.Tensor.bernoulli: _bernoulli,
    torch.normal: _normal,
    F.gumbel_softmax: _gumbel_softmax,
}
"""Torch's function -> its replacement."""
