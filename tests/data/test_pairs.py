"""Thinning and pairing by label."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jrtune import DataError
from jrtune.data import pair_by_label, thin

labels = st.lists(st.integers(0, 4), min_size=1, max_size=40)
seeds = st.integers(0, 2**32)


@given(labels, st.integers(1, 50), seeds)
def test_thin_keeps_shares(values, limit, seed):
    kept = thin(values, limit, seed)
    assert len(kept) == min(limit, len(values))
    assert (np.diff(kept) > 0).all()
    for value in set(values):
        share = limit / len(values) * values.count(value)
        count = sum(values[k] == value for k in kept)
        assert count == values.count(value) if limit >= len(values) else abs(count - share) <= 3


def test_thin_of_no_limit_keeps_all():
    assert thin([3, 1, 1], 0, 0).tolist() == [0, 1, 2]
    with pytest.raises(DataError, match=r"expected a limit of 0 \(none\) or more, got -1"):
        thin([0], -1, 0)


@given(labels, labels, seeds, st.integers(1, 3))
def test_pairs_have_one_label_and_use_all_alike(first, second, seed, rounds):
    one, two = np.array(first), np.array(second)
    if not set(first) & set(second):
        with pytest.raises(DataError, match="expected a label in both sets"):
            pair_by_label(first, second, seed, rounds)
        return
    left, right = pair_by_label(first, second, seed, rounds)
    np.testing.assert_array_equal(one[left], two[right])
    for value in set(first) & set(second):
        assert set(np.bincount(left, minlength=len(one))[one == value]) == {rounds}
        assert np.ptp(np.bincount(right, minlength=len(two))[two == value]) <= 1


def test_pairs_follow_the_seed():
    one = [pair_by_label([0] * 20, [0] * 20, seed)[1].tolist() for seed in (0, 0, 1)]
    assert one[0] == one[1] != one[2]


def test_no_rounds():
    with pytest.raises(DataError, match="expected a label in both sets and a round or more, got 0 and 0, 0"):
        pair_by_label([0], [0], 0, rounds=0)
