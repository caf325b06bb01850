"""Expected improvement of the hypervolume, for any number of objectives, by rays from the reference point.

The hypervolume of a set is, up to a constant, the mean over directions of (distance from the reference point
to where the ray leaves the dominated region)^m (Deng & Zhang 2019; Golovin & Zhang 2020, lemma 5). On one ray
an improvement is a difference of two numbers, so that no volume needs decomposing.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from jrtune.search.front.axes import Floats


def directions(count: int, objectives: int, rng: np.random.Generator) -> Floats:
    """Directions spread evenly over the positive part of the sphere, count x m."""
    normal = np.abs(normals(count, objectives, rng)) + 1e-9
    return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def normals(count: int, dimensions: int, rng: np.random.Generator) -> Floats:
    """Evenly spread standard normal numbers, count x dimensions: an additive recurrence, shifted at random.

    Its step is the powers of the root of x^(d+1) = x + 1, the golden ratio for d = 1 (Roberts 2018).
    """
    root = 2.0
    for _ in range(30):
        root = (1 + root) ** (1 / (dimensions + 1))
    step = root ** -np.arange(1, dimensions + 1)
    uniform = (rng.random(dimensions) + np.arange(count)[:, None] * step) % 1
    return np.asarray(ndtri(np.clip(uniform, 1e-6, 1 - 1e-6)))


def ray_distances(costs: Floats, rays: Floats) -> Floats:
    """Distances along each ray that a point dominates, n x D, the reference point at 1; negative if none.

    Args:
        costs: n x m, to be minimised, scaled so that the reference point is 1.
        rays: D x m.
    """
    gain, slant = 1 - costs, 1 / rays
    distance = gain[:, :1] * slant[:, 0]
    for k in range(1, costs.shape[1]):
        np.minimum(distance, gain[:, k : k + 1] * slant[:, k], out=distance)
    return distance


def expected_improvement(
    mean: Floats, deviation: Floats, front: Floats, rays: Floats, draws: Floats
) -> Floats:
    """Expected gains in the hypervolume of a front by each of C normal points, up to a constant.

    Args:
        mean, deviation: C x m, scaled so that the reference point is 1.
        front: F x m, scaled alike.
        rays: D x m.
        draws: S x m standard normal numbers, the same for all points.

    Returns:
        C numbers.
    """
    objectives = mean.shape[1]
    held = np.maximum(ray_distances(front, rays).max(axis=0), 0) if len(front) else np.zeros(len(rays))
    drawn = (mean[:, None] + deviation[:, None] * draws).reshape(-1, objectives)
    # single precision: this is most of an ask's arithmetic, and half of it is waiting for memory
    held = held.astype(np.float32)
    distance = ray_distances(drawn.astype(np.float32), rays.astype(np.float32))
    np.maximum(distance, held, out=distance)
    power = distance if objectives == 1 else distance * distance
    for _ in range(objectives - 2):
        power *= distance
    power -= held**objectives
    return np.asarray(power.reshape(len(mean), -1).mean(axis=1), dtype=np.float64)
