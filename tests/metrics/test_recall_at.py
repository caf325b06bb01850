"""What is ranked first, against scikit-learn and against lists sorted by hand."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, top_k_accuracy_score

from jrtune.metrics import ndcg_at, recall_at

NAN = float("nan")


def embeddings(n, seed, d=5):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recall_of_pairs_is_a_top_k_accuracy_both_ways(k):
    one = embeddings(40, 0)
    other = one + 0.8 * embeddings(40, 1)
    cosines = (F.normalize(one) @ F.normalize(other).T).numpy()
    there, back = (top_k_accuracy_score(range(40), c, k=k, labels=range(40)) for c in (cosines, cosines.T))
    assert float(recall_at(one, other, k)) == pytest.approx(there, abs=1e-7)
    assert float(recall_at(other, one, k)) == pytest.approx(back, abs=1e-7)
    assert there != back or k > 1


@pytest.mark.parametrize("k", [1, 2, 5])
def test_recall_of_several_captions_a_picture(k):
    pictures, captions = embeddings(10, 0), embeddings(50, 1)
    of = torch.arange(50) // 5
    captions = captions + 0.7 * pictures[of]
    cosines = F.normalize(pictures) @ F.normalize(captions).T
    first = cosines.argsort(1, descending=True)[:, :k]
    expected = np.mean([(of[row] == i).any() for i, row in enumerate(first)])
    assert float(recall_at(pictures, captions, k, torch.arange(10), of)) == pytest.approx(expected, abs=1e-7)
    first = cosines.T.argsort(1, descending=True)[:, :k]
    expected = np.mean([(row == of[i]).any() for i, row in enumerate(first)])
    assert float(recall_at(captions, pictures, k, of, torch.arange(10))) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("missing", [-1, -1.0, NAN])
def test_queries_and_items_that_are_not_there_do_not_count(missing):
    one, other = embeddings(20, 0), embeddings(20, 1)
    kept = torch.arange(20) % 3 > 0
    ids = torch.where(kept, torch.arange(20), missing)
    expected = float(recall_at(one[kept], other[kept], 3))
    assert 0 < expected < 1
    assert float(recall_at(one, other, 3, ids, ids)) == pytest.approx(expected, abs=1e-7)


def test_embeddings_that_are_all_alike_find_nothing():
    assert float(recall_at(torch.ones(8, 3), torch.ones(8, 3), 1)) == 0.0
    assert float(recall_at(torch.ones(8, 3), torch.ones(8, 3), 8)) == 1.0


@st.composite
def ranked(draw):
    """Scores with ties, gains and users of n items."""
    n = draw(st.integers(1, 25))
    pick = lambda *values: np.array([draw(st.sampled_from(values)) for _ in range(n)])  # noqa: E731
    return pick(-1.0, 0.0, 0.5, 2.0), pick(0.0, 0.0, 1.0, 3.0), pick(7, 0, 3)


def mean_ndcg(scores, gains, users, k):
    found = []
    for user in np.unique(users):
        worth, by = gains[users == user], scores[users == user]
        if worth.any():  # scikit-learn refuses a single item: one that nobody wants, last, changes nothing
            found.append(ndcg_score([[*worth, 0.0]], [[*by, -100.0]], k=k))
    return np.mean(found) if found else 0.0


@settings(max_examples=30)
@given(ranked(), st.sampled_from([1, 3, 10]))
def test_ndcg(case, k):
    found = ndcg_at(*map(torch.tensor, case), k)
    assert float(found) == pytest.approx(mean_ndcg(*case, k), abs=1e-12)


@settings(max_examples=30)
@given(ranked(), st.randoms(), st.sampled_from([NAN, -1.0, -0.5]))
def test_items_without_a_gain_are_not_ranked(case, random, missing):
    scores, gains, users = case
    there = np.array([random.random() < 0.6 for _ in scores])
    known = [part[there] for part in case]
    found = ndcg_at(*map(torch.tensor, (scores, np.where(there, gains, missing), users)), 3)
    assert float(found) == pytest.approx(mean_ndcg(*known, 3), abs=1e-12)


@pytest.mark.parametrize("metric", [recall_at, lambda a, b, k: ndcg_at(a[:, 0], b[:, 0], b[:, 0].long(), k)])
def test_no_item_is_too_few(metric):
    with pytest.raises(ValueError, match="k of 1 or more, got 0"):
        metric(torch.zeros(3, 2), torch.zeros(3, 2), 0)
