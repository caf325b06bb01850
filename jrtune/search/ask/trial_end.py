"""How a trial ended, as Optuna's storages take it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

from jrtune.search.front.history import RUNGS
from jrtune.search.schedule.rungs import RungValues
from jrtune.spec import Objective, Outcome, TrialStatus
from jrtune.spec.types import Json
from jrtune.store.optuna_tables import OptunaTrial

CONSTRAINT = "constraints:"
"""Start of the system attributes in which Optuna stores constraints."""

STATUS = "status"
"""User attribute of a trial that is not complete: why."""


@dataclass(frozen=True)
class TrialEnd:
    """The end of a trial.

    Attributes:
        state: Optuna's.
        values: of the objectives; None where it is not complete.
        user_attrs: for people and samplers.
        constraints: name -> violation, above 0 where it is infeasible.
    """

    state: TrialState
    values: Sequence[float] | None = None
    user_attrs: Mapping[str, Json] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)

    def with_rungs(self, rungs: Sequence[RungValues]) -> TrialEnd:
        """The same with what the trial was judged by."""
        return replace(self, user_attrs={**self.user_attrs, RUNGS: list(rungs)}) if rungs else self

    def stored(self, number: int) -> OptunaTrial:
        """The same as Optuna's tables hold it, of the trial of this number."""
        system = {f"{CONSTRAINT}{name}": violation for name, violation in self.constraints.items()}
        return OptunaTrial(number, self.state.name, {}, self.values or (), self.user_attrs, system)

    def write(self, study: optuna.Study, storage: BaseStorage, trial_id: int, number: int) -> None:
        """Ends a running trial.

        Args:
            study, storage: where it is.
            trial_id, number: as the storage has it, and as the study has it.
        """
        for name, value in self.user_attrs.items():
            storage.set_trial_user_attr(trial_id, name, value)
        for name, violation in self.constraints.items():
            Trial(study, trial_id).set_constraint(name, violation)
        study.tell(number, self.values, self.state)


def end_of(
    outcome: Outcome, objectives: Mapping[str, Objective], constraints: Mapping[str, float]
) -> TrialEnd:
    """The end of a trial whose training had this outcome.

    Args:
        outcome: of the training.
        objectives: the study's.
        constraints: loss term -> limit.
    """
    if outcome.status is not TrialStatus.COMPLETE:
        # PRUNED without values: TPE takes it for bad, and with intermediate values it would fail
        state = TrialState.PRUNED if outcome.status is TrialStatus.PRUNED else TrialState.FAIL
        return TrialEnd(state, None, {STATUS: f"{outcome.status.value}: {outcome.message}"[:1000]})
    violations = {name: o.violation(outcome.values[name]) for name, o in objectives.items()}
    beyond = {f"loss {term}": outcome.losses[term] - limit for term, limit in constraints.items()}
    known = {name: violation for name, violation in violations.items() if violation is not None}
    return TrialEnd(TrialState.COMPLETE, [outcome.values[name] for name in objectives], {}, known | beyond)


def end_as_stored(trial: FrozenTrial) -> TrialEnd:
    """The end of a trial that was stored."""
    attrs = {name: value for name, value in trial.user_attrs.items() if name in (STATUS, RUNGS)}
    return TrialEnd(trial.state, trial.values, attrs, trial.constraints)


def as_running(trial: FrozenTrial) -> FrozenTrial:
    """The stored trial as it was before it ended."""
    return create_trial(
        state=TrialState.RUNNING,
        params=trial.params,
        distributions=trial.distributions,
        user_attrs={name: value for name, value in trial.user_attrs.items() if name not in (STATUS, RUNGS)},
        system_attrs={n: v for n, v in trial.system_attrs.items() if not n.startswith(CONSTRAINT)},
    )
