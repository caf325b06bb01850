"""A study made ready to run: loaded, its data checked, its rows found or made, its database held."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import optuna
import torch
from optuna.storages import RDBStorage

import jrtune
from jrtune.data import check_splits, describe_missing, fingerprint
from jrtune.errors import DataError, InputError, StorageError, StudyError
from jrtune.search.ask.optuna_records import optuna_storage
from jrtune.search.run.run_config import RunConfig, hash_of
from jrtune.spec import Job, Study, Value
from jrtune.spec.study_file import configured
from jrtune.store.claims import Claims
from jrtune.store.coordinators import coordinating
from jrtune.store.database import Database, open_database
from jrtune.store.records import StudyRecord
from jrtune.store.same_study import check_same
from jrtune.store.server import setting_up
from jrtune.store.studies import read_study
from jrtune.store.study_store import StudyStore, now
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import describe_device, pick_device

if TYPE_CHECKING:
    from jrtune.spec import Batch


@dataclass(frozen=True)
class Loaded:
    """A study file with its data.

    Attributes:
        study: as it will run, name and epochs as the user set them.
        declared: the study's name in the file.
        path: the file.
        options: what ``--set`` set.
        data: checked splits.
        fingerprint: of the data.
        device: where to train on this machine.
        device_option: "auto", "cpu" or "cuda", as it came; other machines may have other devices.
    """

    study: Study
    declared: str
    path: Path
    options: Mapping[str, Value]
    data: Mapping[str, Batch]
    fingerprint: str
    device: torch.device
    device_option: str = "auto"

    def describe(self, seed: int) -> StudyRecord:
        """The record that describes it in the database."""
        versions = {
            "jrtune": jrtune.__version__,
            "torch": torch.__version__,
            "optuna": optuna.__version__,
            "python": platform.python_version(),
            "device": describe_device(self.device),
            "file_hash": hash_of(self.path),
            "declared": self.declared,
        }
        return StudyRecord(
            name=self.study.name,
            spec=self.study.describe(),
            seed=seed,
            path=str(self.path.resolve()),
            options=dict(self.options),
            data=self.fingerprint,
            reference=None,
            versions=versions,
            created=now(),
        )


@dataclass(frozen=True)
class Session:
    """A running study: its database is held until the end, on PostgreSQL beside other coordinators."""

    loaded: Loaded
    store: StudyStore
    storage: RDBStorage
    claims: Claims
    seed: int

    def saved(self, folder: Path | None, log: Callable[[str], None]) -> Saved:
        """The place where trainings are saved: this folder, or one beside the database."""
        path = self.store.database.path
        beside = path.with_name(f"{path.name}.checkpoints") if path else Path("jrtune-checkpoints")
        return Saved(folder or beside, log)

    def key(self, name: str, jobs: Sequence[Job]) -> str:
        """A key under which a cohort is saved; other jobs, data or a changed study file have another."""
        study = self.loaded.study
        basis = [study.name, study.epochs, self.loaded.fingerprint, hash_of(self.loaded.path), repr(jobs)]
        return f"{name}-{hashlib.sha256(repr(basis).encode()).hexdigest()[:16]}"

    def stack(self, dispatcher: Dispatcher, job: Job) -> int:
        """Most members of a program: as stored, or as a worker measures it at this job."""
        record = self.store.record()
        if known := record.cohort or record.stack:
            return known
        stack = dispatcher.size_of(job)
        self.store.note_cohort(stack=stack)  # by the clock, it would not come out the same again
        return stack


def load(config: RunConfig) -> Loaded:
    """Reads a study file and its data.

    Raises:
        InputError: where file, options, device or data cannot be used.
    """
    chosen = pick_device(config.device)
    with contextlib.redirect_stdout(sys.stderr):  # standard output is the answer's, whatever a study prints
        return _load(config, chosen)


def _load(config: RunConfig, chosen: torch.device) -> Loaded:
    study, options = configured(config.path, config.settings)
    declared = study.name
    study = replace(study, name=config.name or study.name, epochs=config.epochs or study.epochs)
    data = _load_data(study)
    return Loaded(study, declared, config.path, options, data, fingerprint(data), chosen, config.device)


def _load_data(study: Study) -> Mapping[str, Batch]:
    try:
        data = study.data()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(
            f"cannot load the data of study {study.name!r}: {_line(error)}: check --set"
        ) from error
    check_splits(data, study.missing)
    if gone := describe_missing(data, study.missing):
        print(gone, file=sys.stderr)
    return data


@contextmanager
def held(loaded: Loaded, url: str, seed: int | None) -> Iterator[Session]:
    """Holds the database and finds the study in it, or makes it.

    Args:
        loaded: the study.
        url: the database.
        seed: the study's seed; None takes the stored one, or 0.

    Raises:
        StorageError: if the database cannot be used, is held, or its study of that name is another one.
    """
    database = open_database(url, create=True)
    try:
        _study_records(loaded, database, seed)  # before anything is signed: what is refused leaves no trace
        with coordinating(database) as coordinator:
            storage = optuna_storage(database)
            try:
                with setting_up(database.engine):  # one of several coordinators makes the study
                    store, fresh = _enter(loaded, database, storage, seed)
                yield Session(loaded, store, storage, Claims(store.id, coordinator), fresh.seed)
            except optuna.exceptions.StorageInternalError as error:
                raise StorageError(
                    f"{database.shown!r} cannot be written: {_line(error.__cause__ or error)}: "
                    "fix that (a full disk?), and the same command goes on"
                ) from error
            finally:
                storage.engine.dispose()
    finally:
        database.engine.dispose()


def _enter(
    loaded: Loaded, database: Database, storage: RDBStorage, seed: int | None
) -> tuple[StudyStore, StudyRecord]:
    """Returns the study's rows and its record as written now; makes the study where it is not there."""
    stored, fresh = _study_records(loaded, database, seed)
    if not stored:
        if loaded.study.name in storage_names(storage):
            raise StudyError(
                f"{database.shown!r} holds a study {loaded.study.name!r} that "
                "jrtune did not make: give --name for one of its own"
            )
        return StudyStore.start(database, fresh), fresh
    store = StudyStore(database, stored.name)
    if (stored.path, stored.versions) != (fresh.path, fresh.versions):
        store.set_provenance(fresh)
        if stored.versions["file_hash"] != fresh.versions["file_hash"]:
            print(f"{fresh.path} has changed since the last run; earlier trials stay", file=sys.stderr)
    return store, fresh


def _study_records(
    loaded: Loaded, database: Database, seed: int | None
) -> tuple[StudyRecord | None, StudyRecord]:
    """Returns the study's record as stored, or None, and as written now; checks that they agree."""
    stored = read_study(database, loaded.study.name)
    fresh = loaded.describe(seed if seed is not None else stored.seed if stored else 0)
    if stored:
        check_same(stored, fresh)
        # a resumed run asks in the same cohorts; the measured stack size is valid on one device only
        same_device = stored.versions["device"] == fresh.versions["device"]
        fresh = replace(fresh, cohort=stored.cohort, stack=stored.stack if same_device else None)
    return stored, fresh


def storage_names(storage: RDBStorage) -> list[str]:
    """Names of Optuna's studies in the database."""
    return [study.study_name for study in storage.get_all_studies()]


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
