"""Hypothesis strategies for what several tests draw: weightings, spaces, studies, candidates."""

from __future__ import annotations

import math

from hypothesis import strategies as st

import jrtune as jr

TERMS = ("a", "b", "c", "d", "e", "f")
FINITE = st.floats(allow_nan=False, allow_infinity=False)
UNIT = st.floats(0, 1)


def a_study(**changes):
    """The smallest study, with these changes."""
    parts = {
        "name": "small",
        "data": lambda: {},
        "model": lambda **choices: None,
        "losses": {"a": lambda outputs, batch: None, "b": lambda outputs, batch: None},
        "objectives": {"score": jr.maximize(lambda outputs, batch: 0.0)},
    }
    return jr.Study(**parts | changes)


@st.composite
def weightings(draw, terms):
    """Terms -> weights that sum to one; exact zeros are common."""
    raw = draw(st.lists(st.just(0.0) | st.floats(1e-6, 1), min_size=len(terms), max_size=len(terms)))
    if not any(raw):
        raw[draw(st.integers(0, len(terms) - 1))] = 1.0
    return {term: value / math.fsum(raw) for term, value in zip(terms, raw, strict=True)}


@st.composite
def simplexes(draw):
    """Terms and their simplex: 1 to 6 terms, both scales, floors, groups."""
    terms = TERMS[: draw(st.integers(1, 6))]
    left, groups = draw(st.permutations(terms)), {}
    while left and draw(st.booleans()):
        size = draw(st.integers(1, len(left)))
        groups[f"g{len(groups)}"], left = left[:size], left[size:]
    floor = draw(st.sampled_from([0.0, 0.5, 0.99])) / len(terms)
    return terms, jr.simplex(log=draw(st.booleans()), floor=floor, groups=groups)


@st.composite
def entries(draw, earlier):
    """An entry of the space that may depend on some of the choices declared before it."""
    parents = [name for name, entry in earlier.items() if entry.kind == "choice"]
    names = draw(st.lists(st.sampled_from(parents), unique=True, max_size=2)) if parents else []
    when = {
        name: draw(st.lists(st.sampled_from(earlier[name].options), min_size=1, unique=True))
        for name in names
    }
    kind = draw(st.sampled_from(["choice", "integer", "number"]))
    if kind == "choice":
        values = st.none() | st.booleans() | st.integers(-3, 3) | FINITE | st.text(max_size=4)
        return jr.choice(*draw(st.lists(values, min_size=1, max_size=4, unique=True)), when=when)
    log = draw(st.booleans())
    bound = st.integers(1, 1000) if kind == "integer" else st.floats(1e-12, 1e12) if log else FINITE
    low, high = sorted(draw(st.lists(bound, min_size=2, max_size=2, unique=True)))
    return {"integer": jr.integer, "number": jr.number}[kind](low, high, log=log, when=when)


@st.composite
def studies(draw):
    """A study of a random, conditional space; losses that do nothing."""
    terms, weights = draw(simplexes())
    space = {}
    for k in range(draw(st.integers(0, 5))):
        space[f"x{k}"] = draw(entries(space))
    losses = {term: lambda outputs, batch: None for term in terms}
    return a_study(losses=losses, weights=weights, space=space)


def values(entry):
    """What an entry can be."""
    if entry.kind == "choice":
        return st.sampled_from(entry.options)
    return st.integers(entry.low, entry.high) if entry.kind == "integer" else st.floats(entry.low, entry.high)
