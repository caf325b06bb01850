"""Metrics against scikit-learn, one model at a time and stacked."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from jrtune.metrics import accuracy, binary_f1, macro_f1, unweighted_average_recall

CLASSES = 4


@st.composite
def classified(draw):
    """Logits B x 4 and targets B; some classes may be absent."""
    n = draw(st.integers(1, 12))
    # ranks: no ties, whose argmax the two libraries might break in two ways
    logits = np.array([draw(st.permutations(range(CLASSES))) for _ in range(n)], np.float32)
    target = draw(hnp.arrays(np.int64, n, elements=st.integers(0, CLASSES - 1)))
    return torch.tensor(logits), torch.tensor(target)


@given(classified())
def test_accuracy(case):
    logits, target = case
    assert float(accuracy(logits, target)) == pytest.approx(accuracy_score(target, logits.argmax(1)))


@given(classified())
def test_macro_f1(case):
    logits, target = case
    assert float(macro_f1(logits, target)) == pytest.approx(
        f1_score(target, logits.argmax(1), average="macro")
    )


@given(classified())
@pytest.mark.filterwarnings("ignore:y_pred contains classes", "ignore:A single label was found")
def test_unweighted_average_recall(case):
    logits, target = case
    assert float(unweighted_average_recall(logits, target)) == pytest.approx(
        balanced_accuracy_score(target, logits.argmax(1))
    )


maps = hnp.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=4).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.float32, shape, elements=st.sampled_from([-2.0, 0.0, 3.0])),
        hnp.arrays(np.float32, shape, elements=st.sampled_from([0.0, 1.0])),
    )
)


@given(maps)
def test_binary_f1(case):
    logits, target = case
    want = f1_score(target.ravel(), logits.ravel() > 0, zero_division=0.0)
    assert float(binary_f1(torch.tensor(logits), torch.tensor(target))) == pytest.approx(want)


def test_binary_f1_where_nothing_is_positive():
    assert float(binary_f1(torch.full((2, 3), -1.0), torch.zeros(2, 3))) == 0.0


@pytest.mark.parametrize("metric", [accuracy, binary_f1, macro_f1, unweighted_average_recall])
def test_stacked_equals_one_by_one(metric):
    torch.manual_seed(0)
    logits = torch.randn(5, 20, CLASSES)
    target = (
        torch.randint(0, 2, (20, CLASSES)).float()
        if metric is binary_f1
        else torch.randint(0, CLASSES, (20,))
    )
    stacked = torch.func.vmap(metric, in_dims=(0, None))(logits, target)
    assert torch.equal(stacked, torch.stack([metric(one, target) for one in logits]))
    assert stacked.unique().numel() > 1


@pytest.mark.parametrize("metric", [accuracy, binary_f1, macro_f1, unweighted_average_recall])
@pytest.mark.parametrize("missing", [-1, float("nan")])
def test_missing_labels_are_left_out(metric, missing):
    torch.manual_seed(1)
    logits = torch.randn(30) if metric is binary_f1 else torch.randn(30, CLASSES)
    target = torch.randint(0, 2 if metric is binary_f1 else CLASSES, (30,))
    there = torch.arange(30) % 3 > 0
    known = metric(logits[there], target[there])
    assert metric(logits, torch.where(there, target, missing)).item() == pytest.approx(known.item(), rel=1e-6)
    assert known != metric(logits, target)
    assert metric(logits, torch.full((30,), missing)).item() == 0.0
