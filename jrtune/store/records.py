"""Records as read back from the database: plain values, so that reading needs neither torch nor Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jrtune.spec import EQUAL, SINGLE, Candidate, StudySpec, TrialStatus, Value


@dataclass(frozen=True)
class StudyRecord:
    """A study as it was started.

    Attributes:
        name: the study's name.
        spec: :meth:`jrtune.spec.Study.describe` at the start.
        seed: the study's seed.
        path: the study file, absolute.
        options: what ``--set`` set.
        data: fingerprint of the data.
        reference: objective -> the reference point's coordinate; None until the baselines are done.
        versions: {"jrtune", "torch", "optuna", "python", "device", "file_hash", "declared"}.
        created: UTC, ISO 8601.
        cohort: how many candidates are asked for together; None where the trainer decides.
        stack: most candidates that are trained as one program, as measured on the device; None before.
    """

    name: str
    spec: StudySpec
    seed: int
    path: str
    options: Mapping[str, Value]
    data: str
    reference: Mapping[str, float] | None
    versions: Mapping[str, str]
    created: str
    cohort: int | None = None
    stack: int | None = None

    @property
    def terms(self) -> list[str]:
        """Names of the loss terms."""
        return list(self.spec.losses)

    @property
    def objectives(self) -> list[str]:
        """Names of the objectives."""
        return list(self.spec.objectives)

    @property
    def watched(self) -> list[str]:
        """Names of what is measured and decides nothing."""
        return list(self.spec.watched)

    @property
    def metrics(self) -> list[str]:
        """Names of all that is measured: the objectives, then what is watched."""
        return [*self.objectives, *self.watched]

    @property
    def signs(self) -> dict[str, int]:
        """Objective -> the factor that turns its value into a cost: -1 where it is maximised, else 1."""
        return {name: objective.sign for name, objective in self.spec.objectives.items()}


@dataclass(frozen=True)
class TrialRecord:
    """A trial that ended. Values are on the validation split at the selected epoch.

    Attributes:
        number: Optuna's trial number.
        source: "equal weights", "single TERM", "prior", or the sampler's name.
        candidate: what was trained.
        status: of the training; values, losses and loss_scale are empty unless it is complete.
        epoch: the selected epoch.
        values: objective -> value; of what is watched too, where it was finite.
        losses: loss term -> value; NaN where it was not finite, as one of no weight may be.
        loss_scale: loss term -> value of the untrained model; NaN likewise.
        seconds: wall-clock time of the training.
        message: what happened, where it did not complete.
        finished: UTC, ISO 8601.
    """

    number: int
    source: str
    candidate: Candidate
    status: TrialStatus
    epoch: int
    values: Mapping[str, float]
    losses: Mapping[str, float]
    loss_scale: Mapping[str, float]
    seconds: float
    message: str
    finished: str

    @property
    def is_baseline(self) -> bool:
        """Equal weights, or a single-task model, trained at the default choices."""
        return self.source == EQUAL or self.source.startswith(SINGLE)


@dataclass(frozen=True)
class CohortRecord:
    """A run of trials that are asked for and trained together.

    Attributes:
        index: 0, 1, 2, ... in the order in which they were asked for.
        first: number of its first trial: there is one for each trial, without gaps.
        size: how many trials it has.
        coordinator: number of who has claimed it; None where it waits for one.
        finished: True where the results of all its trials are written.
    """

    index: int
    first: int
    size: int
    coordinator: int | None = None
    finished: bool = False

    @property
    def numbers(self) -> range:
        """Numbers of its trials."""
        return range(self.first, self.first + self.size)


@dataclass(frozen=True)
class ConfirmationRecord:
    """One training of one candidate from one other seed, at full budget.

    Attributes:
        label: "trial 12", "equal weights", "single TERM", or "single TERM, choices of trial 12".
        number: the trial it confirms; None where it was no trial of the search.
        role: "front", "baseline" (equal weights, single-task at default choices) or "control"
            (single-task with the choices of a front member).
        candidate: what was trained.
        seed: number of the seed, 0, 1, ...; the same number is the same seed for every label.
        status: of the training; val and test are empty unless it is complete.
        val, test: objective -> value on that split; of what is watched too, where it was finite.
        seconds: wall-clock time of the training.
    """

    label: str
    number: int | None
    role: Literal["front", "baseline", "control"]
    candidate: Candidate
    seed: int
    status: TrialStatus
    val: Mapping[str, float]
    test: Mapping[str, float]
    seconds: float


@dataclass(frozen=True)
class Results:
    """All that a study has found so far.

    Attributes:
        study: the study as it was started.
        trials: those that ended, by number.
        confirmations: by label and seed.
    """

    study: StudyRecord
    trials: tuple[TrialRecord, ...]
    confirmations: tuple[ConfirmationRecord, ...] = ()

    @property
    def dropped(self) -> int:
        """Number of trials that ended at a rung, before their full budget."""
        return sum(trial.status is TrialStatus.PRUNED for trial in self.trials)
