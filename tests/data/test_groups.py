"""Laws of splits by group and by time."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jrtune import DataError
from jrtune.data import group_split, runs, time_split

sizes = st.lists(st.integers(1, 30), min_size=3, max_size=20)
seeds = st.integers(0, 2**32)


@given(sizes, seeds)
def test_groups_stay_together_and_all_is_covered(counts, seed):
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    parts = group_split(groups, seed)
    assert list(parts) == ["train", "val", "test"]
    assert sorted(np.concatenate(list(parts.values()))) == list(range(len(groups)))
    held = [set(groups[rows]) for rows in parts.values()]
    assert all(held)
    assert sum(map(len, held)) == len(counts)
    assert all((np.diff(rows) > 0).all() for rows in parts.values())


@given(st.lists(sizes, min_size=1, max_size=4), seeds)
def test_every_label_in_every_split(counts, seed):
    labels = np.concatenate([np.full(sum(own), k) for k, own in enumerate(counts)])
    groups = np.repeat(np.arange(sum(map(len, counts))), np.concatenate(counts))
    parts = group_split(groups, seed, labels=labels)
    assert all(set(labels[rows]) == set(labels) for rows in parts.values())


@given(st.integers(10, 40), seeds)
def test_equal_groups_are_dealt_in_their_shares(n, seed):
    parts = group_split(np.repeat(np.arange(n), 3), seed)
    for share, rows in zip((0.6, 0.2, 0.2), parts.values(), strict=True):
        assert abs(len(rows) / 3 - share * n) <= 1


def test_seeds_and_names():
    speakers = [f"s{k % 9}" for k in range(90)]
    one = group_split(speakers, 1)
    assert {k: v.tolist() for k, v in one.items()} == {
        k: v.tolist() for k, v in group_split(speakers, 1).items()
    }
    assert one["test"].tolist() != group_split(speakers, 2)["test"].tolist()


@pytest.mark.parametrize(
    ("groups", "options", "message"),
    [
        ([0, 0, 1], {}, "expected three groups or more, got 2"),
        ([0, 1, 2, 3], {"labels": [0, 0, 0, 1]}, "expected three groups or more of label 1, got 1"),
        ([0, 1, 2, 2], {"labels": [0, 0, 0, 1]}, "expected one label in a group, got 0 and 1 in 2"),
        ([0, 1, 2], {"labels": [0, 0]}, "expected a group and a label for each sample"),
        ([0, 1, 2], {"shares": (0.5, 0.5)}, "expected three positive shares"),
    ],
)
def test_unusable_groups(groups, options, message):
    with pytest.raises(DataError, match=message):
        group_split(groups, 0, **options)


@given(st.integers(15, 300), st.integers(0, 2))
def test_time_goes_on_from_split_to_split(n, gap):
    parts = list(time_split(n, gap=gap).values())
    assert parts[0][0] == 0
    assert parts[2][-1] == n - 1
    for before, after in pairwise(parts):
        assert after[0] - before[-1] == gap + 1
    assert all((np.diff(rows) == 1).all() for rows in parts)
    assert abs(len(parts[0]) - 0.6 * n) <= 1


@pytest.mark.parametrize(("n", "gap"), [(2, 0), (10, 2), (10, -1)])
def test_too_short_a_time(n, gap):
    with pytest.raises(DataError, match=f"expected samples in each split, got {n} with gap={gap}"):
        time_split(n, gap=gap)


def test_runs():
    assert runs([1, 1, 2, 2, 1], ["a", "a", "a", "b", "b"]).tolist() == [0, 0, 1, 2, 3]
    assert runs([5]).tolist() == [0]
    assert runs([]).tolist() == []
    with pytest.raises(DataError, match=r"expected lists of one length, got \[\(2,\), \(1,\)\]"):
        runs([1, 2], [1])
