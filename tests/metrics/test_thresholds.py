"""Figures over all thresholds against scikit-learn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score, roc_curve

from jrtune.metrics import auroc, sensitivity_at_specificity

NAN = float("nan")


@st.composite
def scored(draw):
    """Scores with ties, and a target that has both classes and missing labels."""
    n = draw(st.integers(2, 30))
    scores = draw(hnp.arrays(np.float64, n, elements=st.integers(-4, 4).map(float)))
    target = draw(hnp.arrays(np.float64, n, elements=st.sampled_from([0.0, 1.0, NAN])))
    target[draw(st.permutations(range(n)))[:2]] = 0.0, 1.0
    return scores, target


def labelled(scores, target):
    there = ~np.isnan(target)
    return target[there], scores[there]


@settings(max_examples=40)
@given(scored())
def test_auroc(case):
    scores, target = case
    found = auroc(torch.tensor(scores), torch.tensor(target))
    assert float(found) == pytest.approx(roc_auc_score(*labelled(scores, target)), abs=1e-12)


@settings(max_examples=40)
@given(scored(), st.sampled_from([0.0, 0.1, 0.5, 0.7, 0.9, 1.0]))
def test_sensitivity_at_specificity(case, specificity):
    scores, target = case
    alarms, hits, _ = roc_curve(*labelled(scores, target), drop_intermediate=False)
    expected = hits[1 - alarms >= specificity - 1e-9].max()
    found = sensitivity_at_specificity(torch.tensor(scores), torch.tensor(target), specificity)
    assert float(found) == pytest.approx(expected, abs=1e-12)


def test_labels_of_a_sample_count_the_same_where_they_have_both_classes():
    generator = np.random.default_rng(0)
    scores, target = generator.normal(size=(40, 4)), generator.integers(0, 2, (40, 4))
    target[:, 2] = 1
    target[:5, 0] = -1
    areas = [
        roc_auc_score(target[:, i][target[:, i] >= 0], scores[:, i][target[:, i] >= 0]) for i in (0, 1, 3)
    ]
    found = auroc(torch.tensor(scores), torch.tensor(target))
    assert float(found) == pytest.approx(np.mean(areas), abs=1e-12)
    one = [sensitivity_at_specificity(*(torch.tensor(x[:, i]) for x in (scores, target))) for i in (0, 1, 3)]
    both = sensitivity_at_specificity(torch.tensor(scores), torch.tensor(target))
    assert float(both) == pytest.approx(np.mean(one), abs=1e-12)


@pytest.mark.parametrize("target", [[0.0, 0.0], [1.0, NAN], [NAN, NAN]])
def test_without_both_classes_a_score_says_nothing(target):
    scores, target = torch.tensor([0.3, 0.7]), torch.tensor(target)
    assert float(auroc(scores, target)) == 0.5
    assert float(sensitivity_at_specificity(scores, target)) == 0.0


def test_a_specificity_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="from 0 to 1, got 90"):
        sensitivity_at_specificity(torch.zeros(2), torch.tensor([0, 1]), 90)
