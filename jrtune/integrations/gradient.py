"""Checks that a loss term has a gradient: a detached one would train to the end and teach nothing."""

from __future__ import annotations

from torch import Tensor
from torch.func import debug_unwrap

from jrtune.errors import StudyError


def has_gradient(value: object) -> bool:
    """Returns True for a tensor that depends on parameters, also inside of vmap, which hides it."""
    return isinstance(value, Tensor) and debug_unwrap(value).requires_grad


def check_gradient(term: str, value: object, advice: str) -> None:
    """Refuses a loss that nothing learns from.

    Raises:
        StudyError: where the loss is detached.
    """
    if isinstance(value, Tensor) and not has_gradient(value):
        raise StudyError(f"loss {term!r} has no gradient: {advice}")
