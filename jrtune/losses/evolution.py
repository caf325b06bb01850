"""A gradient for functions that have none, by an evolution strategy."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Function_ = Callable[[Tensor], Tensor]
"""n x d points -> n values."""


def without_gradient(function: Function_, spread: float = 0.1, samples: int = 16) -> Function_:
    """The same function with an estimated gradient, so that it can be a loss term like any other.

    The values are the function's own; the gradient at x is that of its mean over a normal distribution
    around x, ``sum_p (f(x + s e_p) - f(x - s e_p)) e_p / (2 s P)``, e_p standard normal: the antithetic
    estimate of Salimans et al. 2017 ("Evolution strategies", section 2), whose expectation is the
    smoothed function's gradient (Nesterov & Spokoiny 2017, section 2). It is exact, up to the scatter of
    ``e_p e_p'`` around the identity, where f is quadratic.

    Args:
        function: values of points, each from its own row alone. It may do what autograd cannot follow,
            NumPy included (``x`` has no gradient; then members are asked one after another). Points may lie
            a few spreads beyond x: bounds are the function's own affair.
        spread: s, the standard deviation of the steps, in units of x; about what is worth a step.
        samples: P pairs of steps. A training step asks for n (2 P + 1) values in one call, an evaluation
            for n. With P far below d the gradient is little but noise.

    Returns:
        x, n x d, of floating point -> n values.

    Raises:
        ValueError: the spread or the number of samples is not above 0; where it is called, a function that
            does not give one value a point.

    Examples:
        >>> _ = torch.manual_seed(0)
        >>> steps = jr.losses.without_gradient(lambda x: x.sign().sum(-1), spread=1.0, samples=64)
        >>> x = torch.tensor([[0.5, -0.5]], requires_grad=True)
        >>> value = steps(x)
        >>> value.sum().backward()
        >>> value.item(), bool((x.grad > 0).all())
        (0.0, True)
    """
    if not spread > 0 or samples < 1:
        raise ValueError(
            f"expected a spread above 0 and one sample or more, got {spread} and {samples}: raise what is not"
        )

    def estimated(x: Tensor) -> Tensor:
        here = x.detach()
        # drawn in evaluations too: whether a loss draws is found out where there is no gradient
        steps = torch.randn(samples, *x.shape, dtype=x.dtype, device=x.device)
        if not torch.is_grad_enabled():
            return _evaluated(function, here)
        points = torch.stack([here + spread * steps, here - spread * steps])
        values = _evaluated(function, torch.cat([here[None], points.flatten(0, 1)]).flatten(0, 1))
        middle, around = values[: len(here)], values[len(here) :].reshape(2, samples, -1)
        slope = ((around[0] - around[1])[..., None] * steps).mean(0) / (2 * spread)
        # x - here is 0: the value is the function's, the gradient is the slope
        value: Tensor = middle + ((x - here) * slope).sum(-1)
        return value

    return estimated


def _evaluated(function: Function_, points: Tensor) -> Tensor:
    with torch.no_grad():
        values = function(points)
    if values.shape != points.shape[:1]:
        raise ValueError(
            f"expected a value for each of {len(points)} points, got shape {tuple(values.shape)}: "
            "reduce over the last dimension alone"
        )
    return values
