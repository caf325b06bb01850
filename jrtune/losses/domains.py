"""Alignment between a source and a target domain, whose samples lie in one batch.

``domain`` is n numbers: 0 of the source, 1 of the target; a sample with another (or NaN) belongs to neither
and is left out. A batch without enough of either has a loss of 0 with gradient 0. Each loss is a term with a
weight like any other.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.losses.masking import masked_mean

BANDWIDTHS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Multiples of the kernels' bandwidth: powers of two around the mean, as in the code of Long et al. 2015."""


def coral(features: Tensor, domain: Tensor) -> Tensor:
    """``||C_S - C_T||_F^2 / (4 d^2)``, C the covariances of each domain's features.

    Sun & Saenko 2016, "Deep CORAL", equations 1 to 3. It does not see the means.

    Args:
        features: n x d.
        domain: n.

    Returns:
        A scalar; 0 where a domain has fewer than two samples.

    Examples:
        >>> features = torch.tensor([[0.0], [2.0], [0.0], [4.0]])
        >>> float(jr.losses.coral(features, torch.tensor([0, 0, 1, 1])))  # variances 2 and 8: 36 / 4
        9.0
    """
    covariances, enough = [], torch.ones_like(domain, dtype=torch.bool).all()
    for side in (domain == 0, domain == 1):
        count = side.sum()
        mean = _of(side, features).sum(0) / count.clamp(min=1)
        centred = _of(side, features - mean)
        covariances.append(centred.mT @ centred / (count - 1).clamp(min=1))
        enough = enough & (count > 1)
    distance = (covariances[0] - covariances[1]).square().sum() / (4 * features.shape[-1] ** 2)
    return torch.where(enough, distance, 0)


def mmd(
    features: Tensor, domain: Tensor, bandwidths: Sequence[float] = BANDWIDTHS, *, unbiased: bool = False
) -> Tensor:
    """Squared maximum mean discrepancy between the domains, under a sum of Gaussian kernels.

    Gretton et al. 2012, "A kernel two-sample test": equation 5 (biased, never negative) or 3 (unbiased),
    with ``k(x, y) = sum_u exp(-|x - y|^2 / (u b))``. The bandwidth b is the mean squared distance between
    different samples of the batch, not differentiated (as in the code of Long et al. 2015, "Deep adaptation
    networks"), so that the features' unit does not matter.

    It holds len(bandwidths) x n x n numbers: over a whole split too.

    Args:
        features: n x d.
        domain: n.
        bandwidths: multiples u of the bandwidth b.
        unbiased: False compares samples with themselves too.

    Returns:
        A scalar; 0 where a domain has no sample, or if unbiased fewer than two.

    Examples:
        >>> near, far = torch.tensor([[0.0], [1.0], [0.0], [1.0]]), torch.tensor([[0.0], [1.0], [5.0], [6.0]])
        >>> [round(float(jr.losses.mmd(x, torch.tensor([0, 0, 1, 1]))), 3) for x in (near, far)]
        [0.0, 6.56]
    """
    source, target = domain == 0, domain == 1
    either = source | target
    among, features = either.to(features.dtype), _of(either, features)
    others = 1 - torch.eye(len(features), dtype=features.dtype, device=features.device)
    distances = _squared_distances(features, among)
    pairs = among[:, None] * among * others
    mean = (distances.detach() * pairs).sum() / pairs.sum().clamp(min=1)
    bandwidth = mean.clamp(min=torch.finfo(mean.dtype).tiny)
    kernel = torch.stack([torch.exp(-distances / bandwidth / multiple) for multiple in bandwidths]).sum(0)
    own = kernel * others if unbiased else kernel
    least = 2 if unbiased else 1

    def average(kernel: Tensor, one: Tensor, other: Tensor, less: int) -> Tensor:
        a, b = one.to(kernel.dtype), other.to(kernel.dtype)
        return a @ kernel @ b / (a.sum() * (b.sum() - less)).clamp(min=1)

    less = int(unbiased)
    same = average(own, source, source, less) + average(own, target, target, less)
    distance = same - 2 * average(kernel, source, target, 0)
    return torch.where((source.sum() >= least) & (target.sum() >= least), distance, 0)


def _squared_distances(features: Tensor, among: Tensor) -> Tensor:
    """Squared distances between all rows, n x n; 0 for rows that are not among them."""
    # around the mean: the sum of squares below loses digits far from the origin
    mean = features.detach().sum(0) / among.sum().clamp(min=1)
    x = features - mean
    squares = x.square().sum(-1)
    return (squares[:, None] + squares - 2 * x @ x.mT).clamp(min=0)


def _of(side: Tensor, features: Tensor) -> Tensor:
    """The rows (n x d) of one side, 0 in place of the others: those may hold NaN, and 0 times NaN is NaN."""
    return torch.where(side[:, None], features, 0)


def reverse_gradient(x: Tensor, strength: float | Tensor = 1.0) -> Tensor:
    """x itself, through which a gradient goes back as ``-strength`` times itself.

    Ganin & Lempitsky 2015, "Unsupervised domain adaptation by backpropagation", equations 7 and 8. Put it in
    the model, before the layers that guess the domain: they learn to tell, what is below learns to hide.

    Args:
        x: of any shape.
        strength: lambda; a number, or a tensor that broadcasts to x.

    Examples:
        >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> jr.losses.reverse_gradient(x, 0.5).sum().backward()
        >>> x.grad.tolist()
        [-0.5, -0.5]
    """
    here = x.detach()
    return here + strength * (here - x)


def domain_loss(logits: Tensor, domain: Tensor) -> Tensor:
    """Cross entropy of a classifier of domains: Ganin & Lempitsky 2015, L_d of equation 1.

    Args:
        logits: n, above 0 for the target.
        domain: n.

    Examples:
        >>> logits, domain = torch.tensor([-3.0, 3.0]), torch.tensor([0, 1])
        >>> round(float(jr.losses.domain_loss(logits, domain)), 3)
        0.049
    """
    either, of_target = (domain == 0) | (domain == 1), (domain == 1).to(logits.dtype)
    losses = F.binary_cross_entropy_with_logits(torch.where(either, logits, 0), of_target, reduction="none")
    return masked_mean(losses, either)
