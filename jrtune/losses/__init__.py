"""From several loss terms to the one figure that is minimised."""

from collections.abc import Mapping, Sequence

from jrtune.errors import StudyError
from jrtune.losses.balancing import Balancing, DynamicWeightAverage, RandomWeights, Uncertainty
from jrtune.losses.weighted_sum import WeightedSum
from jrtune.spec import Candidate

__all__ = [
    "ADAPTIVE",
    "Balancing",
    "DynamicWeightAverage",
    "RandomWeights",
    "Uncertainty",
    "WeightedSum",
    "balancing_of",
]

ADAPTIVE: Mapping[str, type[Balancing]] = {
    "uncertainty": Uncertainty,
    "dwa": DynamicWeightAverage,
    "random-weights": RandomWeights,
}
"""Adaptive methods by the name that a candidate's ``balancing`` gives."""


def balancing_of(candidate: Candidate, terms: Sequence[str]) -> Balancing:
    """The module that turns a candidate's losses, in the order of ``terms``, into one figure.

    Raises:
        StudyError: where the candidate weighs other terms, or names a method that is not there.
    """
    if set(candidate.weights) != set(terms):
        got = ", ".join(candidate.weights) or "none"
        raise StudyError(f"expected weights of the terms {', '.join(terms)}, got {got}: give each its weight")
    if candidate.balancing == "fixed":
        return WeightedSum([candidate.weights[term] for term in terms])
    if candidate.balancing not in ADAPTIVE:
        known = ", ".join(["fixed", *ADAPTIVE])
        raise StudyError(f"balancing must be one of {known}, got {candidate.balancing!r}: choose one")
    return ADAPTIVE[candidate.balancing](len(terms))
