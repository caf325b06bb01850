"""Two loss terms with a concave front that is known exactly: VLMOP2, Fonseca & Fleming's function.

``f = 1 - exp(-|x -+ c|^2)`` with every coordinate of c at 1 / sqrt(DIMENSION). The best x of every trade-off
lie on the line from c to -c. A weighted sum reaches the two ends alone.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

import jrtune as jr

DIMENSION = 3
STEPS = 8
"""Steps an epoch."""
WORST = 1.1
"""The reference point's coordinate; the ends of the front lie at 1 - exp(-4) = 0.98."""
SCALARISATION = os.environ.get("SCALARISATION", "smooth-chebyshev")


def load() -> dict[str, dict[str, Tensor]]:
    """Splits of samples that are all the same and say nothing: the losses are of the parameters alone."""
    return {split: {"x": torch.zeros(STEPS, 1)} for split in ("train", "val", "test")}


class Point(nn.Module):
    """x, from near 0, where both losses have a slope; they are flat far away."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.Parameter(0.1 * torch.randn(DIMENSION))

    def forward(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """n samples -> {"x": n x DIMENSION}."""
        return {"x": self.x.expand(len(batch["x"]), -1)}


def bump(sign: int) -> Callable[[Mapping[str, Tensor], Mapping[str, Tensor]], Tensor]:
    """The loss term that is least at sign * c."""
    at = sign / math.sqrt(DIMENSION)
    return lambda outputs, batch: -torch.expm1(-(outputs["x"] - at).square().sum(1)).mean()


def make_study(scalarisation: str = SCALARISATION) -> jr.Study:
    """The problem with one scalarisation for all."""
    losses = {"f1": bump(1), "f2": bump(-1)}
    return jr.Study(
        name="concave",
        data=load,
        model=Point,
        losses=losses,
        objectives={term: jr.minimize(loss, worst=WORST, term=term) for term, loss in losses.items()},
        epochs=40,
        # plain descent: the slopes of the greatest loss differ too much for a running mean of their squares
        training=jr.Training(
            optimizer="sgd",
            lr=0.3,
            momentum=0.0,
            weight_decay=0.0,
            batch_size=1,
            clip=0.0,
            scalarisation=scalarisation,
        ),
    )


study = make_study()
