"""The study's trials: in memory for the sampler, in the database for keeps.

Optuna commits every suggested number and every attribute by itself. Here the sampler works on a study in
memory, and a trial goes to the database whole, in one transaction when it is asked and one when it is told.
After a resume the study in memory is rebuilt from the database, so the sampler sees what it would have seen.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import optuna
from optuna.storages import InMemoryStorage, RDBStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from jrtune.errors import StorageError
from jrtune.search.front.history import RUNGS
from jrtune.search.rungs import at_rungs
from jrtune.search.samplers import make_sampler
from jrtune.space.space import Space
from jrtune.spec import Candidate, Ending, Entry, Outcome, Study, Value
from jrtune.store.database import Database, connector

STUDY_ATTRS = "jrtune:study_attrs"
CANDIDATE = "jrtune:candidate"
ORIGIN = "origin"
PRIOR = "prior"
"""Origin of a candidate that an earlier study gave."""

GP_SEES = 150
"""Trials that the GP sampler is shown at most."""

Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class Plan:
    """What is searched and what is given.

    Attributes:
        weights: a weighting that every candidate has; None where the weighting is searched.
        balancing: the adaptive method that every candidate is trained with, or "fixed".
        prior: candidates to try right after the baselines; those that the study has already are left out.
    """

    weights: Mapping[str, float] | None = None
    balancing: str = "fixed"
    prior: Sequence[Candidate] = ()


@dataclass(frozen=True)
class Asked:
    """A trial that is to be trained."""

    number: int
    origin: str
    candidate: Candidate


def optuna_storage(database: Database) -> RDBStorage:
    """Optuna's storage on our database, opened the same safe way."""
    if database.path is None:
        return RDBStorage(database.url, engine_kwargs={"pool_pre_ping": True})
    # Optuna would unquote and format the file's name, so it gets a way to connect and no name
    kwargs = {"creator": connector(database.path, create=True)}
    return RDBStorage("sqlite:///by-creator", engine_kwargs=kwargs)


class Trials:
    """Asks and tells the trials of one study.

    Args:
        storage: Optuna's storage.
        name: of the study in it; made if it is not there.
        study: the problem and space.
        sampler: name of the sampler.
        seed: the study's seed.
        plan: what is searched.
        curves: number of a trial that ended -> its rows; looked at whenever a trial is told.

    Raises:
        StorageError: if a study of that name has other directions.
    """

    def __init__(
        self,
        storage: RDBStorage,
        name: str,
        study: Study,
        sampler: str,
        seed: int,
        plan: Plan | None = None,
        curves: Mapping[int, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        self.space = Space(study)
        self.objectives, self.constraints = study.objectives, study.constraints
        self.sampler, self.seed, self.plan = sampler, seed, plan or Plan()
        self.epochs, self.curves = study.epochs, curves if curves is not None else {}
        self.baselines = self._baselines()
        directions = [o.direction for o in study.objectives.values()]
        self.storage = storage
        self.record = _open(storage, name, directions, list(study.objectives))
        self.record_id = storage.get_study_id_from_name(name)
        self.memory_storage = InMemoryStorage()
        self.memory = optuna.create_study(storage=self.memory_storage, study_name=name, directions=directions)
        self.memory_id = self.memory_storage.get_study_id_from_name(name)
        self.open: dict[int, Asked] = {}
        self.origins: list[str] = []
        for trial in self.record.get_trials(deepcopy=True):
            self._remember(trial)
        self.prior = self._untried(self.plan.prior)

    def __len__(self) -> int:
        """How many trials were asked so far."""
        return len(self.memory.get_trials(deepcopy=False))

    def unfinished(self) -> list[Asked]:
        """Trials that were asked and not told: those that an interrupted run left."""
        return list(self.open.values())

    def ask(self) -> Asked:
        """The next candidate, stored as a running trial."""
        index = len(self)
        given = self._given(index)
        fixed = self._fixed(given)
        if given is None and self.sampler == "gp":
            fixed = self._from_fewer(index)
        before = dict(self.memory_storage.get_study_system_attrs(self.memory_id))
        self.memory.sampler = make_sampler(self.sampler, self.seed, index, fixed)
        trial = self.memory.ask()
        weights = given[1].weights if given else self.plan.weights
        candidate = self._build(trial, weights, searched=self.plan.weights is None)
        after = self.memory_storage.get_study_system_attrs(self.memory_id)
        frozen = self.memory.get_trials(deepcopy=False)[index]
        origin = given[0] if given else self.sampler
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        # the record holds what a resume must restore: the sampler's marks, on the trial and on the study
        self.record.add_trial(
            optuna.trial.create_trial(
                state=TrialState.RUNNING,
                params=frozen.params,
                distributions=frozen.distributions,
                system_attrs=frozen.system_attrs | {STUDY_ATTRS: changed},
                user_attrs=_attributes(origin, candidate),
            )
        )
        self.open[index] = Asked(index, origin, candidate)
        self.origins.append(origin)
        return self.open[index]

    def after_prior(self, number: int) -> bool:
        """Whether what a prior gave ends before this trial, which was asked or is the next."""
        origins = [*self.origins, PRIOR if self.prior else self.sampler]
        return number > 0 and origins[number - 1] == PRIOR != origins[number]

    def tell(self, number: int, outcome: Outcome) -> None:
        """Stores how a trial ended; again, without harm."""
        for study, storage, study_id in self._both():
            trial_id = storage.get_trial_id_from_study_id_trial_number(study_id, number)
            if storage.get_trial(trial_id).state.is_finished():
                continue
            if storage is self.memory_storage and (seen := self._rungs(number)):
                storage.set_trial_user_attr(trial_id, RUNGS, seen)
            if outcome.ending is Ending.COMPLETE:
                for name, objective in self.objectives.items():
                    violation = objective.violation(outcome.values[name])
                    if violation is not None:
                        Trial(study, trial_id).set_constraint(name, violation)
                for term, limit in self.constraints.items():
                    Trial(study, trial_id).set_constraint(f"loss {term}", outcome.losses[term] - limit)
                study.tell(number, [outcome.values[name] for name in self.objectives])
            else:
                storage.set_trial_user_attr(
                    trial_id, "ending", f"{outcome.ending.value}: {outcome.message}"[:1000]
                )
                # PRUNED without values: TPE takes it for bad, and with intermediate values it would fail
                pruned = outcome.ending is Ending.PRUNED
                study.tell(number, state=TrialState.PRUNED if pruned else TrialState.FAIL)
        self.open.pop(number, None)

    def _rungs(self, number: int) -> list[list[Any]]:
        return at_rungs(self.curves.get(number, ()), self.objectives, self.epochs)

    def hand_back(self) -> None:
        """Marks what is unfinished as waiting, so that nothing is left running when nobody runs it."""
        self._set_unfinished(TrialState.WAITING)

    def take_up(self) -> None:
        """Marks what was handed back as running."""
        self._set_unfinished(TrialState.RUNNING)

    def _set_unfinished(self, state: TrialState) -> None:
        for asked in self.unfinished():
            trial_id = self.storage.get_trial_id_from_study_id_trial_number(self.record_id, asked.number)
            if self.storage.get_trial(trial_id).state is not state:
                self.storage.set_trial_state_values(trial_id, state)

    def _baselines(self) -> list[tuple[str, Candidate]]:
        if self.plan.weights is None:
            return list(self.space.baselines().items())
        return [("default choices", self.space.default(self.plan.weights))]

    def _untried(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        if not candidates:
            return []
        stored = [_asked(trial).candidate for trial in self.memory.get_trials(deepcopy=False)]
        known = [*stored, *(candidate for _, candidate in self.baselines)]
        # by what is stored, not by number: a run that was killed goes on with the same one
        return [c for i, c in enumerate(candidates) if c not in known and c not in candidates[:i]]

    def _given(self, index: int) -> tuple[str, Candidate] | None:
        """Origin and candidate of an ask that is not the sampler's."""
        if index < len(self.baselines):
            return self.baselines[index]
        return (PRIOR, self.prior.pop(0)) if self.prior else None

    def _fixed(self, given: tuple[str, Candidate] | None) -> dict[str, Any] | None:
        if given is None:
            return None
        candidate = given[1]
        if self.plan.weights is not None:
            return dict(candidate.choices)
        # a baseline's weights are exact; its place in the space is the nearest there is (floors, groups)
        near = Candidate(self.space.simplex.nearest(candidate.weights), candidate.choices)
        return {name: value for name, (_, value) in self.space.encode(near).items()}

    def _from_fewer(self, index: int) -> dict[str, Any] | None:
        """GP's ask on a study of ``GP_SEES`` trials, the front and the latest; None while there are no more.

        One ask takes a second at 100 trials and 24 at 1,000, for its cost grows with their cube.
        """
        complete = self.memory.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(complete) <= GP_SEES:
            return None
        front = {t.number for t in self.memory.best_trials}
        latest = sorted(complete, key=lambda t: (t.number in front, t.number))[-GP_SEES:]
        # those of this cohort too, or it would ask for the same again
        latest += self.memory.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        fewer = optuna.create_study(
            directions=self.memory.directions, sampler=make_sampler("gp", self.seed, index)
        )
        fewer.add_trials(sorted(latest, key=lambda t: t.number))
        trial = fewer.ask()
        self._build(trial, self.plan.weights, searched=self.plan.weights is None)
        return trial.params

    def _build(self, trial: Trial, weights: Mapping[str, float] | None, *, searched: bool) -> Candidate:
        def pick(name: str, entry: Entry) -> Value:
            return suggest(trial, name, entry)

        built = self.space.build(pick, None if searched else weights, self.plan.balancing)
        return built if weights is None else Candidate(weights, built.choices, built.balancing)

    def _remember(self, trial: FrozenTrial) -> None:
        for key, value in trial.system_attrs.get(STUDY_ATTRS, {}).items():
            self.memory_storage.set_study_system_attr(self.memory_id, key, value)
        self.origins.append(trial.user_attrs[ORIGIN])
        if not trial.state.is_finished():
            trial.state = TrialState.RUNNING
            self.open[trial.number] = _asked(trial)
        elif seen := self._rungs(trial.number):
            trial.user_attrs[RUNGS] = seen
        self.memory.add_trial(trial)

    def _both(self) -> Sequence[tuple[optuna.Study, Any, int]]:
        # the database first: what it holds is what counts after a crash between the two
        return (
            (self.record, self.storage, self.record_id),
            (self.memory, self.memory_storage, self.memory_id),
        )


def suggest(trial: Trial, name: str, entry: Entry) -> Value:
    """The sampler's value for a dimension of the space."""
    if entry.kind == "choice":
        return trial.suggest_categorical(name, entry.options)
    if entry.kind == "integer":
        return trial.suggest_int(name, int(entry.low), int(entry.high), log=entry.log)
    return trial.suggest_float(name, entry.low, entry.high, log=entry.log)


def _open(
    storage: RDBStorage, name: str, directions: Sequence[Direction], objectives: list[str]
) -> optuna.Study:
    study = optuna.create_study(
        storage=storage,
        study_name=name,
        directions=directions,
        load_if_exists=True,
        sampler=optuna.samplers.RandomSampler(seed=0),
    )
    if [d.name.lower() for d in study.directions] != list(directions):
        raise StorageError(
            f"study {name!r} has other directions in the database: give --name for a study of its own"
        )
    trials = study.get_trials(deepcopy=False)
    if any(CANDIDATE not in t.user_attrs for t in trials):
        raise StorageError(
            f"study {name!r} in the database was not made by jrtune: give --name for a study of its own"
        )
    if not trials:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names(objectives)  # for dashboards
    return study


def _attributes(origin: str, candidate: Candidate) -> dict[str, Any]:
    weights = {f"weight_{term}": weight for term, weight in candidate.weights.items()}
    return {ORIGIN: origin, **weights, CANDIDATE: json.loads(candidate.to_json())}


def _asked(trial: FrozenTrial) -> Asked:
    return Asked(
        trial.number, trial.user_attrs[ORIGIN], Candidate.from_json(json.dumps(trial.user_attrs[CANDIDATE]))
    )
