"""Random numbers as a function of a key, the number of the call and the place of the element; no state.

Counter-based generation is the idea of Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
It is in elementary operations on int32, so that it gives the same on the CPU, on CUDA, under vmap, traced
and in a CUDA graph. Numbers are mixed by "lowbias32" (C. Wellons, hash-prospector: 32 bits, bias 0.17),
keys by SplitMix64 (Steele et al. 2014, "Fast splittable pseudorandom number generators").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from jrtune.spec.seeds import derive

GOLDEN, WORD = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF


def key_of(seed: int, *path: str | int) -> int:
    """A key of 64 bits, as a signed integer, for draws of one purpose, e.g. ("epoch", 3)."""
    key = derive(seed, *path, "high") << 32 | derive(seed, *path, "low")
    return key - 2**64 if key >= 2**63 else key


def keys(seeds: Sequence[int], *path: str | int, count: int) -> Tensor:
    """The keys of ``count`` steps of K members, count x K, int64, in host memory.

    A member's column depends on its own seed and the path alone; equal seeds have equal keys.
    """
    members = np.array([key_of(seed, *path) for seed in seeds], dtype=np.int64).view(np.uint64)
    steps = np.arange(1, count + 1, dtype=np.uint64)[:, None]
    return torch.from_numpy(_mix64(members + steps * np.uint64(GOLDEN)).view(np.int64))


class CounterGenerator:
    """Draws of one key: call after call, each of one number an element.

    A call hashes a Weyl sequence: element e is mix(start + e * step), start and step being the key's halves
    at that call (Steele et al. 2014 call the odd step gamma).

    Args:
        key: int64, 0-dim; under vmap one a member.
    """

    def __init__(self, key: Tensor) -> None:
        self.start = key.to(torch.int32)  # keeps the lower half
        self.step = (key >> 32).to(torch.int32) | 1
        self.calls = 0

    def bits(self, shape: Sequence[int], device: torch.device) -> Tensor:
        """32 random bits an element of ``shape``, as int32. Counts as a call; at most 2^31 elements."""
        self.calls += 1
        call = _mix64(self.calls * GOLDEN & WORD)
        start, step = self.start ^ _signed(call), self.step ^ _signed(call >> 32 & ~1)  # the step stays odd
        if device != start.device:
            start, step = start.to(device), step.to(device)
        elements = torch.arange(math.prod(shape), dtype=torch.int32, device=device).view(tuple(shape))
        return _mix32((elements * step).add_(start))

    def mask(self, shape: Sequence[int], p: float, device: torch.device) -> Tensor:
        """Mask of the elements that a dropout of probability ``p`` keeps: bool, of ``shape``."""
        return torch.ge(self.bits(shape, device), min(round(p * 2**32), 2**32 - 1) - 2**31)


def uniform(bits: Tensor, dtype: torch.dtype) -> Tensor:
    """Numbers in [0, 1), of 24 bits, or of as many as ``dtype`` has where it has fewer."""
    digits = min(24, 1 - round(math.log2(torch.finfo(dtype).eps)))
    return ((bits >> (32 - digits)) & ((1 << digits) - 1)).to(dtype) / (1 << digits)


def open_uniform(bits: Tensor) -> Tensor:
    """Numbers in (0, 1), ends excluded, symmetric about 1/2 and exact in float32."""
    return ((bits >> 9) & (2**23 - 1)).to(torch.float32) * 2.0**-23 + 2.0**-24


def normal(bits: Tensor, dtype: torch.dtype) -> Tensor:
    """Numbers of the standard normal distribution, by inversion."""
    wide = torch.float64 if dtype is torch.float64 else torch.float32
    return (torch.erfinv(2 * open_uniform(bits).to(wide) - 1) * math.sqrt(2)).to(dtype)


def integers(bits: Tensor, low: int, high: int) -> Tensor:
    """Integers in [low, high), int64; high - low at most 2^31."""
    return (((bits.long() + 2**31) * (high - low)) >> 32) + low


def _mix32(x: Tensor) -> Tensor:
    """lowbias32 of each element; ``x`` is overwritten, which is three times as fast where it is large."""
    x = x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF)).mul_(0x7FEB352D)
    x = x.bitwise_xor_((x >> 15).bitwise_and_(0x1FFFF)).mul_(_signed(0x846CA68B))
    return x.bitwise_xor_((x >> 16).bitwise_and_(0xFFFF))


def _mix64(z: Any) -> Any:
    """SplitMix64's output of a state: of an integer below 2^64 or of an array of uint64."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & WORD
    return z ^ (z >> 31)


def _signed(word: int) -> int:
    """The lower 32 bits as int32 has them."""
    return (word + 2**31) % 2**32 - 2**31
