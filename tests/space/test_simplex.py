"""Laws of the simplex: every code is a weighting, every weighting has a code, draws lie where they should."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kstest
from strategies import TERMS, UNIT, simplexes, weightings

import jrtune as jr
from jrtune.space.simplex import DECADES, Simplex

SIMPLEXES = simplexes().map(lambda drawn: Simplex(*drawn))
PLAIN, LOG = jr.simplex(), jr.simplex(log=True)
EDGES = st.sampled_from([0.0, 1.0, 0.5, 5e-324, 1e-300, 1e-9, 1 - 2**-53])


def codes(simplex):
    size = simplex.dimensions
    return st.lists(UNIT | EDGES, min_size=size, max_size=size)


def is_weighting(simplex, weights):
    """Terms in order, summing to one, none under the floor, groups of one weight."""
    assert tuple(weights) == simplex.terms
    assert abs(math.fsum(weights.values()) - 1) <= 1e-12
    assert min(weights.values()) >= simplex.floor
    for group in simplex.groups:
        assert len({weights[term] for term in group}) == 1


def resolution(simplex):
    """What a float near u = 1 can tell apart of the share that is left on the plain scale."""
    return 1e-9 if simplex.log else max(1e-9, 2 ** (-53 / max(simplex.dimensions, 1)))


def close(one, other, tolerance=1e-9):
    assert one == pytest.approx(other, abs=tolerance, rel=0)


@given(st.data(), SIMPLEXES)
def test_every_code_is_a_weighting(data, simplex):
    is_weighting(simplex, simplex.decode(data.draw(codes(simplex))))


@given(st.data(), SIMPLEXES)
def test_a_code_of_a_code_gives_the_same_weights(data, simplex):
    weights = simplex.decode(data.draw(codes(simplex)))
    again = simplex.encode(weights)
    assert all(0 <= u <= 1 for u in again)
    close(simplex.decode(again), weights)


@given(st.integers(1, 6).flatmap(lambda t: weightings(TERMS[:t])), st.sampled_from([PLAIN, LOG]))
def test_every_weighting_has_a_code(weights, weighting):
    simplex = Simplex(tuple(weights), weighting)
    got = simplex.decode(simplex.encode(weights))
    # where no weight is small, nor is what is left of the stick
    close(got, weights, 1e-9 if min(weights.values()) >= 0.02 else resolution(simplex))


@given(st.data(), SIMPLEXES)
def test_zero_and_one_are_exact(data, simplex):
    """A code of zeros and ones is a corner: all that floors leave, to one group."""
    sticks = data.draw(
        st.lists(st.sampled_from([0, 1]), min_size=simplex.dimensions, max_size=simplex.dimensions)
    )
    chosen = simplex.groups[sticks.index(1) if 1 in sticks else -1]
    weights = simplex.decode(sticks)
    assert all(weights[term] == simplex.floor for term in simplex.terms if term not in chosen)
    if not simplex.floor:
        assert weights == simplex.corner(chosen)


@pytest.mark.parametrize("weighting", [PLAIN, LOG], ids=["plain", "log"])
@pytest.mark.parametrize("t", range(1, 7))
def test_corners_are_exact_and_equal_is_equal(t, weighting):
    simplex = Simplex(TERMS[:t], weighting)
    for group in simplex.groups:
        corner = simplex.corner(group)
        assert sorted(corner.values()) == [0.0] * (t - 1) + [1.0]
        assert simplex.decode(simplex.encode(corner)) == corner
    assert set(simplex.equal().values()) == {1 / t}
    close(simplex.decode(simplex.encode(simplex.equal())), simplex.equal(), 1e-15)


@pytest.mark.parametrize("t", range(2, 7))
def test_the_middle_of_the_log_scale_is_equal(t):
    simplex = Simplex(TERMS[:t], LOG)
    close(simplex.decode([0.5] * (t - 1)), simplex.equal(), 1e-15)


@pytest.mark.parametrize("t", range(2, 7))
def test_uniform_codes_are_uniform_weightings(t):
    """Every marginal of the uniform distribution on the simplex is Beta(1, T-1), with mean 1/T."""
    simplex = Simplex(TERMS[:t], PLAIN)
    draws = np.random.default_rng(t).uniform(size=(4000, t - 1))
    weights = np.array([list(simplex.decode(u).values()) for u in draws.tolist()])
    for marginal in weights.T:
        assert marginal.mean() == pytest.approx(1 / t, abs=4 * marginal.std() / math.sqrt(len(draws)))
        assert kstest(marginal, "beta", args=(1, t - 1)).pvalue > 1e-3


@pytest.mark.parametrize("t", range(2, 7))
def test_nine_log_draws_of_ten_lie_within_the_decades(t):
    """Of the first share, against an equal split of what it is broken off."""
    simplex = Simplex(TERMS[:t], LOG)
    draws = np.random.default_rng(t).uniform(size=4000).tolist()
    firsts = [simplex.decode([u] + [0.5] * (t - 2))["a"] for u in draws]
    ratios = [w / (1 - w) * (t - 1) for w in firsts]
    within = np.mean([abs(math.log10(r)) <= DECADES for r in ratios])
    assert within == pytest.approx(0.9, abs=0.02)


# --- nearest ---------------------------------------------------------------------------------


@given(st.data(), SIMPLEXES)
def test_the_nearest_weighting_can_be_expressed(data, simplex):
    near = simplex.nearest(data.draw(weightings(simplex.terms)))
    assert tuple(near) == simplex.terms
    close(simplex.decode(simplex.encode(near)), near, resolution(simplex))
    close(simplex.nearest(near), near)


@given(st.data(), SIMPLEXES)
def test_a_weighting_that_can_be_expressed_is_its_own_nearest(data, simplex):
    weights = simplex.decode(data.draw(codes(simplex)))
    close(simplex.nearest(weights), weights)


@pytest.mark.parametrize("t", range(1, 13))
def test_baselines_that_can_be_expressed_stay_as_they_are_to_the_last_digit(t):
    terms = [f"t{k}" for k in range(t)]
    grouped = jr.simplex(groups={"all": terms[: t // 2]}, floor=0.5 / t)
    for simplex in (Simplex(terms), Simplex(terms, LOG), Simplex(terms, grouped)):
        assert simplex.nearest(simplex.equal()) == simplex.equal()
    for group in Simplex(terms).groups:
        assert Simplex(terms).nearest(Simplex(terms).corner(group)) == Simplex(terms).corner(group)


# --- hostile input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sticks", [[], [0.5], [0.5] * 3, [0.5, math.nan], [0.5, -0.1], [1.1, 0.5], [math.inf, 0]]
)
def test_what_is_no_code_is_refused(sticks):
    with pytest.raises(ValueError, match=r"expected 2 numbers in \[0, 1\], got \["):
        Simplex(TERMS[:3]).decode(sticks)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"a": 1.0}, "expected weights >= 0 for a, b, c, got"),
        ({"a": 0.5, "b": 0.5, "z": 0.0}, "expected weights >= 0 for a, b, c, got"),
        ({"a": 1.5, "b": -0.5, "c": 0.0}, "expected weights >= 0"),
        ({"a": math.nan, "b": 0.5, "c": 0.5}, "expected weights >= 0"),
        ({"a": math.inf, "b": 0.5, "c": 0.5}, "expected weights >= 0"),
        ({"a": 1.0, "b": 1.0, "c": 0.0}, "must sum to 1, got 2.0: divide by their sum"),
        ({"a": 0.9, "b": 0.05, "c": 0.05}, "must not lie under the floor 0.1"),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, "the terms b, c share a weight"),
    ],
)
def test_what_is_no_weighting_here_is_refused(weights, message):
    simplex = Simplex(TERMS[:3], jr.simplex(floor=0.1, groups={"g": ["b", "c"]}))
    with pytest.raises(ValueError, match=message):
        simplex.encode(weights)


@given(st.data(), SIMPLEXES)
def test_inputs_are_left_as_they_were(data, simplex):
    sticks = data.draw(codes(simplex))
    before = list(sticks)
    weights = simplex.decode(sticks)
    copy = dict(weights)
    simplex.encode(weights)
    simplex.nearest(weights)
    assert (sticks, weights) == (before, copy)


def test_groups_keep_the_place_of_their_first_term():
    simplex = Simplex(TERMS[:4], jr.simplex(groups={"g": ["d", "b"]}))
    assert simplex.groups == (("a",), ("d", "b"), ("c",))
    assert simplex.decode([0.0, 1.0]) == {"a": 0.0, "b": 0.5, "c": 0.0, "d": 0.5}


@given(st.data(), SIMPLEXES)
def test_more_of_a_stick_is_more_of_its_group(data, simplex):
    assume(simplex.dimensions)
    code = data.draw(codes(simplex))
    k = data.draw(st.integers(0, simplex.dimensions - 1))
    term = simplex.groups[k][0]
    low, high = sorted((code[k], data.draw(UNIT)))
    below, above = (simplex.decode([*code[:k], u, *code[k + 1 :]])[term] for u in (low, high))
    assert below <= above + 1e-15
