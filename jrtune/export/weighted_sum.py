"""The weighted sum of losses: tensors, arrays or numbers, by ``*`` and ``+`` alone."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import TypeVar

from jrtune.errors import InputError

Loss = TypeVar("Loss")
"""A tensor, an array or a number."""


def weighted_sum(weights: Mapping[str, float], losses: Mapping[str, Loss]) -> Loss:
    """``sum_i w_i L_i``, differentiable where the losses are.

    A term of weight 0 is left out, not multiplied, so that its NaN or infinity cannot spoil the sum.

    Args:
        weights: loss term -> weight; one at least above 0.
        losses: loss term -> its value.

    Raises:
        InputError: where the terms are not those of the weights, or a loss is no number.
    """
    if not isinstance(losses, Mapping):
        got = type(losses).__name__
        raise InputError(
            f"expected losses of {', '.join(weights)}, got one {got}: give a dict, one loss a term"
        )
    if set(losses) != set(weights):
        raise InputError(_wrong_terms(weights, losses))
    total: Loss | None = None
    for term, weight in weights.items():
        if weight > 0:
            part = _times(weight, losses[term], term)
            total = part if total is None else operator.add(total, part)
    assert total is not None, weights
    return total


def _times(weight: float, loss: Loss, term: str) -> Loss:
    try:
        part: Loss = operator.mul(weight, loss)
    except TypeError as error:
        raise InputError(
            f"expected the loss of {term!r} as a tensor, an array or a number, got {type(loss).__name__}: "
            "give its value"
        ) from error
    return part


def _wrong_terms(weights: Mapping[str, float], losses: Mapping[str, object]) -> str:
    missing = [term for term in weights if term not in losses]
    extra = [term for term in losses if term not in weights]
    found = [f"missing {', '.join(missing)}"] if missing else []
    found += [f"unknown {', '.join(map(str, extra))}"] if extra else []
    return f"expected losses of {', '.join(weights)}, got {' and '.join(found)}: pass one loss a term"
