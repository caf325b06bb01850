"""Torch's functions that make random tensors, answered by a counter instead of a generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.train.random.counter_based import CounterGenerator, integers, normal, open_uniform, uniform

Answer = Callable[..., object]
"""(counter, torch's arguments) -> result, or NotImplemented where torch's own function shall be called."""

Make = Callable[[Tensor, torch.dtype], Tensor]
"""(bits, dtype) -> numbers, one an element."""

Size = int | Sequence[int]
Device = torch.device | str | int


def _new(
    make: Make,
    rng: CounterGenerator,
    *args: Size,
    size: Sequence[int] | None = None,
    dtype: torch.dtype | None = None,
    device: Device | None = None,
    **options: object,
) -> object:
    """torch.rand and its like: (*size, **options)."""
    shape = _shape(args if size is None else size)
    found = dtype or torch.get_default_dtype(), device or torch.get_default_device()
    return _filled(rng, make, shape, *found, options)


def _like(
    make: Make,
    rng: CounterGenerator,
    input: Tensor,
    *,
    dtype: torch.dtype | None = None,
    device: Device | None = None,
    **options: object,
) -> object:
    """torch.rand_like and its like: (tensor, **options)."""
    return _filled(rng, make, input.shape, dtype or input.dtype, device or input.device, options)


def _randint(
    rng: CounterGenerator,
    *args: Size,
    low: int | None = None,
    high: int | None = None,
    size: Sequence[int] | None = None,
    dtype: torch.dtype | None = None,
    device: Device | None = None,
    **options: object,
) -> object:
    """torch.randint: ([low,] high, size, **options)."""
    bounds = list(args)
    shape = _shape([bounds.pop() if size is None else size])
    make = _between(bounds, low, high)
    return _filled(rng, make, shape, dtype or torch.int64, device or torch.get_default_device(), options)


def _randint_like(
    rng: CounterGenerator,
    input: Tensor,
    *args: int,
    low: int | None = None,
    high: int | None = None,
    dtype: torch.dtype | None = None,
    device: Device | None = None,
    **options: object,
) -> object:
    """torch.randint_like: (tensor, [low,] high, **options)."""
    make = _between(list(args), low, high)
    return _filled(rng, make, input.shape, dtype or input.dtype, device or input.device, options)


def _shape(size: Sequence[Size]) -> Sequence[int]:
    """The shape that (2, 3) and ((2, 3),) stand for."""
    return [number for part in size for number in ([part] if isinstance(part, int) else part)]


def _between(bounds: Sequence[object], low: object, high: object) -> Make | None:
    """Integers within bounds given by position or by name; None for bounds that are not covered."""
    unnamed = list(bounds)
    high = unnamed.pop() if high is None else high
    low = (unnamed.pop() if unnamed else 0) if low is None else low
    if isinstance(low, int) and isinstance(high, int) and 0 < high - low <= 2**31:
        return partial(_integers, low, high)
    return None


def _integers(low: int, high: int, bits: Tensor, dtype: torch.dtype) -> Tensor:
    return integers(bits, low, high).to(dtype)


def _filled(
    rng: CounterGenerator,
    make: Make | None,
    shape: Sequence[int],
    dtype: torch.dtype,
    device: Device,
    options: Mapping[str, object],
) -> object:
    """Numbers of a shape; NotImplemented where the options are not covered."""
    if make is None or not _usual(options):
        return NotImplemented
    return make(rng.bits(shape, torch.device(device)), dtype)


def _usual(options: Mapping[str, object]) -> bool:
    """Returns True where the options ask for nothing that is not done anyway."""
    usual = (None, False, torch.strided, torch.preserve_format)
    return all(any(value is u for u in usual) for value in options.values())


def _bernoulli(
    rng: CounterGenerator, input: Tensor, p: float | Tensor | None = None, **options: object
) -> object:
    """1 with the probability that ``input`` has at each element, or with ``p`` at all of them."""
    if not _usual(options):
        return NotImplemented
    numbers = uniform(rng.bits(input.shape, input.device), torch.float32)
    return (numbers < (input if p is None else p)).to(input.dtype)


def _normal(
    rng: CounterGenerator,
    mean: Tensor | float = 0.0,
    std: Tensor | float = 1.0,
    size: Sequence[int] | None = None,
    *,
    dtype: torch.dtype | None = None,
    device: Device | None = None,
    **options: object,
) -> object:
    """torch.normal, of tensors or numbers; as there, no gradient flows to mean and std."""
    if size is not None:
        drawn = _new(normal, rng, size=size, dtype=dtype, device=device, **options)
        return drawn * std + mean if isinstance(drawn, Tensor) else drawn
    like = mean + std
    if not _usual({**options, "dtype": dtype, "device": device}) or not isinstance(like, Tensor):
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


DISTRIBUTIONS: dict[Answer, Answer] = {
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
