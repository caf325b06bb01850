"""One study's rows in our tables, written and read."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from jrtune.spec import Candidate, EpochRecord, Outcome, TrialStatus
from jrtune.store import tables
from jrtune.store.database import Database, reading_database
from jrtune.store.nulls import json_values
from jrtune.store.records import ConfirmationRecord, Results, StudyRecord, TrialRecord
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
            self.id = connection.scalar(sa.select(tables.studies.c.id).where(tables.studies.c.name == name))

    @classmethod
    def start(cls, database: Database, study: StudyRecord) -> StudyStore:
        """Writes a new study."""
        row = vars(study) | {"spec": study.spec.to_json()}
        with database.engine.begin() as connection:
            connection.execute(tables.studies.insert().values(**row))
        return cls(database, study.name)

    def results(self) -> Results:
        """All that the study has found so far."""
        study = read_study(self.database, self.name)
        assert study is not None
        return Results(study, tuple(self._trials()), tuple(self._confirmations()))

    def set_reference(self, reference: Mapping[str, float]) -> None:
        """Fixes the reference point."""
        with self.database.engine.begin() as connection:
            row = tables.studies.c.id == self.id
            connection.execute(tables.studies.update().where(row).values(reference=dict(reference)))

    def set_provenance(self, study: StudyRecord) -> None:
        """Notes from which file, with which versions and in which cohorts the study goes on."""
        row = tables.studies.c.id == self.id
        changed = {name: getattr(study, name) for name in ("path", "versions", "cohort", "stack")}
        with self.database.engine.begin() as connection:
            connection.execute(tables.studies.update().where(row).values(**changed))

    def note_cohort(self, **sizes: int) -> None:
        """Notes ``cohort`` or ``stack`` of the study, for the runs to come."""
        row = tables.studies.c.id == self.id
        with self.database.engine.begin() as connection:
            connection.execute(tables.studies.update().where(row).values(**sizes))

    def save_trials(
        self, finished: Sequence[tuple[TrialRecord, Outcome]], drop_models: Collection[int] = ()
    ) -> None:
        """Writes trials that ended together, with curves and models, in one transaction; again, without harm.

        Args:
            finished: each trial with its outcome.
            drop_models: numbers of trials, these or earlier ones, whose parameters are not to be saved.
        """
        numbers = [trial.number for trial, _ in finished]
        models = [
            {"study_id": self.id, "number": trial.number, "tensors": outcome.model}
            for trial, outcome in finished
            if outcome.model is not None and trial.number not in drop_models
        ]
        with self.database.engine.begin() as connection:
            for table, old in (
                (tables.results, numbers),
                (tables.curves, numbers),
                (tables.models, [*numbers, *drop_models]),
            ):
                connection.execute(table.delete().where(self._mine(table), table.c.number.in_(old)))
            for table, rows in (
                (tables.results, [self._result(trial) for trial, _ in finished]),
                (tables.curves, [row for trial, outcome in finished for row in self._curve(trial, outcome)]),
                (tables.models, models),
            ):
                if rows:
                    connection.execute(table.insert(), rows)

    def save_confirmations(self, confirmations: Sequence[ConfirmationRecord]) -> None:
        """Writes what trainings that ended together confirmed, in one transaction."""
        rows = [{"study_id": self.id, **vars(c), "candidate": c.candidate.to_json()} for c in confirmations]
        if not rows:
            return
        with self.database.engine.begin() as connection:
            connection.execute(tables.confirmations.insert(), rows)

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

    def _trials(self) -> list[TrialRecord]:
        table = tables.results
        columns = [c.label("values") if c.name == "vals" else c for c in table.c if c.name != "study_id"]
        query = sa.select(*columns).where(self._mine(table)).order_by(table.c.number)
        with self.database.engine.connect() as connection:
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
