"""From several loss terms to the one figure that is minimised."""

from collections.abc import Mapping

from jrtune.losses.balancing import Balancing, DynamicWeightAverage, RandomWeights, Uncertainty
from jrtune.losses.weighted_sum import WeightedSum
from jrtune.spec import Candidate

__all__ = ["ADAPTIVE", "Balancing", "DynamicWeightAverage", "RandomWeights", "Uncertainty", "WeightedSum", "balancing_of"]

ADAPTIVE: Mapping[str, type[Balancing]] = {
    "uncertainty": Uncertainty,
    "dwa": DynamicWeightAverage,
    "random-weights": RandomWeights,
}
"""Adaptive methods by the name that a candidate's ``balancing`` gives."""


def balancing_of(candidate: Candidate) -> Balancing:
    """The module that turns a candidate's losses into one figure."""
    if candidate.balancing == "fixed":
        return WeightedSum(list(candidate.weights.values()))
    return ADAPTIVE[candidate.balancing](len(candidate.weights))
