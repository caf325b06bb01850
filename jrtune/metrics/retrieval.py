"""Metrics of rankings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from jrtune.losses.masking import masked_mean

NOWHERE = -2.0
"""Below every cosine."""


def recall_at(
    queries: Tensor,
    items: Tensor,
    k: int,
    query_ids: Tensor | None = None,
    item_ids: Tensor | None = None,
) -> Tensor:
    """Share of queries with an item of their own among the k most similar, by the cosine.

    Swap queries and items for the other direction. An item that ties with the query's own counts as before
    it: embeddings that are all alike find nothing. It compares all pairs: q x i numbers.

    Args:
        queries: q x d.
        items: i x d.
        k: how many are looked at.
        query_ids, item_ids: q and i numbers, equal where they belong together, e.g. the picture's number
            with five captions each; row numbers where they are not given. Where one is missing (NaN or
            negative), the query is not asked or the item not there.

    Returns:
        A float scalar in [0, 1].

    Raises:
        ValueError: k is below 1.

    Examples:
        >>> pictures, texts = torch.eye(3), torch.tensor([[1.0, 0, 0], [0, 0.5, 1], [0, 1, 0.6]])
        >>> [round(float(jr.metrics.recall_at(pictures, texts, k)), 3) for k in (1, 2)]
        [0.333, 1.0]
    """
    if k < 1:
        raise ValueError(f"expected k of 1 or more, got {k}: look at an item at least")
    queried, offered = _ids(query_ids, queries), _ids(item_ids, items)
    cosines = F.normalize(queries, dim=-1) @ F.normalize(items, dim=-1).mT
    cosines = torch.where(offered >= 0, cosines, NOWHERE)
    own = queried[:, None] == offered
    best = torch.where(own, cosines, NOWHERE).amax(-1, keepdim=True)
    before = ((cosines >= best) & ~own).sum(-1)
    return masked_mean((before < k).float(), (queried >= 0) & (best[:, 0] > NOWHERE))


def _ids(ids: Tensor | None, vectors: Tensor) -> Tensor:
    return torch.arange(len(vectors), device=vectors.device) if ids is None else ids


def ndcg_at(scores: Tensor, gains: Tensor, groups: Tensor, k: int = 10) -> Tensor:
    """Normalised discounted cumulative gain of the first k of each group, the mean over groups.

    Järvelin & Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques", with the discount
    1 / log2(1 + place); items of one score share the mean of their places' discounts, as in scikit-learn.

    Args:
        scores: n, higher first.
        gains: n, what an item is worth to the group, 0 or more; missing (NaN or negative) for items that are
            not ranked.
        groups: n, e.g. numbers of users.
        k: how many count.

    Returns:
        A float scalar in [0, 1], the mean over groups in which there is something to gain.

    Raises:
        ValueError: k is below 1.

    Examples:
        >>> scores, gains = torch.tensor([0.9, 0.5, 0.1]), torch.tensor([0.0, 1.0, 0.0])
        >>> round(float(jr.metrics.ndcg_at(scores, gains, torch.tensor([7, 7, 7]), k=2)), 3)  # 1 / log2(3)
        0.631
    """
    if k < 1:
        raise ValueError(f"expected k of 1 or more, got {k}: look at an item at least")
    there = gains >= 0  # not so of NaN
    worth = torch.where(there, gains, 0).double()
    ranked, first = _gains(torch.where(there, scores.detach(), -torch.inf), worth, groups, k)
    ideal, _ = _gains(worth, worth, groups, k)
    return masked_mean(ranked / torch.where(ideal > 0, ideal, 1), first & (ideal > 0))


def _gains(scores: Tensor, worth: Tensor, groups: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Discounted gain of each item's group, sorted by group, and a mask of groups' first items; each n."""
    order = scores.argsort(descending=True, stable=True)
    order = order.gather(0, groups.gather(0, order).argsort(stable=True))
    group, score = groups.gather(0, order), scores.gather(0, order)
    start, end = _runs(group)
    rank = torch.arange(len(group), device=group.device) - start
    discounts = torch.where(rank < k, 1 / torch.log2(rank.double() + 2), 0)
    equal = (group[1:] == group[:-1]) & (score[1:] == score[:-1])
    run = torch.cat([torch.zeros_like(start[:1]), (~equal).cumsum(0)])
    low, high = _runs(run)
    shared = _between(discounts, low, high) / (high - low)
    return _between(worth.gather(0, order) * shared, start, end), rank == 0


def _runs(ascending: Tensor) -> tuple[Tensor, Tensor]:
    """Start of the run of equals of each element, and the index after its end."""
    ascending = ascending.contiguous()
    return torch.searchsorted(ascending, ascending), torch.searchsorted(ascending, ascending, right=True)


def _between(numbers: Tensor, start: Tensor, end: Tensor) -> Tensor:
    """Sums of ``numbers[start:end]``, one for each pair."""
    sums = torch.cat([torch.zeros_like(numbers[:1]), numbers]).cumsum(0)
    return sums.gather(0, end) - sums.gather(0, start)
