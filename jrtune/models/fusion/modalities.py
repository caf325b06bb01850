"""Modalities that may be missing: which are there, and shares that only those get."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class ModalityDropout(nn.Module):
    """Forgets whole modalities of a sample while training, never all: B x M -> B x M.

    ModDrop (Neverova et al. 2016, "ModDrop: adaptive multi-modal gesture recognition"), but for samples that
    would be left with nothing: they keep all that they have.

    Args:
        p: probability with which a modality is forgotten, from 0 to below 1.

    Raises:
        ValueError: ``p`` is no such probability.

    Examples:
        >>> present = jr.models.ModalityDropout(0.5)(torch.ones(1000, 2))  # in training mode, as it is made
        >>> bool((present.sum(1) >= 1).all()), bool((present.sum(1) == 1).any())
        (True, True)
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"expected a probability from 0 to below 1, got {p}: at 1 nothing is learnt")
        self.p = p

    def forward(self, present: Tensor) -> Tensor:
        """B x M, which modalities a sample has (not 0) -> B x M bool, which of them are used."""
        there = present != 0
        if not self.training or self.p == 0:
            return there
        used = there & (torch.rand(there.shape, device=there.device) >= self.p)
        return torch.where(used.any(1, keepdim=True), used, there)


def only_present(features: Sequence[Tensor], present: Tensor) -> list[Tensor]:
    """M tensors B x ..., with zeros in place of whatever a missing modality has, NaN too, and no gradient.

    Args:
        features: M tensors B x ....
        present: B x M, not 0 where a sample has the modality.

    Raises:
        ValueError: there are not M tensors.

    Examples:
        >>> features = [torch.ones(2, 1), torch.tensor([[float("nan")], [1.0]])]
        >>> [x.tolist() for x in jr.models.only_present(features, torch.tensor([[1, 0], [1, 1]]))]
        [[[1.0], [1.0]], [[0.0], [1.0]]]
    """
    if len(features) != present.shape[1]:
        raise ValueError(
            f"expected as many modalities as columns of present, got {len(features)} and {present.shape[1]}"
        )
    return [
        torch.where((present[:, m] != 0).view(-1, *[1] * (x.dim() - 1)), x, 0.0)
        for m, x in enumerate(features)
    ]


def shares_of(scores: Tensor, present: Tensor) -> Tensor:
    """Softmax over the last dimension of what is present; where nothing is, all shares are 0.

    Args:
        scores: ... x M.
        present: the same shape or one that expands to it, not 0 where a share may be given.
    """
    there = present != 0
    # the least number, not minus infinity: a row of those has no softmax, and its gradient is NaN
    least = torch.finfo(scores.dtype).min
    return torch.where(there, scores, least).softmax(-1) * there
