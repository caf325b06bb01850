"""Torch's random functions answered from a key, so that a member draws the same alone and stacked."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FunctionType

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from jrtune.train.random.counter_based import CounterGenerator, key_of, keys
from jrtune.train.random.distributions import DISTRIBUTIONS, Answer
from jrtune.train.vmapped.recurrent import LAYERS

__all__ = ["KeyedRNG", "draws_numbers", "key_of", "keys"]

SELU_LIMIT = 1.7580993408473766
"""Minus SELU's limit at minus infinity (Klambauer et al. 2017, "Self-normalizing neural networks")."""


class KeyedRNG(TorchFunctionMode):
    """Mode in which random functions draw from ``key``, the number of the call and the place of the element.

    Answered: dropout of all kinds, also inside attention and between recurrent layers; rand, randn, randint
    and their like; bernoulli, normal, gumbel_softmax. A dropout that is off draws nothing and is no call.
    Other random functions, methods that write in place, and calls with ``rng``, ``out`` or another
    option than dtype and device are left alone: they draw from torch's rng, or raise under vmap.

    Args:
        key: int64, 0-dim, of :func:`keys`; inside vmap, one a member.
    """

    def __init__(self, key: Tensor) -> None:
        super().__init__()
        self.rng = CounterGenerator(key)

    def __torch_function__(
        self,
        func: Answer,
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        return _call(self.rng, func, *args, **(kwargs or {}))


def draws_numbers(run: Callable[[], object], device: torch.device) -> bool:
    """Returns True where ``run()`` draws from the generators of torch (CPU and device), Python or NumPy.

    They are put back.
    """
    pythons, numpys = random.getstate(), np.random.get_state(legacy=False)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        before = _generators(device)
        run()
        moved = any(not torch.equal(a, b) for a, b in zip(before, _generators(device), strict=True))
    moved |= random.getstate() != pythons or str(np.random.get_state(legacy=False)) != str(numpys)
    random.setstate(pythons)
    np.random.set_state(numpys)
    return moved


def _generators(device: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def _call(rng: CounterGenerator, func: Answer, *args: object, **kwargs: object) -> object:
    answer = ANSWERS.get(func)
    result = answer(rng, *args, **kwargs) if answer else NotImplemented
    return func(*args, **kwargs) if result is NotImplemented else result


def _dropout(end: int | None = None, limit: float = 0.0, train: bool = True) -> Answer:
    """Dropout with one number for each place of the dimensions before ``end``; ``train`` is its default.

    What is dropped becomes 0; with a ``limit``, minus that, and mean and variance are kept by an affine map
    (Klambauer et al. 2017, "New dropout technique").
    """

    def answer(
        rng: CounterGenerator,
        input: Tensor,
        p: float = 0.5,
        training: bool = train,
        inplace: bool = False,
    ) -> object:
        if not 0 <= p <= 1:
            return NotImplemented  # torch says what is wrong with it
        if not training or p == 0:
            return input
        leading = input.shape[:end]
        shape = *leading, *[1] * (input.dim() - len(leading))
        result = _dropped(input, rng.mask(shape, p, input.device), p, limit) if p < 1 else input * 0
        return input.copy_(result) if inplace else result

    return answer


def _named_as_in_torch(answer: Answer) -> Answer:
    """The same for torch.dropout and its like, whose third argument is called ``train``."""
    return lambda rng, input, p, train: answer(rng, input, p, train)


def _dropped(input: Tensor, mask: Tensor, p: float, limit: float) -> Tensor:
    if not limit:
        return input * mask * (1 / (1 - p))
    scale = 1 / math.sqrt((limit**2 * p + 1) * (1 - p))
    return (input * mask + (mask.to(input.dtype) - (1 - p)) * limit) * scale


def _attention(
    rng: CounterGenerator,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> object:
    """Attention with dropout, written out as in the documentation of scaled_dot_product_attention."""
    if dropout_p == 0:
        return NotImplemented
    if enable_gqa:
        groups = query.size(-3) // key.size(-3)
        key, value = key.repeat_interleave(groups, -3), value.repeat_interleave(groups, -3)
    scores = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.size(-1)) if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if attn_mask is None:
        weights = scores.softmax(-1)
    else:
        masked = attn_mask.dtype is torch.bool
        scores = scores.masked_fill(~attn_mask, -math.inf) if masked else scores + attn_mask
        blind = (scores == -math.inf).all(-1, keepdim=True)  # what sees nothing gives 0, as in torch, not NaN
        weights = scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0)
    dropped = _call(rng, F.dropout, weights, dropout_p)
    assert isinstance(dropped, Tensor)
    return dropped @ value


def _multi_head(rng: CounterGenerator, *args: object, **kwargs: object) -> object:
    # It is written in Python, and a mode is off while it answers. So this runs a copy of the function
    # that finds our functions where torch's looks up its own.
    ours = (F.dropout, F.scaled_dot_product_attention)
    names = {**vars(F), **{func.__name__: partial(_call, rng, func) for func in ours}}
    names["has_torch_function"] = lambda _: False  # else it hands itself to the mode below, as it is
    whole = F.multi_head_attention_forward
    copy = FunctionType(whole.__code__, names, whole.__name__, whole.__defaults__)
    copy.__kwdefaults__ = whole.__kwdefaults__
    return copy(*args, **kwargs)


def _recurrent(func: Answer) -> Answer:
    """A recurrent layer of torch, written out where it has dropout between its layers."""

    def answer(
        rng: CounterGenerator,
        input: Tensor,
        hx: Tensor | Sequence[Tensor],
        params: Sequence[Tensor],
        has_biases: bool,  # of packed sequences the parameters, and all that follows is one further on
        num_layers: int,
        dropout: float,
        train: bool,
        *others: bool,
    ) -> object:
        packed = not isinstance(has_biases, bool)
        if packed or not (train and dropout > 0 and num_layers > 1):
            return NotImplemented
        args = (input, hx, params, has_biases, num_layers, dropout, train, *others)
        return LAYERS[func](*args, drop=partial(_call, rng, F.dropout))

    return answer


ANSWERS: dict[Answer, Answer] = {
    **DISTRIBUTIONS,
    **{func: _recurrent(func) for func in LAYERS},
    F.dropout: _dropout(),
    F.dropout1d: _dropout(end=-1),
    F.dropout2d: _dropout(end=2),
    F.dropout3d: _dropout(end=-3),
    F.alpha_dropout: _dropout(limit=SELU_LIMIT, train=False),
    F.feature_alpha_dropout: _dropout(end=2, limit=SELU_LIMIT, train=False),
    F.scaled_dot_product_attention: _attention,
    F.multi_head_attention_forward: _multi_head,
    torch.dropout: _named_as_in_torch(_dropout()),
    torch.feature_dropout: _named_as_in_torch(_dropout(end=2)),
    torch.alpha_dropout: _named_as_in_torch(_dropout(limit=SELU_LIMIT)),
    torch.feature_alpha_dropout: _named_as_in_torch(_dropout(end=2, limit=SELU_LIMIT)),
}
"""Torch's function -> its replacement."""
