"""Intervals against tables, gains by pairs, and stability against the bootstrap written out."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.stability import interval, paired_gain, stability

SAMPLES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8)
MEMBERS = st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 4).map(float))
)


# --- interval, paired_gain -------------------------------------------------------------------


def test_the_interval_is_students_from_the_table():
    # t with 2 degrees of freedom at 0.975 is 4.303; the deviation of 1, 2, 3 is 1
    mean, low, high = interval([1, 2, 3])
    assert mean == 2
    assert (low, high) == pytest.approx((2 - 4.303 / math.sqrt(3), 2 + 4.303 / math.sqrt(3)), abs=1e-3)


def test_one_sample_has_no_interval():
    mean, low, high = interval([0.7])
    assert mean == 0.7
    assert math.isnan(low)
    assert math.isnan(high)


def test_equal_samples_have_an_interval_of_no_width():
    assert interval([0.1] * 3) == (0.1, 0.1, 0.1)  # their mean in floats is 0.10000000000000002


def test_the_interval_covers_the_mean_nineteen_times_in_twenty():
    rng = np.random.default_rng(0)
    bounds = [interval(samples)[1:] for samples in rng.normal(3, 2, (2000, 5))]
    covered = np.mean([low <= 3 <= high for low, high in bounds])
    assert abs(covered - 0.95) < 0.015  # three standard errors of 2,000 trials


@given(SAMPLES)
def test_a_gain_changes_its_sign_with_its_sides_and_with_its_direction(samples):
    other = [x + i for i, x in enumerate(samples)]
    mean, low, high = paired_gain(samples, other, 1)
    assert mean == pytest.approx((len(samples) - 1) / 2, abs=1e-6)  # lower cost is better
    assert paired_gain(samples, other, -1) == (-mean, -high, -low)
    assert paired_gain(other, samples, 1) == (-mean, -high, -low)


def test_what_both_share_cancels():
    seeds = np.array([5.0, -3.0, 8.0, 0.0])
    mean, low, high = paired_gain(seeds + 1, seeds, -1)
    assert (mean, low, high) == (1, 1, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: interval([]), "samples must hold at least one value, got none"),
        (lambda: interval([1, math.nan]), "samples must be finite, got nan at index 1"),
        (lambda: interval([[1, 2]]), r"samples must be a vector, got shape \(1, 2\)"),
        (lambda: paired_gain([1, 2], [1], 1), "a and b must be paired, got 2 and 1 values"),
        (lambda: paired_gain([1], [1], 0), r"sign must be -1 \(maximised\) or 1 \(minimised\), got 0"),
        (lambda: paired_gain([1, math.inf], [1, 1], 1), "a must be finite, got inf"),
        (lambda: paired_gain([], [], 1), "at least one value, got none"),
    ],
)
def test_hostile_samples_are_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# --- stability -------------------------------------------------------------------------------


def slow_agreement(costs, resamplings, seed):
    """The same drawn seeds, one resampling at a time, judged by non_dominated."""
    members, seeds, _ = costs.shape
    rng, shares = np.random.default_rng(seed), np.zeros(members)
    for drawn in rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=resamplings):
        chosen = np.repeat(np.arange(seeds), drawn)
        assert len(chosen) == seeds
        shares += non_dominated(costs[:, chosen].sum(axis=1))
    return shares / resamplings


@settings(max_examples=40)
@given(MEMBERS, st.integers(0, 3))
def test_agreement_is_the_paired_bootstrap(costs, seed):
    shares = stability(costs, resamplings=30, seed=seed)
    np.testing.assert_allclose(shares, slow_agreement(costs, 30, seed), atol=1e-12)


def test_a_sole_member_always_stays():
    assert stability(np.random.default_rng(0).normal(size=(1, 5, 2))).tolist() == [1]


def test_a_member_beaten_at_every_seed_never_stays_and_equal_ones_always_do():
    good = np.random.default_rng(0).normal(size=(5, 2))
    assert stability(np.stack([good, good + 0.1, good])).tolist() == [1, 0, 1]


def test_two_that_differ_by_chance_share():
    costs = np.array([[[1.0], [2.0], [3.0], [4.0]], [[4.0], [3.0], [2.0], [1.0]]])
    shares = stability(costs)
    assert shares == pytest.approx([0.5, 0.5], abs=0.15)
    assert shares.sum() > 1  # where the means are equal both stay


def test_resampling_is_paired():
    """One is better by a hair at each seed; seeds drawn for each alone would hide it."""
    swings = np.array([[0.0], [10.0], [-10.0], [5.0], [-5.0]])
    assert stability(np.stack([swings, swings + 0.001])).tolist() == [1, 0]


def test_the_same_seed_gives_the_same_shares_and_another_other_ones():
    costs = np.random.default_rng(1).normal(size=(6, 4, 2))
    first, again, other = (stability(costs, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_twenty_members_take_no_noticeable_time():
    costs = np.random.default_rng(0).normal(size=(20, 5, 3))
    before = costs.copy()
    stability(costs)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        stability(costs)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3
    np.testing.assert_array_equal(costs, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stability([[1, 2]]), r"costs must be members x seeds x objectives, got shape \(1, 2\)"),
        (lambda: stability(np.zeros((2, 0, 1))), r"got shape \(2, 0, 1\)"),
        (lambda: stability([[[1.0, math.nan]]]), "costs must be finite, got NaN or infinite entries"),
        (lambda: stability([[[1.0]]], resamplings=0), "resamplings must be an integer from 1, got 0"),
    ],
)
def test_hostile_members_are_refused_in_words(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_no_members_have_no_shares():
    assert stability(np.zeros((0, 3, 2))).shape == (0,)
