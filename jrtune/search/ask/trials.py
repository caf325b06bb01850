"""The study's trials: in memory for the sampler, in the database to last.

Optuna commits every suggested number and every attribute by itself. Here the sampler works on a study in
memory, and the trials of a cohort go to the database whole, with the claim on it, and end with their results.
The database is told as soon as a trial ends, the study in memory when the order of decisions says so. After
a resume the study in memory is rebuilt from the database, so the sampler sees what it would have seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import optuna
from optuna.storages import InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, Trial

from jrtune.search.ask.enqueued import PRIOR, Plan, baselines, dimensions, untried
from jrtune.search.ask.optuna_records import (
    STUDY_ATTRS,
    PendingTrial,
    open_study,
    pending_of,
    stored_trial,
)
from jrtune.search.ask.samplers import make_sampler
from jrtune.search.ask.subsampled import ask_subsampled
from jrtune.search.ask.trial_end import TrialEnd, as_running, end_as_stored, end_of
from jrtune.search.schedule.rungs import RungValues
from jrtune.space.space import Space
from jrtune.spec import Candidate, Entry, Outcome, Study, Value, program_choices
from jrtune.store.optuna_tables import OptunaTrial


class Trials:
    """Asks and tells the trials of one study.

    Args:
        storage: Optuna's storage.
        name: of the study in it; made if it is not there.
        study: the problem and space.
        sampler: name of the sampler.
        seed: the study's seed.
        plan: what is searched.

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
    ) -> None:
        self.space = Space(study)
        self.objectives, self.constraints = study.objectives, study.constraints
        self.sampler, self.seed, self.plan = sampler, seed, plan or Plan()
        self.baselines = baselines(self.plan, self.space)
        directions = [o.direction for o in study.objectives.values()]
        self.storage = storage
        self.stored = open_study(storage, name, directions, list(study.objectives))
        self.stored_id = storage.get_study_id_from_name(name)
        self.memory_storage = InMemoryStorage()
        self.memory = optuna.create_study(storage=self.memory_storage, study_name=name, directions=directions)
        self.memory_id = self.memory_storage.get_study_id_from_name(name)
        self.by_number: list[PendingTrial] = []
        self.new: list[OptunaTrial] = []
        self.unlearnt: dict[int, TrialEnd] = {}
        self.fixed_names = structural(study)
        for trial in self.stored.get_trials(deepcopy=True):
            self._remember(trial)
        self.prior = untried(self.plan.prior, self._known()) if self.plan.prior else []

    def __len__(self) -> int:
        """Number of trials asked for so far."""
        return len(self.by_number)

    def ask(self, like: PendingTrial | None = None) -> PendingTrial:
        """The next candidate; it is stored by whoever takes :meth:`take_new`.

        Args:
            like: a trial with which it is to be trained as one program; None for any.
        """
        index = len(self)
        enqueued = self._enqueued(index)
        if like is not None and enqueued is None:
            self.memory.enqueue_trial(self._shared_with(like))
        fixed = self._fixed(index, enqueued)
        before = dict(self.memory_storage.get_study_system_attrs(self.memory_id))
        self.memory.sampler = make_sampler(self.sampler, self.seed, index, fixed)
        candidate = self._build(self.memory.ask(), enqueued[1].weights if enqueued else self.plan.weights)
        after = self.memory_storage.get_study_system_attrs(self.memory_id)
        pending = PendingTrial(index, enqueued[0] if enqueued else self.sampler, candidate)
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        self.new.append(stored_trial(pending, self._in_memory(index), changed))
        self.by_number.append(pending)
        return pending

    def take_new(self) -> list[OptunaTrial]:
        """The trials that were asked for since the last call, to be stored."""
        taken, self.new = self.new, []
        return taken

    def _in_memory(self, number: int) -> FrozenTrial:
        """A trial as the sampler has it; Optuna's list of all would be a copy that grows with them."""
        trial_id = self.memory_storage.get_trial_id_from_study_id_trial_number(self.memory_id, number)
        return self.memory_storage.get_trial(trial_id)

    def _shared_with(self, like: PendingTrial) -> dict[str, Value]:
        """Dimension -> value of what all trials of a program share."""
        params = self._in_memory(like.number).params
        return {name: value for name, value in params.items() if name in self.fixed_names}

    def end(self, number: int, outcome: Outcome) -> OptunaTrial:
        """A trial that ended, to be stored; the sampler learns of it by :meth:`learn`."""
        self.unlearnt[number] = end = end_of(outcome, self.objectives, self.constraints)
        return end.stored(number)

    def learn(self, number: int, rungs: Sequence[RungValues] = ()) -> None:
        """Shows the sampler how a trial ended; again, without harm.

        Args:
            number: of the trial.
            rungs: values that it was judged by.
        """
        if end := self.unlearnt.pop(number, None):
            end = end.with_rungs(rungs)
            trial_id = self.memory_storage.get_trial_id_from_study_id_trial_number(self.memory_id, number)
            end.write(self.memory, self.memory_storage, trial_id, number)

    def add_stored(self, number: int) -> None:
        """Takes over a trial that another coordinator has asked for."""
        trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.stored_id, number)
        self._remember(self.storage.get_trial(trial_id))
        self.prior = untried(self.prior, self._known()) if self.prior else []

    def _known(self) -> list[Candidate]:
        return [
            *(trial.candidate for trial in self.by_number),
            *(candidate for _, candidate in self.baselines),
        ]

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
        self.by_number.append(pending_of(trial))
        if trial.state.is_finished():
            self.unlearnt[trial.number] = end_as_stored(trial)
        self.memory.add_trial(as_running(trial))


def suggest(trial: Trial, name: str, entry: Entry) -> Value:
    """The sampler's value for a dimension of the space."""
    if entry.kind == "choice":
        return trial.suggest_categorical(name, entry.options)
    if entry.kind == "integer":
        return trial.suggest_int(name, int(entry.low), int(entry.high), log=entry.log)
    return trial.suggest_float(name, entry.low, entry.high, log=entry.log)


def structural(study: Study) -> set[str]:
    """Dimensions of the space whose values all trials of a program share."""
    return set(program_choices(dict.fromkeys(study.space, "")))
