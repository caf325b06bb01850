"""Sizes of loss terms before training: weights act on them, and are carried elsewhere by them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, SupportsFloat

from jrtune.errors import InputError

By = Literal["losses", "gradients"]
"""The size of a loss term: its mean, or the norm of its gradient."""


@dataclass(frozen=True)
class Scale:
    """Sizes of the loss terms before the first step; those that were not measured are absent or None.

    Attributes:
        losses: loss term -> its mean.
        gradients: loss term -> norm of its gradient over the parameters that terms share.

    Examples:
        >>> scale = jr.Scale(losses={"kind": 0.69, "amount": 120.0})
        >>> jr.load_weights("out/my-study/export").rescale(scale, by="losses").factor > 0
        True
    """

    losses: Mapping[str, SupportsFloat | None] = field(default_factory=dict)
    gradients: Mapping[str, SupportsFloat | None] = field(default_factory=dict)

    def sizes(self, weights: Mapping[str, float], by: By, where: str) -> dict[str, float]:
        """The sizes of the terms whose weight is above 0: only theirs count.

        Args:
            weights: loss term -> weight.
            by: "losses" or "gradients".
            where: for messages.

        Raises:
            InputError: where a size that counts is not a finite number above 0, or names another term.
        """
        if by not in ("losses", "gradients"):
            raise InputError(f"expected by='losses' or by='gradients', got {by!r}: give one of them")
        found = self.losses if by == "losses" else self.gradients
        if not isinstance(found, Mapping):
            raise InputError(
                f"expected {by} {where} by term, got {found!r}: give a dict, or what jrtune.calibrate "
                "measured"
            )
        if unknown := [str(term) for term in found if term not in weights]:
            raise InputError(
                f"expected {by} of {', '.join(weights)}, got unknown {', '.join(unknown)}: give one a term"
            )
        sizes = {term: finite(found.get(term)) for term, weight in weights.items() if weight > 0}
        good = {term: size for term, size in sizes.items() if size is not None and size > 0}
        if wrong := [term for term in sizes if term not in good]:
            raise InputError(
                f"expected {by} {where} as finite numbers above 0, got {found.get(wrong[0])} for term "
                f"{wrong[0]!r}: {_advice(by)}"
            )
        return good


def finite(size: SupportsFloat | None) -> float | None:
    """A number, also of a tensor of one; None where it is no finite number, for JSON has no NaN."""
    if size is None:
        return None
    try:
        number = float(size)
    except (TypeError, ValueError, RuntimeError):
        return None
    return number if math.isfinite(number) else None


def shares_of(parts: Mapping[str, float], factor: float = 1.0) -> tuple[dict[str, float], float]:
    """Each part's share in their sum, and ``factor`` times the sum.

    Args:
        parts: loss term -> number above 0; those of weight 0 are left out.
        factor: above 0.

    Raises:
        InputError: where they lie so far apart that one is lost, or that the sum is not finite.
    """
    total = sum(parts.values())
    shares = {term: part / total if total > 0 else 0.0 for term, part in parts.items()}
    product = factor * total
    if not (0 < product < math.inf and total < math.inf and all(share > 0 for share in shares.values())):
        raise InputError(
            f"expected sizes that weights can be carried over by, got parts {parts}: give losses in units "
            "that lie less far apart"
        )
    return shares, product


def _advice(by: By) -> str:
    other = "losses" if by == "gradients" else "gradients"
    return f"measure them by jrtune.calibrate, or rescale by={other!r}"
