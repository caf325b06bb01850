"""Laws of stratified splits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jrtune import DataError
from jrtune.data import stratified_split

SHARES = (0.6, 0.2, 0.2)

sizes = st.lists(st.integers(3, 60), min_size=2, max_size=6)
seeds = st.integers(0, 2**32)


def shuffled(counts):
    labels = np.repeat(np.arange(len(counts)) * 3 - 1, counts)
    return np.random.default_rng(0).permutation(labels)


@given(sizes, seeds)
def test_disjoint_and_covering(counts, seed):
    parts = stratified_split(shuffled(counts), seed)
    assert list(parts) == ["train", "val", "test"]
    together = np.concatenate(list(parts.values()))
    assert sorted(together) == list(range(sum(counts)))


@given(sizes, seeds)
def test_every_class_in_its_share_within_one(counts, seed):
    labels = shuffled(counts)
    parts = stratified_split(labels, seed)
    for value in np.unique(labels):
        for share, rows in zip(SHARES, parts.values(), strict=True):
            here = np.count_nonzero(labels[rows] == value)
            assert here >= 1
            assert abs(here - share * np.count_nonzero(labels == value)) <= 1


@given(sizes, seeds)
def test_same_seed_same_split_and_ascending(counts, seed):
    labels = shuffled(counts)
    before = labels.copy()
    one, two = stratified_split(labels, seed), stratified_split(labels, seed)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
        assert (np.diff(one[name]) > 0).all()
    np.testing.assert_array_equal(labels, before)


@given(st.lists(st.integers(1, 98), min_size=2, max_size=2, unique=True), sizes)
def test_no_split_goes_without_a_class(cuts, counts):
    low, high = sorted(cuts)
    shares = (low / 100, (high - low) / 100, 1 - high / 100)
    parts = stratified_split(labels := shuffled(counts), 0, shares)
    for rows in parts.values():
        assert set(labels[rows]) == set(labels)


def test_other_seed_other_split():
    labels = shuffled([50, 50])
    assert stratified_split(labels, 0)["val"].tolist() != stratified_split(labels, 1)["val"].tolist()


def test_names_as_labels():
    parts = stratified_split(["cat", "dog"] * 5, 0)
    assert [len(rows) for rows in parts.values()] == [6, 2, 2]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], r"expected a list of labels, got shape \(0,\)"),
        ([[0, 1], [1, 0]], r"expected a list of labels, got shape \(2, 2\)"),
        ([0, 1, np.nan, 1], "expected a label for each sample, got 1 NaN among 4: drop those samples"),
        ([7] * 9, "expected two classes or more, got only 7: there is nothing to tell apart"),
        ([0] * 9 + [4] * 2, "expected 3 samples or more of each class, got 2 of class 4: drop the class"),
    ],
)
def test_unusable_labels(labels, message):
    with pytest.raises(DataError, match=message):
        stratified_split(labels, 0)


@pytest.mark.parametrize(
    "shares", [(0.5, 0.5), (0.5, 0.5, 0.5), (1.0, 0.0, 0.0), (1.2, -0.1, -0.1), (np.nan, 0.5, 0.5)]
)
def test_unusable_shares(shares):
    with pytest.raises(DataError, match="expected three positive shares that sum to 1, got "):
        stratified_split([0, 1] * 9, 0, shares)
