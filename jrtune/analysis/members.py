"""The values that confirmations are summarised in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jrtune.spec import Candidate

TUNED = "tuned weights"
"""The name of the tuned weights among the methods of a comparison."""


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95 % interval (Student's t); low and high are NaN for one seed."""

    mean: float
    low: float
    high: float
    seeds: int


@dataclass(frozen=True)
class ConfirmedMember:
    """A candidate that was confirmed.

    Attributes:
        label, number, role, candidate: as in :class:`jrtune.store.records.ConfirmationRecord`.
        test: objective -> value on test over the seeds; then what is watched, where it is known.
        stability: share of resamplings of the seeds in which it stays non-dominated among the front
            members, on test; None unless it is one, or where these have fewer than two common seeds.
        gains: objective -> gain over the single-task model on test, positive where it is better, seeds
            paired; empty for single-task models.
    """

    label: str
    number: int | None
    role: Literal["front", "baseline", "control"]
    candidate: Candidate
    test: Mapping[str, Estimate]
    stability: float | None
    gains: Mapping[str, Estimate]


@dataclass(frozen=True)
class Verdict:
    """The answer to whether joint training helped one task.

    Attributes:
        objective: the task's objective.
        outcome: "helped", "hurt" or "cannot be told".
        gain: of the joint member that is best on validation over the single-task model that is.
        sentence: the same in plain words, with names and values.
    """

    objective: str
    outcome: Literal["helped", "hurt", "cannot be told"]
    gain: Estimate
    sentence: str


@dataclass(frozen=True)
class ConfirmationSummary:
    """All that confirmation says of values on test. It is shown; no point is chosen by it.

    Attributes:
        members: front members in the front's order, then baselines, then controls.
        verdicts: one an objective that joint training could change (resources have none).
        hypervolume: of the front members' test means, against the study's reference point.
        best_single: hypervolume of the best single front member: near the above, there is no trade-off.
        trainings: trainings spent: trials, and confirmations.
    """

    members: tuple[ConfirmedMember, ...]
    verdicts: tuple[Verdict, ...]
    hypervolume: float
    best_single: float
    trainings: tuple[int, int]

    @property
    def front(self) -> dict[int, ConfirmedMember]:
        """Trial -> front member, in the front's order."""
        return {m.number: m for m in self.members if m.role == "front" and m.number is not None}
