"""The candidates that no sampler finds: the baselines, then what an earlier study gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from jrtune.space.space import Space
from jrtune.spec import Candidate, Value

PRIOR = "prior"
"""Source of a candidate that an earlier study gave."""


@dataclass(frozen=True)
class Plan:
    """The searched and the fixed parts of a study.

    Attributes:
        weights: a weighting that every candidate has; None where the weighting is searched.
        balancing: the adaptive method that every candidate is trained with, or "fixed".
        prior: candidates to try right after the baselines; those that the study has already are left out.
    """

    weights: Mapping[str, float] | None = None
    balancing: str = "fixed"
    prior: Sequence[Candidate] = ()


def baselines(plan: Plan, space: Space) -> list[tuple[str, Candidate]]:
    """Source and candidate of each baseline, in the order in which they are tried."""
    if plan.weights is None:
        return list(space.baselines().items())
    return [("default choices", space.default(plan.weights))]


def untried(candidates: Sequence[Candidate], known: Collection[Candidate]) -> list[Candidate]:
    """Those of ``candidates`` that are not known, each once."""
    # by what is stored, not by number: a run that was killed goes on with the same one
    return [c for i, c in enumerate(candidates) if c not in known and c not in candidates[:i]]


def dimensions(candidate: Candidate, plan: Plan, space: Space) -> dict[str, Value]:
    """A given candidate's place in the space that is searched: dimension -> value."""
    if plan.weights is not None:
        return dict(candidate.choices)
    # a baseline's weights are exact; its place in the space is the nearest there is (floors, groups)
    near = Candidate(space.simplex.nearest(candidate.weights), candidate.choices)
    return {name: value for name, (_, value) in space.encode(near).items()}
