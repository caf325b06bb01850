"""Ways to decide from several modalities, in one form, with the share of each in the decision.

Each takes M tensors of features and a mask, B x M, of which are there, and gives (decision B x outputs,
share B x M). The shares of what is there sum to one. A missing modality has no share in the decision and
gets no gradient, whatever stands in its place. The decision of some modalities alone is that of a mask with
the others at 0. Features are vectors, B x D, or tokens, B x L x D; all but attention take the tokens' mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from jrtune.models.fusion.modalities import only_present, shares_of
from jrtune.models.sizes import check_sizes

Decision = tuple[Tensor, Tensor]
"""(decision B x outputs, share B x M)"""


class EarlyFusion(nn.Module):
    """All features side by side, then two layers; a modality's share is that of its contribution's norm.

    The first layer sees besides which modalities are there. What it adds up from each, ``W_m x_m``, is the
    contribution; shares are for reading, no gradient flows through them.

    Args:
        inputs: numbers D of each of the M modalities.
        width: of the layer between.
        outputs: numbers of the decision.
    """

    def __init__(self, inputs: Sequence[int], width: int, outputs: int) -> None:
        super().__init__()
        self.lanes = nn.ModuleList(nn.Linear(size, width, bias=False) for size in inputs)
        self.there = nn.Linear(len(inputs), width)
        self.head = nn.Linear(width, outputs)

    def forward(self, features: Sequence[Tensor], present: Tensor) -> Decision:
        """M tensors B x D or B x L x D, and B x M -> (B x outputs, B x M)."""
        parts = _lanes(self.lanes, _vectors(features, present))
        decision = self.head((parts.sum(1) + self.there(_mask(present, parts))).relu())
        norms = parts.detach().norm(dim=2)
        share = norms / norms.sum(1, keepdim=True).clamp(min=torch.finfo(norms.dtype).tiny)
        return decision, share


class LateFusion(nn.Module):
    """A decision by each modality, and their mean with learnt weights: the shares, equal at the start.

    Args:
        inputs: numbers D of each of the M modalities.
        width: of the layer between.
        outputs: numbers of the decision.
    """

    def __init__(self, inputs: Sequence[int], width: int, outputs: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(size, width), nn.ReLU(), nn.Linear(width, outputs)) for size in inputs
        )
        self.scores = nn.Parameter(torch.zeros(len(inputs)))

    def forward(self, features: Sequence[Tensor], present: Tensor) -> Decision:
        """M tensors B x D or B x L x D, and B x M -> (B x outputs, B x M)."""
        decisions = _lanes(self.heads, _vectors(features, present))
        share = shares_of(self.scores.expand(present.shape), present)
        return (decisions * share[..., None]).sum(1), share


class GatedFusion(nn.Module):
    """Gated multimodal units (Arevalo et al. 2017, "Gated multimodal units for information fusion").

    ``h_m = tanh(W_m x_m)`` are mixed number by number by a gate that sees all features; a share is the mean
    of its gate's numbers. For more than two modalities the paper's gates are sigmoids that do not know of
    each other; here they are a softmax over modalities, which for two is the paper's sigmoid.

    Args:
        inputs: numbers D of each of the M modalities.
        width: numbers that are mixed.
        outputs: numbers of the decision.
    """

    def __init__(self, inputs: Sequence[int], width: int, outputs: int) -> None:
        super().__init__()
        self.lanes = nn.ModuleList(nn.Linear(size, width, bias=False) for size in inputs)
        self.gates = nn.Linear(sum(inputs), width * len(inputs), bias=False)
        self.head = nn.Linear(width, outputs)

    def forward(self, features: Sequence[Tensor], present: Tensor) -> Decision:
        """M tensors B x D or B x L x D, and B x M -> (B x outputs, B x M)."""
        vectors = _vectors(features, present)
        values = _lanes(self.lanes, vectors).tanh()
        scores = self.gates(torch.cat(vectors, dim=1)).unflatten(1, (-1, len(vectors)))
        gates = shares_of(scores, present[:, None]).transpose(1, 2)
        return self.head((gates * values).sum(1)), gates.mean(2)


class AttentionFusion(nn.Module):
    """Cross-attention: the mean token of each modality asks the tokens of all (Vaswani et al. 2017, eq. 1).

    The answers to those modalities that are there are averaged; nothing passes by the attention, so that a
    modality's share in the decision is the attention that its tokens get.

    Args:
        inputs: numbers D of each of the M modalities' tokens.
        width: of queries, keys and values, all heads together.
        outputs: numbers of the decision.
        heads: must divide the width.

    Raises:
        ValueError: the heads do not divide the width.
    """

    def __init__(self, inputs: Sequence[int], width: int, outputs: int, heads: int = 2) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"expected a width that {heads} heads divide, got {width}: take a multiple")
        self.heads = heads
        self.lanes = nn.ModuleList(nn.Linear(size, width) for size in inputs)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.head = nn.Linear(width, outputs)

    def forward(self, features: Sequence[Tensor], present: Tensor) -> Decision:
        """M tensors B x D or B x L x D, and B x M -> (B x outputs, B x M)."""
        sequences = [x if x.dim() == 3 else x[:, None] for x in only_present(features, present)]
        lanes = [lane(x).tanh() for lane, x in zip(self.lanes, sequences, strict=True)]
        tokens = torch.cat(lanes, dim=1)
        queries = self._split(self.query(torch.stack([lane.mean(1) for lane in lanes], dim=1)))
        keys, values = self._split(self.key(tokens)), self._split(self.value(tokens))
        scores = queries @ keys.transpose(2, 3) / keys.shape[-1] ** 0.5
        there = torch.cat(
            [present[:, m : m + 1].expand(lane.shape[:2]) for m, lane in enumerate(lanes)], dim=1
        )
        attention = shares_of(scores, there[:, None, None])  # B x heads x M x tokens
        asking = _mask(present, attention)
        asking = asking / asking.sum(1, keepdim=True).clamp(min=1)
        mass = (attention * asking[:, None, :, None]).sum(2)  # B x heads x tokens
        answer = (mass[..., None] * values).sum(2).flatten(1)
        masses = torch.split(mass.mean(1), [lane.shape[1] for lane in lanes], dim=1)
        return self.head(answer), torch.stack([part.sum(1) for part in masses], dim=1)

    def _split(self, x: Tensor) -> Tensor:
        """B x n x width -> B x heads x n x (width / heads)."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)


FUSIONS: Mapping[str, Callable[[Sequence[int], int, int], nn.Module]] = {
    "early": EarlyFusion,
    "late": LateFusion,
    "gated": GatedFusion,
    "attention": AttentionFusion,
}
"""Names that a space may choose among, and what each makes of (inputs, width, outputs)."""


def fusion_of(name: str, inputs: Sequence[int], width: int, outputs: int) -> nn.Module:
    """A module from M tensors of features and a mask, B x M, to (decision B x outputs, share B x M).

    Args:
        name: one of ``FUSIONS``.
        inputs: numbers D of each of the M modalities.
        width: of the layer between.
        outputs: numbers of the decision.

    Raises:
        ValueError: the name is unknown, or a size is below 1.

    Examples:
        >>> list(jr.models.FUSIONS)
        ['early', 'late', 'gated', 'attention']
        >>> fusion = jr.models.fusion_of("gated", inputs=[8, 4], width=16, outputs=3)
        >>> decision, share = fusion([torch.zeros(5, 8), torch.zeros(5, 4)], torch.ones(5, 2))
        >>> decision.shape, share.shape
        (torch.Size([5, 3]), torch.Size([5, 2]))
    """
    if name not in FUSIONS:
        raise ValueError(f"expected fusion by one of {', '.join(FUSIONS)}, got {name!r}: choose one")
    check_sizes("inputs", inputs)
    check_sizes("width, outputs", (width, outputs))
    return FUSIONS[name](inputs, width, outputs)


def _vectors(features: Sequence[Tensor], present: Tensor) -> list[Tensor]:
    """M tensors B x D, zeros where a modality is missing."""
    return [x.mean(1) if x.dim() == 3 else x for x in only_present(features, present)]


def _lanes(lanes: nn.ModuleList, vectors: Sequence[Tensor]) -> Tensor:
    """B x M x width: each modality through its own module."""
    return torch.stack([lane(x) for lane, x in zip(lanes, vectors, strict=True)], dim=1)


def _mask(present: Tensor, like: Tensor) -> Tensor:
    """1 where a modality is there, else 0, B x M."""
    return (present != 0).to(like)
