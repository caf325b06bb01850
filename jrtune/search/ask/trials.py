"""The study's trials: in memory for the sampler, in the database to last.

Optuna commits every suggested number and every attribute by itself. Here the sampler works on a study in
memory, and a trial goes to the database whole, in one transaction when it is asked and one when it is told.
After a resume the study in memory is rebuilt from the database, so the sampler sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import optuna
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from jrtune.search.ask.enqueued import PRIOR, Plan, baselines, dimensions, untried
from jrtune.search.ask.optuna_records import (
    SOURCE,
    STUDY_ATTRS,
    PendingTrial,
    open_study,
    pending_of,
    running,
)
from jrtune.search.ask.samplers import make_sampler
from jrtune.search.ask.subsampled import ask_subsampled
from jrtune.search.front.history import RUNGS
from jrtune.search.schedule.rungs import RungValues, at_rungs
from jrtune.space.space import Space
from jrtune.spec import Candidate, Entry, EpochRecord, Outcome, Study, TrialStatus, Value


class Trials:
    """Asks and tells the trials of one study.

    Args:
        storage: Optuna's storage.
        name: of the study in it; made if it is not there.
        study: the problem and space.
        sampler: name of the sampler.
        seed: the study's seed.
        plan: what is searched.
        curves: number of a trial that ended -> its epochs; looked at whenever a trial is told.

    Raises:
        StorageError: as :func:`open_study`.
    """

    def __init__(
        self,
        storage: RDBStorage,
        name: str,
        study: Study,
        sampler: str,
        seed: int,
        plan: Plan | None = None,
        curves: Mapping[int, Sequence[EpochRecord]] | None = None,
    ) -> None:
        self.space = Space(study)
        self.objectives, self.constraints = study.objectives, study.constraints
        self.sampler, self.seed, self.plan = sampler, seed, plan or Plan()
        self.epochs, self.curves = study.epochs, curves if curves is not None else {}
        self.baselines = baselines(self.plan, self.space)
        directions = [o.direction for o in study.objectives.values()]
        self.storage = storage
        self.stored = open_study(storage, name, directions, list(study.objectives))
        self.stored_id = storage.get_study_id_from_name(name)
        self.memory_storage = InMemoryStorage()
        self.memory = optuna.create_study(storage=self.memory_storage, study_name=name, directions=directions)
        self.memory_id = self.memory_storage.get_study_id_from_name(name)
        self.open: dict[int, PendingTrial] = {}
        self.sources: list[str] = []
        for trial in self.stored.get_trials(deepcopy=True):
            self._remember(trial)
        self.prior = untried(self.plan.prior, self._known()) if self.plan.prior else []

    def __len__(self) -> int:
        """Number of trials asked for so far."""
        return len(self.memory.get_trials(deepcopy=False))

    def unfinished(self) -> list[PendingTrial]:
        """Trials that were asked and not told: those that an interrupted run left."""
        return list(self.open.values())

    def ask(self) -> PendingTrial:
        """The next candidate, stored as a running trial."""
        index = len(self)
        enqueued = self._enqueued(index)
        fixed = self._fixed(index, enqueued)
        before = dict(self.memory_storage.get_study_system_attrs(self.memory_id))
        self.memory.sampler = make_sampler(self.sampler, self.seed, index, fixed)
        candidate = self._build(self.memory.ask(), enqueued[1].weights if enqueued else self.plan.weights)
        after = self.memory_storage.get_study_system_attrs(self.memory_id)
        pending = PendingTrial(index, enqueued[0] if enqueued else self.sampler, candidate)
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        self.stored.add_trial(running(pending, self.memory.get_trials(deepcopy=False)[index], changed))
        self.open[index] = pending
        self.sources.append(pending.source)
        return pending

    def after_prior(self, number: int) -> bool:
        """Returns True where trial ``number`` is the first one after the candidates of the prior.

        Args:
            number: of a trial asked for already, or of the next one.
        """
        sources = [*self.sources, PRIOR if self.prior else self.sampler]
        return number > 0 and sources[number - 1] == PRIOR != sources[number]

    def tell(self, number: int, outcome: Outcome) -> None:
        """Stores how a trial ended; again, without harm."""
        for study, storage, study_id in self._both():
            trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
            if storage.get_trial(trial_id).state.is_finished():
                continue
            if storage is self.memory_storage and (seen := self._rungs(number)):
                storage.set_trial_user_attr(trial_id, RUNGS, seen)
            if outcome.status is TrialStatus.COMPLETE:
                for name, objective in self.objectives.items():
                    violation = objective.violation(outcome.values[name])
                    if violation is not None:
                        Trial(study, trial_id).set_constraint(name, violation)
                for term, limit in self.constraints.items():
                    Trial(study, trial_id).set_constraint(f"loss {term}", outcome.losses[term] - limit)
                study.tell(number, [outcome.values[name] for name in self.objectives])
            else:
                storage.set_trial_user_attr(
                    trial_id, "status", f"{outcome.status.value}: {outcome.message}"[:1000]
                )
                # PRUNED without values: TPE takes it for bad, and with intermediate values it would fail
                pruned = outcome.status is TrialStatus.PRUNED
                study.tell(number, state=TrialState.PRUNED if pruned else TrialState.FAIL)
        self.open.pop(number, None)

    def _rungs(self, number: int) -> list[RungValues]:
        return at_rungs(self.curves.get(number, ()), self.objectives, self.epochs)

    def hand_back(self) -> None:
        """Marks what is unfinished as waiting, so that nothing is left running when nobody runs it."""
        self._set_unfinished(TrialState.WAITING)

    def take_up(self) -> None:
        """Marks what was handed back as running."""
        self._set_unfinished(TrialState.RUNNING)

    def _set_unfinished(self, state: TrialState) -> None:
        for pending in self.unfinished():
            trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.stored_id, pending.number)
            if self.storage.get_trial(trial_id).state is not state:
                self.storage.set_trial_state_values(trial_id, state)

    def _known(self) -> list[Candidate]:
        stored = [pending_of(trial).candidate for trial in self.memory.get_trials(deepcopy=False)]
        return [*stored, *(candidate for _, candidate in self.baselines)]

    def _enqueued(self, index: int) -> tuple[str, Candidate] | None:
        """Source and candidate of an enqueued trial; None where the sampler is to find it."""
        if index < len(self.baselines):
            return self.baselines[index]
        return (PRIOR, self.prior.pop(0)) if self.prior else None

    def _fixed(self, index: int, enqueued: tuple[str, Candidate] | None) -> dict[str, Value] | None:
        """Dimension -> value of what is fixed before the sampler is asked; None where nothing is."""
        if enqueued is not None:
            return dimensions(enqueued[1], self.plan, self.space)
        if self.sampler == "gp":
            return ask_subsampled(self.memory, self.seed, index, lambda t: self._build(t, self.plan.weights))
        return None

    def _build(self, trial: Trial, weights: Mapping[str, float] | None) -> Candidate:
        """The candidate whose choices, and whose weights where ``weights`` is None, the sampler suggests."""

        def pick(name: str, entry: Entry) -> Value:
            return suggest(trial, name, entry)

        # where weightings are searched, an enqueued one is suggested all the same: samplers learn from it
        own = None if self.plan.weights is None else weights
        built = self.space.build(pick, own, self.plan.balancing)
        return built if weights is None else Candidate(weights, built.choices, built.balancing)

    def _remember(self, trial: FrozenTrial) -> None:
        for key, value in trial.system_attrs.get(STUDY_ATTRS, {}).items():
            self.memory_storage.set_study_system_attr(self.memory_id, key, value)
        self.sources.append(trial.user_attrs[SOURCE])
        if not trial.state.is_finished():
            trial.state = TrialState.RUNNING
            self.open[trial.number] = pending_of(trial)
        elif seen := self._rungs(trial.number):
            trial.user_attrs[RUNGS] = seen
        self.memory.add_trial(trial)

    def _both(self) -> Sequence[tuple[optuna.Study, BaseStorage, int]]:
        # the database first: what it holds is what counts after a crash between the two
        return (
            (self.stored, self.storage, self.stored_id),
            (self.memory, self.memory_storage, self.memory_id),
        )


def suggest(trial: Trial, name: str, entry: Entry) -> Value:
    """The sampler's value for a dimension of the space."""
    if entry.kind == "choice":
        return trial.suggest_categorical(name, entry.options)
    if entry.kind == "integer":
        return trial.suggest_int(name, int(entry.low), int(entry.high), log=entry.log)
    return trial.suggest_float(name, entry.low, entry.high, log=entry.log)
