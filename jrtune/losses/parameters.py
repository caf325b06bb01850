"""Relations between tasks as penalties on parameters.

A model computes them in its forward and gives them as an output, expanded to a value for each sample; the
loss term is that output's mean.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from itertools import combinations

import torch
from torch import Tensor, nn

STEPS = 40
"""Steps of Newton's iteration, each of which makes a small singular value 1.5 times as great: those above
1e-6 of the norm come to 1, those far below stay small, which smooths the trace norm there."""


def tie(*networks: nn.Module) -> Tensor:
    """Squared distance between the parameters of networks of one architecture, over all pairs: a scalar.

    Soft sharing (Duong et al. 2015, "Low resource dependency parsing"). With a copy of the start
    that is not trained, ``copy.deepcopy(network).requires_grad_(False)``, it is the distance to the start
    (L2-SP, Li et al. 2018, "Explicit inductive bias for transfer learning"; their factor is our weight).

    Args:
        networks: two or more, with parameters of the same shapes in the same order.

    Raises:
        ValueError: fewer than two networks, or parameters of other shapes.

    Examples:
        >>> one, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
        >>> for value, network in ((1.0, one), (3.0, other)):
        ...     for parameter in network.parameters():
        ...         _ = torch.nn.init.constant_(parameter, value)
        >>> jr.losses.tie(one, other).item()  # three parameters, each 2 apart
        12.0
    """
    every = [list(network.parameters()) for network in networks]
    shapes = {tuple(p.shape for p in parameters) for parameters in every}
    if len(networks) < 2 or len(shapes) > 1:
        raise ValueError(
            f"expected two networks or more with parameters of the same shapes, got {len(networks)} of "
            f"{len(shapes)} kinds: tie equal parts only"
        )
    pairs = [pair for one, other in combinations(every, 2) for pair in zip(one, other, strict=True)]
    return torch.stack([(a - b).square().sum() for a, b in pairs]).sum()


def trace_norm(heads: Tensor) -> Tensor:
    """Sum of the singular values of the tasks' stacked parameters: heads that share few directions.

    Argyriou et al. 2008, "Convex multi-task feature learning", section 2; it is <heads, polar factor>, whose
    gradient is the polar factor. First derivatives only.

    Args:
        heads: T x d, a row a task.

    Returns:
        A scalar; 0 with gradient 0 at 0.

    Examples:
        >>> round(float(jr.losses.trace_norm(torch.tensor([[3.0, 0.0], [0.0, 4.0]]))), 3)
        7.0
    """
    return (heads * _polar(heads.detach())).sum()


def task_covariance(heads: Tensor, precision: Tensor | None = None) -> Tensor:
    """``tr(W' Omega^-1 W)``: heads that vary together as the tasks' covariance Omega says.

    Zhang & Yeung 2010, "A convex formulation for learning task relationships" (whose W is the
    transpose). Without a precision, Omega is learnt: at its closed form, :func:`task_relation`, the penalty
    is the square of the trace norm, and so is its gradient.

    Args:
        heads: W, T x d, a row a task.
        precision: the inverse of a given Omega, T x T; keep it as a buffer of the model.

    Returns:
        A scalar.

    Examples:
        >>> heads = torch.tensor([[1.0, 0.0], [2.0, 0.0]])
        >>> float(jr.losses.task_covariance(heads, precision=torch.eye(2)))
        5.0
        >>> round(float(jr.losses.task_covariance(heads)), 3)  # the learnt covariance has one direction
        5.0
    """
    if precision is None:
        return trace_norm(heads).square()
    with _full_precision(heads):
        return ((precision @ heads) * heads).sum()


def task_relation(heads: Tensor) -> Tensor:
    """The learnt covariance of tasks, ``(W W')^(1/2) / tr((W W')^(1/2))`` (Zhang & Yeung 2010).

    Args:
        heads: W, T x d, a row a task; not 0.

    Returns:
        T x T, symmetric, of trace 1, without a gradient.

    Examples:
        >>> heads = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
        >>> [[round(x, 3) + 0.0 for x in row] for row in jr.losses.task_relation(heads).tolist()]
        [[0.25, 0.0], [0.0, 0.75]]
    """
    with torch.no_grad(), _full_precision(heads):
        root: Tensor = _polar(heads) @ heads.mT
        return root / root.trace()


def _polar(matrix: Tensor) -> Tensor:
    """U V' of the singular value decomposition, by Newton and Schulz's iteration (Higham 2008, eq. 8.20).

    Matrix products alone: a decomposition waits for the device, and cannot be captured in a CUDA graph.
    """
    with _full_precision(matrix):
        x: Tensor = matrix / matrix.norm().clamp(min=torch.finfo(matrix.dtype).tiny)
        for _ in range(STEPS):
            x = 1.5 * x - 0.5 * x @ (x.mT @ x) if len(x) > x.shape[1] else 1.5 * x - 0.5 * (x @ x.mT) @ x
        return x


def _full_precision(matrix: Tensor) -> AbstractContextManager[object]:
    """Context in which products are not rounded to bfloat16, as a model's may be: it has three digits."""
    return torch.autocast(matrix.device.type, enabled=False)
