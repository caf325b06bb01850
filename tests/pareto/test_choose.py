"""Laws of choosing one point: it is on the front, units do not matter, order does not matter."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jrtune.errors import InputError
from jrtune.pareto.choose import knee, prefer, reference, topsis
from jrtune.pareto.dominance import non_dominated
from jrtune.pareto.epsilon_constraint import at_least
from jrtune.pareto.neighbours import neighbours
from jrtune.pareto.robustness import robust

NAN = float("nan")
SETS = st.tuples(st.integers(1, 10), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(0, 20).map(float))
)
WEIGHTS = st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(lambda w: w[0] > 0)
# powers of two and whole shifts: the same figures in other units, without rounding
UNITS = st.lists(
    st.tuples(st.integers(-20, 20).map(lambda e: 2.0**e), st.integers(-8, 8)), min_size=4, max_size=4
)


def rescaled(costs, units):
    m = costs.shape[1]
    factors, shifts = (np.array([unit[i] for unit in units[:m]]) for i in (0, 1))
    return (costs + shifts) * factors


def rules(m, weights):
    """Each rule as costs -> index."""
    return {
        "knee": knee,
        "prefer": lambda costs: prefer(costs, weights[:m]),
        "topsis": lambda costs: topsis(costs, weights[:m]),
        "reference": lambda costs: reference(costs, aspired(costs, weights[:m])),
        "at_least": lambda costs: at_least(costs, [NAN] * m, best=0),
        "robust": lambda costs: robust(np.ones(len(costs)), costs),
    }


def aspired(costs, weights):
    """A reference point in the units of the front: within it, and beyond it."""
    front = costs[non_dominated(costs)]
    return front.min(axis=0) + np.ptp(front, axis=0) * np.array(weights) / 4


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS)
def test_the_chosen_point_is_non_dominated(costs, weights):
    for name, choose in rules(costs.shape[1], weights).items():
        assert non_dominated(costs)[choose(costs)], name


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS, UNITS)
def test_units_do_not_matter(costs, weights, units):
    for name, choose in rules(costs.shape[1], weights).items():
        assert choose(rescaled(costs, units)) == choose(costs), name


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS, st.randoms(use_true_random=False))
def test_order_matters_only_among_equals(costs, weights, random):
    order = list(range(len(costs)))
    random.shuffle(order)
    for name, choose in rules(costs.shape[1], weights).items():
        assert order[choose(costs[order])] in ties(costs, choose), name


def ties(costs, choose):
    """Indices that the rule would choose if they stood first."""
    rolled = (np.roll(np.arange(len(costs)), -i) for i in range(len(costs)))
    return {int(order[choose(costs[order])]) for order in rolled}


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS)
def test_ties_go_to_the_lowest_index(costs, weights):
    for name, choose in rules(costs.shape[1], weights).items():
        assert choose(costs) == min(ties(costs, choose)), name
        assert choose(np.vstack([costs, costs])) == choose(costs), name


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS)
def test_dominated_points_have_no_say(costs, weights):
    worse = np.vstack([costs, costs + 7])
    for name, choose in rules(costs.shape[1], weights).items():
        assert choose(worse) == choose(costs), name


@settings(max_examples=40)  # six rules each
@given(SETS, WEIGHTS)
def test_inputs_are_left_unchanged(costs, weights):
    before, limits = costs.copy(), np.full(costs.shape[1], NAN)
    for choose in rules(costs.shape[1], weights).values():
        choose(costs)
    at_least(costs, limits, best=0)
    np.testing.assert_array_equal(costs, before)
    assert np.isnan(limits).all()


# --- knee ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=12))
def test_with_two_objectives_the_knee_is_farthest_below_the_line_through_the_ends(points):
    costs = np.array(points, dtype=float)
    front = costs[non_dominated(costs)]
    ends = front[front[:, 0].argmin()], front[front[:, 1].argmin()]
    along = ends[1] - ends[0]
    assume(along.any())
    below = along[0] * (ends[0][1] - front[:, 1]) - along[1] * (ends[0][0] - front[:, 0])
    chosen = costs[knee(costs)]
    mine = along[0] * (ends[0][1] - chosen[1]) - along[1] * (ends[0][0] - chosen[0])
    assert mine == below.max()


def test_the_knee_of_small_and_degenerate_sets():
    assert knee([[3, 4]]) == 0
    assert knee([[0, 1], [1, 0]]) == 0
    assert knee([[5], [2], [2], [7]]) == 1
    assert knee([[1, 1], [1, 1]]) == 0
    assert knee([[9, 9, 9], [2, 1, 5], [1, 2, 5]]) == 1  # no extent in the third
    assert knee([[0, 0, 9], [9, 9, 0], [1, 1, 1]]) == 2  # the first is best in two objectives


def test_the_knee_of_a_huge_front_does_not_overflow():
    assert knee([[-1e308, 1e308], [-9e307, -9e307], [1e308, -1e308]]) == 1


# --- prefer ----------------------------------------------------------------------------------


def test_more_weight_means_nearer_to_the_best():
    curve = np.array([[x, (1 - np.sqrt(x)) ** 2] for x in np.linspace(0, 1, 41)])
    chosen = [curve[prefer(curve, [w, 1 - w])][0] for w in (0.05, 0.3, 0.5, 0.7, 0.95)]
    assert chosen == sorted(chosen, reverse=True)
    assert len(set(chosen)) == 5
    assert curve[prefer(curve, [1, 0])][0] == 0
    assert curve[prefer(curve, [0, 1])][1] == 0


@given(SETS)
def test_every_point_of_the_front_can_be_preferred(costs):
    front = costs[non_dominated(costs)]
    extent = np.ptp(front, axis=0)
    for point in front:
        scaled = (point - front.min(axis=0)) / np.where(extent > 0, extent, 1)
        weights = 1 / np.maximum(scaled, 1e-3)
        np.testing.assert_array_equal(front[prefer(front, weights)], point)


def test_a_weight_of_zero_still_tells_those_apart_that_are_equal_elsewhere():
    # the first two are best in the one objective that counts; scaled, the second is better in the others
    assert prefer([[0, 5, 1], [0, 1, 2], [9, 0, 0]], [1, 0, 0]) == 1


def test_only_proportions_of_the_preference_matter():
    costs = [[0, 10], [3, 4], [10, 0]]
    assert {prefer(costs, [k * 7, k * 3]) for k in (1e-300, 1, 1e300)} == {1}


@pytest.mark.parametrize(
    ("preference", "message"),
    [
        ([1, -1], r"preference must be numbers >= 0, not all 0, got \[1.0, -1.0\]"),
        ([0, 0], r"not all 0, got \[0.0, 0.0\]"),
        ([1], "preference must have 2 entries, got 1"),
        ([1, NAN], "preference must be finite, got nan at index 1"),
        ([[1, 1]], r"preference must be a vector, got shape \(1, 2\)"),
    ],
)
def test_a_preference_that_is_none_is_the_users_error(preference, message):
    with pytest.raises(InputError, match=message):
        prefer([[0, 1], [1, 0]], preference)
    with pytest.raises(InputError, match=message.replace("preference", "weights")):
        topsis([[0, 1], [1, 0]], preference)


# --- TOPSIS ----------------------------------------------------------------------------------


def test_topsis_by_hand():
    # scaled (0, 1), (.25, .5), (1, 0); weights 1/2: d+ .5 .2795 .5, d- .5 .4507 .5
    costs = np.array([[0, 8], [1, 4], [4, 0]])
    assert topsis(costs, [1, 1]) == 1
    # closeness of the second .57 at equal weights; with 5 to 1 the first is nearer: .833 against .735
    assert topsis(costs, [5, 1]) == 0
    assert topsis(costs, [1, 5]) == 2


def test_topsis_counts_the_distance_to_the_worst_too():
    # nearest to the best is (.5, .5) at .354; farther from the worst are the ends: closeness .5 all, a tie
    assert topsis([[0, 2], [1, 1], [2, 0]], [1, 1]) == 0
    assert topsis([[0, 2], [0.99, 0.99], [2, 0]], [1, 1]) == 1


def test_topsis_of_small_and_degenerate_sets():
    assert topsis([[3, 4]], [1, 1]) == 0
    assert topsis([[1, 1], [1, 1]], [1, 2]) == 0
    assert topsis([[9, 9, 9], [2, 1, 5], [1, 2, 5]], [1, 2, 9]) == 1  # no extent in the third
    assert topsis([[-1e308, 1e308], [-9e307, -9e307], [1e308, -1e308]], [1, 1]) == 1


# --- reference -------------------------------------------------------------------------------


@given(SETS)
def test_every_point_of_the_front_is_its_own_reference(costs):
    for point in costs[non_dominated(costs)]:
        np.testing.assert_array_equal(costs[reference(costs, point)], point)


def test_a_reference_is_approached_or_exceeded():
    costs = [[0, 10], [2, 4], [4, 2], [10, 0]]
    assert reference(costs, [2, 0]) == 2  # out of reach: behind by .2 of the front at most, the other by .4
    assert reference(costs, [9, 9]) == 1  # a tie of the two in the middle, both ahead
    assert reference(costs, [9, 5]) == 2
    assert reference(costs, [0, 30]) == 0


def test_a_reference_far_away_costs_no_digits():
    costs = np.array([[0, 10], [3, 4], [4, 3], [10, 0]])
    for far in (0, 1e3, 1e15, 1e308):
        assert reference(costs, [-far, -far]) == 1
        assert reference(costs, [far, far]) == 1
        assert reference(costs, [-far - 1, far]) == 0 or far == 0


@settings(max_examples=40)
@given(SETS, WEIGHTS, st.integers(0, 9))
def test_an_objective_without_extent_has_no_say(costs, weights, constant):
    wider = np.hstack([costs, np.full((len(costs), 1), constant)])
    m = costs.shape[1]
    assert knee(wider) == knee(costs)
    assert topsis(wider, [*weights[:m], 7]) == topsis(costs, weights[:m])
    point = aspired(costs, weights[:m])
    assert reference(wider, [*point, constant - 1e9]) == reference(costs, point)


def test_a_reference_in_an_objective_without_extent_has_no_say():
    costs = [[0, 10, 5], [3, 4, 5], [10, 0, 5]]
    assert {reference(costs, [0, 9, q]) for q in (-1e308, 5, 1e308)} == {
        reference(np.array(costs)[:, :2], [0, 9])
    }
    assert reference([[1, 1], [1, 1]], [9, 9]) == 0


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ([1], "reference must have 2 entries, got 1"),
        ([1, NAN], "reference must be finite, got nan at index 1"),
    ],
)
def test_a_reference_that_is_none_is_the_users_error(point, message):
    with pytest.raises(InputError, match=message):
        reference([[0, 1], [1, 0]], point)


@pytest.mark.parametrize(
    "choose",
    [
        knee,
        lambda c: prefer(c, [1, 1]),
        lambda c: topsis(c, [1, 1]),
        lambda c: reference(c, [1, 1]),
        lambda c: at_least(c, [NAN, NAN], 0),
        lambda c: robust([1], c),
        lambda c: neighbours(c, 0),
    ],
)
@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ([], "costs must hold at least one point, got none"),
        (np.zeros((0, 2)), "costs must hold at least one point, got none"),
        ([[1, NAN]], "costs must be finite, got nan"),
        ([1, 2], r"costs must be an n x m array, got shape \(2,\)"),
    ],
)
def test_hostile_points_are_refused_in_words(choose, costs, message):
    with pytest.raises(ValueError, match=message):
        choose(costs)
