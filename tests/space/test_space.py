"""Laws of the space: candidates and their dimensions are one thing, whatever is conditional."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import UNIT, a_study, studies, values

import jrtune as jr
from jrtune.space.space import STICK, Space
from jrtune.spec import Candidate

NESTED = {
    "sharing": jr.choice("hard", "soft"),
    "gates": jr.integer(1, 4, when={"sharing": "soft"}),
    "depth": jr.number(0, 1, when={"gates": [2, 3]}),
}


def nested():
    return Space(a_study(space=NESTED))


@st.composite
def points(draw):
    """A random space and a random candidate of it."""
    space = Space(draw(studies()))
    pending = []

    def pick(name, entry):
        pending.append(name)
        return draw(UNIT if entry is STICK else values(entry))

    return space, space.build(pick), pending


def same(one, other):
    """Equal; weights within rounding."""
    assert one.weights == pytest.approx(other.weights, abs=1e-9, rel=0)
    assert list(one.weights) == list(other.weights)
    assert (one.choices, one.balancing) == (other.choices, other.balancing)


@given(points())
def test_a_candidate_comes_back_from_its_dimensions(point):
    space, candidate, _ = point
    same(space.decode({name: value for name, (_, value) in space.encode(candidate).items()}), candidate)


@given(points())
def test_a_candidate_comes_back_through_json(point):
    space, candidate, _ = point
    again = Candidate.from_json(candidate.to_json())
    assert again == candidate
    assert space.encode(again) == space.encode(candidate)


@given(points())
def test_only_dimensions_that_exist_are_asked_for_once(point):
    space, candidate, pending = point
    active = [name for name, entry in space.entries.items() if entry.active(candidate.choices)]
    assert list(candidate.choices) == active
    assert pending == [*space.sticks(), *active] == list(space.encode(candidate))


@given(points())
def test_each_dimension_comes_with_an_entry_that_contains_it(point):
    space, candidate, _ = point
    assert all(entry.contains(value) for entry, value in space.encode(candidate).values())


@given(studies())
def test_baselines_are_exact_and_at_the_defaults(study):
    space, terms = Space(study), list(study.losses)
    baselines = space.baselines()
    equal = baselines.pop("equal weights")
    assert equal.weights == {term: 1 / len(terms) for term in terms}
    groups = space.simplex.groups if len(space.simplex.groups) > 1 else ()
    assert list(baselines) == [f"single {'+'.join(group)}" for group in groups]
    for group, corner in zip(groups, baselines.values(), strict=True):
        assert corner.weights == {term: 1 / len(group) if term in group else 0.0 for term in terms}
    for candidate in (equal, *baselines.values()):
        assert candidate.choices == equal.choices
        assert all(value == study.space[name].default for name, value in candidate.choices.items())


def test_what_does_not_exist_is_absent():
    space = nested()
    code = {"stick_0": 0.5, "sharing": "hard", "gates": 2, "depth": 0.5}
    assert space.decode(code).choices == {"sharing": "hard"}
    assert space.decode(code | {"sharing": "soft", "gates": 1}).choices == {"sharing": "soft", "gates": 1}
    assert space.decode(code | {"sharing": "soft"}).choices == {"sharing": "soft", "gates": 2, "depth": 0.5}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stick_0": 1.5}, r"expected stick_0 in \[0.0, 1.0\], got 1.5"),
        ({"stick_0": None}, r"expected stick_0 in \[0.0, 1.0\], got None"),
        ({"sharing": "none"}, r"expected sharing in \{'hard', 'soft'\}, got 'none'"),
        ({"gates": 5}, r"expected gates in \[1, 4\], got 5"),
        ({"gates": 2.0}, r"expected gates in \[1, 4\], got 2.0"),
        ({"gates": True}, r"expected gates in \[1, 4\], got True"),
        ({"depth": float("nan")}, r"expected depth in \[0, 1\], got nan"),
    ],
)
def test_dimensions_outside_the_space_are_refused(changes, message):
    code = {"stick_0": 0.5, "sharing": "soft", "gates": 2, "depth": 0.5}
    nested().decode(code)
    with pytest.raises(ValueError, match=message):
        nested().decode(code | changes)


@pytest.mark.parametrize("name", ["stick_0", "sharing", "gates", "depth"])
def test_a_missing_dimension_is_named(name):
    code = {"stick_0": 0.5, "sharing": "soft", "gates": 2, "depth": 0.5}
    del code[name]
    with pytest.raises(ValueError, match=f"expected {name} in .*, got nothing"):
        nested().decode(code)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({}, r"expected a choice sharing in \{'hard', 'soft'\}, got \{\}"),
        ({"sharing": "soft"}, r"expected a choice gates in \[1, 4\], got"),
        ({"sharing": "soft", "gates": 9}, r"expected a choice gates in \[1, 4\], got"),
        ({"sharing": "hard", "gates": 2}, "the choices gates do not exist at this point of the space"),
        ({"sharing": "hard", "z": 1, "y": 1}, "the choices y, z do not exist at this point of the space"),
    ],
)
def test_a_candidate_outside_the_space_is_refused(choices, message):
    with pytest.raises(ValueError, match=message):
        nested().encode(Candidate({"a": 0.5, "b": 0.5}, choices))


def test_a_candidate_with_other_terms_is_refused():
    with pytest.raises(ValueError, match="expected weights >= 0 for a, b"):
        nested().encode(Candidate({"a": 1.0}, {"sharing": "hard"}))
