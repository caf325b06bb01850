"""Relations that must hold between outputs, as penalties: terms with weights, or limits, of their own."""

from __future__ import annotations

import torch
from torch import Tensor

from jrtune.losses.masking import masked_mean


def implies(first: Tensor, second: Tensor, form: str = "hinge", mask: Tensor | None = None) -> Tensor:
    """Violation of "the first is never without the second"; e.g. a purchase implies a click.

    One minus the truth of the implication in fuzzy logic (van Krieken et al. 2022, "Analyzing differentiable
    fuzzy logic operators"), of the probabilities p and q: "hinge" is ``max(0, p - q)``
    (Lukasiewicz), which lets every p <= q be; "product" is ``p (1 - q)`` (Reichenbach), which is 0 only where
    one of them is sure.

    Args:
        first, second: logits, of one shape.
        form: "hinge" or "product".
        mask: bool or 0 / 1, of that shape: where it counts.

    Returns:
        A scalar in [0, 1]: the mean.

    Raises:
        ValueError: another form.

    Examples:
        >>> purchase, click = torch.tensor([2.0]), torch.tensor([0.0])
        >>> [round(float(jr.losses.implies(purchase, click, form)), 3) for form in ("hinge", "product")]
        [0.381, 0.44]
        >>> float(jr.losses.implies(click, purchase))
        0.0
    """
    p, q = first.sigmoid(), second.sigmoid()
    if form not in ("hinge", "product"):
        raise ValueError(f"expected form 'hinge' or 'product', got {form!r}: choose one")
    losses = (p - q).relu() if form == "hinge" else p * (1 - q)
    return masked_mean(losses, torch.ones_like(losses) if mask is None else mask)


def monotone(cause: Tensor, effect: Tensor, margin: float = 0.0, mask: Tensor | None = None) -> Tensor:
    """Fall of the effect where the cause rises, over all pairs of samples of the batch.

    The mean of ``max(0, margin - (effect_i - effect_j))`` over pairs with ``cause_i > cause_j``: the hinge
    loss of pairs (Herbrich et al. 2000, "Large margin rank boundaries for ordinal regression"). It holds
    n x n numbers.

    Args:
        cause: n; which is greater is taken as it is, no gradient goes to it.
        effect: n.
        margin: by how much the effect must rise.
        mask: n, bool or 0 / 1: samples that count.

    Returns:
        A scalar; 0 where there is no such pair.

    Examples:
        >>> load, wear = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([0.0, 1.0, 0.5])
        >>> round(float(jr.losses.monotone(load, wear)), 3)  # one pair of three falls, by 0.5
        0.167
    """
    rises = cause[:, None] > cause
    if mask is not None:
        rises = rises & (mask[:, None] > 0) & (mask > 0)
    return masked_mean((margin - effect[:, None] + effect).relu(), rises)
