"""Optuna's tables of trials, written in the transactions in which our own are written.

Through Optuna, a trial takes some ten transactions, and a process that dies between two of them leaves a
trial without its cohort, or a result that Optuna was not told of. Here the trials of a cohort come to be with
the claim on it, and end with their results. Optuna reads what stands here: its tables have been as they are
since its version 3.2, and a test compares what is written here with what Optuna itself writes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from jrtune.errors import StorageError
from jrtune.spec.types import Json

_metadata = sa.MetaData()


_studies = sa.Table(
    "studies", _metadata, sa.Column("study_id", sa.Integer), sa.Column("study_name", sa.String)
)
_trials = sa.Table(
    "trials",
    _metadata,
    sa.Column("trial_id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("study_id", sa.Integer),
    sa.Column("state", sa.Enum("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING", name="trialstate")),
    sa.Column("datetime_start", sa.DateTime),
    sa.Column("datetime_complete", sa.DateTime),
)
_params = sa.Table(
    "trial_params",
    _metadata,
    sa.Column("trial_id", sa.Integer),
    sa.Column("param_name", sa.String),
    sa.Column("param_value", sa.Double),
    sa.Column("distribution_json", sa.Text),
)
_values = sa.Table(
    "trial_values",
    _metadata,
    sa.Column("trial_id", sa.Integer),
    sa.Column("objective", sa.Integer),
    sa.Column("value", sa.Double),
    sa.Column("value_type", sa.Enum("FINITE", "INF_POS", "INF_NEG", name="trialvaluetype")),
)
_user, _system = (
    sa.Table(
        name,
        _metadata,
        sa.Column("trial_id", sa.Integer),
        sa.Column("key", sa.String),
        sa.Column("value_json", sa.Text),
    )
    for name in ("trial_user_attributes", "trial_system_attributes")
)


@dataclass(frozen=True)
class OptunaTrial:
    """A trial as Optuna's tables hold it.

    Attributes:
        number: of the trial in its study.
        state: by its name in Optuna: RUNNING, WAITING, COMPLETE, PRUNED or FAIL.
        params: name -> value in Optuna's internal form, and the distribution as JSON text.
        values: one for each objective, where it is complete.
        user_attrs, system_attrs: by their keys.
    """

    number: int
    state: str
    params: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    values: Sequence[float] = ()
    user_attrs: Mapping[str, Json] = field(default_factory=dict)
    system_attrs: Mapping[str, Json] = field(default_factory=dict)


def index_numbers(engine: sa.Engine) -> None:
    """Makes an index of trials by number, of which Optuna makes use too; without it all of them are read."""
    if engine.dialect.name in ("postgresql", "sqlite"):
        with engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE INDEX IF NOT EXISTS jrtune_trials_number ON trials (study_id, number)"
            )


def add_trials(connection: sa.Connection, study: str, trials: Sequence[OptunaTrial]) -> None:
    """Adds trials whose numbers follow those that are there.

    Args:
        connection: in a transaction.
        study: its name.
        trials: in the order of their numbers.

    Raises:
        StorageError: where the study has other trials than those that were asked for here.
    """
    last = sa.select(_trials.c.number).where(_trials.c.study_id == _studies.c.study_id)
    last = last.order_by(_trials.c.number.desc()).limit(1)
    query = sa.select(_studies.c.study_id, last.scalar_subquery()).where(_studies.c.study_name == study)
    # locked as Optuna does: no other program adds a trial meanwhile
    study_id, number = connection.execute(query.with_for_update()).one()
    expected = 0 if number is None else number + 1
    if trials and trials[0].number != expected:
        raise StorageError(
            f"expected {trials[0].number} trials of study {study!r}, got {expected}: another program has "
            "added or removed some: give --name for a study of its own"
        )
    start = datetime.now(UTC).replace(tzinfo=None)
    rows = [
        {"number": t.number, "study_id": study_id, "state": t.state, "datetime_start": start} for t in trials
    ]
    if not trials:
        return
    if connection.dialect.insert_executemany_returning:
        insert = _trials.insert().returning(_trials.c.number, _trials.c.trial_id)
        ids = {number: trial_id for number, trial_id in connection.execute(insert, rows).all()}
    else:
        connection.execute(_trials.insert(), rows)
        ids = _unfinished(connection, study, [trial.number for trial in trials])
    params = [
        {"trial_id": ids[t.number], "param_name": name, "param_value": value, "distribution_json": text}
        for t in trials
        for name, (value, text) in t.params.items()
    ]
    if params:
        connection.execute(_params.insert(), params)
    _add_attributes(connection, ids, trials)


def end_trials(connection: sa.Connection, study: str, trials: Sequence[OptunaTrial]) -> None:
    """Writes states, values and attributes of trials that ended; of one that has ended already, nothing.

    Args:
        connection: in a transaction.
        study: its name.
        trials: those that ended; params stay as they are.
    """
    ids: dict[int, int] = {}
    for state in sorted({trial.state for trial in trials}):
        ids |= _end(connection, study, [trial.number for trial in trials if trial.state == state], state)
    fresh = [trial for trial in trials if trial.number in ids]
    _add_attributes(connection, ids, fresh)
    values = [
        {"trial_id": ids[t.number], "objective": objective, **_stored(value)}
        for t in fresh
        for objective, value in enumerate(t.values)
    ]
    if values:
        connection.execute(_values.insert(), values)


def _end(connection: sa.Connection, study: str, numbers: Sequence[int], state: str) -> dict[int, int]:
    """Ends those that have not ended yet; returns number -> identifier of these."""
    changed = {"state": state, "datetime_complete": datetime.now(UTC).replace(tzinfo=None)}
    if connection.dialect.update_returning:
        update = _trials.update().where(*_running(study, numbers)).values(**changed)
        found = connection.execute(update.returning(_trials.c.number, _trials.c.trial_id)).all()
        return {number: trial_id for number, trial_id in found}
    ids = _unfinished(connection, study, numbers)
    connection.execute(_trials.update().where(_trials.c.trial_id.in_(list(ids.values()))).values(**changed))
    return ids


def set_state(
    connection: sa.Connection, study: str, numbers: Iterable[int], state: Literal["RUNNING", "WAITING"]
) -> None:
    """Marks those of the trials that have not ended as running, or as waiting for a coordinator."""
    ids = _unfinished(connection, study, list(numbers))
    changed = _trials.update().where(_trials.c.trial_id.in_(list(ids.values())), _trials.c.state != state)
    if ids:
        connection.execute(changed.values(state=state))


def _unfinished(connection: sa.Connection, study: str, numbers: Sequence[int]) -> dict[int, int]:
    """Number -> identifier of those that have not ended, which no other transaction changes meanwhile."""
    query = sa.select(_trials.c.number, _trials.c.trial_id).where(*_running(study, numbers))
    return {number: trial_id for number, trial_id in connection.execute(query.with_for_update()).all()}


def _running(study: str, numbers: Sequence[int]) -> tuple[sa.ColumnElement[bool], ...]:
    study_id = sa.select(_studies.c.study_id).where(_studies.c.study_name == study).scalar_subquery()
    states = _trials.c.state.in_(("RUNNING", "WAITING"))
    return (_trials.c.study_id == study_id, _trials.c.number.in_(numbers), states)


def _add_attributes(connection: sa.Connection, ids: Mapping[int, int], trials: Sequence[OptunaTrial]) -> None:
    """Writes attributes; one that is there already gets the new value."""
    for table, attributes in (
        (_user, [(t, t.user_attrs) for t in trials]),
        (_system, [(t, t.system_attrs) for t in trials]),
    ):
        rows = [
            {"trial_id": ids[t.number], "key": key, "value_json": json.dumps(value)}
            for t, items in attributes
            for key, value in items.items()
        ]
        if not rows:
            continue
        connection.execute(_upsert(connection, table), rows)


def _upsert(connection: sa.Connection, table: sa.Table) -> sa.Insert:
    if connection.dialect.name == "mysql":
        other = mysql.insert(table)
        return other.on_duplicate_key_update({"value_json": other.inserted["value_json"]})
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    keys = [table.c.trial_id, table.c.key]
    new = {"value_json": insert.excluded["value_json"]}
    changed: sa.Insert = insert.on_conflict_do_update(index_elements=keys, set_=new)
    return changed


def _stored(value: float) -> dict[str, float | str | None]:
    if math.isinf(value):
        return {"value": None, "value_type": "INF_POS" if value > 0 else "INF_NEG"}
    return {"value": value, "value_type": "FINITE"}
