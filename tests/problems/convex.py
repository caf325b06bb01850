"""T loss terms with a convex front that is known exactly: quadratics around the corners of a simplex.

``f_i = |x - e_i|^2 / 2`` in T dimensions. The minimiser of ``sum_i w_i f_i`` is x = w, so that every
weighting has a point of the front of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

import jrtune as jr

TERMS = int(os.environ.get("TERMS", "2"))
STEPS = 8
"""Steps an epoch."""
WORST = 1.1
"""The reference point's coordinate; a corner of the front has one loss of 0, and the others of 1."""


def load() -> dict[str, dict[str, Tensor]]:
    """Splits of samples that are all the same and say nothing: the losses are of the parameters alone."""
    return {split: {"x": torch.zeros(STEPS, 1)} for split in ("train", "val", "test")}


class Point(nn.Module):
    """x, from a random start."""

    def __init__(self, terms: int) -> None:
        super().__init__()
        self.x = nn.Parameter(0.1 * torch.randn(terms))

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """n samples -> {"x": n x T}."""
        return {"x": self.x.expand(len(batch["x"]), -1)}


def distance(corner: Tensor) -> Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensor]:
    """The loss term that is half the squared distance to a corner, T."""
    return lambda outputs, batch: (outputs["x"] - corner.to(outputs["x"])).square().sum(1).mean() / 2


def make_study(terms: int = TERMS) -> jr.Study:
    """The problem with so many loss terms."""
    losses = {f"f{i + 1}": distance(corner) for i, corner in enumerate(torch.eye(terms))}
    return jr.Study(
        name=f"convex-{terms}",
        data=load,
        model=lambda: Point(terms),
        losses=losses,
        objectives={term: jr.minimize(loss, worst=WORST, term=term) for term, loss in losses.items()},
        epochs=40,
        training=jr.Training(lr=0.03, weight_decay=0.0, batch_size=1, clip=0.0),
    )


study = make_study()
