"""Loss terms for studies; and, for trainers, from several terms to the scalar that is minimised."""

from collections.abc import Mapping, Sequence

from jrtune.errors import StudyError
from jrtune.losses.balancing import ADAPTIVE, Balancing, GradientBalancing, adaptive
from jrtune.losses.balancing import DynamicWeightAverage as DynamicWeightAverage
from jrtune.losses.balancing import RandomWeights as RandomWeights
from jrtune.losses.balancing import Uncertainty as Uncertainty
from jrtune.losses.constraints import MARGIN, Constrained
from jrtune.losses.constraints import penalty as penalty
from jrtune.losses.domains import coral, domain_loss, mmd, reverse_gradient
from jrtune.losses.evolution import without_gradient
from jrtune.losses.jacobian import Jacobian as Jacobian
from jrtune.losses.jacobian import gradient_norms as gradient_norms
from jrtune.losses.jacobian import jacobian_of as jacobian_of
from jrtune.losses.jacobian import sparsity_of as sparsity_of
from jrtune.losses.labels import (
    absolute_error,
    binary_cross_entropy,
    class_balanced_weights,
    cross_entropy,
    squared_error,
)
from jrtune.losses.masking import masked_mean
from jrtune.losses.modalities import contrastive, distillation, info_nce
from jrtune.losses.outputs import implies, monotone
from jrtune.losses.parameters import task_covariance, task_relation, tie, trace_norm
from jrtune.losses.scalarisations import SCALARISATIONS as SCALARISATIONS
from jrtune.losses.scalarisations import Scalarised
from jrtune.spec import Candidate

# for studies and for training elsewhere, as a bundle's card shows; what trainers take besides is imported
# under its own name above, or defined below
__all__ = [
    "ADAPTIVE",
    "Balancing",
    "Constrained",
    "GradientBalancing",
    "Scalarised",
    "absolute_error",
    "adaptive",
    "binary_cross_entropy",
    "class_balanced_weights",
    "contrastive",
    "coral",
    "cross_entropy",
    "distillation",
    "domain_loss",
    "implies",
    "info_nce",
    "jacobian_of",
    "masked_mean",
    "mmd",
    "monotone",
    "reverse_gradient",
    "squared_error",
    "task_covariance",
    "task_relation",
    "tie",
    "trace_norm",
    "without_gradient",
]


def __dir__() -> list[str]:
    """The public names, without the files they come from."""
    return __all__


def balancing_of(
    candidate: Candidate,
    terms: Sequence[str],
    scalarisation: str = "sum",
    constraints: Mapping[str, float] | None = None,
) -> Balancing:
    """The module that turns a candidate's losses, in the order of ``terms``, into one scalar.

    Args:
        candidate: its weights or adaptive method hold.
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
