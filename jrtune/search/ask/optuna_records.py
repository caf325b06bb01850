"""A study and its trials in Optuna's tables."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import optuna
from optuna.distributions import distribution_to_json
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from jrtune.errors import StorageError
from jrtune.spec import Candidate
from jrtune.store.database import Database
from jrtune.store.optuna_tables import OptunaTrial, index_numbers
from jrtune.store.server import server_options, setting_up
from jrtune.store.sqlite import connector

STUDY_ATTRS = "jrtune:study_attrs"
CANDIDATE = "jrtune:candidate"
SOURCE = "source"
Direction = Literal["minimize", "maximize"]


@dataclass(frozen=True)
class PendingTrial:
    """A trial that is to be trained."""

    number: int
    source: str
    candidate: Candidate


def optuna_storage(database: Database) -> RDBStorage:
    """Optuna's storage on our database, opened the same safe way."""
    with setting_up(database.engine):  # two coordinators must not make Optuna's tables at once
        storage = _optuna_storage(database)
        index_numbers(storage.engine)
    return storage


def _optuna_storage(database: Database) -> RDBStorage:
    if database.path is None:
        return RDBStorage(database.url, engine_kwargs=server_options(database.url))
    # Optuna would unquote and format the file's name, so it gets a way to connect and no name
    kwargs = {"creator": connector(database.path, create=True)}
    return RDBStorage("sqlite:///by-creator", engine_kwargs=kwargs)


def open_study(
    storage: RDBStorage, name: str, directions: Sequence[Direction], objectives: list[str]
) -> optuna.Study:
    """The study of that name, made if it is not there.

    Raises:
        StorageError: if it has other directions, or trials that are not ours.
    """
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


def running(pending: PendingTrial, frozen: FrozenTrial, study_attrs: Mapping[str, object]) -> FrozenTrial:
    """An asked trial as it is stored, with the marks that the sampler left: a resume must restore them.

    Args:
        pending: what is to be trained.
        frozen: the trial as the sampler left it.
        study_attrs: what the ask changed of the study's system attributes.
    """
    weights = {f"weight_{term}": weight for term, weight in pending.candidate.weights.items()}
    candidate = json.loads(pending.candidate.to_json())
    return optuna.trial.create_trial(
        state=TrialState.RUNNING,
        params=frozen.params,
        distributions=frozen.distributions,
        system_attrs=frozen.system_attrs | {STUDY_ATTRS: dict(study_attrs)},
        user_attrs={
            SOURCE: pending.source,
            **weights,
            CANDIDATE: candidate,
        },
    )


def pending_of(trial: FrozenTrial) -> PendingTrial:
    """The candidate of a stored trial."""
    return PendingTrial(
        trial.number, trial.user_attrs[SOURCE], Candidate.from_json(json.dumps(trial.user_attrs[CANDIDATE]))
    )


def stored_trial(
    pending: PendingTrial, frozen: FrozenTrial, study_attrs: Mapping[str, object]
) -> OptunaTrial:
    """An asked trial as Optuna's tables hold it; arguments as :func:`running`."""
    trial = running(pending, frozen, study_attrs)
    params = {
        name: (entry.to_internal_repr(trial.params[name]), distribution_to_json(entry))
        for name, entry in trial.distributions.items()
    }
    return OptunaTrial(pending.number, trial.state.name, params, (), trial.user_attrs, trial.system_attrs)
