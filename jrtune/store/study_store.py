"""One study's rows in our tables, written and read."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from jrtune.spec import Candidate, EpochRecord, Outcome, TrialStatus
from jrtune.store import tables
from jrtune.store.claims import still_claimed
from jrtune.store.database import Database, reading_database
from jrtune.store.nulls import json_values
from jrtune.store.records import CohortRecord, ConfirmationRecord, Results, StudyRecord, TrialRecord
from jrtune.store.since import next_cursor, next_saved
from jrtune.store.studies import read_study, the_name

LOSSES = ("losses", "loss_scale")


def now() -> str:
    """The time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class StudyStore:
    """One study's rows.

    Args:
        database: where.
        name: the study's name; it must be there.
    """

    def __init__(self, database: Database, name: str) -> None:
        self.database = database
        self.name = the_name(database, name)
        with database.engine.connect() as connection:
            query = sa.select(tables.studies.c.id).where(tables.studies.c.name == name)
            self.id = int(connection.execute(query).scalar_one())

    @classmethod
    def start(cls, database: Database, study: StudyRecord) -> StudyStore:
        """Writes a new study."""
        row = vars(study) | {"spec": study.spec.to_json()}
        with database.engine.begin() as connection:
            connection.execute(tables.studies.insert().values(**row))
        return cls(database, study.name)

    def record(self) -> StudyRecord:
        """The study as it was started."""
        study = read_study(self.database, self.name)
        assert study is not None
        return study

    def results(self) -> Results:
        """All that the study has found so far."""
        study = self.record()
        with self.database.engine.connect() as connection:
            trials = self._trials(connection)
        return Results(study, tuple(trials), tuple(self._confirmations()))

    def set_reference(self, reference: Mapping[str, float]) -> None:
        """Fixes the reference point; one that is fixed already stays."""
        table = tables.studies
        row = (table.c.id == self.id, table.c.reference.is_(None))
        with self.database.engine.begin() as connection:
            connection.execute(table.update().where(*row).values(reference=dict(reference)))

    def set_provenance(self, study: StudyRecord) -> None:
        """Notes from which file, with which versions and in which cohorts the study goes on."""
        row = tables.studies.c.id == self.id
        changed = {name: getattr(study, name) for name in ("path", "versions", "cohort", "stack")}
        with self.database.engine.begin() as connection:
            connection.execute(tables.studies.update().where(row).values(**changed))

    def note_cohort(self, **sizes: int) -> None:
        """Notes ``cohort``, ``stack``, both or nothing of the study, for the runs to come."""
        row = tables.studies.c.id == self.id
        if sizes:
            with self.database.engine.begin() as connection:
                connection.execute(tables.studies.update().where(row).values(**sizes))

    def save_trials(
        self,
        finished: Sequence[tuple[TrialRecord, Outcome]],
        drop_models: Collection[int] = (),
        cohort: CohortRecord | None = None,
        *,
        finish: bool = False,
        also: Callable[[sa.Connection], None] = lambda connection: None,
    ) -> bool:
        """Writes trials that ended together, with curves and models, in one transaction; again, without harm.

        Args:
            finished: each trial with its outcome.
            drop_models: numbers of trials, these or earlier ones, whose parameters are not to be saved.
            cohort: theirs; nothing is written where it is no longer its coordinator's.
            finish: mark the cohort as finished.
            also: writes more in the same transaction.

        Returns:
            False where nothing was written, for another coordinator has taken the cohort over.
        """
        numbers = [trial.number for trial, _ in finished]
        models = [
            {"study_id": self.id, "number": trial.number, "tensors": outcome.model}
            for trial, outcome in finished
            if outcome.model is not None and trial.number not in drop_models
        ]
        with self.database.engine.begin() as connection:
            if cohort is not None and not still_claimed(connection, self.id, cohort, finish=finish):
                return False
            if self._delete(connection, tables.results, numbers):  # written before, with all of these
                self._delete(connection, tables.curves, numbers)
                self._delete(connection, tables.models, numbers)
            if drop_models:
                self._delete(connection, tables.models, drop_models)
            saved = next_saved(connection, self.id)
            for query, rows in (
                (
                    tables.results.insert().values(saved=saved),
                    [self._result(trial) for trial, _ in finished],
                ),
                (
                    tables.curves.insert(),
                    [row for trial, outcome in finished for row in self._curve(trial, outcome)],
                ),
                (tables.models.insert(), models),
            ):
                if rows:
                    connection.execute(query, rows)
            also(connection)
        return True

    def save_confirmations(self, confirmations: Sequence[ConfirmationRecord]) -> None:
        """Writes what trainings that ended together confirmed, in one transaction; what is there stays."""
        rows = [{"study_id": self.id, **vars(c), "candidate": c.candidate.to_json()} for c in confirmations]
        if not rows:
            return
        with self.database.engine.begin() as connection:
            connection.execute(insert_or_ignore(connection, tables.confirmations), rows)

    def results_since(self, cursor: int = 0) -> tuple[list[TrialRecord], int]:
        """The trials that were written since an earlier look, by number, and the cursor of the next look.

        Some may come again, none is missed: see :mod:`jrtune.store.since`.

        Args:
            cursor: as the earlier look returned it; 0 for all.
        """
        table = tables.results
        with self.database.engine.connect() as connection:
            after = next_cursor(connection, self.id)
            return self._trials(connection, table.c.saved >= cursor), after

    def curves(self, numbers: Sequence[int] | None = None) -> dict[int, list[EpochRecord]]:
        """Trial number -> its epochs; NaN for what was not finite."""
        table = tables.curves
        query = sa.select(table.c.number, table.c.metrics).where(self._mine(table))
        if numbers is not None:
            query = query.where(table.c.number.in_(list(numbers)))
        found: dict[int, list[EpochRecord]] = {}
        with self.database.engine.connect() as connection:
            for number, body in connection.execute(query.order_by(table.c.number, table.c.epoch)):
                found.setdefault(number, []).append(EpochRecord.from_json(body))
        return found

    def gradient_scale(self, number: int) -> dict[str, float]:
        """Loss term -> norm of its gradient where the trial's training started; empty where not measured."""
        epochs = self.curves([number]).get(number)
        return dict(epochs[0].gradients) if epochs else {}

    def model(self, number: int) -> bytes | None:
        """A trial's parameters as safetensors bytes; None where they were not saved."""
        table = tables.models
        query = sa.select(table.c.tensors).where(self._mine(table), table.c.number == number)
        with self.database.engine.connect() as connection:
            return connection.scalar(query)

    def models(self) -> set[int]:
        """Numbers of the trials whose parameters are saved."""
        with self.database.engine.connect() as connection:
            return set(connection.scalars(sa.select(tables.models.c.number).where(self._mine(tables.models))))

    def _result(self, trial: TrialRecord) -> dict[str, object]:
        row = vars(trial) | {"candidate": trial.candidate.to_json(), "vals": dict(trial.values)}
        del row["values"]
        losses = {name: json_values(row[name]) for name in LOSSES}  # of no weight, one may be NaN
        return {"study_id": self.id, **row, **losses}

    def _curve(self, trial: TrialRecord, outcome: Outcome) -> list[dict[str, object]]:
        mine = {"study_id": self.id, "number": trial.number}
        return [{**mine, "epoch": epoch.epoch, "metrics": epoch.to_json()} for epoch in outcome.curve]

    def _delete(self, connection: sa.Connection, table: sa.Table, numbers: Collection[int]) -> int:
        """Deletes what a table holds of these trials; returns how many rows that were."""
        return connection.execute(
            table.delete().where(self._mine(table), table.c.number.in_(numbers))
        ).rowcount

    def _trials(self, connection: sa.Connection, *which: sa.ColumnElement[bool]) -> list[TrialRecord]:
        table = tables.results
        own = [c for c in table.c if c.name not in ("study_id", "saved")]
        columns = [c.label("values") if c.name == "vals" else c for c in own]
        query = sa.select(*columns).where(self._mine(table), *which).order_by(table.c.number)
        rows = connection.execute(query).mappings().all()
        return [TrialRecord(**_decoded(dict(row))) for row in rows]

    def _confirmations(self) -> list[ConfirmationRecord]:
        table = tables.confirmations
        columns = [c for c in table.c if c.name != "study_id"]
        query = sa.select(*columns).where(self._mine(table)).order_by(table.c.label, table.c.seed)
        with self.database.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return [ConfirmationRecord(**_decoded(dict(row))) for row in rows]

    def _mine(self, table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.study_id == self.id


@contextmanager
def reading(url: str, name: str | None) -> Iterator[StudyStore]:
    """A study's rows to be read, also while another process writes them.

    Raises:
        StorageError: as :func:`reading_database` and :func:`the_name`.
    """
    with reading_database(url) as database:
        yield StudyStore(database, the_name(database, name))


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    losses = {  # of before they were written as None, NaN is read as NaN
        name: {term: math.nan if loss is None else loss for term, loss in row[name].items()}
        for name in LOSSES
        if name in row
    }
    parsed = {"candidate": Candidate.from_json(row["candidate"]), "status": TrialStatus(row["status"])}
    return row | losses | parsed


def insert_or_ignore(connection: sa.Connection, table: sa.Table) -> sa.Insert:
    """An insert that leaves what is there under the same primary key as it is."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return table.insert().prefix_with("IGNORE")
