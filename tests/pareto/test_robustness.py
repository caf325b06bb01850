"""The most robust point: ahead of every single-task model, or the most stable on the front."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jrtune.errors import InputError
from jrtune.pareto.choose import knee
from jrtune.pareto.epsilon_constraint import OutOfReachError
from jrtune.pareto.robustness import beats_single, robust

NAN = math.nan
GAIN = st.tuples(st.integers(-5, 9), st.integers(0, 9)).map(
    lambda pair: (pair[0] / 10, (pair[0] - pair[1]) / 10)
)
GAINS = st.integers(1, 3).flatmap(
    lambda g: st.lists(st.one_of(st.just([]), st.lists(GAIN, min_size=g, max_size=g)), min_size=1, max_size=8)
)


@settings(max_examples=50)
@given(GAINS)
def test_the_most_certain_is_ahead_everywhere_and_none_such_is_more_certain(gains):
    ahead = [i for i, row in enumerate(gains) if row and all(gain >= 0 for gain, _ in row)]
    if ahead:
        chosen = beats_single(gains)
        assert chosen in ahead
        least = [min(low for _, low in gains[i]) for i in ahead]
        assert min(low for _, low in gains[chosen]) == max(least)
        assert chosen == ahead[least.index(max(least))]
    else:
        with pytest.raises(InputError):
            beats_single(gains)


def test_without_intervals_the_gain_itself_counts():
    assert beats_single([[(0.1, NAN)], [(0.3, NAN)], [(0.2, NAN)]]) == 1
    assert beats_single([[(0.1, NAN)], [(0.3, 0.05)]]) == 0


def test_being_level_is_enough():
    assert beats_single([[(0.0, -1.0), (0.4, 0.3)]]) == 0


def test_where_none_is_ahead_everywhere_the_nearest_is_said():
    gains = [[(0.9, 0.9), (-0.2, -0.3)], [], [(-0.1, -0.9), (0.0, 0.0)]]
    with pytest.raises(OutOfReachError, match=r"nearest is point 2, whose least gain is -0.1") as caught:
        beats_single(gains)
    assert caught.value.nearest == 2


def test_of_nothing_known_nothing_is_chosen():
    with pytest.raises(InputError, match="run jrtune confirm"):
        beats_single([[], []])


FRONT = [[0, 10], [1, 3], [5, 2], [10, 0]]


def test_the_greatest_agreement_wins_and_the_knee_breaks_ties():
    assert robust([0.2, 0.5, 0.9, 0.1], FRONT) == 2
    assert robust([0.9, 0.9, 0.9, 0.9], FRONT) == knee(FRONT) == 1
    assert robust([0.9, 0.1, 0.9, 0.9], FRONT) == 2


def test_who_is_not_confirmed_or_not_on_the_front_is_passed_over():
    assert robust([NAN, NAN, NAN, 0.0], FRONT) == 3
    assert robust([0.1, 0.2, 0.2, 0.2, 1.0], [*FRONT, [11, 11]]) == 1


def test_the_tie_is_scaled_by_the_whole_front():
    # among the three that tie the last is the knee only in units of the whole front
    costs = [[0, 8], [4, 4], [5, 2.5], [100, 0]]
    assert robust([NAN, 1, 1, NAN], costs) == 2
    assert robust([NAN, 1, 1, NAN], [[0, 100], *costs[1:3], [6, 0]]) == 1


def test_without_confirmations_the_way_out_is_said():
    with pytest.raises(InputError, match=r"no front member is confirmed.*run jrtune confirm"):
        robust([NAN] * 4, FRONT)


def test_an_agreement_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"stability must have 4 entries, got shape \(2,\)"):
        robust([1, 1], FRONT)
