"""The content of weights.json for a trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Literal

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import ConfirmedMember, Estimate
from jrtune.analysis.select.subset import select_subset
from jrtune.export.scale import finite
from jrtune.export.schema import (
    CandidateChoices,
    ConfirmedValue,
    FrontPoint,
    ObjectiveValues,
    Provenance,
    TrainingBlock,
    WeightsFile,
)
from jrtune.export.weights import WEIGHTED_SUM
from jrtune.spec import Candidate, Training
from jrtune.store.records import StudyRecord, TrialRecord

OPTIMISERS: Mapping[str, Literal["AdamW", "SGD"]] = {"adamw": "AdamW", "sgd": "SGD"}


def weights_file(
    choice: TrialRecord, analysis: Analysis, gradients: Mapping[str, float | None] | None = None
) -> WeightsFile:
    """The content for ``choice``, with values on test where it was confirmed."""
    study, candidate = analysis.study, choice.candidate
    test = _on_test(choice, analysis)
    return WeightsFile(
        study=study.name,
        trial=choice.number,
        weights={term: float(weight) for term, weight in candidate.weights.items()},
        loss_scale={term: finite(choice.loss_scale.get(term)) for term in candidate.weights},
        gradient_scale={term: finite(norm) for term, norm in (gradients or {}).items()},
        scalarisation=_scalarisation(choice, study),
        objectives={
            name: ObjectiveValues(direction=spec.direction, val=choice.values[name], test=test.get(name))
            for name, spec in study.spec.objectives.items()
        },
        candidate=_choices(candidate),
        training=_training_block(choice, study),
        provenance=Provenance(
            **{name: study.versions[name] for name in ("jrtune", "torch", "optuna", "python", "device")},
            seed=study.seed,
            data=study.data,
            created=choice.finished,
        ),
        front=[_point(trial, study) for trial in select_subset(analysis) if trial.number != choice.number],
    )


def _point(trial: TrialRecord, study: StudyRecord) -> FrontPoint:
    return FrontPoint(
        trial=trial.number,
        weights={term: float(weight) for term, weight in trial.candidate.weights.items()},
        candidate=_choices(trial.candidate),
        val={name: trial.values[name] for name in study.objectives},
    )


def _choices(candidate: Candidate) -> CandidateChoices:
    return CandidateChoices(choices=dict(candidate.choices), balancing=candidate.balancing)


def training_of(choice: TrialRecord, study: StudyRecord) -> Training:
    """The training of the trial: the study's training with the choices that vary it."""
    return study.spec.training.vary(choice.candidate.choices)


def _on_test(choice: TrialRecord, analysis: Analysis) -> dict[str, ConfirmedValue]:
    members = analysis.summary.members if analysis.summary else ()
    # the same candidate from the same defaults is the same thing under another label
    mine = [m for m in members if m.number == choice.number] or [m for m in members if _same(m, choice)]
    return {name: _estimate(estimate) for name, estimate in mine[0].test.items()} if mine else {}


def _same(member: ConfirmedMember, choice: TrialRecord) -> bool:
    return member.candidate == choice.candidate


def _estimate(estimate: Estimate) -> ConfirmedValue:
    low, high = finite(estimate.low), finite(estimate.high)
    return ConfirmedValue(mean=estimate.mean, low=low, high=high, seeds=estimate.seeds)


def _scalarisation(choice: TrialRecord, study: StudyRecord) -> str:
    """The name that the file has for it: the weighted sum has had a longer one from the start."""
    if choice.candidate.balancing != "fixed":
        return choice.candidate.balancing
    name = training_of(choice, study).scalarisation
    return WEIGHTED_SUM if name == "sum" else name


def _training_block(choice: TrialRecord, study: StudyRecord) -> TrainingBlock:
    choices = asdict(training_of(choice, study))
    del choices["scalarisation"]  # the file says it above
    optimizer = OPTIMISERS[choices.pop("optimizer")]
    if optimizer == "AdamW":
        choices["momentum"] = None  # it uses none
    constraints = dict(study.spec.constraints)
    return TrainingBlock(**choices, optimiser=optimizer, epochs=study.spec.epochs, constraints=constraints)
