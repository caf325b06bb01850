"""From several loss terms to the one figure that is minimised."""

from collections.abc import Mapping, Sequence

from jrtune.errors import StudyError
from jrtune.losses.balancing import Balancing, DynamicWeightAverage, RandomWeights, Uncertainty
from jrtune.losses.constraints import MARGIN, Constrained, penalty
from jrtune.losses.scalarisations import SCALARISATIONS, Scalarised
from jrtune.spec import Candidate

__all__ = [
    "ADAPTIVE",
    "SCALARISATIONS",
    "Balancing",
    "Constrained",
    "DynamicWeightAverage",
    "RandomWeights",
    "Scalarised",
    "Uncertainty",
    "balancing_of",
    "penalty",
]

ADAPTIVE: Mapping[str, type[Balancing]] = {
    "uncertainty": Uncertainty,
    "dwa": DynamicWeightAverage,
    "random-weights": RandomWeights,
}
"""Adaptive methods by the name that a candidate's ``balancing`` gives."""


def balancing_of(
    candidate: Candidate,
    terms: Sequence[str],
    scalarisation: str = "sum",
    constraints: Mapping[str, float] | None = None,
) -> Balancing:
    """The module that turns a candidate's losses, in the order of ``terms``, into one figure.

    Args:
        candidate: whose weights or adaptive method it has.
        terms: names of the T loss terms.
        scalarisation: of fixed weights; an adaptive method has its own way to sum.
        constraints: loss term -> its greatest mean, which holds for adaptive methods too.

    Raises:
        StudyError: where the candidate weighs other terms, or names a method that is not there.
    """
    if set(candidate.weights) != set(terms):
        got = ", ".join(candidate.weights) or "none"
        raise StudyError(f"expected weights of the terms {', '.join(terms)}, got {got}: give each its weight")
    if candidate.balancing == "fixed":
        balancing: Balancing = Scalarised([candidate.weights[term] for term in terms], scalarisation)
    elif candidate.balancing in ADAPTIVE:
        balancing = ADAPTIVE[candidate.balancing](len(terms))
    else:
        known = ", ".join(["fixed", *ADAPTIVE])
        raise StudyError(f"balancing must be one of {known}, got {candidate.balancing!r}: choose one")
    if not constraints:
        return balancing
    limits = {number: constraints[term] for number, term in enumerate(terms) if term in constraints}
    return Constrained(balancing, {number: (1 - MARGIN) * limit for number, limit in limits.items()})
