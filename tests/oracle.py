"""A joint problem whose whole front is known exactly.

f1 = ||x - a||^2 and f2 = ||x - b||^2 over x in R^DIMENSION, with ||a - b||^2 = GAP. The minimiser of
w1 f1 + w2 f2 is x = w1 a + w2 b, so that f1 = w2^2 GAP and f2 = w1^2 GAP: the front is the curve
sqrt(f1) + sqrt(f2) = sqrt(GAP), all of it within reach of the weighted sum.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import jrtune as jr

DIMENSION = 5
GAP = 2.0
TERMS = ("f1", "f2")
Batch = Mapping[str, Tensor]


def ends() -> tuple[Tensor, Tensor]:
    """a and b, at a distance of sqrt(GAP)."""
    a = torch.linspace(-1, 1, DIMENSION, dtype=torch.float64)
    step = torch.ones(DIMENSION, dtype=torch.float64)
    return a, a + step * math.sqrt(GAP / DIMENSION)


class Point(nn.Module):
    """x, from a random start, given for every sample."""

    def __init__(self) -> None:
        super().__init__()
        self.x = nn.Parameter(torch.randn(DIMENSION))

    def forward(self, batch: Batch) -> dict[str, Tensor]:
        """n samples -> {"x": n x DIMENSION}."""
        return {"x": self.x.expand(len(batch["a"]), -1)}


def load() -> dict[str, dict[str, Tensor]]:
    """Splits of four samples, which are all the same: a and b."""
    a, b = ends()
    return {split: {"a": a.repeat(4, 1), "b": b.repeat(4, 1)} for split in ("train", "val", "test")}


def distance(end: str) -> Callable[[Batch, Batch], Tensor]:
    """The loss term that is the squared distance to one end."""
    return lambda outputs, batch: (outputs["x"] - batch[end]).square().sum(1).mean()


def oracle_study(epochs: int = 150) -> jr.Study:
    """The problem; 150 epochs of four steps bring x within 1e-4 of where it belongs."""
    f1, f2 = distance("a"), distance("b")
    return jr.Study(
        name="oracle",
        data=load,
        model=Point,
        losses={"f1": f1, "f2": f2},
        objectives={
            "f1": jr.minimize(f1, worst=GAP, term="f1"),
            "f2": jr.minimize(f2, worst=GAP, term="f2"),
        },
        epochs=epochs,
        training=jr.Training(lr=0.05, weight_decay=0.0, batch_size=1, clip=0.0),
    )


def true_values(w1: float) -> tuple[float, float]:
    """(f1, f2) of the minimiser at weights w1 and 1 - w1."""
    return (1 - w1) ** 2 * GAP, w1**2 * GAP


def true_front(n: int) -> NDArray[np.float64]:
    """n points of the front, n x 2, from the minimum of f1 to that of f2."""
    w1 = np.linspace(1, 0, n)
    return np.stack([(1 - w1) ** 2 * GAP, w1**2 * GAP], axis=1)


def true_hypervolume(reference: tuple[float, float]) -> float:
    """Area that the whole front dominates below the reference point.

    The integral of r2 - f2(f1) with f2 = (sqrt(GAP) - sqrt(f1))^2, from the f1 at which f2 = r2 to r1;
    beyond f1 = GAP the front is f2 = 0.

    >>> round(true_hypervolume((GAP, GAP)), 6) == round(5 / 6 * GAP**2, 6)
    True
    """
    r1, r2 = reference
    if min(r1, r2) <= 0:
        return 0.0
    root = math.sqrt(GAP)
    low = max(root - math.sqrt(r2), 0.0) ** 2
    if r1 <= low:
        return 0.0
    high = min(r1, GAP)

    def below(f1: float) -> float:
        """The integral of f2 from 0 to f1."""
        return GAP * f1 - 4 / 3 * root * f1**1.5 + f1**2 / 2

    return r2 * (r1 - low) - (below(high) - below(low))
